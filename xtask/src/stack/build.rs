//! How the image of a service is built.

use std::collections::BTreeMap;

use super::extra_hosts::ExtraHosts;
use super::ulimit::Ulimit;
use crate::diagnostic::Place;

/// `build` of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Where it stands.
    pub place: Place,
    /// `context`: a folder of this machine, or the address of a repository or an archive (see [`Build::is_remote`]).
    pub context: String,
    /// `dockerfile`, relative to the context; `None` where `dockerfile_inline` stands in for it.
    pub dockerfile: Option<String>,
    /// `dockerfile_inline`: the text of a Dockerfile.
    pub dockerfile_inline: Option<String>,
    /// `args`
    pub args: BTreeMap<String, String>,
    /// `target`: the stage that is built.
    pub target: Option<String>,
    /// `labels` of the image.
    pub labels: BTreeMap<String, String>,
    /// `cache_from`
    pub cache_from: Vec<String>,
    /// `no_cache`
    pub no_cache: bool,
    /// `pull`: whether base images are pulled although they are there.
    pub pull: bool,
    /// `network` of the build's own steps.
    pub network: Option<String>,
    /// `shm_size` in bytes.
    pub shm_size: Option<i64>,
    /// `extra_hosts`
    pub extra_hosts: ExtraHosts,
    /// `tags`: more names for the image.
    pub tags: Vec<String>,
    /// `platforms`
    pub platforms: Vec<String>,
    /// `ulimits` by name.
    pub ulimits: BTreeMap<String, Ulimit>,
}

impl Build {
    /// The Dockerfile of this context, and nothing else.
    pub(super) fn empty(place: Place) -> Self {
        Self {
            place,
            context: String::new(),
            dockerfile: Some("Dockerfile".to_owned()),
            dockerfile_inline: None,
            args: BTreeMap::new(),
            target: None,
            labels: BTreeMap::new(),
            cache_from: Vec::new(),
            no_cache: false,
            pull: false,
            network: None,
            shm_size: None,
            extra_hosts: ExtraHosts::default(),
            tags: Vec::new(),
            platforms: Vec::new(),
            ulimits: BTreeMap::new(),
        }
    }

    /// Whether the engine fetches the context itself, instead of being sent a folder of this machine.
    pub fn is_remote(&self) -> bool {
        is_remote(&self.context)
    }
}

/// Whether a context is no path, as compose decides it.
pub(super) fn is_remote(context: &str) -> bool {
    const PREFIXES: [&str; 6] = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    context.contains("://") || PREFIXES.iter().any(|prefix| context.starts_with(prefix))
}
