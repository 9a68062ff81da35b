//! The labels of a service: its label files, and `labels` over them.

use std::collections::BTreeMap;

use super::dotenv::{self, Values};
use super::service::Service;
use super::{ReadFile, Stack, StackError};

impl Stack {
    /// The labels that the container of a service gets besides those that mark it.
    ///
    /// As with compose, a later file wins over an earlier one and `labels` over all of them. A variable inside a label file
    /// is looked up in the files before it and in the lines before it alone.
    ///
    /// # Errors
    /// A file is missing, or cannot be read or understood.
    pub fn labels(&self, service: &Service, read: ReadFile<'_>) -> Result<BTreeMap<String, String>, StackError> {
        let mut labels = Values::new();
        for file in &service.label_files {
            let path = self.shown(&file.value);
            let unreadable = |why: Option<String>| StackError::FileUnreadable {
                what: format!("services.{}.label_file", service.name),
                path: path.clone(),
                why,
                place: file.place.clone().into(),
            };
            let text = read(&file.value).map_err(|why| unreadable(Some(why)))?.ok_or_else(|| unreadable(None))?;
            let before = labels.clone();
            let mut lines = Values::new();
            dotenv::parse_file(&text, &mut lines, &|name: &str| before.get(name).cloned())
                .map_err(|error| StackError::env_file(&path, &text, &error))?;
            labels.extend(lines);
        }
        labels.extend(service.labels.clone());
        Ok(labels)
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::{Dialect, Stack, StackError, Variables};

    fn read(path: &Utf8Path) -> Result<Option<String>, String> {
        Ok(match path.as_str() {
            "dir/a.labels" => Some("A=file\nB=$A-$SHELL_VALUE-${C:-d}\nOWN=file\n".to_owned()),
            "dir/b.labels" => Some("C=$B\nA\n".to_owned()),
            "dir/bad.labels" => Some("A=1\nB=\"x".to_owned()),
            _ => None,
        })
    }

    fn stack(files: &str) -> Stack {
        let variables = Variables::new([("SHELL_VALUE".to_owned(), "shell".to_owned())]);
        let text = format!("services:\n  db:\n    image: x\n    label_file: {files}\n    labels: {{ OWN: own, Z: }}\n");
        let (stack, errors) = Stack::parse("dir/compose.yaml", &text, &variables);
        assert!(errors.is_empty(), "{errors:?}");
        stack
    }

    #[test]
    fn files_and_keys_add_up_as_compose_adds_them() {
        let stack = stack("[a.labels, ./b.labels]");
        let all: Vec<_> = stack.services.iter().collect();
        let resolved = stack.with_environment(&all, &Variables::default(), Dialect::V2_36, &read).expect("files");
        let labels: Vec<String> =
            resolved.services[0].labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(labels, ["A=file", "B=file--d", "C=file--d", "OWN=own", "Z="]);
        let written = resolved.canonical(&resolved.select(&[], &[]).expect("a selection"), Dialect::V2_36);
        assert!(!written.contains("label_file"), "{written}");
        // What `up` writes to containers is another hash than that of the file without label files since 2.34.
        let mut bare = resolved.services[0].clone();
        bare.label_files.clear();
        let is_same = |dialect| bare.config_hash(dialect).value == resolved.services[0].config_hash(dialect).value;
        assert_eq!((is_same(Dialect::V2_32), is_same(Dialect::V2_34)), (true, false));
    }

    #[test]
    fn a_missing_or_broken_file_is_an_error() {
        let error = |files: &str| {
            let stack = stack(files);
            stack.labels(&stack.services[0], &read).expect_err("a file that cannot be read")
        };
        let missing = error("none.labels");
        assert_eq!(missing.to_string(), "dir/none.labels, named by services.db.label_file, does not exist");
        assert_eq!(missing.place().map(|place| place.display()).as_deref(), Some("dir/compose.yaml:4:17"));
        assert!(matches!(error("[bad.labels]"), StackError::EnvFile { place, .. } if place.line == 2));
    }
}
