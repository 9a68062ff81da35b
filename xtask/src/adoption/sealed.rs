//! The mark of a file that waits for a person, with which a later adoption knows whether anybody has touched the file.

use crate::revision::NOT_CONVERTED;
use crate::sql::digest;

const BEFORE: &str = " (as written: ";
const OPEN: &str = "0000000000000000";

/// The line of the mark, without what the text will be.
pub(super) fn mark() -> String {
    format!("{NOT_CONVERTED}: this script refuses to run until a person has completed it{BEFORE}{OPEN}).\n")
}

/// A whole text, with its own digest in its mark.
pub(super) fn sealed(text: &str) -> String {
    match place(text) {
        Some(at) => written(text, at, &digest_of(text, at)),
        None => text.to_owned(),
    }
}

/// Whether a text has the mark and is as it was written.
pub fn is_as_written(text: &str) -> bool {
    // Git may have changed the ends of its lines.
    let text = text.replace("\r\n", "\n");
    place(&text).is_some_and(|at| text[at..].starts_with(&digest_of(&text, at)))
}

/// Whether a text still has the mark of what a person has to complete.
pub fn is_open(text: &str) -> bool {
    text.lines().any(|line| line.starts_with(NOT_CONVERTED))
}

/// Where the digest is.
fn place(text: &str) -> Option<usize> {
    let line =
        text.match_indices(NOT_CONVERTED).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    let end = text[line..].find('\n').map_or(text.len(), |length| line + length);
    let at = line + text[line..end].find(BEFORE)? + BEFORE.len();
    text.get(at..at + OPEN.len()).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit())).map(|_| at)
}

fn digest_of(text: &str, at: usize) -> String {
    format!("{:016x}", digest(written(text, at, OPEN).as_bytes()))
}

fn written(text: &str, at: usize, digest: &str) -> String {
    format!("{}{digest}{}", &text[..at], &text[at + OPEN.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_whether_it_is_as_it_was_written() {
        let text = sealed(&format!("-- Ünique\n\n{}--\nSELECT 1;\n", mark()));
        assert!(!text.contains(OPEN) && is_as_written(&text), "{text}");
        assert!(is_as_written(&text.replace('\n', "\r\n")));
        for edited in [text.replace("SELECT 1", "SELECT 2"), text.replace("Ünique", "x"), format!("{text}\n")] {
            assert!(!is_as_written(&edited), "{edited}");
        }
        assert!(!is_as_written("SELECT 1;\n") && !is_as_written(&format!("{NOT_CONVERTED}: by hand\n")));
    }
}
