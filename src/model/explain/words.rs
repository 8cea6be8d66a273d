//! What explanations say, in the languages of a model; French is written with plain spaces, see [`Words`].

use crate::model::document::Language;
use crate::model::language::Words;

/// A thing that is counted: the word for one, and for several.
#[derive(Clone, Copy)]
pub struct Counted {
    one: Words,
    several: Words,
}

impl Counted {
    /// Counts in a language; French says nought and one in the singular.
    pub fn count(self, count: u64, language: Language) -> String {
        let is_one = match language {
            Language::En => count == 1,
            Language::Fr => count < 2,
        };
        let count = super::number::localize(&count.to_string(), language);
        (if is_one { self.one } else { self.several }).fill(language, &[&count])
    }
}

/// Makes the words in both languages.
const fn both(en: &'static str, fr: &'static str) -> Words {
    Words { en, fr }
}

/// Makes a thing that is counted.
const fn counted(en: [&'static str; 2], fr: [&'static str; 2]) -> Counted {
    Counted { one: both(en[0], fr[0]), several: both(en[1], fr[1]) }
}

/// Makes constants of words, each told by what it says.
macro_rules! words {
    ($($name:ident = $en:literal, $fr:literal;)*) => {
        $(#[allow(missing_docs, reason = "it says what it says")] pub const $name: Words = both($en, $fr);)*
    };
}

/// Years.
pub const YEARS: Counted = counted(["{0} year", "{0} years"], ["{0} an", "{0} ans"]);
/// Months.
pub const MONTHS: Counted = counted(["{0} month", "{0} months"], ["{0} mois", "{0} mois"]);
/// Days.
pub const DAYS: Counted = counted(["{0} day", "{0} days"], ["{0} jour", "{0} jours"]);
/// Hours.
pub const HOURS: Counted = counted(["{0} hour", "{0} hours"], ["{0} heure", "{0} heures"]);
/// Minutes.
pub const MINUTES: Counted = counted(["{0} minute", "{0} minutes"], ["{0} minute", "{0} minutes"]);
/// Seconds.
pub const SECONDS: Counted = counted(["{0} second", "{0} seconds"], ["{0} seconde", "{0} secondes"]);
/// Microseconds.
pub const MICROSECONDS: Counted =
    counted(["{0} microsecond", "{0} microseconds"], ["{0} microseconde", "{0} microsecondes"]);

// The whole.
words! {
    CUSTOMER = "Customer {0}, as of {1}.", "Client {0}, au {1}.";
    PENDING = "A change is waiting to be counted; the scores below do not know it yet.",
        "Un changement attend d'être pris en compte ; les scores ci-dessous ne le connaissent pas encore.";
    DUE = "This may change by itself on {0}.", "Ces résultats peuvent changer d'eux-mêmes le {0}.";
    AT_TIME = "{0} at {1}", "{0} à {1}";
    BEFORE = "{0} before", "{0} avant";
    AFTER = "{0} after", "{0} après";
    SAME_DAY = "the same day", "le jour même";
    QUOTED = "“{0}”", "« {0} »";
    AND = "{0} and {1}", "{0} et {1}";
    OR = "{0} or {1}", "{0}, soit {1}";
    EITHER = "either {0}", "soit {0}";
}

// A score.
words! {
    SCORE = "{0}: {1}.", "{0} : {1}.";
    SCORE_AMONG = "{0}: {1}, among customers where {2}.", "{0} : {1}, parmi les clients pour lesquels {2}.";
    PART_OF = "{0}, from {1}: {2}.", "{0}, d'après {1} : {2}.";
    LEVEL_OF = "level {0} of {1}", "niveau {0} sur {1}";
    NO_SCORE = "no score", "pas de score";
    NO_SCORE_CALLED = "no score ({0})", "pas de score ({0})";
    NO_LEVEL = "no level", "pas de niveau";
}

// A value, where its level begins and ends, and how far the next one is.
words! {
    VALUE = "{0}: {1}", "{0} : {1}";
    MOMENT = "{0}: {1}, {2}", "{0} : {1}, {2}";
    DECAYED = "{0}: {1}, with a half-life of {2}", "{0} : {1}, avec une demi-vie de {2}";
    THEN = "{0}; {1}", "{0} ; {1}";
    PASSED_PASSED = "{0} goes from above {1} up to {2}", "{0} va de {1} exclu à {2} inclus";
    REACHED_PASSED = "{0} goes from {1} up to {2}", "{0} va de {1} à {2} inclus";
    REACHED_REACHED = "{0} goes from {1} to below {2}", "{0} va de {1} inclus à {2} exclu";
    PASSED_REACHED = "{0} goes from above {1} to below {2}", "{0} va de {1} exclu à {2} exclu";
    FROM_PASSED = "{0} is above {1}", "{0} commence au-dessus de {1}";
    FROM_REACHED = "{0} is {1} or more", "{0} commence à {1}";
    TO_PASSED = "{0} is {1} or less", "{0} va jusqu'à {1} inclus";
    TO_REACHED = "{0} is below {1}", "{0} reste en dessous de {1}";
    EVERYTHING = "{0} has all values", "{0} a toutes les valeurs";
    DATE_PASSED_PASSED = "{0} goes from after {1} up to {2}", "{0} va du {1} exclu au {2} inclus";
    DATE_REACHED_REACHED = "{0} goes from {1} to before {2}", "{0} va du {1} inclus au {2} exclu";
    DATE_FROM_PASSED = "{0} is after {1}", "{0} commence après le {1}";
    DATE_FROM_REACHED = "{0} is {1} or later", "{0} commence le {1}";
    DATE_TO_PASSED = "{0} is {1} or earlier", "{0} va jusqu'au {1} inclus";
    DATE_TO_REACHED = "{0} is before {1}", "{0} reste avant le {1}";
    MORE = "{0} more would reach {1}", "il faudrait {0} de plus pour atteindre {1}";
    LESS = "{0} less would reach {1}", "il faudrait {0} de moins pour atteindre {1}";
    JUST_MORE = "just over {0} more would reach {1}", "il faudrait un peu plus de {0} en plus pour atteindre {1}";
    JUST_LESS = "just over {0} less would reach {1}", "il faudrait un peu plus de {0} en moins pour atteindre {1}";
    ANY_MORE = "anything more would reach {1}", "un peu plus suffirait pour atteindre {1}";
    ANY_LESS = "anything less would reach {1}", "un peu moins suffirait pour atteindre {1}";
    LATER = "a date after {0} would reach {1}", "une date après le {0} atteindrait {1}";
}

// Why there is no score.
words! {
    NOT_FOR = "It is only for customers where {0}.", "Ce score est réservé aux clients pour lesquels {0}.";
    NO_VALUE = "{0} is not known for this customer.", "On ne connaît pas {0} pour ce client.";
    UNSEEN = "The score has nothing for {0} being {1}.", "Ce score ne prévoit rien pour {0} valant {1}.";
    NEGATIVE = "{0} is {1}, and values below 0 are left out.", "{0} vaut {1}, et les valeurs négatives sont exclues.";
    NEW_GROUP = "The group of customers where {0} is new; it gets its limits at the next refresh.",
        "Le groupe des clients pour lesquels {0} est nouveau ; il aura ses seuils à la prochaine actualisation.";
    NOBODY = "At the last refresh nobody had a value to compare with.",
        "À la dernière actualisation, personne n'avait de valeur à comparer.";
    NOBODY_IN = "At the last refresh nobody had a value to compare with among customers where {0}.",
        "À la dernière actualisation, personne n'avait de valeur à comparer parmi les clients pour lesquels {0}.";
    NO_TOTAL = "At the last refresh the total of {0} was not above 0, so there were no shares of it.",
        "À la dernière actualisation, le total de {0} n'était pas positif : il n'y avait rien à partager.";
    NO_TOTAL_IN = "At the last refresh the total of {0} was not above 0 among customers where {1}, so there were no shares of it.",
        "À la dernière actualisation, le total de {0} n'était pas positif parmi les clients pour lesquels {1} : il n'y avait rien à partager.";
    NOT_REFRESHED = "Its limits are not made yet; the next refresh makes them.",
        "Ses seuils ne sont pas encore calculés ; la prochaine actualisation les calculera.";
    BEING_COMPUTED = "It is about to be computed anew.", "Il est sur le point d'être recalculé.";
    PART = "{0}: {1}. {2}", "{0} : {1}. {2}";
}

// Conditions.
words! {
    AT_LEAST = "{0} is at least {1}", "{0} vaut au moins {1}";
    AT_MOST = "{0} is at most {1}", "{0} vaut au plus {1}";
    ABOVE = "{0} is above {1}", "{0} dépasse {1}";
    BELOW = "{0} is below {1}", "{0} est en dessous de {1}";
    BETWEEN = "{0} is between {1} and {2}", "{0} est entre {1} et {2}";
    EQUALS = "{0} is {1}", "{0} vaut {1}";
    ONE_OF = "{0} is one of {1}", "{0} vaut l'un de {1}";
    NONE_OF = "{0} is none of {1}", "{0} ne vaut aucun de {1}";
    DATE_AT_LEAST = "{0} is {1} or later", "{0} est au plus tôt le {1}";
    DATE_AT_MOST = "{0} is {1} or earlier", "{0} est au plus tard le {1}";
    DATE_ABOVE = "{0} is after {1}", "{0} est après le {1}";
    DATE_BELOW = "{0} is before {1}", "{0} est avant le {1}";
    DATE_BETWEEN = "{0} is from {1} to {2}", "{0} est du {1} au {2}";
    DATE_EQUALS = "{0} is {1}", "{0} est le {1}";
    MISSING = "{0} is not known", "{0} n'est pas connu";
    KNOWN = "{0} is known", "{0} est connu";
    HERE = "{0} (here: {1})", "{0} (ici : {1})";
    UNKNOWN = "not known", "inconnu";
    TRUE = "true", "vrai";
    FALSE = "false", "faux";
}

// What a measure is.
words! {
    COUNT = "number of events of {0}", "nombre d'événements ({0})";
    DISTINCT = "number of different values of {0}", "nombre de valeurs différentes de {0}";
    THEME = "most frequent value of {0}", "valeur la plus fréquente de {0}";
    STRENGTH = "number of events with the most frequent value of {0}", "nombre d'événements avec la valeur la plus fréquente de {0}";
    SUM = "sum of {0}", "somme de {0}";
    AVERAGE = "average of {0}", "moyenne de {0}";
    MINIMUM = "smallest value of {0}", "plus petite valeur de {0}";
    MAXIMUM = "greatest value of {0}", "plus grande valeur de {0}";
    FIRST = "date of the first event of {0}", "date du premier événement ({0})";
    LAST = "date of the last event of {0}", "date du dernier événement ({0})";
    VALUE_OF_FIRST = "first {0}", "première valeur de {0}";
    VALUE_OF_LAST = "last {0}", "dernière valeur de {0}";
    ATTRIBUTE = "{0} of the customer's own row", "{0} de la ligne du client";
    IN = "{0} in {1}", "{0} dans {1}";
    FOR = "{0} for {1}", "{0} pour {1}";
    WEIGHTED = "{0}, weighted by {1}", "{0}, pondérés par {1}";
    WHERE = "{0}, where {1}", "{0}, où {1}";
    HALVING = "{0}, each counting half after {1}", "{0}, chacun comptant pour moitié après {1}";
    WITHIN = "{0}, within {1}", "{0}, sur {1}";
    LAGGING = "{0}, which ended {1} ago", "{0}, qui se terminent il y a {1}";
    LAG = "{0}, up to {1} ago", "{0}, jusqu'à il y a {1}";
    AGE_DAYS = "age of {0} in days", "âge de {0} en jours";
    AGE_MONTHS = "age of {0} in months", "âge de {0} en mois";
    AGE_YEARS = "age of {0} in years", "âge de {0} en années";
    RATIO = "{0} divided by {1}", "{0} divisé par {1}";
    DIFFERENCE = "difference of {0} and {1}", "différence de {0} et {1}";
    TOTAL = "total of {0}", "total de {0}";
    GREATEST = "greatest of {0}", "plus grand de {0}";
    LEAST = "least of {0}", "plus petit de {0}";
}
