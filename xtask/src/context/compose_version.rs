//! The version of compose in whose manner things are written: the hash of a configuration is not the same in all of them, and
//! the teammate's `docker compose` must find nothing to change.

use std::time::UNIX_EPOCH;

use super::{Context, STATE_FOLDER};
use crate::tools;

/// Where nobody has another one.
const USUAL: &str = "2.40.3";

/// Where the answer of the program is kept, which takes a while to start.
const FILE: &str = "compose-version";

impl Context {
    /// `[compose] version`, else that of the `docker compose` of this machine, else that of a recent one.
    pub(super) fn compose_version(&self) -> String {
        if let Some(version) = &self.config.compose.version {
            return version.clone();
        }
        let Some(program) = tools::compose_program() else { return USUAL.to_owned() };
        let changed = std::fs::metadata(&program).ok().and_then(|about| Some((about.modified().ok()?, about.len())));
        let changed = changed.and_then(|(at, size)| Some((at.duration_since(UNIX_EPOCH).ok()?.as_millis(), size)));
        let Some((changed, size)) = changed else { return USUAL.to_owned() };
        let key = format!("{program} {changed} {size}");
        let path = format!("{STATE_FOLDER}/{FILE}");
        let noted = self.project.read_optional(&path).ok().flatten();
        if let Some((version, _)) =
            noted.as_deref().and_then(|text| text.trim_end().split_once('\n')).filter(|it| it.1 == key)
        {
            return version.to_owned();
        }
        let version = tools::compose_version(&program).unwrap_or_else(|| USUAL.to_owned());
        // Where nothing can be written, it is asked each time.
        let _ = self
            .keep_state_out_of_version_control()
            .and_then(|()| Ok(self.project.replace(&path, &format!("{version}\n{key}\n"))?));
        version
    }
}
