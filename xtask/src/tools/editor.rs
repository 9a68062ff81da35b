//! The person's editor.

use std::process::Command;

use camino::Utf8PathBuf;

use super::{ToolError, find_any, hand_over};

/// Opens files in `VISUAL`, `EDITOR`, or an editor that is installed, and waits until it is closed.
///
/// # Errors
/// No editor is known, or it cannot be run.
pub async fn edit(files: &[Utf8PathBuf]) -> Result<i32, ToolError> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    // An editor may be named with its options: `code --wait`.
    let mut words: Vec<String> =
        named.map(|named| named.split_whitespace().map(str::to_owned).collect()).unwrap_or_default();
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
