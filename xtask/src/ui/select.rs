//! A choice among a few: with the arrow keys, so that no other answer can be given.

use dialoguer::Select;

use super::confirm::no_answer;
use crate::diagnostic::Result;

/// Which of these a person takes, by its place among them; the first is where the cursor begins.
pub(super) fn select(question: &str, choices: &[String]) -> Result<usize> {
    Select::new().with_prompt(question).items(choices).default(0).interact().map_err(no_answer)
}
