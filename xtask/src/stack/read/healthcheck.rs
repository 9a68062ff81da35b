//! `healthcheck`.

use super::Reader;
use super::section::Keys;
use crate::stack::healthcheck::Healthcheck;
use crate::stack::tree::{Node, Value};

const HEALTHCHECK: Keys = Keys {
    known: &["test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"],
    refused: &[],
};

impl Reader<'_> {
    pub(super) fn healthcheck(&mut self, node: &Node, what: &str) -> Option<Healthcheck> {
        let section = self.section(node, what, HEALTHCHECK)?;
        Some(Healthcheck {
            test: self.field(&section, "test", Self::test).unwrap_or_default(),
            interval: self.field(&section, "interval", Self::duration),
            timeout: self.field(&section, "timeout", Self::duration),
            retries: self.field(&section, "retries", Self::unsigned),
            start_period: self.field(&section, "start_period", Self::duration),
            start_interval: self.field(&section, "start_interval", Self::duration),
            disable: self.field(&section, "disable", Self::flag).unwrap_or(false),
        })
    }

    fn test(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        if let Value::Text(command) = &node.value {
            return Some(vec!["CMD-SHELL".to_owned(), command.clone()]);
        }
        let test = self.texts(node, what)?;
        if test.first().is_some_and(|first| !matches!(first.as_str(), "CMD" | "CMD-SHELL" | "NONE")) {
            let problem = format!("its list begins with {:?}", test[0]);
            self.wrong_value(node, what, problem, "Begin the list with \"CMD\", \"CMD-SHELL\" or \"NONE\"");
            return None;
        }
        Some(test)
    }
}
