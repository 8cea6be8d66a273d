//! ABC classes in SQL.

use super::array::{floats, holds_null, too_many_dimensions};
use super::call::{Answer, Call, answer, answer_state, sql_functions, sql_windows, text};
use super::group::Group;
use super::window::{NONE, Partition, Window, as_label, number};
use crate::error::{Error, Fault};
use crate::score::abc::{Limits, Strategy, USUAL_SHARES, class_under};
use crate::score::quantile::check_cuts;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum};

sql_functions![abc_bin, abc_cuts_transition, abc_cuts_final];
sql_windows![abc_class: ABC_CLASS];

pgrx::extension_sql_file!("../../sql/abc.sql", name = "abc", requires = ["quantile"]);

/// The names of the classes where the caller gives none.
const USUAL_CLASSES: [&str; 3] = ["A", "B", "C"];

/// `abc_class(value[, shares, strategy, classes]) OVER (…)`
static ABC_CLASS: Window<1> = Window {
    read: [number],
    names: &["shares", "strategy", "classes"],
    score: |partition, [figures], results| {
        let limits = limits(partition)?;
        let classes = partition.parameter(2);
        let labels = partition.in_memory(|| match classes {
            Some(classes) => labels(classes, limits.classes()),
            None => Ok(USUAL_CLASSES.into_iter().filter_map(IntoDatum::into_datum).collect()),
        })?;
        partition.set_labels(&labels);
        for (result, class) in results.iter_mut().zip(limits.classify(figures)?) {
            *result = class.map_or(NONE, i32::from);
        }
        Ok(())
    },
    answer: as_label,
};

/// Reads the limits of the classes from the parameters of a window call.
fn limits(partition: &Partition) -> Result<Limits, Error> {
    match (partition.parameter(0), partition.parameter(1)) {
        (Some(shares), Some(strategy)) => {
            Limits::new(Strategy::named(&text(strategy))?, floats(shares, "shares", Fault::InvalidValue)?)
        }
        _ => Limits::new(Strategy::CountPercent, &USUAL_SHARES),
    }
}

/// Reads the names of so many classes, best first; they lie in the array, or in the current memory context.
fn labels(classes: Datum, wanted: usize) -> Result<Vec<Datum>, Error> {
    let (mut elements, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
    // SAFETY: the SQL declaration says text[]: its elements are varlenas, aligned as integers, and `count` of them are
    // given, pointing into the array, with as many flags.
    let (labels, nulls) = unsafe {
        let array = pg_sys::pg_detoast_datum(classes.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        if (*array).ndim > 1 {
            return Err(too_many_dimensions("classes", (*array).ndim));
        }
        let align = pg_sys::TYPALIGN_INT as std::ffi::c_char;
        pg_sys::deconstruct_array(
            array,
            pg_sys::TEXTOID,
            -1,
            false,
            align,
            &mut elements,
            &mut nulls,
            &mut count,
        );
        let count = count as usize;
        (std::slice::from_raw_parts(elements, count), std::slice::from_raw_parts(nulls, count))
    };
    if nulls.contains(&true) {
        return Err(holds_null("classes", Fault::InvalidValue));
    }
    if labels.len() != wanted {
        return Err(Error::invalid(format!("classes must be {wanted} names, got {}", labels.len()))
            .detail("There is one class for each share, and one more than there are limits or cuts.")
            .hint("Name the classes, best class first, as in '{A,B,C}'."));
    }
    Ok(labels.to_vec())
}

/// `abc_bin(value, cuts, classes)`
fn abc_bin(call: &Call) -> Answer {
    let (Some(figure), Some(cuts), Some(classes)) = (call.float(0), call.argument(1), call.argument(2))
    else {
        return Ok(None);
    };
    let cuts = floats(cuts, "cuts", Fault::CutsOutOfOrder)?;
    check_cuts(cuts)?;
    let labels = labels(classes, cuts.len() + 1)?;
    Ok((!figure.is_nan()).then(|| labels[class_under(figure, cuts)]))
}

/// Adds a row to `abc_cuts(value, shares, strategy)`.
fn abc_cuts_transition(call: &Call) -> Answer {
    let shares = call.argument(2).ok_or_else(|| Error::null("shares"))?;
    let shares = floats(shares, "shares", Fault::InvalidValue)?;
    let strategy = Strategy::named(&call.text(3).ok_or_else(|| Error::null("strategy"))?)?;
    let group = Group::of(call, &[&[strategy.number()], shares], "shares and strategy", || {
        Limits::new(strategy, shares).map(drop)
    })?;
    group.add(call.float(1));
    answer_state(group)
}

/// Ends `abc_cuts(value, shares, strategy)`.
fn abc_cuts_final(call: &Call) -> Answer {
    // SAFETY: only groups are passed on as the state of this aggregate.
    let Some(group) = (unsafe { call.state::<Group>(0) }) else { return Ok(None) };
    let Some((strategy, shares)) = group.parameters().split_first() else { return Ok(None) };
    let Some(strategy) = Strategy::numbered(*strategy) else { return Ok(None) };
    let limits = Limits::new(strategy, shares)?;
    answer(limits.ascending_cuts(group.figures())?)
}
