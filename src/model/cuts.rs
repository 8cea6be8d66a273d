//! Cuts: where the levels of published scales end, group by group.

use super::plan::Plan;
use super::scale::{Missing, Scale};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The groups of a grouping: each is known by the JSON array of its values as texts.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    numbers: IndexMap<Box<str>, ()>,
    /// Where the name of a group is written before it is looked up.
    name: String,
}

impl Groups {
    /// Gives the number of the group that has these values, which is made where there is none yet.
    pub fn number<'a>(&mut self, values: impl Iterator<Item = Option<&'a str>>) -> usize {
        write_name(&mut self.name, values);
        match self.numbers.get_index_of(&*self.name) {
            Some(number) => number,
            None => self.numbers.insert_full(self.name.as_str().into(), ()).0,
        }
    }

    /// Gives the number of the group of that name, which is made where there is none yet.
    pub fn named(&mut self, name: &str) -> usize {
        self.numbers.insert_full(name.into(), ()).0
    }

    /// Gives the names of all groups.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(|name| &**name)
    }

    /// Counts the groups.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Forgets the groups that came after the first so many.
    pub fn truncate(&mut self, count: usize) {
        self.numbers.truncate(count);
    }
}

/// Writes the values of a group as a JSON array of texts, as PostgreSQL prints a jsonb.
fn write_name<'a>(name: &mut String, values: impl Iterator<Item = Option<&'a str>>) {
    name.clear();
    name.push('[');
    for (at, value) in values.enumerate() {
        if at > 0 {
            name.push_str(", ");
        }
        match value {
            None => name.push_str("null"),
            Some(plain) if plain.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') => {
                name.push('"');
                name.push_str(plain);
                name.push('"');
            }
            Some(text) => name.push_str(&serde_json::Value::from(text).to_string()),
        }
    }
    name.push(']');
}

/// The cuts of a scale for one group, or why there are none; with the heads on each level when they were published.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The cuts in ascending order.
    pub figures: Result<Vec<f64>, Missing>,
    /// How many customers were on each level, lowest first.
    pub heads: Vec<u64>,
}

/// The published cuts of a model.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    /// Their version; 0 where none are published.
    pub version: i32,
    /// The groups of each grouping.
    pub groups: Vec<Groups>,
    /// The cuts by score, scale and group; a scale without a grouping has one group.
    scales: Vec<Vec<Vec<Option<Cut>>>>,
}

impl Cuts {
    /// Makes room for the cuts of a model.
    pub fn none(plan: &Plan) -> Self {
        let scales = plan.scores.iter().map(|score| vec![Vec::new(); score.rule.scales().len()]).collect();
        Self { version: 0, groups: vec![Groups::default(); plan.groupings.len()], scales }
    }

    /// Makes room for new cuts, whose groups have the numbers that they have in these.
    pub fn renewed(&self, plan: &Plan) -> Self {
        Self { groups: self.groups.clone(), ..Self::none(plan) }
    }

    /// Counts the groups of each grouping.
    pub fn count_groups(&self) -> Vec<usize> {
        self.groups.iter().map(Groups::len).collect()
    }

    /// Forgets the groups that came after the first so many of each grouping: who keeps cuts for long would gather every
    /// value that a customer ever had.
    pub fn forget_groups(&mut self, counts: &[usize]) {
        self.groups.iter_mut().zip(counts).for_each(|(groups, count)| groups.truncate(*count));
    }

    /// Sets the cuts of a group.
    pub fn set(&mut self, score: usize, scale: usize, group: usize, cut: Cut) {
        let groups = &mut self.scales[score][scale];
        groups.resize(groups.len().max(group + 1), None);
        groups[group] = Some(cut);
    }

    /// Adds to the cuts of each group how many of the groups with cuts are like it in the first values of their names.
    pub fn count_alike(&mut self, score: usize, scale: usize, groups: &Groups, values: usize) {
        let beginning = |name: &str| -> Vec<serde_json::Value> {
            let all: Vec<_> = serde_json::from_str(name).unwrap_or_default();
            all.into_iter().take(values).collect()
        };
        let beginnings: Vec<String> =
            groups.names().map(|name| serde_json::Value::from(beginning(name)).to_string()).collect();
        let cuts = &mut self.scales[score][scale];
        let has_cuts = |cut: &Option<Cut>| cut.as_ref().is_some_and(|cut| cut.figures.is_ok());
        let mut alike: FxHashMap<&str, f64> = FxHashMap::default();
        for (name, _) in beginnings.iter().zip(cuts.iter()).filter(|(_, cut)| has_cuts(cut)) {
            *alike.entry(name).or_default() += 1.0;
        }
        for (at, cut) in cuts.iter_mut().enumerate() {
            let count = beginnings.get(at).and_then(|name| alike.get(name.as_str()).copied()).unwrap_or(1.0);
            if let Some(Cut { figures: Ok(figures), .. }) = cut {
                figures.push(count);
            }
        }
    }

    /// Gives the cuts of a group; none where it was not there when they were published.
    pub fn get(&self, score: usize, scale: usize, group: usize) -> Option<&Cut> {
        self.scales.get(score)?.get(scale)?.get(group)?.as_ref()
    }

    /// Gives the limits of a scale in a group as figures as of a moment, published or given; or why there are none.
    pub fn limits<'a>(
        &'a self,
        (score, at): (usize, usize),
        scale: &'a Scale,
        group: usize,
        as_of: i64,
    ) -> Result<Cow<'a, [f64]>, Missing> {
        if let Some(given) = scale.given(as_of) {
            return Ok(given);
        }
        let cut = self.get(score, at, group).ok_or(Missing::New)?;
        cut.figures.as_deref().map(Cow::Borrowed).map_err(|missing| *missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_apart() {
        let mut groups = Groups::default();
        let mut number = |values: &[Option<&str>]| groups.number(values.iter().copied());
        assert_eq!(number(&[Some("FR"), None]), 0);
        assert_eq!(number(&[Some("FR"), Some("null")]), 1);
        assert_eq!(number(&[Some("a\"b\n"), None]), 2);
        assert_eq!(number(&[Some("FR"), None]), 0);
        assert_eq!(
            groups.names().collect::<Vec<_>>(),
            [r#"["FR", null]"#, r#"["FR", "null"]"#, r#"["a\"b\n", null]"#]
        );
    }

    #[test]
    fn new_groups_are_forgotten_and_the_others_keep_their_numbers() {
        let mut cuts = Cuts { groups: vec![Groups::default(); 2], ..Cuts::default() };
        cuts.groups[0].named("[\"FR\"]");
        cuts.groups[1].named("[null]");
        let counts = cuts.count_groups();
        assert_eq!(cuts.groups[0].named("[\"BE\"]"), 1);
        cuts.forget_groups(&counts);
        assert_eq!(cuts.count_groups(), [1, 1]);
        assert_eq!(cuts.groups[0].named("[\"LU\"]"), 1);
        assert_eq!(cuts.groups[0].named("[\"FR\"]"), 0);
    }
}
