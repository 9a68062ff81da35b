//! A command that is run in a container of a service when something happens to it.

use std::collections::BTreeMap;

use super::environment::Environment;
use super::json::{Json, Object};
use crate::diagnostic::Place;

/// One of `post_start` or `pre_stop`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// `command` as words.
    pub command: Option<Vec<String>>,
    /// `user`; that of the container where there is none.
    pub user: Option<String>,
    /// `privileged`
    pub privileged: bool,
    /// `working_dir`; that of the container where there is none.
    pub working_dir: Option<String>,
    /// `environment`, besides that of the container. A name without a value takes that variable away.
    pub environment: Environment,
    /// Where it stands.
    pub place: Place,
}

impl Hook {
    /// `NAME=VALUE`, and `NAME` alone for one without a value.
    pub fn assignments(&self) -> Vec<String> {
        let assignment = |(name, value): (&String, &Option<String>)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        };
        self.environment.iter().map(assignment).collect()
    }

    pub(super) fn json(&self) -> Json {
        let value = |value: &Option<String>| value.clone().map_or(Json::Null, Json::Text);
        let environment: BTreeMap<String, Json> =
            self.environment.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        let mut object = Object::default();
        object
            .always("command", self.command.as_deref().map_or(Json::Null, Json::from))
            .text("user", self.user.as_ref())
            .flag("privileged", self.privileged)
            .text("working_dir", self.working_dir.as_ref())
            .object("environment", environment.into_iter().collect())
            .done()
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::Dialect;
    use crate::stack::tests::{findings_of, loaded};

    #[test]
    fn hooks_are_written_as_compose_writes_them() {
        let text = "services:\n  a:\n    image: x\n    post_start:\n      - command: echo 'a b'\n        user: u\n        privileged: yes\n        \
                    working_dir: /w\n        environment: { B: , A: 1 }\n      - { command: [] }\n    pre_stop: [{ command: [x], environment: [C] }]\n";
        let stack = loaded(&[("compose.yaml", text)]);
        let service = &stack.services[0];
        let written: Vec<_> =
            service.post_start.iter().chain(&service.pre_stop).map(|it| it.json().compact()).collect();
        let expected = [
            r#"{"command":["echo","a b"],"user":"u","privileged":true,"working_dir":"/w","environment":{"A":"1","B":null}}"#,
            r#"{"command":[]}"#,
            r#"{"command":["x"],"environment":{"C":null}}"#,
        ];
        assert_eq!(written, expected);
        assert_eq!(service.post_start[0].assignments(), ["A=1", "B"]);
        let all = stack.canonical(&stack.select(&[], &[]).expect("a selection"), Dialect::V2_36);
        assert!(all.find("post_start") < all.find("pre_stop"), "{all}");
    }

    #[test]
    fn a_hook_without_a_command_is_told() {
        let text = "services:\n  a:\n    image: x\n    post_start: [{ user: u }]\n";
        let found = findings_of(&[("compose.yaml", text)]);
        assert_eq!(found, ["compose.yaml:4:18 compose-value-invalid services.a.post_start: an entry has no `command`"]);
    }
}
