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

    /// Is text.
    pub fn text() -> Self {
        Self::own("text", Nature::Text)
    }
}
