//! The environment of a service: its env files, and `environment` over them.

use super::dotenv::{self, Values};
use super::env_file::EnvFile;
use super::service::Service;
use super::{ReadFile, Stack, StackError, Variables};

impl Stack {
    /// What the container of a service has in its environment besides what its image sets.
    ///
    /// As with compose, a later env file wins over an earlier one and `environment` over all of them, even with a
    /// name that has no value. A variable inside an env file is looked up in the project's variables, then in
    /// `environment`, then in the files before it.
    pub fn environment(
        &self,
        service: &Service,
        variables: &Variables,
        read: ReadFile<'_>,
    ) -> Result<Values, StackError> {
        let own = || service.environment.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let mut environment: Values = own().collect();
        for file in &service.env_files {
            self.read_env_file(service, file, &mut environment, variables, read)?;
        }
        environment.retain(|name, _| !name.is_empty() && service.environment.get(name) != Some(&None));
        environment.extend(own());
        Ok(environment)
    }

    fn read_env_file(
        &self,
        service: &Service,
        file: &EnvFile,
        environment: &mut Values,
        variables: &Variables,
        read: ReadFile<'_>,
    ) -> Result<(), StackError> {
        let path = self.resolve(&file.path);
        let unreadable = |why: Option<String>| StackError::EnvFileUnreadable {
            service: service.name.clone(),
            path: path.clone(),
            why,
            place: file.place.clone().into(),
        };
        let Some(text) = read(&path).map_err(|why| unreadable(Some(why)))? else {
            return if file.required { Err(unreadable(None)) } else { Ok(()) };
        };
        if file.raw {
            raw(&text, environment, variables);
            return Ok(());
        }
        let lookup = |name: &str| {
            let own = || service.environment.get(name).cloned().flatten();
            variables.owned(name).or_else(own)
        };
        dotenv::parse_file(&text, environment, &lookup).map_err(|error| StackError::env_file(&path, &text, &error))
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
    env_file: [a.env, {path: b.env, format: raw}, {path: none.env, required: false}]
    environment: { OWN: own, BARE: , OVER: environment }
";

    fn read(path: &Utf8Path) -> Result<Option<String>, String> {
        Ok(match path.as_str() {
            "dir/a.env" => Some("OVER=file\nBARE=file\nA=$OWN-$SHELL_VALUE\n".to_owned()),
            "dir/b.env" => Some("# c\nB='$A'\nA=b\n".to_owned()),
            "dir/bad.env" => Some("A=1\nB=\"x".to_owned()),
            _ => None,
        })
    }

    fn environment(text: &str) -> Result<Values, StackError> {
        let variables = Variables::new([("SHELL_VALUE".to_owned(), "shell".to_owned())]);
        let (stack, errors) = Stack::parse("dir/compose.yaml", text, &variables);
        assert!(errors.is_empty(), "{errors:?}");
        stack.environment(&stack.services[0], &variables, &read)
    }

    #[test]
    fn files_and_keys_add_up_as_compose_adds_them() {
        let expected = [("A", "b"), ("B", "'$A'"), ("OVER", "environment"), ("OWN", "own")];
        let expected: Values = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(environment(TEXT), Ok(expected));
    }

    #[test]
    fn a_missing_or_broken_file_is_an_error() {
        let error = environment("services: { db: { env_file: x.env } }").expect_err("no such file");
        assert!(matches!(&error, StackError::EnvFileUnreadable { why: None, .. }), "{error}");
        let error = environment("services: { db: { env_file: bad.env } }").expect_err("an open quote");
        assert!(
            matches!(&error, StackError::EnvFile { place, .. } if place.display() == "dir/bad.env:2:3"),
            "{error:?}"
        );
    }
}
