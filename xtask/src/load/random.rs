//! Random choices that a printed seed gives again.

/// A stream of random numbers (splitmix64: one word of state, every seed is a good one).
pub struct Random(u64);

impl Random {
    /// Starts the stream of one client: streams of neighbouring clients and seeds share nothing visible.
    pub fn new(seed: u64, client: u64) -> Random {
        let mut random =
            Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ client.wrapping_mul(0xd1b5_4a32_d192_ed03));
        random.next();
        random
    }

    /// Draws a whole word.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Draws from 0 to `limit` − 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Draws from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Says yes so many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Draws one of several.
    pub fn pick<'all, T>(&mut self, all: &'all [T]) -> &'all T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// Draws one of several by weight.
    pub fn pick_weighted<T: Copy>(&mut self, all: &[(u64, T)]) -> T {
        let mut at = self.below(all.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in all {
            if at < *weight {
                return *one;
            }
            at -= weight;
        }
        all[0].1
    }

    /// Draws from 1 to `limit`, small numbers far more often (rank k about 1/k as often as rank 1).
    pub fn hot(&mut self, limit: u64) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((limit as f64 + 1.0).powf(share) as u64).clamp(1, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_again_and_another_client_something_else() {
        let draw = |seed, client| -> Vec<u64> {
            let mut random = Random::new(seed, client);
            (0..5).map(|_| random.below(1000)).collect()
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn hot_customers_are_drawn_more_often() {
        let mut random = Random::new(1, 1);
        let draws: Vec<u64> = (0..10_000).map(|_| random.hot(400)).collect();
        let count = |wanted| draws.iter().filter(|draw| **draw == wanted).count();
        assert!(draws.iter().all(|draw| (1..=400).contains(draw)));
        assert!(count(1) > 5 * count(20) && count(1) > 900);
    }

    #[test]
    fn weights_are_kept() {
        let mut random = Random::new(1, 1);
        let draws: Vec<u8> = (0..1000).map(|_| random.pick_weighted(&[(9, 1), (1, 2), (0, 3)])).collect();
        let count = |wanted| draws.iter().filter(|draw| **draw == wanted).count();
        assert!(count(1) > 800 && count(2) > 50 && count(3) == 0);
    }
}
