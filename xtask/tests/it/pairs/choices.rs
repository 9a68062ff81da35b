//! Choices by a seed: two sides choose alike, but for some that differ.

/// One side's choices. Each is made for a slot, so that what one slot gets depends on no other.
pub(super) struct Choices {
    seed: u64,
    side: u64,
    /// How many of a hundred slots are chosen by each side for itself.
    churn: u64,
}

impl Choices {
    /// Those of the first or the second side.
    pub(super) fn of(seed: u64, side: u64) -> Self {
        let mut choices = Self { seed, side, churn: 0 };
        choices.churn = [3, 10, 25, 60][choices.drawn("churn", 0) as usize % 4];
        choices
    }

    /// A number below this one.
    pub(super) fn number(&self, slot: &str, below: usize) -> usize {
        let differs = self.drawn(slot, 1) % 100 < self.churn;
        let drawn = self.drawn(slot, if differs { 2 + self.side } else { 0 });
        (drawn % below as u64) as usize
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&self, slot: &str, options: &[T]) -> T {
        options[self.number(slot, options.len())]
    }

    /// Yes in so many of a hundred slots.
    pub(super) fn chance(&self, slot: &str, percent: usize) -> bool {
        self.number(slot, 100) < percent
    }

    /// The same in slots that never differ between the sides.
    pub(super) fn alike(&self, slot: &str, percent: u64) -> bool {
        self.drawn(slot, 0) % 100 < percent
    }

    /// FNV over the slot, finished as splitmix64 does.
    fn drawn(&self, slot: &str, salt: u64) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in slot.bytes().chain(salt.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}
