//! Naive Bayes: how likely a customer is won, by how often his values were among those who were won and who were lost.
//!
//! Counts are smoothed as Laplace did: to each count of a value, `smoothing` is added. MADlib's `create_nb_classify_view` adds 1, Odoo's predictive lead scoring 0.1.

/// How many were won, and how many were lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Those who were won.
    pub won: f64,
    /// Those who were lost.
    pub lost: f64,
}

/// What is known of one value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The outcomes of those who have the value.
    pub outcomes: Outcomes,
    /// How many values the field has.
    pub values: f64,
}

impl Outcomes {
    /// Gives the logarithm of the odds of being won before anything else is known: ln((won + s) / (lost + s)).
    pub fn log_odds(self, smoothing: f64) -> f64 {
        ((self.won + smoothing) / (self.lost + smoothing)).ln()
    }
}

impl Evidence {
    /// Gives the shares of the value among those won and those lost: (n + s) / (N + s · values).
    pub fn shares(self, all: Outcomes, smoothing: f64) -> (f64, f64) {
        let share = |count: f64, all: f64| (count + smoothing) / (all + smoothing * self.values);
        (share(self.outcomes.won, all.won), share(self.outcomes.lost, all.lost))
    }

    /// Gives what the value adds to the logarithm of the odds.
    pub fn log_odds(self, all: Outcomes, smoothing: f64) -> f64 {
        let (won, lost) = self.shares(all, smoothing);
        (won / lost).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_are_those_of_the_shares() {
        // 6 won of whom 4 have the value, 3 lost of whom 1 has it; three values.
        let all = Outcomes { won: 6.0, lost: 3.0 };
        let value = Evidence { outcomes: Outcomes { won: 4.0, lost: 1.0 }, values: 3.0 };
        assert_eq!(value.shares(all, 1.0), (5.0 / 9.0, 2.0 / 6.0));
        assert!((all.log_odds(1.0) - (7.0f64 / 4.0).ln()).abs() < 1e-15);
        assert!((value.log_odds(all, 1.0) - (5.0f64 / 9.0 * 3.0).ln()).abs() < 1e-15);
    }

    #[test]
    fn a_value_that_tells_nothing_adds_nothing() {
        let all = Outcomes { won: 5.0, lost: 5.0 };
        let value = Evidence { outcomes: Outcomes { won: 2.0, lost: 2.0 }, values: 2.0 };
        assert_eq!(value.log_odds(all, 0.1), 0.0);
    }
}
