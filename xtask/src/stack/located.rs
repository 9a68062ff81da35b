//! A value and its place.

use crate::diagnostic::Place;

/// A value and where the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub place: Place,
}
