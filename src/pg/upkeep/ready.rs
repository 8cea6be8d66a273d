//! All that scoring needs of a model: its document held against the database, its cuts, and the statements that read its tables.

use super::changes::watch;
use super::scores::Scores;
use super::tables::{are_large, lock_all, oid_of, relations, with_indexes};
use crate::error::{Error, Fault};
use crate::model::cuts::Cuts;
use crate::model::document::Document;
use crate::model::plan::Plan;
use crate::model::sql::customers::Customers;
use crate::model::sql::events::Events;
use crate::model::sql::name::Name;
use crate::pg::fold::{Basket, Shapes, can_fold};
use crate::pg::prepared::Prepared;
use crate::pg::query::released;
use crate::pg::registry::Entry;
use crate::pg::resolve::resolve;
use crate::pg::settings::{self, Setting};
use crate::pg::zone::Named;
use crate::pg::{publication, table};
use pgrx::pg_sys::{self, Oid};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// All that scoring needs of a model.
pub struct Ready {
    /// The model.
    pub plan: Plan,
    /// Its time zone.
    pub zone: Named,
    /// The name of its score table.
    pub table: Name,
    /// Its score table.
    pub scores: Scores,
    /// The newest cuts.
    pub cuts: RefCell<Cuts>,
    /// How many groups of each grouping have published cuts.
    pub groups: Vec<usize>,
    /// The forms of its measures.
    pub shapes: Rc<Shapes>,
    /// The tables and indexes that its statements read, partitions too.
    pub reads: Vec<Oid>,
    /// For each source, which measures take something of it.
    pub slots: Vec<Vec<usize>>,
    /// Whether new rows of a source can be folded.
    pub folds: Vec<bool>,
    /// A row of the score table, to be filled.
    pub row: RefCell<table::Row>,
    /// Whether anything that scores read changes by the clock alone.
    pub has_watched: bool,
    customers: OnceCell<(Customers, Prepared)>,
    events: RefCell<Statements>,
}

/// The statements that give events, by the source whose measures they serve and the one they read.
type Statements = FxHashMap<(usize, usize), Option<Rc<Statement>>>;

/// The statement that gives the events of some customers.
pub struct Statement {
    /// What it gives.
    pub events: Events,
    /// Its plan.
    pub prepared: Prepared,
    /// What they are gathered in.
    pub basket: RefCell<Basket>,
    /// Whether it reads a large table from end to end, since no index leads to the customers.
    pub is_slow: bool,
}

/// The number of no source: of statements for all measures.
pub const ALL: usize = usize::MAX;

impl Ready {
    /// Holds a document against the database, whose tables must be free to be read.
    pub fn load(entry: &Entry, document: Document) -> Result<Self, Error> {
        let reads = relations(&document)?;
        watch(reads.iter().copied());
        // To learn how the score table is takes a lock on it, and on its indexes, too.
        let learned = match oid_of(&entry.table) {
            Some(scores) => with_indexes(&[scores])?,
            None => Vec::new(),
        };
        if !lock_all(&reads) || !lock_all(&learned) {
            return Err(in_use());
        }
        let plan = resolve(document, &entry.timezone)?.plan;
        let key: Vec<String> = plan.key.iter().map(|(name, _)| name.clone()).collect();
        let scores = Scores::find(&entry.table, plan.columns(), &key)?;
        watch(scores.indexes.iter().copied().chain([scores.oid]));
        let cuts = match entry.cuts_version {
            0 => Cuts::none(&plan),
            version => publication::read(&entry.name, &plan, version)?,
        };
        let row = table::Row::of(&plan, &scores.columns);
        let shapes = Rc::new(Shapes::of(&plan)?);
        let taking = |name: &String| plan.taking(name).map(|(slot, ..)| slot).collect::<Vec<_>>();
        let slots: Vec<Vec<usize>> = plan.document.sources.keys().map(taking).collect();
        let is_foldable = |slots: &Vec<usize>| slots.iter().all(|slot| can_fold(&plan.measures[*slot]));
        let sources = plan.document.sources.values().zip(&slots);
        let folds = sources.map(|(source, slots)| source.joins.is_empty() && is_foldable(slots)).collect();
        Ok(Self {
            zone: Named::find(&entry.timezone),
            table: entry.table.clone(),
            scores,
            groups: cuts.count_groups(),
            cuts: RefCell::new(cuts),
            shapes,
            reads,
            slots,
            folds,
            row: RefCell::new(row),
            has_watched: !plan.watched().is_empty(),
            customers: OnceCell::new(),
            events: RefCell::default(),
            plan,
        })
    }

    /// Gives the statement that reads some customers.
    pub fn customers(&self) -> Result<&(Customers, Prepared), Error> {
        if self.customers.get().is_none() {
            let customers = Customers::of_some(&self.plan)?;
            let prepared = Prepared::new(&customers.sql, &self.array_types())?;
            let _ = self.customers.set((customers, prepared));
        }
        self.customers.get().ok_or_else(in_use)
    }

    /// Gives the statement that reads the events of a source for some customers: with what the measures take that also take
    /// of the source `of`, or with what all take; none where that is nothing.
    pub fn events(&self, of: usize, source: usize) -> Result<Option<Rc<Statement>>, Error> {
        if let Some(known) = self.events.borrow().get(&(of, source)) {
            return Ok(known.clone());
        }
        let wants = |slot: usize| of == ALL || self.slots[of].contains(&slot);
        let found = self.plan.document.sources.get_index(source);
        let events = match found {
            Some((name, source)) => Events::of_some(&self.plan, name, source, &wants)?,
            None => None,
        };
        let statement = events
            .map(|events| {
                let prepared = Prepared::new(&events.sql, &self.array_types())?;
                let is_slow = are_large(&prepared.scanned()?)?;
                Ok::<_, Error>(Rc::new(Statement { events, prepared, basket: RefCell::default(), is_slow }))
            })
            .transpose()?;
        self.events.borrow_mut().insert((of, source), statement.clone());
        Ok(statement)
    }

    /// Tells whether a statement reads a large table from end to end; one that cannot be prepared is met when it is run.
    pub fn is_slow(&self, of: usize, source: usize, setting: &Setting) -> bool {
        let known = self.events.borrow().get(&(of, source)).cloned();
        let found = match known {
            Some(known) => Ok(known),
            None => released(|| settings::under(setting, || self.events(of, source))),
        };
        found.is_ok_and(|statement| statement.is_some_and(|statement| statement.is_slow))
    }

    /// Lists the types of arrays of the key's columns.
    fn array_types(&self) -> Vec<Oid> {
        let types = self.scores.key.types().iter();
        // SAFETY: the types exist.
        types.map(|oid| unsafe { pg_sys::get_array_type(*oid) }).collect()
    }

    /// Lists the sources that measures take of which also take of one, itself too.
    pub fn beside(&self, source: usize) -> impl Iterator<Item = usize> {
        (0..self.slots.len())
            .filter(move |other| self.slots[*other].iter().any(|slot| self.slots[source].contains(slot)))
    }

    /// Locks the score table to be written to, if nobody is in the way.
    pub fn lock_scores(&self) -> bool {
        // SAFETY: a lock on an oid harms nobody, whatever has become of the table; who was dropped meanwhile has made the
        // model stale.
        unsafe { pg_sys::ConditionalLockRelationOid(self.scores.oid, pg_sys::RowExclusiveLock as i32) }
    }

    /// Locks the score table to be read, if nobody is in the way.
    pub fn share_scores(&self) -> bool {
        lock_all(&[self.scores.oid])
    }

    /// Locks all that statements read, if nobody is in the way.
    pub fn lock_reads(&self) -> bool {
        lock_all(&self.reads)
    }
}

/// Says that somebody is in the way.
fn in_use() -> Error {
    Error::new(Fault::InUse, "a table of the model is locked")
}
