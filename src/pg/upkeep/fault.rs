//! What the upkeep of a model failed with, kept beside the model.

use crate::error::Error;
use crate::model::place::quoted;
use crate::pg::query::{Argument, rows, run};
use crate::pg::raise::{warn, written};
use crate::pg::registry::as_keeper;

use super::due::Model;

/// Keeps an error, and when to try again: after a second, then twice as long each time, up to 5 minutes.
///
/// Nobody is waited for: where somebody else works on the model's row, the next failure is kept.
pub fn keep(model: &Model, error: &Error) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "WITH free AS (SELECT FROM scoring.model WHERE name = $1 FOR UPDATE SKIP LOCKED)
             UPDATE scoring.model SET last_error = $2, failed_at = clock_timestamp(), failures = failures + 1,
                    retry_at = clock_timestamp() + least(300, 2 ^ least(failures, 9)) * interval '1 second'
             WHERE name = $1 AND EXISTS (TABLE free)",
            &[Argument::text(&model.name), Argument::text(&written(error))],
        )
    })
    .map(drop)
}

/// Forgets the error of a model whose upkeep has succeeded.
pub fn forget(model: &Model) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "WITH free AS (SELECT FROM scoring.model WHERE name = $1 AND failures > 0 FOR UPDATE SKIP LOCKED)
             UPDATE scoring.model SET last_error = NULL, failed_at = NULL, failures = 0, retry_at = NULL
             WHERE name = $1 AND EXISTS (TABLE free)",
            &[Argument::text(&model.name)],
        )
    })
    .map(drop)
}

/// Warns of an error of a model, unless the model has been dropped meanwhile, which is none.
pub fn tell(model: &Model, error: &Error) -> Result<(), Error> {
    let found =
        as_keeper(|| rows("SELECT FROM scoring.model WHERE name = $1", &[Argument::text(&model.name)]))?;
    if !found.is_empty() {
        let (detail, hint) = error.sentences();
        let warning = Error::new(error.fault(), format!("model {}: {error}", quoted(&model.name)));
        let warning = detail.into_iter().fold(warning, Error::detail);
        warn(hint.into_iter().fold(warning, Error::hint));
    }
    Ok(())
}
