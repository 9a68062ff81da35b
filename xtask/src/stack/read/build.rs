//! `build`.

use super::Reader;
use super::section::Keys;
use crate::stack::build::Build;
use crate::stack::tree::{Node, Value};

const BUILD: Keys = Keys {
    known: &[
        "context",
        "dockerfile",
        "dockerfile_inline",
        "args",
        "target",
        "labels",
        "cache_from",
        "no_cache",
        "pull",
        "network",
        "shm_size",
        "extra_hosts",
        "tags",
        "platforms",
        "ulimits",
    ],
    refused: &[
        "additional_contexts",
        "cache_to",
        "entitlements",
        "isolation",
        "privileged",
        "provenance",
        "sbom",
        "secrets",
        "ssh",
    ],
};

impl Reader<'_> {
    pub(super) fn build(&mut self, node: &Node, what: &str) -> Option<Build> {
        let empty = Build::empty(self.place(node.span));
        if let Value::Text(context) = &node.value {
            return Some(Build { context: context.clone(), ..empty });
        }
        let section = self.section(node, what, BUILD)?;
        let dockerfile_inline = self.field(&section, "dockerfile_inline", Self::text);
        let dockerfile = self.field(&section, "dockerfile", Self::text);
        if dockerfile.is_some() && dockerfile_inline.is_some() {
            let problem = "it has both `dockerfile` and `dockerfile_inline`";
            self.wrong_value(node, what, problem, "Leave out one of them");
        }
        Some(Build {
            // Where the context is missing it is the project directory, which its path has become already.
            context: self.field(&section, "context", Self::text).unwrap_or_default(),
            dockerfile: dockerfile.or_else(|| dockerfile_inline.is_none().then(|| "Dockerfile".to_owned())),
            dockerfile_inline,
            args: self.field(&section, "args", Self::build_args).unwrap_or_default(),
            target: self.field(&section, "target", Self::text),
            labels: self.field(&section, "labels", Self::labels).unwrap_or_default(),
            cache_from: self.field(&section, "cache_from", Self::texts).unwrap_or_default(),
            no_cache: self.field(&section, "no_cache", Self::flag).unwrap_or(false),
            pull: self.field(&section, "pull", Self::flag).unwrap_or(false),
            network: self.field(&section, "network", Self::text),
            shm_size: self.field(&section, "shm_size", Self::bytes),
            extra_hosts: self.field(&section, "extra_hosts", Self::extra_hosts).unwrap_or_default(),
            tags: self.field(&section, "tags", Self::unique_texts).unwrap_or_default(),
            platforms: self.field(&section, "platforms", Self::texts).unwrap_or_default(),
            ulimits: self.field(&section, "ulimits", Self::ulimits).unwrap_or_default(),
            ..empty
        })
    }
}
