//! Whom this transaction has derived: a derive has already seen the rows that a later trigger would add.

use super::touched::Keys;
use crate::pg::fold::KeyTypes;
use pgrx::pg_sys::{self, Datum, TransactionId};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::mem::ManuallyDrop;

/// The customers derived by a transaction, by model and source.
#[derive(Default)]
struct Seen {
    transaction: Option<TransactionId>,
    keys: FxHashMap<(i32, usize), Keys>,
}

thread_local! {
    static SEEN: RefCell<ManuallyDrop<Seen>> = RefCell::default();
}

/// Tells whether this transaction has derived what is taken of a source for a customer.
pub fn has(model: i32, source: usize, key: &[Datum]) -> bool {
    SEEN.with_borrow_mut(|seen| {
        seen.is_current() && seen.keys.get_mut(&(model, source)).is_some_and(|keys| keys.find(key).is_some())
    })
}

/// Notes that this transaction has; what a savepoint undoes stays noted, which costs a derive and harms nothing.
pub fn add(model: i32, source: usize, key: &[Datum], types: &KeyTypes) {
    SEEN.with_borrow_mut(|seen| {
        if !seen.is_current() {
            seen.keys.clear();
            // SAFETY: it only reads.
            seen.transaction = Some(unsafe { pg_sys::GetTopTransactionIdIfAny() });
        }
        seen.keys.entry((model, source)).or_insert_with(|| Keys::new(types)).add_own(key);
    });
}

impl Seen {
    /// Tells whether it is of the current transaction, which has an id since it wrote what a trigger sees.
    fn is_current(&self) -> bool {
        // SAFETY: it only reads.
        self.transaction == Some(unsafe { pg_sys::GetTopTransactionIdIfAny() })
    }
}
