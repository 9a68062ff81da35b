//! When images were last looked for in their registries, for those that are to be refreshed now and then.
//!
//! An engine tells when an image was given its name by a build or by hand, and with most of its stores not when it was pulled
//! ([`LastTagTime`](https://docs.docker.com/reference/api/engine/) "is only available if the image was tagged locally"). It also
//! says nothing of a registry that was asked and had nothing newer.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

/// The times, by the name of the image.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pulled(BTreeMap<String, Timestamp>);

impl Pulled {
    /// What was written down. Nothing where it cannot be read; then an image is looked for once more.
    pub(super) fn read(state_dir: &Utf8Path) -> Self {
        let text = std::fs::read_to_string(path(state_dir)).unwrap_or_default();
        let line = |line: &str| {
            let (time, image) = line.split_once(' ')?;
            Some((image.to_owned(), time.parse().ok()?))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// When it was last pulled.
    pub(super) fn at(&self, image: &str) -> Option<Timestamp> {
        self.0.get(image).copied()
    }

    /// Writes down that these have been pulled now.
    pub(super) fn note(mut self, images: &[&str], now: Timestamp, state_dir: &Utf8Path) {
        self.0.extend(images.iter().map(|&image| (image.to_owned(), now)));
        let text: String = self.0.iter().map(|(image, time)| format!("{time} {image}\n")).collect();
        // Without it an image is looked for once more.
        let _ = std::fs::write(path(state_dir), text);
    }
}

fn path(state_dir: &Utf8Path) -> Utf8PathBuf {
    state_dir.join("images.pulled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pulled_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (first, second) = (time("2026-11-27T10:00:00Z"), time("2026-11-28T10:00:00.5Z"));
        Pulled::read(folder).note(&["a:1", "b"], first, folder);
        Pulled::read(folder).note(&["b"], second, folder);
        let known = Pulled::read(folder);
        assert_eq!((known.at("a:1"), known.at("b"), known.at("c")), (Some(first), Some(second), None));
        std::fs::write(path(folder), "torn\nnever a:1\n").unwrap();
        assert_eq!(Pulled::read(folder), Pulled::default());
    }
}
