//! The env file: made from its example, completed, and asked for where only a person knows the value.

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::stack::demand::Demands;
use crate::stack::env_plan::{EnvPlan, Question};
use crate::stack::env_text::EnvText;
use crate::stack::placeholder::is_placeholder;
use crate::ui::Prompt;

const VALUES_NEEDED: Code = Code::new("env-values-needed");

/// Where the values of an env file come from that its example leaves open.
#[derive(Default)]
struct Answers {
    /// Names and values, in the order of the questions.
    given: Vec<(String, String)>,
    /// Names whose values were in the shell.
    from_shell: Vec<String>,
    /// What nobody could be asked for.
    open: Vec<Question>,
    /// What ended the questions early.
    interrupted: Option<Report>,
}

impl Context {
    /// What the env file still needs.
    pub(crate) fn env_plan(&self) -> Result<EnvPlan> {
        let (path, example) = (self.env_file(), self.env_example());
        let read = |path: &camino::Utf8Path| -> Result<Option<EnvText>> {
            let text = self.project.read_optional(path)?;
            Ok(text.map(|text| EnvText::parse(path, text)).transpose()?)
        };
        let (file, example) = (read(&path)?, read(&example)?);
        Ok(EnvPlan::new(file, example.as_ref(), &self.demands()?)?)
    }

    /// What the Compose file asks of its variables; nothing where there is none.
    fn demands(&self) -> Result<Demands> {
        let mut demands = Demands::default();
        if let Some(path) = self.compose_file()
            && let Some(text) = self.project.read_optional(&path)?
        {
            demands.read(&path, &text, &self.variables()?)?;
        }
        Ok(demands)
    }

    /// Makes sure that there is an env file with every value: copied from its example, with what only a person knows asked
    /// for once and written down. Where nobody can be asked, nothing is written.
    pub(crate) fn ensure_env_file(&self) -> Result<()> {
        let mut plan = self.env_plan()?;
        let path = self.env_file();
        if plan.is_done() {
            self.ui.action("Already", format!("there: {path}"));
            return Ok(());
        }
        if plan.is_new && plan.file.as_str().is_empty() && plan.questions.is_empty() {
            return Ok(());
        }
        let answers = self.answers(&plan);
        if !answers.open.is_empty() {
            return Err(self.values_needed(&answers.open, plan.is_new));
        }
        for (name, value) in &answers.given {
            plan.answer(name, value)?;
        }
        if answers.interrupted.is_none() || !answers.given.is_empty() {
            self.project.replace_private(&path, plan.file.as_str())?;
            self.tell_env_file(&plan, &answers);
        }
        answers.interrupted.map_or(Ok(()), Err)
    }

    /// The shell's own values first; then a person, if one is there; then the defaults of the Compose file.
    fn answers(&self, plan: &EnvPlan) -> Answers {
        let mut answers = Answers::default();
        for question in &plan.questions {
            let shell = std::env::var(&question.name).ok().filter(|value| !value.is_empty() && !is_placeholder(value));
            if let Some(value) = shell {
                answers.from_shell.push(question.name.clone());
                answers.given.push((question.name.clone(), value));
            } else if self.ui.can_ask() {
                match self.ask_for(question) {
                    Ok(value) => answers.given.push((question.name.clone(), value)),
                    Err(report) => {
                        answers.interrupted = Some(report);
                        break;
                    }
                }
            } else if question.default.is_none() {
                answers.open.push(question.clone());
            }
        }
        answers
    }

    /// An empty value where the answer is the default, so that a later change of the default counts.
    fn ask_for(&self, question: &Question) -> Result<String> {
        let default = question.default.as_deref();
        let refuse = |answer: &str| is_placeholder(answer).then_some("this only holds the place of a value");
        let Question { name, about, is_secret, .. } = question;
        let answer = self.ui.prompt(&Prompt { name, about, default, is_secret: *is_secret, refuse })?;
        Ok(if default == Some(answer.as_str()) { String::new() } else { answer })
    }

    fn tell_env_file(&self, plan: &EnvPlan, answers: &Answers) {
        let (path, example) = (self.env_file(), self.env_example());
        if plan.is_new && self.project.exists(&example) {
            self.ui.action("Wrote", format!("{path} from {example}"));
        } else {
            self.ui.action("Completed", path.as_str());
        }
        if !plan.added.is_empty() {
            self.ui.action("", format!("new in {example}: {}", plan.added.join(", ")));
        }
        if !answers.from_shell.is_empty() {
            self.ui.action("", format!("from the shell: {}", answers.from_shell.join(", ")));
        }
        let by_default = plan.questions.iter().filter(|question| {
            let given = answers.given.iter().find(|(name, _)| *name == question.name);
            given.is_none_or(|(_, value)| value.is_empty())
        });
        if answers.interrupted.is_none() {
            for Question { name, default, is_secret, .. } in by_default {
                let default = if *is_secret { "of its own" } else { default.as_deref().unwrap_or_default() };
                self.ui.action("", format!("{name} is left empty: the Compose file has the default {default}"));
            }
        }
    }

    fn values_needed(&self, open: &[Question], is_new: bool) -> Report {
        let (path, example) = (self.env_file(), self.env_example());
        let names: Vec<&str> = open.iter().map(|question| question.name.as_str()).collect();
        let title = format!("{path} needs values that only you know: {}", names.join(", "));
        let mut found = Diagnostic::error(VALUES_NEEDED, Exit::Confirmation, title);
        for question in open {
            let Question { name, about, placeholder, .. } = question;
            let now = if placeholder.is_empty() { "it is empty" } else { "it holds the place of a value" };
            let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(" ")) };
            found = found.because(format!("{name}{about}: {now}"));
        }
        let assignments: Vec<String> = names.iter().map(|name| format!("{name}=…")).collect();
        found = found.because("there is no terminal to ask on, and nothing was changed").try_command(
            "Give them once, and they are written down",
            format!("{} cargo xtask up", assignments.join(" ")),
        );
        let found = if is_new && self.project.exists(&example) {
            found.try_command("Or write them into a copy of the example", format!("cp {example} {path}"))
        } else {
            found.advise(format!("Or write them into {path}"))
        };
        found.advise("Or run `cargo xtask up` on a terminal, which asks for them").into()
    }
}
