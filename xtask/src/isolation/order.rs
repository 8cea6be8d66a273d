//! The interleavings of two transactions.

/// The order of the steps of two sessions: which session takes each step, 0 or 1.
pub type Order = Vec<usize>;

/// The step of a session that begins its transaction is its first, what it does the second, the end the third.
const DOES: usize = 1;
const ENDS: usize = 2;

/// The order in which nothing is told but whether the other session waits: both begin, one does, the other does, one
/// ends, the other ends.
pub fn probe(steps: [usize; 2], first: usize) -> Order {
    let other = 1 - first;
    let mut order = vec![first, other, first, other, first, other];
    order.extend(vec![first; steps[first] - 3]);
    order.extend(vec![other; steps[other] - 3]);
    order
}

/// The orders that tell most: the probe, and the one in which whoever did last ends first; each for both sessions.
pub fn telling(steps: [usize; 2]) -> Vec<Order> {
    let mut orders = Vec::new();
    for first in [0, 1] {
        let other = 1 - first;
        orders.push(probe(steps, first));
        let mut order = vec![first, other, first];
        order.extend(vec![other; steps[other] - 1]);
        order.extend(vec![first; steps[first] - 2]);
        orders.push(order);
    }
    orders
}

/// Every order there is.
pub fn all(steps: [usize; 2]) -> Vec<Order> {
    let mut orders = Vec::new();
    for session in [0, 1] {
        let mut rest = steps;
        if rest[session] == 0 {
            continue;
        }
        rest[session] -= 1;
        if rest == [0, 0] {
            return vec![vec![session]];
        }
        orders.extend(all(rest).into_iter().map(|after| [vec![session], after].concat()));
    }
    orders
}

/// Tells whether an order can be run: a session that waits for the other one's end cannot go on before it.
/// `waits[first]` tells whether the other session waits where `first` did its work first.
pub fn is_possible(order: &Order, waits: [bool; 2]) -> bool {
    let place = |session: usize, step: usize| {
        order.iter().enumerate().filter(|(_, taker)| **taker == session).nth(step).map(|(place, _)| place)
    };
    let first = usize::from(place(1, DOES) < place(0, DOES));
    let other = 1 - first;
    let ended_before = place(first, ENDS) < place(other, DOES);
    ended_before || !waits[first] || place(first, ENDS) < place(other, ENDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_transactions_of_three_steps_have_twenty_orders() {
        let orders = all([3, 3]);
        assert_eq!(orders.len(), 20);
        assert!(telling([3, 3]).iter().all(|order| orders.contains(order)));
        assert_eq!(all([3, 4]).len(), 35);
    }

    #[test]
    fn the_telling_orders_end_in_both_orders() {
        let orders = telling([3, 4]);
        assert_eq!(orders[0], [0, 1, 0, 1, 0, 1, 1]);
        assert_eq!(orders[1], [0, 1, 0, 1, 1, 1, 0]);
        assert_eq!(orders[2], [1, 0, 1, 0, 1, 0, 1]);
        assert_eq!(orders[3], [1, 0, 1, 0, 0, 1, 1]);
    }

    #[test]
    fn who_waits_cannot_end_first() {
        let orders = telling([3, 3]);
        assert!(is_possible(&orders[0], [true, true]));
        assert!(!is_possible(&orders[1], [true, false]) && is_possible(&orders[1], [false, true]));
        assert!(!is_possible(&orders[3], [false, true]) && is_possible(&orders[3], [true, false]));
        assert!(is_possible(&vec![0, 0, 0, 1, 1, 1], [true, true]));
        assert_eq!(all([3, 3]).iter().filter(|order| !is_possible(order, [true, true])).count(), 6);
    }
}
