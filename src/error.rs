//! The one error of the project.
//!
//! Every function that can refuse its input returns this type, whether it is maths or glue, so that a fault has its
//! SQLSTATE chosen where it is found, by whoever knows what is wrong. `pg::raise` is the one place that raises it.

use std::fmt;

/// What kind of fault it is; each kind is one SQLSTATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 22023: an argument outside what it may be.
    InvalidValue,
    /// 22004: NULL where a value is needed.
    NullValue,
    /// 22003: a number too large for its type.
    NumberOutOfRange,
    /// 22008: a moment that is not on the calendar.
    MomentOutOfRange,
    /// 2201G: cuts that do not ascend, or are not all numbers.
    CutsOutOfOrder,
    /// 2202E: an array of more than one dimension.
    ArrayShape,
    /// 22P02: a text that is not JSON.
    MalformedText,
    /// 22P05: a character that no text of PostgreSQL can hold.
    ForbiddenCharacter,
    /// 42622: a name that is longer than a column's may be.
    NameTooLong,
    /// 42602: a text that is not a name.
    BadName,
    /// 23502: a key that is NULL.
    NullKey,
    /// 22P03: the bytes of an aggregate's state are damaged.
    DamagedState,
    /// 53200: no memory for the rows.
    OutOfMemory,
    /// 0A000: a function that only an aggregate may call.
    NotSupported,
    /// 54000: more rows, classes or bytes than one call can hold.
    LimitExceeded,
    /// 42P01: a table that is not there.
    NoTable,
    /// 3F000: a schema that is not there.
    NoSchema,
    /// 42703: a column that is not there.
    NoColumn,
    /// 42704: a model, a role or another object that is not there.
    NoObject,
    /// 42710: a model of that name is there already.
    ObjectExists,
    /// 42P07: a table or view of that name is there already.
    TableExists,
    /// 42501: the role may not do that.
    NotAllowed,
    /// 42809: another kind of object than is needed.
    WrongObject,
    /// 42804: another type than is needed.
    WrongType,
    /// 2BP01: other objects depend on what would go.
    StillNeeded,
    /// 23505: a key that two rows have.
    NotUnique,
    /// 55000: an object that is not in the state that it must be in.
    WrongState,
    /// 55006: a table that somebody has locked.
    InUse,
    /// 39P01: a trigger that is none of the model's.
    NotOurTrigger,
    /// What PostgreSQL or a function of the user's raised: its own packed SQLSTATE.
    Server(i32),
}

/// A refusal: what is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    fault: Fault,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
}

impl Error {
    /// Makes an error whose message names the object and the value, in lower case, without a full stop.
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), detail: None, hint: None, context: None }
    }

    /// Says that an argument is outside what it may be (22023).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Fault::InvalidValue, message)
    }

    /// Says that the argument called `name` may not be NULL (22004).
    pub fn null(name: &str) -> Self {
        Self::new(Fault::NullValue, format!("{name} must not be NULL"))
            .hint(format!("Give {name} a value, or leave it out where it has a default."))
    }

    /// Chooses another kind of fault.
    pub fn because(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Points at the culprit, in a sentence.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says what would work, in a sentence.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says in which function of the user's it was met, as PostgreSQL does.
    pub fn within(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Tells the kind of fault.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Gives the sentences after the message: what DETAIL and HINT will say.
    pub fn sentences(&self) -> (Option<&str>, Option<&str>) {
        (self.detail.as_deref(), self.hint.as_deref())
    }

    /// Gives where it was met: what CONTEXT will say.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
