//! Finds figures by their rank, without sorting all of them.

/// Puts the figure of each rank where sorting would; `first` is the rank of the first figure of this slice.
///
/// The middle rank first: each half then looks only at its own side, O(n log ranks) instead of O(n log n).
pub fn place(figures: &mut [f64], ranks: &[usize], first: usize) {
    let middle = ranks.len() / 2;
    let Some(&rank) = ranks.get(middle) else { return };
    let (below, _, above) = figures.select_nth_unstable_by(rank - first, f64::total_cmp);
    place(below, &ranks[..middle], first);
    place(above, &ranks[middle + 1..], rank + 1);
}
