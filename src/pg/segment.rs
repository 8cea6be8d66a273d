//! Segments of RFM codes in SQL.

use super::call::{Answer, Call, answer, sql_functions};
use super::text::{from_server, to_datum};
use crate::error::{Error, Fault};
use crate::score::segment::{rules, segment, usual_segment};
use pgrx::pg_sys::{self, Datum};
use std::ffi::CStr;

sql_functions![rfm_segment, rfm_segment_by_rules];

pgrx::extension_sql_file!("../../sql/segment.sql", name = "segment", requires = ["rfm"]);

/// The most bytes of a document of rules.
const MOST_BYTES: usize = 1 << 20;

/// `rfm_segment(rfm_score)`
fn rfm_segment(call: &Call) -> Answer {
    let Some(code) = call.read(0) else { return Ok(None) };
    answer(usual_segment(code)?)
}

/// `rfm_segment(rfm_score, rules)`
fn rfm_segment_by_rules(call: &Call) -> Answer {
    let (Some(code), Some(document)) = (call.read(0), call.argument(1)) else { return Ok(None) };
    // SAFETY: the SQL declaration says jsonb, so detoasting gives a whole one that lives as long as the call.
    let (document, bytes) = unsafe {
        let document = pg_sys::pg_detoast_datum(document.cast_mut_ptr());
        (Datum::from(document), pgrx::varlena_to_byte_slice(document))
    };
    if bytes.len() > MOST_BYTES {
        return Err(Error::new(Fault::LimitExceeded, "rules are too long")
            .detail(format!("They take {} bytes; {MOST_BYTES} are the most.", bytes.len()))
            .hint("Shorten the labels, or use fewer rules: there are at most 729 codes."));
    }
    let rules = call.compiled(bytes, || rules(&json_text(document)))?;
    Ok(segment(code, rules)?.map(to_datum))
}

/// Prints a jsonb.
fn json_text(document: Datum) -> String {
    // SAFETY: it is a jsonb, and jsonb_out takes one and gives a C string.
    let text = unsafe { pgrx::direct_function_call::<&CStr>(pg_sys::jsonb_out, &[Some(document)]) };
    from_server(text.unwrap_or_default().to_bytes())
}
