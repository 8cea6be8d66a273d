//! An author's SQL expression, over the rows of a FROM clause that we build.
//!
//! All of this is to be called under our settings: they decide what the expression means. What [`check`] has accepted
//! can be put into a statement as `(expression\n)`: it is one expression, and the newline ends a comment in it.

use super::call::text;
use super::catalog::{Key, Nature, Relation, Type, read};
use super::query::caught;
use super::text::to_server;
use super::trouble::{Trouble, refusal};
use crate::error::{Error, Fault};
use crate::model::place::{Place, quoted};
use crate::model::sql;
use crate::model::sql::from::From;
use pgrx::pg_sys::{self, Node, Oid};
use pgrx::{PgList, PgSqlErrorCode, is_a};
use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};

#[allow(non_snake_case, reason = "the name is PostgreSQL's")]
mod raw {
    use super::*;

    unsafe extern "C-unwind" {
        // From 16 on, the name itself is a macro.
        #[cfg_attr(not(feature = "pg15"), link_name = "expression_tree_walker_impl")]
        pub fn expression_tree_walker(
            node: *mut Node,
            walker: unsafe extern "C-unwind" fn(*mut Node, *mut c_void) -> bool,
            context: *mut c_void,
        ) -> bool;
        pub fn check_functions_in_node(
            node: *mut Node,
            checker: unsafe extern "C-unwind" fn(Oid, *mut c_void) -> bool,
            context: *mut c_void,
        ) -> bool;
        pub fn func_volatile(function: Oid) -> c_char;
    }
}

/// Checks an expression over the rows of a source, and gives its type.
///
/// It must be one expression that depends on nothing but the columns of those rows.
pub fn check(expression: &str, from: &From, place: &Place) -> Result<Type, Error> {
    let checked = caught(|| {
        // SAFETY: what is parsed is looked at as what PostgreSQL says it is.
        unsafe {
            if !is_one(expression) {
                return Ok(Err(Trouble::NotOne));
            }
            let target = analysed(&from.select_strictly(&item(expression)));
            match trouble(target) {
                Some(trouble) => Ok(Err(trouble)),
                None => type_of(target).map(Ok),
            }
        }
    });
    checked.map_err(|error| not_found(error, place))?.map_err(|trouble| refusal(trouble, place))
}

/// Checks a condition: an expression that is true or false.
pub fn check_condition(expression: &str, from: &From, place: &Place) -> Result<Type, Error> {
    let found = check(expression, from, place)?;
    match found.nature {
        Nature::Truth => Ok(found),
        _ => Err(place
            .refuse(format!("must be a condition (boolean), not {}", found.name))
            .because(Fault::WrongType)
            .hint("Compare it with something, as in \"status = 'paid'\".")),
    }
}

/// Tells the type that checked expressions, each over its own FROM clause, have in common, as UNION ALL finds it.
pub fn common_type(expressions: &[(String, From)], place: &Place) -> Result<Type, Error> {
    let selects: Vec<String> = expressions.iter().map(|(text, from)| select(text, from)).collect();
    // SAFETY: as in `check`.
    caught(|| unsafe { type_of(analysed(&selects.join(" UNION ALL "))) })
        .map_err(|error| located(error, place))
}

/// Checks that a text can be read as a value of a type.
pub fn literal(value: &str, of: &Type, place: &Place) -> Result<(), Error> {
    let read = caught(|| {
        let (mut input, mut parameter) = (Oid::INVALID, Oid::INVALID);
        // SAFETY: the type exists, and its input function takes a text that ends with a zero.
        unsafe {
            pg_sys::getTypeInputInfo(of.oid, &mut input, &mut parameter);
            pg_sys::OidInputFunctionCall(input, to_server(value), parameter, of.typmod);
        }
        Ok(())
    });
    read.map_err(|error| match error.fault() {
        Fault::Server(code) if code == PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW as i32 => {
            located(error, place).hint("Write the year first, as in \"2026-01-31\".")
        }
        _ => located(error, place),
    })
}

/// Writes a checked expression over the columns of one relation as PostgreSQL does, to be looked for among its indexes.
pub fn key(expression: &str, relation: &Relation) -> Result<Key, Error> {
    let from = format!("FROM {}", relation.quoted());
    caught(|| {
        // SAFETY: the expression is over that one relation; pg_get_expr takes it and gives its SQL as texts.
        unsafe {
            let target = analysed(&format!("SELECT ({expression}\n) {from}"));
            let tree = pg_sys::cstring_to_text(pg_sys::nodeToString(target.cast()));
            let write = pg_sys::F_PG_GET_EXPR_PG_NODE_TREE_OID;
            let written = pg_sys::OidFunctionCall2Coll(write, Oid::INVALID, tree.into(), relation.oid.into());
            Ok(Key { text: text(written), collation: pg_sys::exprCollation(target) })
        }
    })
}

/// Lists the columns of a query of ours, with their types.
pub fn columns(query: &str) -> Result<Vec<(String, Type)>, Error> {
    // SAFETY: the targets of an analysed SELECT have names, which end with a zero, and expressions.
    unsafe {
        let Some(query) = analyse(query) else { return Ok(Vec::new()) };
        let targets = PgList::<pg_sys::TargetEntry>::from_pg((*query).targetList);
        let shown = targets.iter_ptr().filter(|target| !(**target).resjunk);
        shown.map(|target| Ok((read((*target).resname), type_of((*target).expr.cast())?))).collect()
    }
}

/// Writes the query of one expression.
fn select(text: &str, from: &From) -> String {
    from.select(&item(text), None, None)
}

/// Writes an expression as the one column of a query.
fn item(text: &str) -> String {
    format!("{} AS \"$0\"", sql::expression(text))
}

/// Tells whether a text is one expression and nothing more; PostgreSQL raises what is no SQL at all.
unsafe fn is_one(expression: &str) -> bool {
    // SAFETY: the text ends with a zero; in this mode the parser gives one SELECT, whose targets are ResTargets.
    unsafe {
        let mode = pg_sys::RawParseMode::RAW_PARSE_PLPGSQL_EXPR;
        let trees = PgList::<pg_sys::RawStmt>::from_pg(pg_sys::raw_parser(to_server(expression), mode));
        let Some(tree) = trees.get_ptr(0) else { return false };
        let select = &*(*tree).stmt.cast::<pg_sys::SelectStmt>();
        let targets = PgList::<pg_sys::ResTarget>::from_pg(select.targetList);
        let (Some(target), 1, 1) = (targets.get_ptr(0), targets.len(), trees.len()) else { return false };
        let lists = [
            select.distinctClause,
            select.fromClause,
            select.groupClause,
            select.windowClause,
            select.valuesLists,
            select.sortClause,
            select.lockingClause,
            (*target).indirection,
        ];
        let nodes = [select.whereClause, select.havingClause, select.limitOffset, select.limitCount];
        lists.iter().all(|list| list.is_null())
            && nodes.iter().all(|node| node.is_null())
            && select.intoClause.is_null()
            && select.withClause.is_null()
            && select.op == pg_sys::SetOperation::SETOP_NONE
            && (*target).name.is_null()
            && !is_star((*target).val)
    }
}

/// Tells whether a raw expression stands for all columns, as in `orders.*` or `(address).*`.
unsafe fn is_star(node: *mut Node) -> bool {
    // SAFETY: each node is looked at as its tag says; the last of the names is a node.
    unsafe {
        let names = if is_a(node, pg_sys::NodeTag::T_ColumnRef) {
            (*node.cast::<pg_sys::ColumnRef>()).fields
        } else if is_a(node, pg_sys::NodeTag::T_A_Indirection) {
            (*node.cast::<pg_sys::A_Indirection>()).indirection
        } else {
            return false;
        };
        let names = PgList::<Node>::from_pg(names);
        names.tail().is_some_and(|last| is_a(last, pg_sys::NodeTag::T_A_Star))
    }
}

/// Analyses a query without parameters, and gives its first column.
unsafe fn analysed(query: &str) -> *mut Node {
    // SAFETY: the text is one SELECT, which has a target.
    unsafe {
        let Some(query) = analyse(query) else { return null_mut() };
        let targets = PgList::<pg_sys::TargetEntry>::from_pg((*query).targetList);
        targets.get_ptr(0).map_or(null_mut(), |target| unwrapped((*target).expr.cast(), query))
    }
}

/// Analyses a query without parameters.
unsafe fn analyse(query: &str) -> Option<*mut pg_sys::Query> {
    let text = to_server(query);
    // SAFETY: the text ends with a zero.
    unsafe {
        let trees = PgList::<pg_sys::RawStmt>::from_pg(pg_sys::raw_parser(
            text,
            pg_sys::RawParseMode::RAW_PARSE_DEFAULT,
        ));
        let tree = trees.get_ptr(0)?;
        Some(pg_sys::parse_analyze_fixedparams(tree, text, null(), 0, null_mut()))
    }
}

/// Goes from a column of a sub-select, in which the expressions of joined rows stand, to the expression itself.
unsafe fn unwrapped(target: *mut Node, query: *mut pg_sys::Query) -> *mut Node {
    // SAFETY: each node is looked at as its tag says; a column of the query's own level has its number among its tables.
    unsafe {
        if !is_a(target, pg_sys::NodeTag::T_Var) || !(*query).setOperations.is_null() {
            return target;
        }
        let column = &*target.cast::<pg_sys::Var>();
        let tables = PgList::<pg_sys::RangeTblEntry>::from_pg((*query).rtable);
        let inner = match tables.get_ptr(column.varno as usize - 1) {
            Some(table) if (*table).rtekind == pg_sys::RTEKind::RTE_SUBQUERY => (*table).subquery,
            _ => return target,
        };
        let targets = PgList::<pg_sys::TargetEntry>::from_pg((*inner).targetList);
        let expression = targets.get_ptr(column.varattno as usize - 1);
        expression.map_or(target, |expression| (*expression).expr.cast())
    }
}

/// Finds what is wrong with an analysed expression.
unsafe fn trouble(target: *mut Node) -> Option<Trouble> {
    // SAFETY: the node is an analysed expression; the planner gets it only where it can take it.
    unsafe {
        if pg_sys::checkExprHasSubLink(target) {
            return Some(Trouble::Query);
        }
        if pg_sys::contain_aggs_of_level(target, 0) {
            return Some(Trouble::Aggregate);
        }
        if pg_sys::contain_windowfuncs(target) {
            return Some(Trouble::Window);
        }
        if pg_sys::expression_returns_set(target) {
            return Some(Trouble::Set);
        }
        let kind = pg_sys::exprType(target);
        if pg_sys::get_typtype(kind) as u8 == pg_sys::TYPTYPE_PSEUDO {
            return Some(Trouble::NoType(read(pg_sys::format_type_be(kind))));
        }
        let planned: *mut Node = pg_sys::expression_planner(target.cast()).cast();
        let mut finds = Finds { system_column: 0, function: Oid::INVALID };
        look(planned, (&raw mut finds).cast());
        if finds.system_column != 0 {
            let definition = pg_sys::SystemAttributeDefinition(finds.system_column);
            return Some(Trouble::SystemColumn(read((*definition).attname.data.as_ptr())));
        }
        let culprit =
            (finds.function != Oid::INVALID).then(|| read(pg_sys::format_procedure(finds.function)));
        pg_sys::contain_mutable_functions(planned).then_some(Trouble::Mutable(culprit))
    }
}

/// What a walk through an expression finds.
struct Finds {
    system_column: i16,
    function: Oid,
}

/// Looks for a system column and for the first function that is not immutable; an error leaves by longjmp, with nothing
/// to drop on the way.
unsafe extern "C-unwind" fn look(node: *mut Node, finds: *mut c_void) -> bool {
    // SAFETY: PostgreSQL passes a node or null, and what `trouble` keeps the finds in.
    unsafe {
        if node.is_null() {
            return false;
        }
        if (*node).type_ == pg_sys::NodeTag::T_Var {
            let column = (*node.cast::<pg_sys::Var>()).varattno;
            if column < 0 {
                (*finds.cast::<Finds>()).system_column = column;
            }
            return column < 0;
        }
        raw::check_functions_in_node(node, look_at_function, finds);
        raw::expression_tree_walker(node, look, finds)
    }
}

/// Keeps the first function that is not immutable.
unsafe extern "C-unwind" fn look_at_function(function: Oid, finds: *mut c_void) -> bool {
    // SAFETY: as in `look`; the function exists.
    unsafe {
        let finds = finds.cast::<Finds>();
        let is_mutable = raw::func_volatile(function) as u8 != pg_sys::PROVOLATILE_IMMUTABLE;
        if is_mutable && (*finds).function == Oid::INVALID {
            (*finds).function = function;
        }
        is_mutable
    }
}

/// Tells the type of an analysed expression.
unsafe fn type_of(node: *mut Node) -> Result<Type, Error> {
    // SAFETY: the node is an analysed expression.
    unsafe { Type::of(pg_sys::exprType(node), pg_sys::exprTypmod(node), pg_sys::exprCollation(node)) }
}

/// Puts the place of the expression into an error of PostgreSQL's.
pub fn located(error: Error, place: &Place) -> Error {
    if error.fault() == Fault::Server(PgSqlErrorCode::ERRCODE_GROUPING_ERROR as i32) {
        return refusal(Trouble::Aggregate, place);
    }
    let located = place.complain(&error).because(error.fault());
    let located = error.context().into_iter().fold(located, Error::within);
    let (detail, hint) = error.sentences();
    let located = match detail {
        Some(detail) => located.detail(format!("{detail} {}", place.sentence())),
        None => located,
    };
    hint.map(without_rows).into_iter().fold(located, Error::hint)
}

/// Puts the place into an error of PostgreSQL's, and says what can stand before a column, where an expression names something
/// else.
fn not_found(error: Error, place: &Place) -> Error {
    let is = |code: PgSqlErrorCode| error.fault() == Fault::Server(code as i32);
    if is(PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE) {
        let hint = "Before a column may stand the alias of a join, which \"on\" must come after.";
        return located(error.hint(hint), place);
    }
    // Only a name that the source does not have can be ambiguous; PostgreSQL has put it into quotes.
    if is(PgSqlErrorCode::ERRCODE_AMBIGUOUS_COLUMN) {
        let message = error.to_string();
        let name = message.split('"').nth(1).map_or(String::new(), |name| format!("{} ", quoted(name)));
        let hint = "Before a column of a joined table stands its alias.";
        let complaint = format!("column {name}does not exist in the source");
        return place.complain(complaint).because(Fault::NoColumn).hint(hint);
    }
    located(error, place)
}

/// Leaves out of a hint of PostgreSQL's the name by which we know the rows that others are joined to.
fn without_rows(hint: &str) -> String {
    match (hint.split_once(" or the column \"$row."), hint.contains("\"$row.")) {
        (Some((before, _)), _) => format!("{before}."),
        (None, true) => hint.replace("\"$row.", "\""),
        (None, false) => hint.into(),
    }
}
