//! What becomes of an object.

/// What becomes of an object. The order is that of severity: a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is changed where it stands.
    Altered,
    /// It is changed in a way that its dependants do not survive, but itself stays: the type of a column.
    Reshaped,
    /// It is dropped and created anew.
    Recreated,
    /// It is new.
    Created,
    /// It goes.
    Dropped,
}
