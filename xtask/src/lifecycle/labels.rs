//! The labels by which `docker compose` and this tool know what is theirs.
//!
//! Names and values are those of compose (`pkg/api/labels.go`, and `prepareLabels` in `pkg/compose/create.go`), so that
//! either tool finds, starts, stops and removes what the other one made.

use std::collections::BTreeMap;

use super::project::Identity;
use crate::stack::dependency::{Condition, Dependency};

/// What all of them begin with.
pub const PREFIX: &str = "com.docker.compose.";

/// The project of a container, a network or a volume.
pub const PROJECT: &str = "com.docker.compose.project";
/// The service of a container.
pub const SERVICE: &str = "com.docker.compose.service";
/// Which of the containers of its service it is, from 1.
pub const NUMBER: &str = "com.docker.compose.container-number";
/// `True` for the container of one `run` command, else `False`.
pub const ONEOFF: &str = "com.docker.compose.oneoff";
/// The hash of the configuration that it was made with.
pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
/// The id of the image that a container was made from.
pub const IMAGE: &str = "com.docker.compose.image";
/// What the service depends on: `NAME:CONDITION:RESTART`, comma separated.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// The version of the tool.
pub const VERSION: &str = "com.docker.compose.version";
/// The absolute path of the folder of the project.
pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
/// The absolute paths of the Compose files, comma separated.
pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
/// The env files that were named on the command line, comma separated.
pub const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";
/// Which network of the file a network is.
pub const NETWORK: &str = "com.docker.compose.network";
/// Which volume of the file a volume is.
pub const VOLUME: &str = "com.docker.compose.volume";
/// The container in whose place this one was made.
pub const REPLACE: &str = "com.docker.compose.replace";

/// Labels, sorted.
pub type Labels = BTreeMap<String, String>;

/// What the labels of one container are made from.
#[derive(Clone, Copy, Debug)]
pub struct ContainerLabels<'a> {
    /// Whose it is.
    pub project: &'a Identity,
    /// Its service.
    pub service: &'a str,
    /// Which of the containers of the service, from 1; `None` for the container of one `run` command.
    pub number: Option<u32>,
    /// The hash of the service's configuration.
    pub config_hash: &'a str,
    /// The id of its image.
    pub image_id: &'a str,
    /// What the service depends on.
    pub depends_on: &'a BTreeMap<String, Dependency>,
}

impl ContainerLabels<'_> {
    /// The labels that mark the container.
    pub fn labels(&self) -> Labels {
        let project = self.project;
        let mut labels = vec![
            (PROJECT, project.name.clone()),
            (SERVICE, self.service.to_owned()),
            (ONEOFF, if self.number.is_some() { "False" } else { "True" }.to_owned()),
            (CONFIG_HASH, self.config_hash.to_owned()),
            (IMAGE, self.image_id.to_owned()),
            (DEPENDS_ON, write_dependencies(self.depends_on)),
            (VERSION, written(&project.version)),
            (WORKING_DIR, project.working_dir.to_string()),
            (CONFIG_FILES, joined(&project.config_files)),
        ];
        if let Some(number) = self.number {
            labels.push((NUMBER, number.to_string()));
        }
        if !project.env_files.is_empty() {
            labels.push((ENVIRONMENT_FILE, joined(&project.env_files)));
        }
        owned(labels)
    }
}

/// The labels that mark a network of the file. A hash is only written where it is exact: compose makes a network anew if it
/// is another one than its own, and lets it be if there is none.
pub fn of_network(project: &Identity, key: &str, exact_hash: Option<&str>) -> Labels {
    of_resource(project, NETWORK, key, exact_hash)
}

/// The labels that mark a volume of the file. A hash that is not exact would make compose offer to delete the data.
pub fn of_volume(project: &Identity, key: &str, exact_hash: Option<&str>) -> Labels {
    of_resource(project, VOLUME, key, exact_hash)
}

/// A version as compose writes it: without the revision of Debian's package, which only its program tells.
fn written(version: &str) -> String {
    let released = version.split_once('-').filter(|(_, rest)| rest.bytes().all(|byte| byte.is_ascii_digit()));
    released.map_or(version, |(released, _)| released).to_owned()
}

fn of_resource(project: &Identity, kind: &'static str, key: &str, exact_hash: Option<&str>) -> Labels {
    let mut labels =
        vec![(PROJECT, project.name.clone()), (kind, key.to_owned()), (VERSION, written(&project.version))];
    labels.extend(exact_hash.map(|hash| (CONFIG_HASH, hash.to_owned())));
    owned(labels)
}

fn owned(labels: Vec<(&'static str, String)>) -> Labels {
    labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn joined(paths: &[camino::Utf8PathBuf]) -> String {
    paths.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(",")
}

fn write_dependencies(dependencies: &BTreeMap<String, Dependency>) -> String {
    let one = |(name, it): (&String, &Dependency)| format!("{name}:{}:{}", it.condition.as_str(), it.restart);
    dependencies.iter().map(one).collect::<Vec<_>>().join(",")
}

/// What a service depends on, as far as the label of its container tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledDependency {
    /// The other service.
    pub service: String,
    /// What was waited for; `None` where the label does not say.
    pub condition: Option<Condition>,
    /// Whether it is restarted after the other one.
    pub restart: bool,
}

/// Reads the label [`DEPENDS_ON`], also in the form of older versions, which had names only.
pub fn read_dependencies(label: &str) -> Vec<LabelledDependency> {
    let entries = label.split(',').filter(|entry| !entry.is_empty());
    let read = |entry: &str| {
        let mut parts = entry.split(':');
        let service = parts.next().unwrap_or_default().to_owned();
        let condition = parts.next().and_then(|name| Condition::ALL.into_iter().find(|it| it.as_str() == name));
        LabelledDependency { service, condition, restart: parts.next().is_none_or(|restart| restart == "true") }
    };
    entries.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn identity() -> Identity {
        Identity {
            name: "shop".into(),
            working_dir: "/srv/shop".into(),
            config_files: vec!["/srv/shop/compose.yaml".into(), "/srv/shop/compose.override.yaml".into()],
            env_files: Vec::new(),
            version: "2.40.3".into(),
        }
    }

    fn dependency(condition: Condition, restart: bool) -> Dependency {
        Dependency { place: Place::file("compose.yaml"), condition, required: true, restart }
    }

    #[test]
    fn a_container_carries_what_compose_writes() {
        let project = identity();
        let depends_on = BTreeMap::from([
            ("db".to_owned(), dependency(Condition::Healthy, true)),
            ("cache".to_owned(), dependency(Condition::Started, false)),
        ]);
        let labels = ContainerLabels {
            project: &project,
            service: "api",
            number: Some(2),
            config_hash: "abc",
            image_id: "sha256:1",
            depends_on: &depends_on,
        };
        let written: Vec<String> = labels.labels().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = [
            "com.docker.compose.config-hash=abc",
            "com.docker.compose.container-number=2",
            "com.docker.compose.depends_on=cache:service_started:false,db:service_healthy:true",
            "com.docker.compose.image=sha256:1",
            "com.docker.compose.oneoff=False",
            "com.docker.compose.project=shop",
            "com.docker.compose.project.config_files=/srv/shop/compose.yaml,/srv/shop/compose.override.yaml",
            "com.docker.compose.project.working_dir=/srv/shop",
            "com.docker.compose.service=api",
            "com.docker.compose.version=2.40.3",
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn env_files_and_runs_are_marked() {
        let project = Identity { env_files: vec!["/srv/a.env".into(), "/srv/b.env".into()], ..identity() };
        let labels = ContainerLabels {
            project: &project,
            service: "api",
            number: None,
            config_hash: "abc",
            image_id: "",
            depends_on: &BTreeMap::new(),
        }
        .labels();
        assert_eq!(labels[ENVIRONMENT_FILE], "/srv/a.env,/srv/b.env");
        assert_eq!((labels[ONEOFF].as_str(), labels.get(NUMBER)), ("True", None));
    }

    #[test]
    fn networks_and_volumes_are_marked_and_hashed_only_exactly() {
        let names = |labels: Labels| labels.into_keys().collect::<Vec<_>>();
        assert_eq!(names(of_volume(&identity(), "data", None)), [PROJECT, VERSION, VOLUME]);
        assert_eq!(names(of_network(&identity(), "default", Some("a"))), [CONFIG_HASH, NETWORK, PROJECT, VERSION]);
    }

    #[test]
    fn dependencies_are_read_back_in_all_forms() {
        let read = |label| {
            let all = read_dependencies(label);
            all.into_iter().map(|it| (it.service, it.condition, it.restart)).collect::<Vec<_>>()
        };
        assert_eq!(read(""), []);
        assert_eq!(read("db"), [("db".to_owned(), None, true)]);
        let both = "cache:service_started:false,db:service_healthy:true";
        let cache = ("cache".to_owned(), Some(Condition::Started), false);
        assert_eq!(read(both), [cache, ("db".to_owned(), Some(Condition::Healthy), true)]);
    }
}
