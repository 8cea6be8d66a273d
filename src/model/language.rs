//! The words that scores have of themselves, in the languages of a model.

use super::document::Language;

/// A word, or a sentence with places `{0}`, `{1}`… to fill, in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: &'static str,
    /// In French, with plain spaces where its typography wants unbreakable ones.
    pub fr: &'static str,
}

impl Words {
    /// Gives the words of a language.
    pub fn get(self, language: Language) -> String {
        self.fill(language, &[])
    }

    /// Fills the places of the words of a language; what fills them is not looked into.
    pub fn fill(self, language: Language, with: &[&str]) -> String {
        let words = match language {
            Language::En => self.en,
            Language::Fr => self.fr,
        };
        let mut pieces = words.split('{');
        let mut filled = typeset(language, pieces.next().unwrap_or_default());
        for piece in pieces {
            let (place, rest) = piece.split_once('}').unwrap_or(("", piece));
            filled.push_str(place.parse().ok().and_then(|at: usize| with.get(at)).unwrap_or(&""));
            filled.push_str(&typeset(language, rest));
        }
        filled
    }
}

/// Puts unbreakable spaces where the typography of a language wants them.
fn typeset(language: Language, words: &str) -> String {
    match language {
        Language::En => words.into(),
        Language::Fr => [" :", " ;", " ?", " !", " »", "« "]
            .iter()
            .fold(words.to_string(), |words, spaced| words.replace(spaced, &spaced.replace(' ', "\u{a0}"))),
    }
}

/// What levels are called where the author does not say, lowest first.
pub fn levels(language: Language, count: usize) -> Vec<String> {
    let words: &[&str] = match (language, count) {
        (Language::En, 3) => &["low", "medium", "high"],
        (Language::En, 5) => &["very low", "low", "medium", "high", "very high"],
        (Language::Fr, 3) => &["bas", "moyen", "haut"],
        (Language::Fr, 5) => &["très bas", "bas", "moyen", "haut", "très haut"],
        _ => &[],
    };
    let numbered = |level: usize| match language {
        Language::En => format!("level {level}"),
        Language::Fr => format!("niveau {level}"),
    };
    match words.is_empty() {
        true => (1..=count).map(numbered).collect(),
        false => words.iter().map(|word| (*word).to_string()).collect(),
    }
}

/// What the states of a gap are called where the author does not say: over, balanced, under.
pub fn states(language: Language) -> [&'static str; 3] {
    match language {
        Language::En => ["overpressure", "balanced", "underpressure"],
        Language::Fr => ["surpression", "équilibre", "sous-pression"],
    }
}

/// The usual segments in French, by their English names.
const SEGMENTS: [(&str, &str); 11] = [
    ("Champions", "Champions"),
    ("Loyal", "Fidèles"),
    ("New", "Nouveaux"),
    ("Promising", "Prometteurs"),
    ("Potential loyalists", "Fidèles potentiels"),
    ("Need attention", "À surveiller"),
    ("Can't lose them", "À ne pas perdre"),
    ("At risk", "À risque"),
    ("About to sleep", "Bientôt inactifs"),
    ("Hibernating", "En sommeil"),
    ("Lost", "Perdus"),
];

/// What a usual segment is called.
pub fn segment(language: Language, english: &'static str) -> &'static str {
    let known = SEGMENTS.iter().find(|(known, _)| *known == english);
    match language {
        Language::En => english,
        Language::Fr => known.map_or(english, |(_, french)| french),
    }
}
