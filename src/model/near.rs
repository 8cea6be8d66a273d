//! Near names: what a misspelt one was meant to be.

use super::place::{listed, quoted};

/// The most names that a hint lists.
const MOST_LISTED: usize = 20;

/// Asks whether the nearest name was meant, or else lists the names: `what` they are begins the sentence.
pub fn hint<'a>(name: &str, what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match (nearest(name, &names), names.len()) {
        (Some(near), _) => format!("Did you mean {}?", quoted(near)),
        (None, 0) => format!("{what}: there is none."),
        (None, 1..=MOST_LISTED) => format!("{what}: {}.", listed(names)),
        (None, _) => format!("{what}: {} and others.", listed(names[..MOST_LISTED].iter().copied())),
    }
}

/// Finds the nearest name, if one is near: a third of its letters may differ, and upper case does not count.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    if name.chars().count() > 100 {
        return None;
    }
    let distance = |known: &str| strsim::damerau_levenshtein(&name, &known.to_lowercase());
    let near = names.iter().map(|known| (distance(known), *known)).min_by_key(|(distance, _)| *distance);
    let (distance, known) = near?;
    let letters = known.chars().count();
    (distance < letters && distance * 3 <= letters.max(3)).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let names = ["recency", "frequency", "monetary"];
        assert_eq!(hint("monetery", "Keys", names), "Did you mean \"monetary\"?");
        assert_eq!(hint("Recency", "Keys", names), "Did you mean \"recency\"?");
        assert_eq!(hint("bins", "Keys", names), "Keys: \"recency\", \"frequency\", \"monetary\".");
        assert_eq!(hint("x", "Measures", []), "Measures: there is none.");
        assert_eq!(hint("a", "Measures", ["z"]), "Measures: \"z\".");
    }
}
