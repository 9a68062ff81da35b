//! A checksum that changes only when the SQL does.

use sha2::{Digest, Sha256};

use super::token::{TokenKind, tokens};

/// The checksum of a script, as it is stored: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Takes one that was stored.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The checksum over the tokens: comments, white space, the case of key words and unquoted identifiers, and
/// line endings (also inside of strings, where a checkout on Windows changes them) make no difference.
pub fn fingerprint(sql: &str) -> Fingerprint {
    let mut hash = Sha256::new();
    let mut folded = String::new();
    for token in tokens(sql) {
        let text = token.text(sql);
        folded.clear();
        match token.kind {
            TokenKind::Word => folded.extend(text.chars().map(|letter| letter.to_ascii_lowercase())),
            _ if text.contains('\r') => folded.push_str(&text.replace("\r\n", "\n")),
            _ => folded.push_str(text),
        }
        // The length keeps `ab` `c` apart from `a` `bc`.
        hash.update((folded.len() as u64).to_le_bytes());
        hash.update(folded.as_bytes());
    }
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
    }
    Fingerprint(text)
}

/// A short checksum of bytes as they are, to see quickly that nothing at all was changed: the beginning of their SHA-256.
pub fn digest(bytes: &[u8]) -> i64 {
    let hash = Sha256::digest(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_comments_case_and_line_endings_make_no_difference() {
        let one = fingerprint("CREATE TABLE t (a int);\n");
        assert_eq!(one, fingerprint("-- a note\r\ncreate  table t(a INT) ;"));
        assert_eq!(fingerprint("do $$ begin\n end $$"), fingerprint("do $$ begin\r\n end $$"));
    }

    #[test]
    fn what_the_server_would_see_differently_does() {
        let one = fingerprint("insert into t values ('a')");
        for other in [
            "insert into t values ('A')",
            "insert into \"T\" values ('a')",
            "insert into t values ('a '))",
            "insert into t values (a)",
        ] {
            assert_ne!(one, fingerprint(other), "{other}");
        }
        assert_ne!(fingerprint("select ab, c"), fingerprint("select a, bc"));
        assert_ne!(fingerprint("select a < > b"), fingerprint("select a <> b"));
    }
}
