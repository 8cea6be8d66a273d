//! A model as a backend keeps it ready for its triggers, until something that it was made of changes.

use super::changes;
use super::marks::Marks;
use super::ready::Ready;
use super::role::{self, Role};
use super::tables::oid_of;
use crate::error::{Error, Fault};
use crate::model::document::{Document, Mode};
use crate::model::sql;
use crate::pg::argument::Argument;
use crate::pg::fold::KeyTypes;
use crate::pg::query::{connected, released, rows, seeing_latest};
use crate::pg::registry::{self, Entry};
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::{self, Oid};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// A model in this backend.
pub struct Model {
    /// What the registry has of it.
    pub entry: Entry,
    /// Its document.
    pub document: Document,
    /// Its marks.
    pub marks: Marks,
    /// The types of its key.
    pub key: KeyTypes,
    /// The types of its key, as SQL writes them.
    pub key_sql: Vec<String>,
    /// All that scoring needs; the fault where the model is broken.
    pub ready: Result<Ready, Error>,
    /// What it is to tables, by their oid.
    roles: RefCell<FxHashMap<u32, Rc<Vec<Role>>>>,
    /// The changes up to which it is known to be as it was read.
    seen: Cell<u64>,
    /// What the registry has of it, and what the catalog has of all that it was made of.
    print: Fingerprint,
}

thread_local! {
    /// The models that triggers have asked for; they outlive the session's end, which cleans nothing up.
    static MODELS: RefCell<ManuallyDrop<FxHashMap<i32, Rc<Model>>>> = RefCell::default();
}

/// Gives the model of a number, as it is now; none where there is none, or where its marks are gone.
pub fn find(id: i32) -> Result<Option<Rc<Model>>, Error> {
    let changes = changes::hear();
    if let Some(model) = MODELS.with_borrow(|models| models.get(&id).cloned()) {
        // Of most changes only statistics are told, as by VACUUM and ANALYZE.
        if model.seen.get() == changes || model.is_as_it_was()? {
            model.seen.set(changes);
            return Ok(Some(model));
        }
        MODELS.with_borrow_mut(|models| models.remove(&id));
    }
    let Some(entry) = seeing_latest(|| registry::numbered(id))? else { return Ok(None) };
    let Some(model) = Model::load(entry)? else { return Ok(None) };
    let model = Rc::new(model);
    // What changed while it was read is read again by the next call; what could not be locked too.
    let is_lasting = !matches!(&model.ready, Err(error) if error.fault() == Fault::InUse);
    if is_lasting && changes::count() == changes {
        model.seen.set(changes);
        MODELS.with_borrow_mut(|models| models.insert(id, model.clone()));
    }
    Ok(Some(model))
}

/// Gives the model of a number as [`find`] does, but reads a broken one anew: what it lacked may be there now.
pub fn find_again(id: i32) -> Result<Option<Rc<Model>>, Error> {
    match find(id)? {
        Some(model) if model.ready.is_err() => {
            MODELS.with_borrow_mut(|models| models.remove(&id));
            find(id)
        }
        found => Ok(found),
    }
}

/// Tells whether a model is still as it was found: what others have published meanwhile is known when the transaction has an
/// id, which whoever sweeps after that waits for.
pub fn is_current(model: &Model) -> Result<bool, Error> {
    Ok(find(model.entry.id)?.is_some_and(|found| std::ptr::eq(Rc::as_ptr(&found), model)))
}

impl Model {
    /// Makes a model ready; none where its marks are gone.
    fn load(entry: Entry) -> Result<Option<Self>, Error> {
        let setting = Setting { role: entry.owner, timezone: &entry.timezone.clone() };
        settings::under(&setting, || {
            seeing_latest(|| {
                connected(|| {
                    let document = Document::read(&entry.definition)?;
                    let parts = document.customers.key.as_slice().len();
                    let Ok(marks) = Marks::find(&sql::marks::name(&entry.table), parts) else {
                        return Ok(None);
                    };
                    let (key, key_sql) = key_types(marks.oid, parts)?;
                    changes::watch([marks.oid, entry.table_oid]);
                    changes::watch(entry.relations.iter().copied());
                    let ready = released(|| Ready::load(&entry, document.clone()));
                    let print = fingerprint(&entry, &marks, ready.as_ref().ok())?;
                    let (roles, seen) = (RefCell::default(), Cell::new(0));
                    Ok(Some(Self { entry, document, marks, key, key_sql, ready, roles, seen, print }))
                })
            })
        })
    }

    /// Tells whether all that it was made of is as it was.
    fn is_as_it_was(&self) -> Result<bool, Error> {
        let Ok(ready) = &self.ready else { return Ok(false) };
        let known = seeing_latest(|| connected(|| fingerprint(&self.entry, &self.marks, Some(ready))))?;
        Ok(known == self.print)
    }

    /// Tells whether the tables are as they were found, for who has locked them since: whatever was altered meanwhile is read
    /// and written otherwise.
    pub fn has_same_tables(&self) -> Result<bool, Error> {
        let Ok(ready) = &self.ready else { return Ok(false) };
        // To lock a table is to hear of its changes.
        if self.seen.get() == changes::count() {
            return Ok(true);
        }
        let known = seeing_latest(|| connected(|| fingerprint(&self.entry, &self.marks, Some(ready))))?;
        Ok(known.tables == self.print.tables)
    }

    /// Gives what is needed to score in the writer's transaction; none where writers only mark.
    pub fn live(&self) -> Option<&Ready> {
        let is_live =
            self.document.mode == Mode::Live && self.entry.cuts_version > 0 && !self.entry.is_broken;
        let ready = self.ready.as_ref().ok().filter(|_| is_live)?;
        let is_ours = ready.scores.oid == self.entry.table_oid && !ready.scores.may_wait;
        is_ours.then_some(ready)
    }

    /// Tells whether the score table is another one than the model made, as after a restore.
    pub fn is_restored(&self) -> bool {
        oid_of(&self.entry.table) != Some(self.entry.table_oid)
    }

    /// Gives what the model is to a table; what fails meanwhile is undone.
    pub fn roles(&self, relation: pg_sys::Relation) -> Result<Rc<Vec<Role>>, Error> {
        // SAFETY: the caller has the relation open.
        let oid = unsafe { (*relation).rd_id };
        if let Some(known) = self.roles.borrow().get(&oid.to_u32()) {
            return Ok(known.clone());
        }
        released(|| self.find_roles(relation, oid))
    }

    /// Finds what the model is to a table, and keeps it.
    fn find_roles(&self, relation: pg_sys::Relation, oid: Oid) -> Result<Rc<Vec<Role>>, Error> {
        let setting = Setting { role: self.entry.owner, timezone: &self.entry.timezone };
        let found =
            settings::under(&setting, || seeing_latest(|| connected(|| role::roles(self, relation))))?;
        changes::watch([oid]);
        let found = Rc::new(found);
        self.roles.borrow_mut().insert(oid.to_u32(), found.clone());
        Ok(found)
    }
}

/// Which versions of which rows a model was made of.
#[derive(PartialEq, Eq)]
struct Fingerprint {
    /// Of the registry.
    entry: String,
    /// Of the catalog.
    tables: String,
}

/// Sums up what the registry and the catalog have of all that a model was made of.
fn fingerprint(entry: &Entry, marks: &Marks, ready: Option<&Ready>) -> Result<Fingerprint, Error> {
    let Some(ready) = ready else { return Ok(Fingerprint { entry: String::new(), tables: String::new() }) };
    let mut relations = ready.reads.clone();
    relations.extend(ready.scores.indexes.iter().chain([&ready.scores.oid, &marks.oid]));
    let found = registry::as_keeper(|| {
        rows(
            "SELECT (SELECT xmin || ctid::text FROM scoring.model WHERE id = $1),
                    pg_catalog.md5(pg_catalog.string_agg(version, ',' ORDER BY version)) FROM (
               SELECT 'c' || oid || ':' || xmin FROM pg_catalog.pg_class WHERE oid = ANY ($2)
               UNION ALL SELECT 'a' || attrelid || ':' || attnum || ':' || xmin FROM pg_catalog.pg_attribute
                         WHERE attrelid = ANY ($2) AND attnum > 0
               UNION ALL SELECT 'i' || indexrelid || ':' || xmin FROM pg_catalog.pg_index WHERE indrelid = ANY ($2)
               UNION ALL SELECT 'p' || inhrelid || ':' || xmin FROM pg_catalog.pg_inherits WHERE inhparent = ANY ($2)
               UNION ALL SELECT 'f' || oid || ':' || xmin FROM pg_catalog.pg_constraint WHERE conrelid = ANY ($2)
             ) AS known (version)",
            &[Argument::int(entry.id), Argument::oids(&relations)],
        )
    })?;
    let mut found = found.into_iter().flatten().map(Option::unwrap_or_default);
    let mut next = || found.next().unwrap_or_default();
    Ok(Fingerprint { entry: next(), tables: next() })
}

/// Reads the types of the key from the marks, which have them whatever becomes of other tables.
fn key_types(marks: Oid, parts: usize) -> Result<(KeyTypes, Vec<String>), Error> {
    let found = rows(
        "SELECT atttypid, attcollation, pg_catalog.format_type(atttypid, NULL) FROM pg_catalog.pg_attribute
         WHERE attrelid = $1 AND attnum BETWEEN 1 AND $2 ORDER BY attnum",
        &[Argument::oid(marks), Argument::int(parts as i32)],
    )?;
    let oid = |text: &Option<String>| {
        text.as_deref().and_then(|text| text.parse::<u32>().ok()).map_or(Oid::INVALID, Oid::from)
    };
    let types: Vec<(Oid, Oid)> = found.iter().map(|row| (oid(&row[0]), oid(&row[1]))).collect();
    let names = found.iter().map(|row| row[2].clone().unwrap_or_default()).collect();
    Ok((KeyTypes::of(&types)?, names))
}
