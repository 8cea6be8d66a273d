//! Averages as SQL's `round(sum / count, scale(sum) + 2)` gives them, to the last digit, without its allocations.

/// How many digits a quotient of numeric has at least (NUMERIC_MIN_SIG_DIGITS of numeric.c).
const LEAST_DIGITS: i64 = 16;

/// Divides a sum of so many units of 10^-scale by a count, and gives the units of 10^-(scale + 2); none where that needs
/// more than 128 bits.
///
/// PostgreSQL rounds twice: the quotient to a scale that it chooses (select_div_scale in numeric.c), then to the wanted one.
pub fn average(units: i128, scale: u32, count: u64) -> Option<i128> {
    let (weight, first) = leading(units.unsigned_abs(), scale)?;
    let (count_weight, count_first) = leading(count.into(), 0)?;
    let quotient_weight = weight - count_weight - i64::from(first <= count_first);
    let chosen = u32::try_from((LEAST_DIGITS - quotient_weight * 4).max(scale.into())).ok()?;
    let scaled = units.checked_mul(10i128.checked_pow(chosen - scale)?)?;
    let quotient = divide(scaled, i128::from(count));
    match chosen.checked_sub(scale + 2) {
        Some(more) => Some(divide(quotient, 10i128.checked_pow(more)?)),
        None => quotient.checked_mul(10i128.checked_pow(scale + 2 - chosen)?),
    }
}

/// Gives the weight and the value of the first digit to the base 10,000.
fn leading(units: u128, scale: u32) -> Option<(i64, u128)> {
    let fraction = scale.div_ceil(4);
    let mut rest = units.checked_mul(10u128.pow(fraction * 4 - scale))?;
    if rest == 0 {
        return Some((0, 0));
    }
    let mut weight = -i64::from(fraction);
    while rest >= 10_000 {
        rest /= 10_000;
        weight += 1;
    }
    Some((weight, rest))
}

/// Divides, and rounds half away from zero.
fn divide(number: i128, by: i128) -> i128 {
    let (quotient, rest) = match (i64::try_from(number), i64::try_from(by)) {
        // Eight bytes divide much faster than sixteen.
        (Ok(number), Ok(by)) => (i128::from(number / by), i128::from(number % by)),
        _ => (number / by, number % by),
    };
    let is_half = rest.unsigned_abs() >= by.unsigned_abs() - rest.unsigned_abs();
    if is_half { quotient + number.signum() } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_postgresql_does() {
        // Of SQL: SELECT round(sum / count, scale(sum) + 2).
        for (units, scale, count, average_units) in [
            (1_000, 2, 3, 33_333),
            (-1_000, 2, 3, -33_333),
            (0, 2, 7, 0),
            (1, 0, 8, 13),
            (-1, 0, 8, -13),
            (1_250, 2, 1_000, 125),
        ] {
            assert_eq!(average(units, scale, count), Some(average_units), "{units} {scale} {count}");
        }
        assert_eq!(average(i128::MAX, 0, 3), None);
    }
}
