//! The person's editor.

use std::process::Command;

use camino::Utf8PathBuf;

use super::{ToolError, find_any, hand_over};
use crate::stack::shellwords;

/// Opens files in `VISUAL`, `EDITOR`, or an editor that is installed, and waits until it is closed.
///
/// # Errors
/// No editor is known, or it cannot be run.
pub async fn edit(files: &[Utf8PathBuf]) -> Result<i32, ToolError> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let mut words = named.map(|named| words(&named)).unwrap_or_default();
    if words.is_empty() {
        let known = if cfg!(windows) {
            ["notepad", "code"].as_slice()
        } else {
            ["sensible-editor", "nano", "vim", "vi"].as_slice()
        };
        words.push(find_any(known).ok_or(ToolError::NoEditor)?.into_string());
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(files);
    hand_over(command).await
}

/// An editor may be named with its options, and its path may be quoted as for a shell: `"/opt/My Editor/bin/edit" --wait`.
fn words(named: &str) -> Vec<String> {
    // A backslash is a part of paths on Windows, where it would be taken away.
    let split = if cfg!(windows) { None } else { shellwords::split(named).ok().map(|split| split.words) };
    split.unwrap_or_else(|| named.split_whitespace().map(str::to_owned).collect())
}
