//! The environment of a service: its env files, and `environment` over them.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::dotenv::{self, Values};
use super::env_file::EnvFile;
use super::service::Service;
use super::{ReadFile, Stack, StackError, Variables};

/// The environment of a service: a name with `None` is taken out of what the image sets.
pub type Environment = BTreeMap<String, Option<String>>;

impl Stack {
    /// The stack with the env files of these services read into their `environment`, where they are listed no more, and the
    /// label files into their `labels`. Everything that is wrong comes at once. See [`Stack::environment`] and [`Stack::labels`].
    pub fn with_environment(
        &self,
        services: &[&Service],
        variables: &Variables,
        dialect: Dialect,
        read: ReadFile<'_>,
    ) -> Result<Self, Vec<StackError>> {
        let mut stack = self.clone();
        let mut errors = Vec::new();
        for service in &mut stack.services {
            if !services.iter().any(|chosen| chosen.name == service.name) {
                continue;
            }
            match self.environment(service, variables, dialect, read) {
                Ok(environment) => (service.environment, service.env_files) = (environment, Vec::new()),
                Err(error) => errors.push(error),
            }
            match self.labels(service, read) {
                Ok(labels) => service.labels = labels,
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(stack) } else { Err(errors) }
    }

    /// What the container of a service has in its environment besides what its image sets.
    ///
    /// As with compose, a later env file wins over an earlier one and `environment` over all of them, even with a
    /// name that has no value. A variable inside an env file is looked up in the project's variables, then in
    /// `environment`, then in the files before it; before compose 2.35 in the files before it, then in the project's
    /// variables, and then in the lines before it.
    pub fn environment(
        &self,
        service: &Service,
        variables: &Variables,
        dialect: Dialect,
        read: ReadFile<'_>,
    ) -> Result<Environment, StackError> {
        let own = service.environment.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let mut values = Values::new();
        if dialect.env_files_see_environment() {
            values.extend(own);
        }
        for file in &service.env_files {
            self.read_env_file(service, file, &mut values, variables, dialect, read)?;
        }
        values.remove("");
        let mut environment: Environment = values.into_iter().map(|(name, value)| (name, Some(value))).collect();
        environment.extend(service.environment.clone());
        Ok(environment)
    }

    fn read_env_file(
        &self,
        service: &Service,
        file: &EnvFile,
        environment: &mut Values,
        variables: &Variables,
        dialect: Dialect,
        read: ReadFile<'_>,
    ) -> Result<(), StackError> {
        let path = self.shown(&file.path);
        let unreadable = |why: Option<String>| StackError::EnvFileUnreadable {
            service: service.name.clone(),
            path: path.clone(),
            why,
            place: file.place.clone().into(),
        };
        let Some(text) = read(&file.path).map_err(|why| unreadable(Some(why)))? else {
            return if file.required { Err(unreadable(None)) } else { Ok(()) };
        };
        if file.raw {
            raw(&text, environment, variables);
            return Ok(());
        }
        let before = environment.clone();
        let lookup = |name: &str| {
            let own = || service.environment.get(name).cloned().flatten();
            match dialect.env_files_see_environment() {
                true => variables.owned(name).or_else(own),
                false => before.get(name).cloned().or_else(|| variables.owned(name)),
            }
        };
        let mut lines = if dialect.env_files_see_environment() { before.clone() } else { Values::new() };
        dotenv::parse_file(&text, &mut lines, &lookup).map_err(|error| StackError::env_file(&path, &text, &error))?;
        environment.extend(lines);
        Ok(())
    }
}

/// Lines of `format: raw`: everything behind the first equals sign is the value, quotes included.
fn raw(text: &str, environment: &mut Values, variables: &Variables) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.split_once('=') {
            Some((name, value)) => {
                environment.insert(name.to_owned(), value.to_owned());
            }
            None => environment.extend(variables.owned(line).map(|value| (line.to_owned(), value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    const TEXT: &str = "
services:
  db:
    image: x
    env_file: [a.env, {path: b.env, format: raw}, {path: none.env, required: false}]
    environment: { OWN: own, BARE: , OVER: environment }
";

    fn read(path: &Utf8Path) -> Result<Option<String>, String> {
        Ok(match path.as_str() {
            "dir/a.env" => Some("OVER=file\nBARE=file\nA=$OWN-$SHELL_VALUE\n".to_owned()),
            "dir/b.env" => Some("# c\nB='$A'\nA=b\n".to_owned()),
            "dir/one.env" => Some("C=one\n".to_owned()),
            "dir/two.env" => Some("A=two\nC=two\nB=$A $C $SHELL_VALUE\n".to_owned()),
            "dir/bad.env" => Some("A=1\nB=\"x".to_owned()),
            _ => None,
        })
    }

    fn environment(text: &str, dialect: Dialect) -> Result<Environment, StackError> {
        let variables = Variables::new([("SHELL_VALUE".to_owned(), "shell".to_owned())]);
        let (stack, errors) = Stack::parse("dir/compose.yaml", text, &variables);
        assert!(errors.is_empty(), "{errors:?}");
        stack.environment(&stack.services[0], &variables, dialect, &read)
    }

    #[test]
    fn files_and_keys_add_up_as_compose_adds_them() {
        let some = |text: &str| Some(text.to_owned());
        let expected = [("A", some("b")), ("B", some("'$A'")), ("BARE", None), ("OVER", some("environment"))];
        let mut expected: Environment = expected.map(|(name, value)| (name.to_owned(), value)).into();
        expected.insert("OWN".to_owned(), some("own"));
        assert_eq!(environment(TEXT, Dialect::NEWEST), Ok(expected));
    }

    #[test]
    fn variables_in_env_files_are_found_elsewhere_since_2_35() {
        let text =
            "services: { db: { image: x, env_file: [one.env, two.env], environment: { A: own, SHELL_VALUE: x } } }";
        let value = |dialect| environment(text, dialect).expect("files")["B"].clone().unwrap_or_default();
        assert_eq!(value(Dialect::V2_34), "two one shell");
        assert_eq!(value(Dialect::V2_35), "own two shell");
    }

    #[test]
    fn a_missing_or_broken_file_is_an_error() {
        let error =
            environment("services: { db: { image: x, env_file: x.env } }", Dialect::NEWEST).expect_err("no such file");
        assert!(matches!(&error, StackError::EnvFileUnreadable { why: None, .. }), "{error}");
        let error = environment("services: { db: { image: x, env_file: bad.env } }", Dialect::V2_24)
            .expect_err("an open quote");
        assert!(
            matches!(&error, StackError::EnvFile { place, .. } if place.display() == "dir/bad.env:2:3"),
            "{error:?}"
        );
    }
}
