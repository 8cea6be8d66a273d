//! Customers made true who were found not to be.

use super::changes;
use super::model::{self, Model};
use super::touched::Keys;
use super::turn;
use super::walk::Walk;
use crate::error::{Error, Fault};
use crate::model::sql;
use crate::pg::fold::KeyTypes;
use crate::pg::registry::{self, Entry};
use pgrx::pg_sys;
use std::rc::Rc;

/// Makes customers true who were found not to be.
pub struct Healer {
    model: Rc<Model>,
    is_fresh: bool,
}

impl Healer {
    /// Makes ready to heal; a model that is broken is refused with its fault.
    pub fn of(entry: &Entry) -> Result<Self, Error> {
        // SAFETY: it only reads.
        let is_fresh = unsafe { pg_sys::GetTopTransactionIdIfAny() } == pg_sys::InvalidTransactionId;
        match model::find_again(entry.id)? {
            Some(model) => Ok(Self { model, is_fresh }),
            None => Err(crate::pg::target::broken(&sql::marks::name(&entry.table), "it is missing")),
        }
    }

    /// Marks every customer.
    pub fn mark_everybody(&self) {
        self.model.marks.add_everybody();
    }

    /// Gives the types of the model's key.
    pub fn key(&self) -> &KeyTypes {
        &self.model.key
    }

    /// Makes customers true, some at a time; marks those whom others have locked, and all where somebody has locked a table.
    pub fn heal(&self, wrong: &Keys) -> Result<(), Error> {
        // What this transaction has repaired of its tables and triggers is a change, too.
        let model = model::find_again(self.model.entry.id)?.unwrap_or_else(|| self.model.clone());
        let ready = match &model.ready {
            Ok(ready) => ready,
            Err(error) if error.fault() == Fault::InUse => {
                self.model.marks.add(wrong);
                return Ok(());
            }
            Err(error) => return Err(error.clone()),
        };
        let walk = Walk {
            model: model.clone(),
            ready,
            is_fresh: self.is_fresh,
            batch: wrong.len(),
            spreads: true,
            pending: None,
        };
        let brought = walk.bring(wrong, &mut |_| {})?;
        match brought.is_stale {
            true => self.model.marks.add(wrong),
            false if brought.left.is_empty() => {}
            false => self.model.marks.add(&brought.left),
        }
        if self.model.entry.is_broken && turn::try_to_take(self.model.entry.id) {
            registry::mend(self.model.entry.id)?;
            changes::tell(self.model.entry.table_oid);
        }
        Ok(())
    }
}
