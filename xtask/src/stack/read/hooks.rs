//! `post_start`, `pre_stop` and `develop`.

use super::Reader;
use super::section::Keys;
use crate::stack::develop::{Develop, Trigger};
use crate::stack::error::WATCH_ONLY;
use crate::stack::hook::Hook;
use crate::stack::tree::Node;

const HOOK: Keys = Keys { known: &["command", "user", "privileged", "working_dir", "environment"], refused: &[] };
const DEVELOP: Keys = Keys { known: &["watch"], refused: &[] };
const TRIGGER: Keys =
    Keys { known: &["path", "action", "target", "exec", "include", "ignore", "initial_sync"], refused: &[] };
const ACTIONS: [&str; 5] = ["rebuild", "sync", "restart", "sync+restart", "sync+exec"];

impl Reader<'_> {
    pub(super) fn hooks(&mut self, node: &Node, what: &str) -> Option<Vec<Hook>> {
        let items = self.items(node, what)?;
        Some(items.iter().filter_map(|item| self.hook(item, what)).collect())
    }

    fn hook(&mut self, node: &Node, what: &str) -> Option<Hook> {
        let section = self.section(node, what, HOOK)?;
        if node.get("command").is_none() {
            self.wrong_value(node, what, "an entry has no `command`", "Write command: [\"PROGRAM\", \"ARGUMENT\"]");
            return None;
        }
        Some(Hook {
            command: self.field_or_null(&section, "command", Self::command),
            user: self.field(&section, "user", Self::text),
            privileged: self.field(&section, "privileged", Self::flag).unwrap_or(false),
            working_dir: self.field(&section, "working_dir", Self::text),
            environment: self.field(&section, "environment", Self::pairs).unwrap_or_default(),
            place: self.place(node.span),
        })
    }

    pub(super) fn develop(&mut self, node: &Node, what: &str) -> Option<Develop> {
        let section = self.section(node, what, DEVELOP)?;
        let is_told = self.errors.iter().any(|error| error.is_of_watch());
        if !is_told {
            self.no_effect(what.to_owned(), WATCH_ONLY, self.place(node.span));
        }
        let watch = self.field(&section, "watch", |reader, node, what| {
            let items = reader.items(node, what)?;
            Some(items.iter().filter_map(|item| reader.trigger(item, what)).collect())
        });
        Some(Develop { watch: watch.unwrap_or_default() })
    }

    fn trigger(&mut self, node: &Node, what: &str) -> Option<Trigger> {
        let section = self.section(node, what, TRIGGER)?;
        let action = self.field(&section, "action", |reader, node, what| reader.one_of(node, what, &ACTIONS));
        let needs_target = !matches!(action.as_deref(), Some("rebuild" | "restart"));
        for (key, is_needed) in [("path", true), ("action", true), ("target", needs_target)] {
            if is_needed && node.get(key).is_none() {
                let problem = format!("an entry has no `{key}`");
                self.wrong_value(node, what, problem, "Write path: FOLDER, action: ACTION and target: FOLDER");
                return None;
            }
        }
        Some(Trigger {
            path: self.field(&section, "path", Self::text)?,
            action: action?,
            target: self.field(&section, "target", Self::text),
            exec: self.field(&section, "exec", Self::hook),
            include: self.field(&section, "include", Self::plain_texts).unwrap_or_default(),
            ignore: self.field(&section, "ignore", Self::plain_texts).unwrap_or_default(),
            initial_sync: self.field(&section, "initial_sync", Self::plain_flag).unwrap_or(false),
        })
    }

    /// One string, or a list of them as they are.
    fn plain_texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        match node.scalar() {
            Some(_) => self.text(node, what).map(|text| vec![text]),
            None => self.texts(node, what),
        }
    }
}
