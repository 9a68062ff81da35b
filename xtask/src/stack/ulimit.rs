//! A limit of the operating system.

/// One of `ulimits`; -1 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ulimit {
    /// One number for both limits.
    Single(i64),
    /// The limit that holds, and how far a process may raise it.
    Pair {
        /// `soft`
        soft: i64,
        /// `hard`
        hard: i64,
    },
}

impl Ulimit {
    /// The soft and the hard limit.
    pub const fn limits(self) -> (i64, i64) {
        match self {
            Self::Single(limit) => (limit, limit),
            Self::Pair { soft, hard } => (soft, hard),
        }
    }
}
