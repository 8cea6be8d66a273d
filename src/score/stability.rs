//! How far a population has moved between levels: the population stability index.

/// Gives the index Σ (a − e) · ln(a / e) over the shares of the levels, expected and actual; none where either has nobody.
///
/// The convention is that of credit scorecards (below 0.10 no change to speak of, above 0.25 a significant one). A level
/// that is empty on one side counts as half a customer there, since the logarithm of nothing is not finite.
pub fn psi(expected: &[u64], actual: &[u64]) -> Option<f64> {
    let (of_expected, of_actual) = (expected.iter().sum::<u64>(), actual.iter().sum::<u64>());
    if of_expected == 0 || of_actual == 0 {
        return None;
    }
    let share = |heads: u64, of: u64| if heads == 0 { 0.5 } else { heads as f64 } / of as f64;
    let shares = expected
        .iter()
        .zip(actual)
        .map(|(expected, actual)| (share(*expected, of_expected), share(*actual, of_actual)));
    Some(shares.map(|(expected, actual)| (actual - expected) * (actual / expected).ln()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_have_moved_nowhere() {
        assert_eq!(psi(&[1, 2, 3], &[10, 20, 30]), Some(0.0));
        assert_eq!(psi(&[0, 0], &[1, 2]), None);
    }

    #[test]
    fn an_empty_level_counts_as_half_a_customer() {
        let by_hand = (0.5 / 4.0 - 0.5) * (0.25f64).ln() + (1.0 - 0.5) * 2f64.ln();
        assert!((psi(&[2, 2], &[0, 4]).unwrap_or(0.0) - by_hand).abs() < 1e-15);
    }
}
