//! Types, as the checks of a model tell them apart.

use super::catalog::read;
use crate::error::{Error, Fault};
use crate::model::nature::ColumnType;
pub use crate::model::nature::Nature;
use crate::model::place::Place;
use crate::model::sql::quoted;
use pgrx::PgSqlErrorCode;
use pgrx::pg_sys::{self, Oid};

/// The type of a column or an expression.
#[derive(Clone, Debug)]
pub struct Type {
    pub oid: Oid,
    pub typmod: i32,
    pub collation: Oid,
    /// As SQL writes it, with its schema if that is not pg_catalog.
    pub name: String,
    /// What is to be written between two values to ask whether they are equal; empty where nothing can tell, which
    /// [`key_type`] refuses.
    pub equals: String,
    pub nature: Nature,
    /// Whether equal values are the same bytes.
    pub is_image_equal: bool,
    pub by_value: bool,
    /// The typlen of pg_type: -1 for what has a header with its length.
    pub length: i16,
}

impl Type {
    /// Looks a type up.
    pub fn of(oid: Oid, typmod: i32, collation: Oid) -> Result<Self, Error> {
        let (mut length, mut by_value) = (0, false);
        // SAFETY: the type exists, or PostgreSQL raises that it does not.
        unsafe {
            pg_sys::get_typlenbyval(oid, &mut length, &mut by_value);
            let nature = nature(pg_sys::getBaseType(oid));
            let (equals, is_image_equal) = equality(oid, collation);
            Ok(Self {
                oid,
                typmod,
                collation,
                name: name(oid, typmod),
                equals,
                nature,
                is_image_equal,
                by_value,
                length,
            })
        }
    }

    /// Tells whether its collation, where it has one, takes only equal texts for equal.
    pub fn is_deterministic(&self) -> bool {
        // SAFETY: the collation exists, or PostgreSQL raises that it does not.
        self.collation == Oid::INVALID || unsafe { pg_sys::get_collation_isdeterministic(self.collation) }
    }
}

impl From<&Type> for ColumnType {
    fn from(found: &Type) -> Self {
        Self { sql: found.name.clone(), nature: found.nature, equals: found.equals.clone() }
    }
}

/// Refuses a type whose values cannot be compared.
pub fn key_type(found: Type, place: &Place) -> Result<Type, Error> {
    // SAFETY: the type exists.
    let lacks_collation = found.collation == Oid::INVALID && unsafe { pg_sys::type_is_collatable(found.oid) };
    if found.equals.is_empty() {
        return Err(place
            .refuse(format!("has type {}, whose values cannot be compared", found.name))
            .because(Fault::WrongType)
            .hint("Use a type that can be sorted, or cast it to one, as in \"payload::text\"."));
    }
    if lacks_collation {
        return Err(place
            .refuse("mixes collations, so that its values cannot be compared")
            .because(Fault::Server(PgSqlErrorCode::ERRCODE_INDETERMINATE_COLLATION as i32))
            .hint("Choose one with COLLATE."));
    }
    Ok(found)
}

/// Tells the nature of a type that is no domain.
fn nature(base: Oid) -> Nature {
    match base {
        pg_sys::INT2OID | pg_sys::INT4OID | pg_sys::INT8OID => Nature::Whole,
        pg_sys::NUMERICOID => Nature::Decimal,
        pg_sys::FLOAT4OID | pg_sys::FLOAT8OID => Nature::Float,
        pg_sys::DATEOID => Nature::Date,
        pg_sys::TIMESTAMPOID => Nature::Timestamp,
        pg_sys::TIMESTAMPTZOID => Nature::Moment,
        pg_sys::BOOLOID => Nature::Truth,
        _ => {
            let (mut category, mut is_preferred) = (0, false);
            // SAFETY: the type exists, or PostgreSQL raises that it does not.
            unsafe { pg_sys::get_type_category_preferred(base, &mut category, &mut is_preferred) };
            if category as u8 == pg_sys::TYPCATEGORY_STRING { Nature::Text } else { Nature::Other }
        }
    }
}

/// Writes a type's name.
fn name(oid: Oid, typmod: i32) -> String {
    let qualified = pg_sys::FORMAT_TYPE_TYPEMOD_GIVEN | pg_sys::FORMAT_TYPE_FORCE_QUALIFY;
    // SAFETY: the names end with a zero.
    unsafe {
        let name = read(pg_sys::format_type_extended(oid, typmod, qualified as u16));
        name.strip_prefix("pg_catalog.").map(String::from).unwrap_or(name)
    }
}

/// BTEQUALIMAGE_PROC of nbtree.h.
const IS_IMAGE_EQUAL: i16 = 4;

/// Gives the operator of equality by the type's default order, and whether it is equality of bytes; empty if there is
/// none.
unsafe fn equality(oid: Oid, collation: Oid) -> (String, bool) {
    let wanted = pg_sys::TYPECACHE_CMP_PROC | pg_sys::TYPECACHE_EQ_OPR | pg_sys::TYPECACHE_BTREE_OPFAMILY;
    // SAFETY: the entry is kept for the session; an operator that it names exists, and so do its name and schema.
    unsafe {
        let entry = pg_sys::lookup_type_cache(oid, wanted as i32);
        let (family, input) = ((*entry).btree_opf, (*entry).btree_opintype);
        if family == Oid::INVALID || (*entry).cmp_proc == Oid::INVALID || (*entry).eq_opr == Oid::INVALID {
            return (String::new(), false);
        }
        let schema = pg_sys::get_namespace_name(schema_of_operator((*entry).eq_opr));
        let name = read(pg_sys::get_opname((*entry).eq_opr));
        let equals = format!("OPERATOR({}.{name})", quoted(&read(schema)));
        let tells = pg_sys::get_opfamily_proc(family, input, input, IS_IMAGE_EQUAL);
        let lacks_collation = collation == Oid::INVALID && pg_sys::type_is_collatable(oid);
        let is_image_equal = tells != Oid::INVALID
            && !lacks_collation
            && pg_sys::OidFunctionCall1Coll(tells, collation, input.into()).value() != 0;
        (equals, is_image_equal)
    }
}

/// Tells the schema of an operator.
unsafe fn schema_of_operator(operator: Oid) -> Oid {
    // SAFETY: the caller says that the operator exists; the row is released when it has been read.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::OPEROID as i32;
        let row = pg_sys::SearchSysCache1(cache, operator.into());
        let mut isnull = false;
        let at = pg_sys::Anum_pg_operator_oprnamespace as i16;
        let schema = pg_sys::SysCacheGetAttr(cache, row, at, &mut isnull);
        pg_sys::ReleaseSysCache(row);
        Oid::from(schema.value() as u32)
    }
}
