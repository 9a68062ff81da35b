//! Where the engine puts what a container prints.

use std::collections::BTreeMap;

/// `logging` of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logging {
    /// `driver`; `None` for the engine's own.
    pub driver: Option<String>,
    /// `options`
    pub options: BTreeMap<String, String>,
}
