//! The calendar of a zone: which day a moment is on, and when a day begins.

/// A day, counted from 2000-01-01.
pub type Day = i32;

/// The calendar of the model's time zone.
pub trait Calendar {
    /// Gives the day that a moment is on, in microseconds since 2000-01-01 UTC.
    fn day(&self, moment: i64) -> Day;

    /// Gives the moment at which a day begins; none where it is off the calendar.
    fn midnight(&self, day: Day) -> Option<i64>;

    /// Gives what the clocks show at a moment, in microseconds since their 0:00.
    fn clock(&self, moment: i64) -> i64;
}

/// Days from 0000-03-01 to 2000-01-01: eras of 400 years begin in March, so that leap days end them.
const MARCH_OF_YEAR_0: i64 = 730_425;

/// The days of 400 years.
const ERA: i64 = 146_097;

/// Gives year, month and day of the month (the algorithms of Howard Hinnant's "chrono-compatible low-level date algorithms").
pub fn civil(day: Day) -> (i64, i64, i64) {
    let days = i64::from(day) + MARCH_OF_YEAR_0;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, of_month)
}

/// Gives the day of a year, month and day of the month.
fn day_of(year: i64, month: i64, of_month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + of_month - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * ERA + of_era - MARCH_OF_YEAR_0
}

/// Adds calendar months: 31 January and one month is the last day of February.
pub fn plus_months(day: Day, months: i64) -> Option<Day> {
    let (year, month, of_month) = civil(day);
    let months = year * 12 + month - 1 + months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let last = day_of(next_year, next_month, 1) - day_of(year, month, 1);
    Day::try_from(day_of(year, month, of_month.min(last))).ok()
}

/// Counts the whole calendar months between two days: the most that can be added to the first without passing the second.
pub fn whole_months(from: Day, to: Day) -> i64 {
    let ((year, month, _), (to_year, to_month, _)) = (civil(from), civil(to));
    let months = (to_year - year) * 12 + to_month - month;
    months - i64::from(plus_months(from, months).is_none_or(|day| day > to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_days() {
        assert_eq!((civil(0), civil(59), civil(-1)), ((2000, 1, 1), (2000, 2, 29), (1999, 12, 31)));
        assert_eq!(day_of(2024, 2, 29), 8_825);
        assert_eq!(plus_months(day_of(2023, 1, 31) as Day, 1), Some(day_of(2023, 2, 28) as Day));
        assert_eq!(whole_months(day_of(2023, 1, 31) as Day, day_of(2023, 2, 28) as Day), 1);
        assert_eq!(whole_months(day_of(2004, 2, 29) as Day, day_of(2023, 2, 28) as Day), 228);
        assert_eq!(whole_months(0, -1), -1);
    }

    proptest! {
        #[test]
        fn days_come_back(day in -700_000..3_000_000i32) {
            let (year, month, of_month) = civil(day);
            prop_assert_eq!(day_of(year, month, of_month), i64::from(day));
        }

        #[test]
        fn whole_months_are_the_most(from in 0..100_000i32, to in 0..100_000i32) {
            let months = whole_months(from, to);
            prop_assert!(plus_months(from, months) <= Some(to) && plus_months(from, months + 1) > Some(to));
        }
    }
}
