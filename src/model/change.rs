//! What another document changes of the columns that there are.

/// A column: its name and its type, as SQL writes it.
pub type Typed = (String, String);

/// What becomes of the columns of a table or a view.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    /// The new ones, in their order.
    pub added: Vec<Typed>,
    /// The names of those that go.
    pub dropped: Vec<String>,
    /// Those whose type becomes another one, with that.
    pub retyped: Vec<Typed>,
}

impl Changes {
    /// Compares the columns that there are with those that there are to be; of the others, only `ours` go.
    pub fn between(known: &[Typed], wanted: &[Typed], ours: impl Fn(&str) -> bool) -> Self {
        let find = |name: &str, among: &[Typed]| among.iter().position(|(known, _)| known == name);
        let mut changes = Self::default();
        for (name, kind) in wanted {
            match find(name, known) {
                None => changes.added.push((name.clone(), kind.clone())),
                Some(at) if known[at].1 != *kind => changes.retyped.push((name.clone(), kind.clone())),
                Some(_) => {}
            }
        }
        let gone = known.iter().map(|(name, _)| name).filter(|name| find(name, wanted).is_none());
        changes.dropped = gone.filter(|name| ours(name)).cloned().collect();
        changes
    }

    /// Tells whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.keeps_all()
    }

    /// Tells whether every column stays as it is.
    pub fn keeps_all(&self) -> bool {
        self.dropped.is_empty() && self.retyped.is_empty()
    }

    /// Lists the columns that others must not depend on, each with the type that it would get, or none if it goes.
    pub fn lost(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let dropped = self.dropped.iter().map(|name| (name.as_str(), None));
        dropped.chain(self.retyped.iter().map(|(name, kind)| (name.as_str(), Some(kind.as_str()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_added_dropped_and_retyped() {
        let typed = |columns: &[(&str, &str)]| -> Vec<Typed> {
            columns.iter().map(|(name, kind)| (name.to_string(), kind.to_string())).collect()
        };
        let known = typed(&[("id", "bigint"), ("old", "text"), ("note", "text"), ("country", "integer")]);
        let wanted = typed(&[("id", "bigint"), ("new", "text"), ("country", "text")]);
        let changes = Changes::between(&known, &wanted, |name| name != "note");
        assert_eq!(changes.added, typed(&[("new", "text")]));
        assert_eq!(changes.retyped, typed(&[("country", "text")]));
        assert_eq!(changes.dropped, ["old"]);
        assert_eq!(changes.lost().collect::<Vec<_>>(), [("old", None), ("country", Some("text"))]);
        assert!(!changes.is_empty() && Changes::between(&known, &known, |_| true).is_empty());
    }
}
