//! A volume of the project.

use std::collections::BTreeMap;

use crate::diagnostic::Place;

/// An entry of the file's `volumes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Where it stands.
    pub place: Place,
    /// Its name at the engine: `name`, else `PROJECT_KEY`, and the key alone if it is external.
    pub name: String,
    /// `external`: made by somebody else; nothing else of it is said then.
    pub external: bool,
    /// `driver`
    pub driver: Option<String>,
    /// `driver_opts`
    pub driver_opts: BTreeMap<String, String>,
    /// `labels`
    pub labels: BTreeMap<String, String>,
}
