//! What an env file still needs before the services can start: the values that its example leaves open, and lines that were
//! added to the example since.

use super::StackError;
use super::demand::Demands;
use super::env_text::EnvText;
use super::placeholder::is_placeholder;
use crate::secret::is_secret_name;

/// Parts of names whose values are not to be seen while they are typed.
const HIDDEN: [&str; 6] = ["KEY", "TOKEN", "SECRET", "CREDENTIAL", "PASS", "DSN"];

/// A value that is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name of the variable.
    pub name: String,
    /// What the example says of it, or why the Compose file needs it; may be empty.
    pub about: Vec<String>,
    /// What stands there now; empty where nothing does.
    pub placeholder: String,
    /// What works without an answer: the default of the Compose file.
    pub default: Option<String>,
    /// Whether the answer is not to be shown.
    pub is_secret: bool,
}

/// What is to be done with an env file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvPlan {
    /// The file with what could be added without asking.
    pub file: EnvText,
    /// Whether there is no env file yet.
    pub is_new: bool,
    /// Names that were taken over from the example into a file that is older.
    pub added: Vec<String>,
    /// Values that must be given.
    pub questions: Vec<Question>,
}

impl EnvPlan {
    /// Compares the env file with its example and with what the Compose file asks for. Where there is neither file, only
    /// what the Compose file requires is asked for.
    ///
    /// # Errors
    /// The example's lines cannot be understood.
    pub fn new(file: Option<EnvText>, example: Option<&EnvText>, demands: &Demands) -> Result<Self, StackError> {
        let is_new = file.is_none();
        let mut added = Vec::new();
        let mut file = match (file, example) {
            (Some(file), Some(example)) => {
                let mut file = file;
                for name in missing(&file, example) {
                    if let Some(passage) = example.passage(&name) {
                        file = file.with_passage(&passage)?;
                        added.push(name);
                    }
                }
                file
            }
            (Some(file), None) => file,
            (None, Some(example)) => example.clone(),
            (None, None) => EnvText::parse("", "")?,
        };
        let questions = questions(&file, example, demands);
        // A placeholder that is not answered would win over the default of the Compose file.
        for question in
            questions.iter().filter(|question| question.default.is_some() && !question.placeholder.is_empty())
        {
            file = file.with(&question.name, "")?;
        }
        Ok(Self { file, is_new, added, questions })
    }

    /// Whether the file is as it should be.
    pub fn is_done(&self) -> bool {
        !self.is_new && self.added.is_empty() && self.questions.is_empty()
    }

    /// Puts an answer into the file.
    ///
    /// # Errors
    /// The file could not be read any more, which no answer leads to.
    pub fn answer(&mut self, name: &str, value: &str) -> Result<(), StackError> {
        self.file = self.file.with(name, value)?;
        Ok(())
    }
}

/// The names that the example gives and the file neither gives nor mentions.
pub fn missing(file: &EnvText, example: &EnvText) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in example.names().filter(|name| !file.mentions(name)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// In the order of the file; what it does not have comes last.
fn questions(file: &EnvText, example: Option<&EnvText>, demands: &Demands) -> Vec<Question> {
    let mut names: Vec<&str> = Vec::new();
    for name in file.names().chain(demands.required()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().filter_map(|name| question(name, file, example, demands)).collect()
}

fn question(name: &str, file: &EnvText, example: Option<&EnvText>, demands: &Demands) -> Option<Question> {
    let placeholder = file.own_value(name).unwrap_or_default();
    let is_open = if placeholder.is_empty() { demands.requires(name) } else { is_placeholder(&placeholder) };
    // Composed of other values, as `postgresql://${USER}@db`: they are asked for themselves.
    if !is_open || (placeholder.is_empty() && file.value(name).is_some_and(|value| !value.is_empty())) {
        return None;
    }
    let mut about = file.comment(name);
    if about.is_empty() {
        about = example.map(|example| example.comment(name)).unwrap_or_default();
    }
    if about.is_empty() {
        about.extend(demands.reason(name).map(str::to_owned));
    }
    let upper = name.to_uppercase();
    let is_secret =
        is_secret_name(name) || HIDDEN.iter().any(|part| upper.contains(part)) || placeholder.contains("://");
    let default = demands.default_of(name).map(str::to_owned);
    Some(Question { name: name.to_owned(), about, placeholder, default, is_secret })
}

#[cfg(test)]
mod tests {
    use super::super::Variables;
    use super::*;

    const COMPOSE: &str = "services:\n  db:\n    image: postgres:17\n    environment:\n      \
                           P: ${DB_PASSWORD:?choose one}\n      T: ${ZONE:-UTC}\n      K: ${API_KEY}\n";
    const EXAMPLE: &str = "# Of the database.\nDB_PASSWORD=\nUSER=me\nZONE=changeme\n# From the portal.\n\
                           API_KEY=<key>\nURL=x://${USER}:${DB_PASSWORD}@h\nEMPTY=\n";

    fn text(text: &str) -> EnvText {
        EnvText::parse(".env", text).expect("a file")
    }

    fn plan(file: Option<&str>, example: Option<&str>) -> EnvPlan {
        let mut demands = Demands::default();
        demands.read("compose.yaml", COMPOSE, &Variables::default()).expect("YAML");
        EnvPlan::new(file.map(text), example.map(text).as_ref(), &demands).expect("a plan")
    }

    #[test]
    fn a_new_file_asks_for_what_the_example_leaves_open() {
        let plan = plan(None, Some(EXAMPLE));
        let asked: Vec<_> =
            plan.questions.iter().map(|it| (it.name.as_str(), it.default.as_deref(), it.is_secret)).collect();
        assert_eq!(asked, [("DB_PASSWORD", None, true), ("ZONE", Some("UTC"), false), ("API_KEY", None, true)]);
        assert_eq!(plan.questions[0].about, ["Of the database."]);
        assert_eq!(plan.file.value("ZONE"), Some(""));
        assert!(plan.is_new && !plan.is_done());
    }

    #[test]
    fn what_was_answered_is_not_asked_again() {
        let mut first = plan(None, Some(EXAMPLE));
        for (name, value) in [("DB_PASSWORD", "a b"), ("API_KEY", "k#1")] {
            first.answer(name, value).expect("an answer");
        }
        let again = plan(Some(first.file.as_str()), Some(EXAMPLE));
        assert!(again.is_done(), "{again:?}");
        assert_eq!(
            again.file.as_str(),
            EXAMPLE
                .replace("PASSWORD=\n", "PASSWORD='a b'\n")
                .replace("<key>", "'k#1'")
                .replace("ZONE=changeme", "ZONE=")
        );
    }

    #[test]
    fn new_lines_of_the_example_are_taken_over_unless_they_were_left_out_on_purpose() {
        let plan = plan(Some("DB_PASSWORD=x\nUSER=you\n#ZONE=\nURL=\nEMPTY=1\n"), Some(EXAMPLE));
        assert_eq!(plan.added, ["API_KEY"]);
        assert_eq!(plan.questions.len(), 1);
        assert!(plan.file.as_str().ends_with("EMPTY=1\n\n# From the portal.\nAPI_KEY=<key>\n"));
    }

    #[test]
    fn without_files_what_the_compose_file_requires_is_asked_for() {
        let plan = plan(None, None);
        assert_eq!(plan.questions[0].about, ["choose one"]);
        assert_eq!((plan.questions.len(), plan.file.as_str()), (1, ""));
    }
}
