//! What the upkeep of a model failed with, kept beside the model.

use super::due::Model;
use crate::error::{Error, Fault};
use crate::model::place::quoted;
use crate::pg::argument::Argument;
use crate::pg::query::{rows, run};
use crate::pg::raise::{sqlstate, warn, written};
use crate::pg::registry::as_keeper;
use crate::pg::upkeep::{changes, turn};
use pgrx::PgSqlErrorCode;

/// What the upkeep of a model failed with.
pub struct Failure {
    /// The error.
    pub error: Error,
    /// Whether it came of making customers true, so that their writers would meet it too.
    pub is_of_step: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, is_of_step: false }
    }
}

impl Failure {
    /// Tells whether writers are only to mark, as the error will not go by itself.
    fn breaks(&self) -> bool {
        use PgSqlErrorCode::*;
        let passing =
            [ERRCODE_T_R_DEADLOCK_DETECTED, ERRCODE_T_R_SERIALIZATION_FAILURE, ERRCODE_LOCK_NOT_AVAILABLE];
        let is_passing = passing.iter().any(|code| *code as i32 == sqlstate(self.error.fault()));
        self.is_of_step && self.error.fault() != Fault::InUse && !is_passing
    }
}

/// Keeps what a model failed with, and when to try again: after a second, then twice as long each time, up to 5 minutes.
///
/// Nobody is waited for: where somebody else works on the model's row, the next failure is kept.
pub fn keep(model: &Model, failure: &Failure) -> Result<(), Error> {
    let breaks = failure.breaks() && turn::try_to_take(model.id);
    as_keeper(|| {
        run(
            "WITH free AS (SELECT FROM scoring.model WHERE id = $1 FOR UPDATE SKIP LOCKED)
             UPDATE scoring.model SET last_error = $2, failed_at = clock_timestamp(), failures = failures + 1,
                    retry_at = clock_timestamp() + least(300, 2 ^ least(failures, 9)) * interval '1 second',
                    is_broken = is_broken OR $3
             WHERE id = $1 AND EXISTS (TABLE free)",
            &[
                Argument::int(model.id),
                Argument::text(&written(&failure.error)),
                Argument::new(breaks, pgrx::pg_sys::BOOLOID),
            ],
        )
    })?;
    if breaks {
        changes::tell(model.table);
    }
    Ok(())
}

/// Forgets the error of a model whose upkeep has succeeded; what has broken it, the step that heals it forgets.
pub fn forget(model: &Model) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "WITH free AS (SELECT FROM scoring.model WHERE id = $1 AND NOT is_broken FOR UPDATE SKIP LOCKED)
             UPDATE scoring.model SET last_error = NULL, failed_at = NULL, failures = 0, retry_at = NULL
             WHERE id = $1 AND EXISTS (TABLE free)",
            &[Argument::int(model.id)],
        )
    })
    .map(drop)
}

/// Warns of an error of a model, unless the model has been dropped meanwhile, which is none.
pub fn tell(model: &Model, error: &Error) -> Result<(), Error> {
    let found = as_keeper(|| rows("SELECT FROM scoring.model WHERE id = $1", &[Argument::int(model.id)]))?;
    if !found.is_empty() {
        let (detail, hint) = error.sentences();
        let warning = Error::new(error.fault(), format!("model {}: {error}", quoted(&model.name)));
        let warning = detail.into_iter().fold(warning, Error::detail);
        warn(hint.into_iter().fold(warning, Error::hint));
    }
    Ok(())
}
