//! Which services were seen to end by themselves, so that a job that is done is not done again at each start.
//!
//! An engine does not say whether a container ended or was stopped. What is written down is the container with the time at
//! which it ended: if somebody else has started it again since, that no longer fits, and it is forgotten.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::lifecycle::observed::{Container, State};

fn path(state_dir: &Utf8Path) -> Utf8PathBuf {
    state_dir.join("services.finished")
}

/// What was written down: the time by the id. Nothing where it cannot be read; then a job is done once more.
pub(super) fn read(state_dir: &Utf8Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path(state_dir)).unwrap_or_default();
    text.lines().filter_map(|line| line.split_once(' ')).map(|(id, at)| (id.to_owned(), at.to_owned())).collect()
}

/// Writes down which of the containers have ended with 0; of containers that are gone nothing is kept.
pub(super) fn write(state_dir: &Utf8Path, containers: &[Container]) {
    let ended = containers.iter().filter(|it| matches!(it.state, State::Exited { code: 0, .. }));
    let lines = ended.filter_map(|it| Some(format!("{} {}\n", it.id, it.finished_at.as_ref()?)));
    let text: String = lines.collect();
    if text != std::fs::read_to_string(path(state_dir)).unwrap_or_default() {
        // Without it a job is done once more, which is what compose does anyway.
        let _ = std::fs::write(path(state_dir), text);
    }
}
