//! Questions for a value.

use dialoguer::{Input, Password};

use super::Ui;
use super::confirm::no_answer;
use crate::diagnostic::Result;

/// A value that a person is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Prompt<'a> {
    /// What is asked for.
    pub name: &'a str,
    /// What a person should know before answering; one line each.
    pub about: &'a [String],
    /// What an empty answer means; without one, there must be an answer.
    pub default: Option<&'a str>,
    /// Whether the answer is not to be seen while it is typed.
    pub is_secret: bool,
    /// Why an answer cannot be taken; `None` where it can.
    pub refuse: fn(&str) -> Option<&'static str>,
}

pub(super) fn prompt(ui: &Ui, prompt: &Prompt<'_>) -> Result<String> {
    for line in prompt.about {
        ui.err.line(&format!("  {line}"));
    }
    let check = |answer: &str| match (prompt.refuse)(answer) {
        Some(why) => Err(why),
        None if answer.is_empty() && prompt.default.is_none() => Err("a value is needed"),
        None => Ok(()),
    };
    let answer = if prompt.is_secret {
        let question = match prompt.default {
            Some(_) => format!("{} (hidden; Enter for the default)", prompt.name),
            None => format!("{} (hidden)", prompt.name),
        };
        let allow_empty = prompt.default.is_some();
        let password = Password::new().with_prompt(question).allow_empty_password(allow_empty);
        password.validate_with(|answer: &String| check(answer)).interact()
    } else {
        let mut input = Input::<String>::new().with_prompt(prompt.name).allow_empty(prompt.default.is_some());
        if let Some(default) = prompt.default.filter(|default| !default.is_empty()) {
            input = input.default(default.to_owned());
        }
        input.validate_with(|answer: &String| check(answer)).interact_text()
    };
    let answer = answer.map_err(no_answer)?;
    Ok(if answer.is_empty() { prompt.default.unwrap_or_default().to_owned() } else { answer })
}
