//! Decayed sums in SQL: the formulas of [`crate::score::log_sum`].

/// The seconds from 1970, which PostgreSQL counts from, to 2000.
const EPOCH: i64 = 946_684_800;

/// Writes the half-lives of a moment since 2000-01-01 UTC.
pub fn half_lives(moment: &str, half_life: i64) -> String {
    format!("(extract(epoch FROM {moment}) - {EPOCH})::double precision * 1000000 / {half_life}")
}

/// Writes the logarithm of a value above 0.
pub fn log2(value: &str) -> String {
    format!("ln({value}) / ln(2::double precision)")
}

/// Writes a power of two; what is too small for a float is 0, and what is too large infinite, where PostgreSQL would raise.
pub fn power(exponent: &str) -> String {
    format!(
        "CASE WHEN {exponent} < -1000 THEN 0 WHEN {exponent} >= 1024 THEN 'Infinity' ELSE power(2::double precision, {exponent}) END"
    )
}

/// Writes the logarithm of the sum of the powers of two in an array; −Infinity where that is NULL.
pub fn log_of_sum(exponents: &str) -> String {
    let term = power("(x.x - most.x)");
    let sum = log2(&format!("sum({term})"));
    format!(
        "coalesce((SELECT CASE WHEN most.x = 'Infinity' THEN most.x ELSE most.x + {sum} END \
         FROM unnest({exponents}) AS x (x), (SELECT max(x.x) AS x FROM unnest({exponents}) AS x (x)) AS most \
         GROUP BY most.x), '-Infinity'::double precision)"
    )
}
