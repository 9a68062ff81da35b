//! What every operation can say of itself.

use super::statement::Statement;

/// One thing that is done to one object. Its reverse is what the same comparison finds in the other direction.
pub(super) trait Operation {
    /// What is done, behind the name of the object: "column a added".
    fn title(&self) -> String;

    /// The SQL, with what it destroys and what it does to others.
    fn statements(&self) -> Vec<Statement>;
}
