//! Names of constraints and indexes from the templates of `MetaData(naming_convention=…)`.

use super::draft::Draft;
use super::identifier::{LONGEST_NAME, shortened};
use super::models::{Models, Problem, Read};
use crate::python::{Arguments, Span, Value, last};

/// What SQLAlchemy itself says where a project has no templates.
const DEFAULT_INDEX: &str = "ix_%(column_0_label)s";

/// The name that a constraint is given in Python.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Given {
    /// None.
    #[default]
    Nothing,
    /// One that a template may take up.
    Name(String),
    /// `conv("…")`: final.
    Final(String),
}

/// What templates may ask of a constraint.
pub(super) struct Parts<'a> {
    /// `ix`, `uq`, `ck`, `fk`, `pk`.
    pub(super) prefix: &'a str,
    pub(super) given: &'a Given,
    /// Names of its columns.
    pub(super) columns: &'a [String],
    /// Their keys.
    pub(super) keys: &'a [String],
    /// Table and columns that a foreign key refers to.
    pub(super) referred: Option<(&'a str, &'a [String])>,
    pub(super) span: Span,
}

impl<'p> Models<'_, 'p> {
    /// The name that SQLAlchemy would write; none where it leaves it to the server.
    pub(super) fn conventional(&self, draft: &Draft<'p>, parts: &Parts<'_>) -> Read<Option<String>> {
        let template = self.template(draft, parts.prefix, parts.span)?;
        let explicit = match parts.given {
            Given::Final(name) => return Ok(Some(shortened(name))),
            Given::Name(name) => Some(name),
            Given::Nothing => None,
        };
        match (template, explicit) {
            (Some(template), None) => self.filled(&template, draft, parts).map(Some),
            (Some(template), Some(_)) if template.contains("constraint_name") => {
                self.filled(&template, draft, parts).map(Some)
            }
            (_, Some(name)) => self.fitting(name, parts.span).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// A name that is written out has to fit.
    fn fitting(&self, name: &str, span: Span) -> Read<String> {
        if name.len() <= LONGEST_NAME {
            return Ok(name.to_owned());
        }
        Err(Problem::invalid(
            span,
            format!("the name `{name}` has {} bytes, and PostgreSQL takes {LONGEST_NAME}", name.len()),
            "Choose a shorter name; SQLAlchemy refuses this one",
        ))
    }

    fn template(&self, draft: &Draft<'p>, prefix: &str, span: Span) -> Read<Option<String>> {
        let Some(convention) = &draft.meta.convention else {
            return Ok((prefix == "ix").then(|| DEFAULT_INDEX.to_owned()));
        };
        let convention = convention.borrow();
        let class = match prefix {
            "ix" => "Index",
            "uq" => "UniqueConstraint",
            "ck" => "CheckConstraint",
            "fk" => "ForeignKeyConstraint",
            _ => "PrimaryKeyConstraint",
        };
        let by_class = || convention.iter().find(|(key, _)| key.external().is_some_and(|path| last(path) == class));
        let found = convention.text(prefix).or_else(|| by_class().map(|(_, value)| value));
        match found {
            None | Some(Value::None) => Ok(None),
            Some(template) => self.as_text(template, "the naming convention", span).map(Some),
        }
    }

    fn filled(&self, template: &str, draft: &Draft<'p>, parts: &Parts<'_>) -> Read<String> {
        let mut name = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('%') {
            name.push_str(before);
            let field = after.strip_prefix('(').and_then(|after| after.split_once(")s"));
            match field {
                Some((token, after)) => {
                    name.push_str(&self.token(token, draft, parts)?);
                    rest = after;
                }
                None => {
                    name.push('%');
                    rest = after.strip_prefix('%').unwrap_or(after);
                }
            }
        }
        name.push_str(rest);
        Ok(shortened(&name))
    }

    fn token(&self, token: &str, draft: &Draft<'p>, parts: &Parts<'_>) -> Read<String> {
        if let Some(convention) = &draft.meta.convention
            && let Some(function @ (Value::Function(_) | Value::Method(..))) = convention.borrow().text(token).cloned()
        {
            let asked = Value::unknown("constraints are not handed to functions of naming conventions", parts.span);
            let made = self.py.call(&function, Arguments::of(vec![asked.clone(), asked]), parts.span);
            return self.as_text(&made, "a name from the naming convention", parts.span);
        }
        let label = |column: &String| {
            let schema =
                draft.schema.as_ref().map_or_else(String::new, |schema| format!("{}_", schema.replace('.', "_")));
            format!("{schema}{}_{column}", draft.name)
        };
        let (referred_table, referred) = parts.referred.unwrap_or(("", &[]));
        match token {
            "table_name" => return Ok(draft.name.clone()),
            "referred_table_name" => return Ok(referred_table.to_owned()),
            "constraint_name" => {
                return match parts.given {
                    Given::Name(name) | Given::Final(name) => Ok(name.clone()),
                    Given::Nothing => Err(Problem::invalid(
                        parts.span,
                        "the naming convention asks for a name, and this constraint has none",
                        "Give it one: name=\"…\"",
                    )),
                };
            }
            _ => {}
        }
        let values: Vec<String> = match token {
            _ if token.starts_with("referred_column_") => referred.to_vec(),
            _ if token.ends_with("_label") => parts.columns.iter().map(label).collect(),
            _ if token.ends_with("_key") => parts.keys.to_vec(),
            _ => parts.columns.to_vec(),
        };
        let number =
            token.split('_').find(|part| part.starts_with(|letter: char| letter.is_ascii_digit())).unwrap_or("");
        if number.ends_with('N') {
            return Ok(values.concat());
        }
        if token.contains(&format!("{number}_N_")) {
            return Ok(values.join("_"));
        }
        match number.parse::<usize>() {
            Ok(at) if token.starts_with("column_") || token.starts_with("referred_column_") => {
                Ok(values.get(at).cloned().unwrap_or_default())
            }
            _ => Err(Problem::invalid(
                parts.span,
                format!("the naming convention has no `%({token})s`"),
                "Use table_name, column_0_name, column_0_N_name, referred_table_name, constraint_name, or a function",
            )),
        }
    }

    /// `name=`
    pub(super) fn given_name(&self, value: Option<&Value<'p>>, span: Span) -> Read<Given> {
        let Some(value) = value.filter(|it| !it.is_none()) else { return Ok(Given::Nothing) };
        let text = self.as_text(value, "the name of the constraint", span)?;
        let is_final =
            value.as_call().is_some_and(|(function, _)| function.external().is_some_and(|path| last(path) == "conv"));
        Ok(if is_final { Given::Final(text) } else { Given::Name(text) })
    }
}
