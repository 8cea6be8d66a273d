//! What the values of a type are to a score.

/// What the values of a type are to a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Whole numbers.
    Whole,
    /// Decimals.
    Decimal,
    /// Floats.
    Float,
    /// Dates.
    Date,
    /// Moments without a zone.
    Timestamp,
    /// Moments.
    Moment,
    /// True or false.
    Truth,
    /// Texts.
    Text,
    /// Anything else, which has a text.
    Other,
}

impl Nature {
    /// Tells whether the values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Decimal | Self::Float)
    }

    /// Tells whether the values are moments, or become some in a zone.
    pub fn is_moment(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::Moment)
    }
}

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnType {
    /// Its name in SQL, with its schema and its modifier.
    pub sql: String,
    /// What its values are.
    pub nature: Nature,
    /// The operator that tells whether two of its values are equal, as SQL writes it between them.
    pub equals: String,
}

impl ColumnType {
    /// Makes one of PostgreSQL's own types.
    fn own(sql: &str, nature: Nature) -> Self {
        Self { sql: sql.into(), nature, equals: "OPERATOR(pg_catalog.=)".into() }
    }

    /// Gives its name without a modifier, for casts of keys: one with a modifier cuts values off, and so makes unequal ones equal.
    pub fn unlimited(&self) -> String {
        let parts = self.sql.split_once('(').and_then(|(name, rest)| Some((name, rest.split_once(')')?.1)));
        match parts {
            _ if self.sql.contains('"') => self.sql.clone(),
            None => self.sql.clone(),
            // By these names alone, PostgreSQL means types of one letter and one bit.
            Some(("character", after)) => format!("bpchar{after}"),
            Some(("bit", after)) => format!("\"bit\"{after}"),
            Some((name, after)) => format!("{name}{after}"),
        }
    }

    /// Is int.
    pub fn int() -> Self {
        Self::own("integer", Nature::Whole)
    }

    /// Is bigint.
    pub fn bigint() -> Self {
        Self::own("bigint", Nature::Whole)
    }

    /// Is numeric.
    pub fn numeric() -> Self {
        Self::own("numeric", Nature::Decimal)
    }

    /// Is float8.
    pub fn float() -> Self {
        Self::own("double precision", Nature::Float)
    }

    /// Is timestamptz.
    pub fn moment() -> Self {
        Self::own("timestamp with time zone", Nature::Moment)
    }

    /// Is date.
    pub fn date() -> Self {
        Self::own("date", Nature::Date)
    }

    /// Is jsonb.
    pub fn jsonb() -> Self {
        Self::own("jsonb", Nature::Other)
    }

    /// Is text[].
    pub fn texts() -> Self {
        Self::own("text[]", Nature::Other)
    }

    /// Is text.
    pub fn text() -> Self {
        Self::own("text", Nature::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_left_out() {
        let unlimited = |sql| ColumnType::own(sql, Nature::Other).unlimited();
        assert_eq!(unlimited("character varying(10)[]"), "character varying[]");
        assert_eq!(unlimited("timestamp(3) with time zone"), "timestamp with time zone");
        assert_eq!(
            (unlimited("character(3)"), unlimited("numeric(10,2)")),
            ("bpchar".into(), "numeric".into())
        );
        assert_eq!((unlimited("text"), unlimited("s.\"a(1)\"")), ("text".into(), "s.\"a(1)\"".into()));
    }
}
