//! The lines of the table of live models: what was measured, what is wanted, and whether that was met.

use std::fmt::{self, Display};

/// What is wanted of a figure.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

/// The lines.
#[derive(Default)]
pub struct Figures {
    text: String,
    aims: usize,
    met: usize,
}

impl Figures {
    /// Adds a heading.
    pub fn add_group(&mut self, heading: &str) {
        self.text += &format!("\n{heading}\n");
    }

    /// Adds what only informs.
    pub fn add(&mut self, title: &str, measured: f64) {
        self.text += &format!("{:52}{:>9}\n", format!("  {title}"), show(measured));
    }

    /// Adds what there is an aim for.
    pub fn add_aimed(&mut self, title: &str, measured: f64, aim: Aim) {
        let (sign, limit, is_met) = match aim {
            Aim::AtMost(limit) => ("<=", limit, measured <= limit),
            Aim::AtLeast(limit) => (">=", limit, measured >= limit),
        };
        self.aims += 1;
        self.met += usize::from(is_met);
        let wanted = format!("{sign} {}", show(limit));
        let said = if is_met { "met" } else { "not met" };
        self.text += &format!("{:52}{:>9}{wanted:>10}{said:>9}\n", format!("  {title}"), show(measured));
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{:52}{:>9}{:>10}", "", "measured", "aim")?;
        f.write_str(&self.text)?;
        writeln!(f, "\naims met: {} of {}", self.met, self.aims)
    }
}

/// Writes a figure with as many digits as tell something.
fn show(figure: f64) -> String {
    match figure.abs() {
        small if small < 10.0 => format!("{figure:.2}"),
        middle if middle < 100.0 => format!("{figure:.1}"),
        large if large.is_nan() => "-".to_owned(),
        large => {
            let sign = if figure < 0.0 { "-" } else { "" };
            format!("{sign}{}", super::super::report::group_digits(large.round() as u64))
        }
    }
}

/// The middle one of some figures.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    super::super::measure::median(figures.into_iter().collect()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_counted_and_lines_fit_in_80_columns() {
        let mut figures = Figures::default();
        figures.add_group("heading");
        figures.add("x", 1.0);
        figures.add_aimed("one", 1.5, Aim::AtMost(1.5));
        figures.add_aimed("other", 1_234.0, Aim::AtLeast(50_000.0));
        assert_eq!((figures.met, figures.aims), (1, 2));
        assert!(figures.to_string().lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_figure_has_three_digits_or_all_of_a_large_one() {
        assert_eq!(
            [show(1.234), show(12.34), show(123.4), show(50_000.0)],
            ["1.23", "12.3", "123", "50,000"]
        );
    }
}
