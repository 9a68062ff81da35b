//! Variables of a service: `environment` and `env_file`, and the arguments of a build.

use std::collections::BTreeMap;

use super::Reader;
use super::section::Keys;
use crate::stack::env_file::EnvFile;
use crate::stack::tree::{Node, Value};

const ENV_FILE: Keys = Keys { known: &["path", "required", "format"], refused: &[] };

impl Reader<'_> {
    /// `environment`: a name without a value has that of the project's variables, if they have it.
    pub(super) fn environment(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, Option<String>>> {
        let mut pairs = self.pairs(node, what)?;
        for (name, value) in &mut pairs {
            if value.is_none() {
                *value = self.variables.owned(name);
            }
        }
        Some(pairs)
    }

    /// `args` of a build: a name without any value is left out.
    pub(super) fn build_args(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, String>> {
        let pairs = self.environment(node, what)?;
        Some(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    pub(super) fn env_files(&mut self, node: &Node, what: &str) -> Option<Vec<EnvFile>> {
        let items = match &node.value {
            Value::Text(_) => std::slice::from_ref(node),
            Value::List(items) => items,
            _ => {
                self.shape(node, what, "a path or a list of paths");
                return None;
            }
        };
        Some(items.iter().filter_map(|item| self.env_file(item, what)).collect())
    }

    fn env_file(&mut self, node: &Node, what: &str) -> Option<EnvFile> {
        let place = self.place(node.span);
        if !matches!(node.value, Value::Map(_)) {
            let path = self.text(node, what)?.into();
            return Some(EnvFile { path, required: true, raw: false, place });
        }
        let section = self.section(node, what, ENV_FILE)?;
        if node.get("path").is_none() {
            self.wrong_value(node, what, "an entry has no `path`", "Write path: FILE");
            return None;
        }
        let required = self.field(&section, "required", Self::flag).unwrap_or(true);
        let format = self.field(&section, "format", Self::text);
        let raw = match format.as_deref() {
            None | Some("") => false,
            Some("raw") => true,
            Some(other) => {
                self.wrong_value(node, what, format!("{other:?} is no format"), "Write format: raw, or leave it out");
                return None;
            }
        };
        let path = self.field(&section, "path", Self::text)?.into();
        Some(EnvFile { path, required, raw, place })
    }
}
