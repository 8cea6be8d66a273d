//! Statements that are planned once.

use super::argument::{self, Argument};
use super::query::{connected, elements, received, through_spi};
use super::row::Row;
use super::text::{from_server, to_server};
use crate::error::{Error, Fault};
use pgrx::pg_sys::{self, Oid};
use std::ffi::{CStr, c_int};

/// A statement that is planned once, without looking at its arguments, and kept for the session.
pub struct Prepared(pg_sys::SPIPlanPtr);

impl Prepared {
    /// Plans a statement whose arguments have these types; what its names mean is settled by the settings of now.
    pub fn new(sql: &str, types: &[Oid]) -> Result<Self, Error> {
        connected(|| {
            // SAFETY: the text ends with a zero; the plan is kept beyond the connection.
            unsafe {
                let mut types = types.to_vec();
                let options = pg_sys::CURSOR_OPT_GENERIC_PLAN as c_int;
                let plan = pg_sys::SPI_prepare_cursor(
                    to_server(sql),
                    types.len() as c_int,
                    types.as_mut_ptr(),
                    options,
                );
                if plan.is_null() || pg_sys::SPI_keepplan(plan) != 0 {
                    return Err(Error::new(Fault::NotSupported, format!("SPI cannot prepare: {sql}")));
                }
                Ok(Self(plan))
            }
        })
    }

    /// Reads the rows as [`super::query::stream`] does, but under a snapshot of its own, which sees all that is committed and was done
    /// before; no id of a transaction is taken for it.
    pub fn stream(
        &self,
        arguments: &[Argument],
        read: &mut dyn FnMut(&Row) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        received(read, &mut |receiver| {
            through_spi(&|| {
                let options = pg_sys::SPIExecuteOptions {
                    params: argument::list(arguments),
                    dest: receiver,
                    ..Default::default()
                };
                // SAFETY: the plan was kept, and the receiver outlives the query.
                unsafe { pg_sys::SPI_execute_plan_extended(self.0, &options) }
            })
        })
    }

    /// Lists the tables that the plan reads from end to end.
    pub fn scanned(&self) -> Result<Vec<Oid>, Error> {
        connected(|| {
            // SAFETY: the plan was kept; what is read of it is copied before it is released, and its text ends with a zero.
            unsafe {
                let cached = pg_sys::SPI_plan_get_cached_plan(self.0);
                if cached.is_null() {
                    return Ok(Vec::new());
                }
                let mut found = Vec::new();
                for statement in elements::<pg_sys::PlannedStmt>((*cached).stmt_list) {
                    let text = CStr::from_ptr(pg_sys::nodeToString((*statement).planTree.cast()));
                    let text = text.to_string_lossy();
                    let tables: Vec<Oid> = elements::<pg_sys::RangeTblEntry>((*statement).rtable)
                        .map(|entry| (*entry).relid)
                        .collect();
                    for scan in text.split("{SEQSCAN").skip(1) {
                        let number = scan.split(":scanrelid ").nth(1);
                        let number =
                            number.and_then(|rest| rest.split([' ', '}']).next()?.parse::<usize>().ok());
                        found.extend(number.and_then(|number| tables.get(number.checked_sub(1)?)));
                    }
                }
                pg_sys::ReleaseCachedPlan(cached, pg_sys::CurrentResourceOwner);
                Ok(found)
            }
        })
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: the plan was kept, and nothing runs it.
        unsafe { pg_sys::SPI_freeplan(self.0) };
    }
}

/// Describes the columns of a query: name, type; none where it is not one SELECT, VALUES or TABLE that only reads.
///
/// What functions in it do is not looked at.
pub fn columns_of_query(sql: &str) -> Result<Option<Vec<(String, Oid)>>, Error> {
    let prepared = Prepared::new(sql, &[])?;
    // SAFETY: the plan was kept; so are its sources, their lists of queries and the description of what they give.
    unsafe {
        let mut sources = elements::<pg_sys::CachedPlanSource>(pg_sys::SPI_plan_get_plan_sources(prepared.0));
        let (Some(source), None) = (sources.next(), sources.next()) else { return Ok(None) };
        let mut queries = elements::<pg_sys::Query>((*source).query_list);
        let (Some(query), None) = (queries.next(), queries.next()) else { return Ok(None) };
        let only_reads = (*query).commandType == pg_sys::CmdType::CMD_SELECT
            && (*query).rowMarks.is_null()
            && !(*query).hasModifyingCTE;
        if !only_reads || (*source).resultDesc.is_null() {
            return Ok(None);
        }
        let columns = super::catalog::attributes((*source).resultDesc).iter();
        let described = columns.map(|column| {
            (from_server(CStr::from_ptr(column.attname.data.as_ptr()).to_bytes()), column.atttypid)
        });
        Ok(Some(described.collect()))
    }
}
