//! Symmetric matrices and their Cholesky factors: what Newton's method needs, and no more.

use super::room_for;
use crate::error::Error;

/// A symmetric matrix: the rows of its lower triangle, one after the other.
#[derive(Clone, Debug)]
pub struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

/// Tells where a row of the lower triangle begins.
fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

impl Symmetric {
    /// Makes a matrix of zeros.
    pub fn zeros(size: usize) -> Result<Self, Error> {
        let mut cells = room_for(start(size))?;
        cells.resize(start(size), 0.0);
        Ok(Self { size, cells })
    }

    /// Gives a row up to the diagonal.
    #[inline]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.cells[start(row)..start(row + 1)]
    }

    /// Gives a row up to the diagonal, to be changed.
    #[inline]
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[start(row)..start(row + 1)]
    }

    /// Gives a cell of the diagonal.
    pub fn diagonal(&self, row: usize) -> f64 {
        self.cells[start(row) + row]
    }

    /// Factors the matrix as L·Lᵀ, or tells the first column of which those before leave no more than `least` of its
    /// square: it depends on them.
    pub fn factor(&self, least: f64) -> Result<Cholesky, Dependence> {
        let mut factor = Self { size: self.size, cells: self.cells.clone() };
        for row in 0..self.size {
            let (before, rest) = factor.cells.split_at_mut(start(row));
            let own = &mut rest[..row + 1];
            for column in 0..row {
                let other = &before[start(column)..start(column + 1)];
                own[column] = (own[column] - dot(&own[..column], &other[..column])) / other[column];
            }
            let left = own[row] - dot(&own[..row], &own[..row]);
            if left.is_nan() || left <= least * own[row] {
                let mut on = own[..row].to_vec();
                Cholesky(factor).solve_upper(&mut on);
                return Err(Dependence { column: row, on });
            }
            own[row] = left.sqrt();
        }
        Ok(Cholesky(factor))
    }
}

/// A column that depends on those before it.
#[derive(Clone, Debug)]
pub struct Dependence {
    /// Which it is.
    pub column: usize,
    /// How often it contains each column before it.
    pub on: Vec<f64>,
}

/// The factor L of a symmetric matrix L·Lᵀ.
#[derive(Clone, Debug)]
pub struct Cholesky(Symmetric);

impl Cholesky {
    /// Solves L·Lᵀ·x = b, b being replaced by x.
    pub fn solve(&self, vector: &mut [f64]) {
        self.solve_lower(vector);
        self.solve_upper(vector);
    }

    /// Gives bᵀ·(L·Lᵀ)⁻¹·b: the variance of b, where the inverse is one of covariances.
    pub fn inverse_form(&self, mut vector: Vec<f64>) -> f64 {
        self.solve_lower(&mut vector);
        dot(&vector, &vector)
    }

    /// Solves L·x = b.
    fn solve_lower(&self, vector: &mut [f64]) {
        for at in 0..vector.len() {
            let row = self.0.row(at);
            vector[at] = (vector[at] - dot(&row[..at], &vector[..at])) / row[at];
        }
    }

    /// Solves Lᵀ·x = b, b being as long as the part of L that counts.
    fn solve_upper(&self, vector: &mut [f64]) {
        for at in (0..vector.len()).rev() {
            let row = self.0.row(at);
            let value = vector[at] / row[at];
            vector[at] = value;
            vector[..at].iter_mut().zip(row).for_each(|(other, cell)| *other -= cell * value);
        }
    }
}

/// Sums products.
#[inline]
pub fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Makes XᵀX of rows.
    fn square(rows: &[[f64; 4]]) -> Symmetric {
        let cells = (0..4).flat_map(|one| (0..=one).map(move |other| (one, other)));
        let cells = cells.map(|(one, other)| rows.iter().map(|row| row[one] * row[other]).sum());
        Symmetric { size: 4, cells: cells.collect() }
    }

    proptest! {
        #[test]
        fn what_is_solved_solves(rows in prop::collection::vec(prop::array::uniform4(-1.0..1.0f64), 8..20), wanted in prop::array::uniform4(-5.0..5.0f64)) {
            let matrix = square(&rows);
            let Ok(factor) = matrix.factor(1e-6) else { return Ok(()) };
            let full = |one: usize, other: usize| matrix.row(one.max(other))[one.min(other)];
            let times = |vector: &[f64]| (0..4).map(|row| (0..4).map(|column| full(row, column) * vector[column]).sum()).collect::<Vec<f64>>();
            let mut found = times(&wanted);
            let form = factor.inverse_form(found.clone());
            factor.solve(&mut found);
            for (found, wanted) in found.iter().zip(wanted) {
                prop_assert!((found - wanted).abs() < 1e-7, "{found} is not {wanted}");
            }
            prop_assert!((form - dot(&times(&wanted), &wanted)).abs() < 1e-6 * (1.0 + form));
        }

        #[test]
        fn a_sum_of_others_is_found(rows in prop::collection::vec(prop::array::uniform4(-1.0..1.0f64), 8..20)) {
            let rows: Vec<_> = rows.iter().map(|[a, b, c, _]| [*a, *b, *c, 2.0 * a - 3.0 * c]).collect();
            let found = square(&rows).factor(1e-10).err();
            prop_assume!(found.as_ref().is_none_or(|found| found.column == 3));
            let on = found.map(|found| found.on).unwrap_or_default();
            for (found, wanted) in on.iter().zip([2.0, 0.0, -3.0]) {
                prop_assert!((found - wanted).abs() < 1e-5, "{found} is not {wanted}");
            }
            prop_assert_eq!(on.len(), 3);
        }
    }
}
