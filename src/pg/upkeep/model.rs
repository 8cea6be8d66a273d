//! A model as a backend keeps it ready for its triggers, until something that it was made of changes.

use super::marks::Marks;
use super::role::{self, Role};
use super::scores::Scores;
use crate::error::{Error, Fault};
use crate::model::cuts::Cuts;
use crate::model::document::{Document, Mode};
use crate::model::place::Place;
use crate::model::plan::Plan;
use crate::model::sql::customers::Customers;
use crate::model::sql::events::Events;
use crate::model::sql::{self, name::Name};
use crate::pg::fold::{KeyTypes, Learned, Shapes, can_fold};
use crate::pg::publication;
use crate::pg::query::{Argument, Prepared, connected, released, rows, seeing_latest};
use crate::pg::registry::{self, Entry};
use crate::pg::resolve::resolve;
use crate::pg::settings::{self, Setting};
use crate::pg::{catalog, table, text};
use pgrx::pg_sys::{self, Oid};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, OnceCell, RefCell};
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

/// All that scoring needs of a model.
pub struct Ready {
    /// The model.
    pub plan: Plan,
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
    /// What is learnt of its first row.
    pub learned: OnceCell<Rc<Learned>>,
    /// Whether it reads a large table from end to end, since no index leads to the customers.
    pub is_slow: bool,
}

/// From how many pages on a table is large: 8 MB.
const LARGE: i64 = 1000;

/// The number of no source: of statements for all measures.
pub const ALL: usize = usize::MAX;

thread_local! {
    /// The models that triggers have asked for; they outlive the session's end, which cleans nothing up.
    static MODELS: RefCell<ManuallyDrop<FxHashMap<i32, Rc<Model>>>> = RefCell::default();
    /// The relations that these were made of.
    static WATCHED: RefCell<ManuallyDrop<FxHashSet<u32>>> = RefCell::default();
    /// How often one of them has changed, or may have.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    /// Whether changes are listened to.
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

/// Gives the model of a number, as it is now; none where there is none, or where its marks are gone.
pub fn find(id: i32) -> Result<Option<Rc<Model>>, Error> {
    listen();
    // SAFETY: it reads what other sessions have said.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    let changes = CHANGES.get();
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
    if is_lasting && CHANGES.get() == changes {
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

/// Makes every backend read a model anew, once this transaction has committed.
pub fn changed(table: Oid) {
    if table != Oid::INVALID {
        // SAFETY: it only leaves a message; of a table that is gone nobody has a model.
        unsafe {
            if pg_sys::SearchSysCacheExists(
                pg_sys::SysCacheIdentifier::RELOID as i32,
                table.into(),
                0.into(),
                0.into(),
                0.into(),
            ) {
                pg_sys::CacheInvalidateRelcacheByRelid(table);
            }
        }
    }
}

/// Listens to changes of relations, once a session.
fn listen() {
    if !LISTENS.replace(true) {
        // SAFETY: the callback is a function of ours, which only sets a flag.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), 0.into()) };
    }
}

/// Notes that a relation has changed.
unsafe extern "C-unwind" fn relation_changed(_: pg_sys::Datum, relation: Oid) {
    let is_another = WATCHED
        .with(|watched| watched.try_borrow().is_ok_and(|watched| !watched.contains(&relation.to_u32())));
    if relation == Oid::INVALID || !is_another {
        CHANGES.set(CHANGES.get() + 1);
    }
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
                    watch([marks.oid, entry.table_oid]);
                    watch(entry.relations.iter().copied());
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
        if self.seen.get() == CHANGES.get() {
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
        watch([oid]);
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

/// Has changes of relations noticed.
fn watch(relations: impl IntoIterator<Item = Oid>) {
    WATCHED.with_borrow_mut(|watched| watched.extend(relations.into_iter().map(|oid| oid.to_u32())));
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

impl Ready {
    /// Holds a document against the database, whose tables must be free to be read.
    fn load(entry: &Entry, document: Document) -> Result<Self, Error> {
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
                Ok::<_, Error>(Rc::new(Statement { events, prepared, learned: OnceCell::new(), is_slow }))
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

/// Tells whether any of some tables is large.
pub fn are_large(tables: &[Oid]) -> Result<bool, Error> {
    let found = match tables.is_empty() {
        true => Vec::new(),
        false => rows(
            "SELECT FROM pg_catalog.pg_class WHERE oid = ANY ($1) AND pg_catalog.pg_relation_size(oid) > $2 * 8192",
            &[Argument::oids(tables), Argument::bigint(LARGE)],
        )?,
    };
    Ok(!found.is_empty())
}

/// Locks relations to be read, if nobody is in the way.
fn lock_all(relations: &[Oid]) -> bool {
    // SAFETY: as of `lock_scores`.
    relations
        .iter()
        .all(|oid| unsafe { pg_sys::ConditionalLockRelationOid(*oid, pg_sys::AccessShareLock as i32) })
}

/// Lists the tables that a document names, with their partitions and all their indexes, without a lock.
pub fn relations(document: &Document) -> Result<Vec<Oid>, Error> {
    let roots = tables(document)?.into_iter().map(|(_, oid)| oid).collect::<Vec<_>>();
    with_indexes(&roots)
}

/// Lists tables with their partitions and all their indexes, without a lock.
fn with_indexes(roots: &[Oid]) -> Result<Vec<Oid>, Error> {
    let found = rows(
        "WITH RECURSIVE tree (oid) AS (
           SELECT pg_catalog.unnest($1) UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid)
         SELECT oid FROM tree UNION SELECT i.indexrelid FROM tree JOIN pg_catalog.pg_index AS i ON i.indrelid = tree.oid",
        &[Argument::oids(roots)],
    )?;
    let number = |row: Vec<Option<String>>| row.into_iter().flatten().next()?.parse::<u32>().ok();
    Ok(found.into_iter().filter_map(number).map(Oid::from).collect())
}

/// Lists the tables that a document names and that there are, each once, in the order of their names.
pub fn tables(document: &Document) -> Result<Vec<(Name, Oid)>, Error> {
    let place = Place::root();
    let customers = [&document.customers.table].into_iter();
    let sources = document.sources.values();
    let joined = sources.clone().flat_map(|source| source.joins.values()).map(|join| &join.table);
    let texts = customers.chain(sources.map(|source| &source.table)).chain(joined);
    let mut names: Vec<Name> = texts.map(|text| Name::read(text, &place)).collect::<Result<_, _>>()?;
    names.sort_by(|one, other| (&one.schema, &one.table).cmp(&(&other.schema, &other.table)));
    names.dedup();
    Ok(names.into_iter().filter_map(|name| oid_of(&name).map(|oid| (name, oid))).collect())
}

/// Finds the oid of a table by its name; takes no lock.
pub fn oid_of(name: &Name) -> Option<Oid> {
    // SAFETY: both texts end with a zero.
    let oid = unsafe {
        let schema = pg_sys::get_namespace_oid(text::to_server(&name.schema), true);
        pg_sys::get_relname_relid(text::to_server(&name.table), schema)
    };
    (oid != Oid::INVALID).then_some(oid)
}

/// Says that somebody is in the way.
fn in_use() -> Error {
    Error::new(Fault::InUse, "a table of the model is locked")
}

/// Finds the root of a partition's tree, or the table itself.
pub fn root_of(relation: Oid) -> Result<Oid, Error> {
    let found = catalog::root_of(relation)?;
    Ok(found.unwrap_or(relation))
}
