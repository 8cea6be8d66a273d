//! Rows of one table, read where a trigger has them: the expressions of a statement are evaluated without a plan.
//!
//! To start a plan takes 8 µs, and to evaluate five columns of one row a twentieth of that.

use crate::error::{Error, Fault};
use crate::pg::catalog::{self, is_of_postgres};
use crate::pg::datum::Layout;
use crate::pg::fold::Memory;
use crate::pg::query::elements;
use crate::pg::row::Row;
use crate::pg::text::to_server;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, ExprContext, ExprState, Oid, TupleDesc, TupleTableSlot, Tuplestorestate};
use std::ffi::CStr;
use std::rc::Rc;

/// The items that a statement selects of the rows of a table.
pub struct Reader {
    filter: *mut ExprState,
    items: Vec<*mut ExprState>,
    context: *mut ExprContext,
    described: TupleDesc,
    /// How the items lie in memory.
    pub layouts: Rc<[Layout]>,
    /// How long they are.
    pub lengths: Rc<[i16]>,
    slot: *mut TupleTableSlot,
    /// Whether the items are PostgreSQL's own immutable functions alone, of its own types or enumerations, so that no setting and no
    /// role matters to them, and they only compute.
    pub is_tame: bool,
    values: Vec<Datum>,
    nulls: Vec<bool>,
    _memory: Memory,
}

impl Reader {
    /// Compiles a statement, whose only table is the one of this description, under the current settings.
    pub fn of(sql: &str, rows: TupleDesc) -> Result<Self, Error> {
        let memory = Memory::new();
        // SAFETY: the text ends with a zero; what is made lives in the memory that goes with the reader.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(memory.context());
            let parsed = pg_sys::raw_parser(to_server(sql), pg_sys::RawParseMode::RAW_PARSE_DEFAULT);
            let Some(raw) = elements::<pg_sys::RawStmt>(parsed).next() else {
                pg_sys::MemoryContextSwitchTo(before);
                return Err(not_a_query(sql));
            };
            let none = std::ptr::null_mut();
            let query = pg_sys::parse_analyze_fixedparams(raw, to_server(sql), std::ptr::null(), 0, none);
            let mut is_tame = true;
            let mut compile = |node: *mut pg_sys::Node| {
                is_tame &= is_tame_node(node);
                pg_sys::ExecInitExpr(pg_sys::expression_planner(node.cast()), std::ptr::null_mut())
            };
            let targets = (*query).targetList;
            let items: Vec<*mut ExprState> = elements(targets)
                .map(|target: *mut pg_sys::TargetEntry| compile((*target).expr.cast()))
                .collect();
            let condition = (*(*query).jointree).quals;
            let filter = if condition.is_null() { std::ptr::null_mut() } else { compile(condition) };
            let described = pg_sys::ExecTypeFromTL(targets);
            let columns = catalog::attributes(described).iter();
            let layouts: Rc<[Layout]> = columns.map(|column| Layout::of(column.atttypid)).collect();
            let rows = pg_sys::CreateTupleDescCopy(rows);
            let slot = pg_sys::MakeSingleTupleTableSlot(rows, &raw const pg_sys::TTSOpsMinimalTuple);
            let context = pg_sys::CreateStandaloneExprContext();
            (*context).ecxt_scantuple = slot;
            pg_sys::MemoryContextSwitchTo(before);
            Ok(Self {
                filter,
                values: vec![Datum::null(); items.len()],
                nulls: vec![true; items.len()],
                items,
                context,
                described,
                lengths: layouts.iter().map(|layout| layout.length).collect(),
                layouts,
                slot,
                is_tame,
                _memory: memory,
            })
        }
    }

    /// Describes the items.
    pub fn described(&self) -> TupleDesc {
        self.described
    }

    /// Reads the items of each row that fulfils the condition, until `read` does not want more; of the others, `read` gets
    /// none.
    pub fn read(
        &mut self,
        rows: *mut Tuplestorestate,
        read: &mut dyn FnMut(Option<&Row>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        // SAFETY: the rows are those of the transition table, of the table that this was compiled for; its own position
        // in them is the reader's, as of a scan of PostgreSQL's.
        unsafe {
            let position = pg_sys::tuplestore_alloc_read_pointer(rows, pg_sys::EXEC_FLAG_REWIND as i32);
            pg_sys::tuplestore_select_read_pointer(rows, position);
            pg_sys::tuplestore_rescan(rows);
            let memory = (*self.context).ecxt_per_tuple_memory;
            let mut outcome = Ok(true);
            while matches!(outcome, Ok(true)) {
                pg_sys::tuplestore_select_read_pointer(rows, position);
                if !pg_sys::tuplestore_gettupleslot(rows, true, false, self.slot) {
                    break;
                }
                pgrx::check_for_interrupts!();
                outcome = match self.evaluate() {
                    true => read(Some(&Row::of(&self.values, &self.nulls, self.described))),
                    false => read(None),
                };
                pg_sys::MemoryContextReset(memory);
            }
            pg_sys::ExecClearTuple(self.slot);
            outcome.map(drop)
        }
    }

    /// Evaluates the items of the row in the slot; tells whether it fulfils the condition.
    unsafe fn evaluate(&mut self) -> bool {
        // SAFETY: the expressions were compiled for the slot's rows; PostgreSQL's errors become panics at the guard.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo((*self.context).ecxt_per_tuple_memory);
            let is_in = self.filter.is_null() || {
                let (value, is_null) = evaluate(self.filter, self.context);
                !is_null && value.value() as u8 != 0
            };
            if is_in {
                for (at, item) in self.items.iter().enumerate() {
                    (self.values[at], self.nulls[at]) = evaluate(*item, self.context);
                }
            }
            pg_sys::MemoryContextSwitchTo(before);
            is_in
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: the slot and the context were made by `of`, and nothing else uses them.
        unsafe {
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            pg_sys::FreeExprContext(self.context, false);
        }
    }
}

/// Evaluates an expression.
unsafe fn evaluate(expression: *mut ExprState, context: *mut ExprContext) -> (Datum, bool) {
    let mut is_null = false;
    // SAFETY: the caller says that the two go together; the guard lets no longjmp pass through Rust.
    unsafe {
        let Some(function) = (*expression).evalfunc else { return (Datum::null(), true) };
        let value = pg_guard_ffi_boundary(|| function(expression, context, &mut is_null));
        (value, is_null)
    }
}

/// Tells whether an expression is made of PostgreSQL's own immutable functions and types alone.
unsafe fn is_tame_node(node: *mut pg_sys::Node) -> bool {
    // SAFETY: the node was analysed; its text ends with a zero.
    unsafe {
        if pg_sys::contain_mutable_functions(node) {
            return false;
        }
        let text = CStr::from_ptr(pg_sys::nodeToString(node.cast())).to_string_lossy();
        let mut words = text.split([' ', ')', '(', '}']).peekable();
        while let Some(word) = words.next() {
            let oid: Option<u32> = words.peek().and_then(|number| number.parse().ok());
            let Some(oid) = oid.map(Oid::from).filter(|oid| !is_of_postgres(*oid)) else { continue };
            let is_tame = match word {
                ":funcid" | ":opfuncid" | ":resulttype" | ":hashfuncid" | ":negfuncid" => false,
                // PostgreSQL's functions on arrays and rows run those of the types in them.
                ":vartype" | ":consttype" => pg_sys::get_typtype(oid) as u8 == pg_sys::TYPTYPE_ENUM,
                _ => true,
            };
            if !is_tame {
                return false;
            }
        }
        true
    }
}

/// Says that a statement of ours is none.
fn not_a_query(sql: &str) -> Error {
    Error::new(Fault::WrongState, format!("not a query: {sql}"))
}

/// Gives the oids of a list of oids.
pub unsafe fn oids(list: *mut pg_sys::List) -> Vec<Oid> {
    // SAFETY: the caller says that it is null or such a list.
    match unsafe { list.as_ref() } {
        None => Vec::new(),
        // SAFETY: so many cells are there, which hold oids.
        Some(list) => unsafe {
            let cells = std::slice::from_raw_parts(list.elements, list.length as usize);
            cells.iter().map(|cell| cell.oid_value).collect()
        },
    }
}
