//! `develop`: what `docker compose watch` does when files change. Nothing else acts on it; it is part of the config hash.

use super::dialect::Dialect;
use super::hook::Hook;
use super::json::{Json, Object};

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Develop {
    /// `watch`
    pub watch: Vec<Trigger>,
}

/// One of `watch`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// `path`, resolved against the project directory.
    pub path: String,
    /// `action`: rebuild, sync, restart, sync+restart or sync+exec.
    pub action: String,
    /// `target` in the container.
    pub target: Option<String>,
    /// `exec`: what is run after a `sync+exec`.
    pub exec: Option<Hook>,
    /// `include`: patterns of files.
    pub include: Vec<String>,
    /// `ignore`: patterns of files.
    pub ignore: Vec<String>,
    /// `initial_sync`
    pub initial_sync: bool,
}

impl Develop {
    pub(super) fn json(&self, dialect: Dialect) -> Json {
        let nothing = || Object::default().always("command", Json::Null).done();
        let trigger = |trigger: &Trigger| {
            let mut object = Object::default();
            object.always("path", Json::Text(trigger.path.clone()));
            object.always("action", Json::Text(trigger.action.clone())).text("target", trigger.target.as_ref());
            if dialect.knows_exec_of_triggers() {
                object.always("exec", trigger.exec.as_ref().map_or_else(nothing, Hook::json));
            }
            object
                .texts("include", &trigger.include)
                .texts("ignore", &trigger.ignore)
                .flag("initial_sync", trigger.initial_sync)
                .done()
        };
        Object::default().list("watch", self.watch.iter().map(trigger).collect()).done()
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::tests::findings_of;
    use crate::stack::{Dialect, Stack, Variables};

    #[test]
    fn it_is_written_as_compose_writes_it_and_told_once() {
        let text = "services:\n  a:\n    image: x\n    develop:\n      watch:\n        - { path: ./a, action: sync, target: /x, ignore: b, include: [c], \
                    initial_sync: true, exec: { command: a b } }\n        - { path: /b, action: rebuild }\n  b: { image: x, develop: }\n  c: { image: x, develop: {} }\n";
        let (stack, errors) = Stack::parse("/p/compose.yaml", text, &Variables::default());
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["services.a.develop has no effect: only `docker compose watch` acts on it"]);
        let written = |dialect| -> Vec<String> {
            stack.services.iter().flat_map(|it| &it.develop).map(|it| it.json(dialect).compact()).collect()
        };
        let expected = r#"{"watch":[{"path":"/p/a","action":"sync","target":"/x","exec":{"command":["a","b"]},"include":["c"],"ignore":["b"],"initial_sync":true},{"path":"/b","action":"rebuild","exec":{"command":null}}]}"#;
        assert_eq!(written(Dialect::V2_36), [expected, "{}"]);
        assert!(!written(Dialect::V2_31)[0].contains("exec"));
    }

    #[test]
    fn what_cannot_be_watched_is_told() {
        let found = |trigger: &str| {
            let text = format!("services:\n  a:\n    image: x\n    develop: {{ watch: [{trigger}] }}\n");
            findings_of(&[("compose.yaml", &text)]).join(", ")
        };
        assert!(found("{ path: a, action: sync }").contains("develop.watch: an entry has no `target`"));
        assert!(found("{ action: rebuild }").contains("develop.watch: an entry has no `path`"));
        assert!(found("{ path: a, action: run }").contains("develop.watch.action"));
    }
}
