//! A build as the engine takes it: what is read beforehand, and the request.

use std::collections::BTreeMap;
use std::sync::Arc;

use bollard::{BollardRequest, body_full};
use camino::{Utf8Path, Utf8PathBuf};
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::ImageBuild;
use super::context::{Context, Sent, body};
use super::dockerfile::{images, instructions, normal};
use super::error::BuildError;
use super::ignore::Ignore;
use super::trace::Step;
use crate::diagnostic::Place;
use crate::docker::engine::query;
use crate::docker::error::DockerError;

const IGNORE_FILE: &str = ".dockerignore";
const DOCKERFILE: &str = "Dockerfile";

/// What of a build was read.
pub(super) struct Prepared {
    args: BTreeMap<String, String>,
    target: Option<String>,
    /// `None` where the engine fetches the context itself.
    local: Option<Local>,
}

/// A context of this machine.
struct Local {
    context: Context,
    /// Under which name the Dockerfile is in the context.
    dockerfile: String,
    /// Its path, as a person would name it.
    path: Utf8PathBuf,
    text: Arc<str>,
}

impl Prepared {
    /// Reads the Dockerfile and the ignore file.
    pub(super) fn read(build: &ImageBuild) -> Result<Self, BuildError> {
        let args = build.build.args.clone();
        let local = if build.build.is_remote() { None } else { Some(Local::read(build)?) };
        Ok(Self { args, target: build.build.target.clone(), local })
    }

    /// Arguments that hold where the file does not give them.
    pub(super) fn add_args(&mut self, more: &BTreeMap<String, String>) {
        for (name, value) in more {
            self.args.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// The images that it needs.
    pub(super) fn images(&self) -> Vec<String> {
        let local = self.local.as_ref();
        local.map(|local| images(&local.text, &self.args, self.target.as_deref())).unwrap_or_default()
    }

    /// The request, and what becomes of the context while it is sent.
    pub(super) fn request(
        &self,
        build: &ImageBuild,
        has_buildkit: bool,
    ) -> Result<(BollardRequest, Sent), DockerError> {
        let (body, sent) = match &self.local {
            Some(local) => body(local.context.clone()),
            None => (body_full(Bytes::new()), Sent::default()),
        };
        let parameters = self.parameters(build, has_buildkit);
        let pairs = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let request = Request::builder()
            .method(hyper::Method::POST)
            .uri(format!("/build{}", query(pairs)))
            .header("Content-Type", "application/x-tar")
            .body(body)
            .map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        Ok((request, sent))
    }

    fn parameters(&self, build: &ImageBuild, has_buildkit: bool) -> Vec<(&'static str, String)> {
        let section = &build.build;
        let mut parameters: Vec<(&str, String)> = build.tags.iter().map(|tag| ("t", tag.clone())).collect();
        // A container of a step that failed would be left over otherwise.
        parameters.extend([("rm", "1".to_owned()), ("forcerm", "1".to_owned())]);
        parameters.extend(has_buildkit.then(|| ("version", "2".to_owned())));
        parameters.push(("labels", json!(labels(build)).to_string()));
        if !self.args.is_empty() {
            parameters.push(("buildargs", json!(self.args).to_string()));
        }
        if !section.cache_from.is_empty() {
            parameters.push(("cachefrom", json!(section.cache_from).to_string()));
        }
        match &self.local {
            Some(local) => parameters.push(("dockerfile", local.dockerfile.clone())),
            None => {
                parameters.push(("remote", section.context.clone()));
                parameters.push(("dockerfile", section.dockerfile.clone().unwrap_or_else(|| DOCKERFILE.to_owned())));
            }
        }
        parameters.extend(section.target.iter().map(|target| ("target", target.clone())));
        parameters.extend(section.network.iter().map(|network| ("networkmode", network.clone())));
        parameters.extend(section.shm_size.iter().map(|size| ("shmsize", size.to_string())));
        parameters.extend(section.extra_hosts.pairs(':').into_iter().map(|pair| ("extrahosts", pair)));
        parameters.extend(build.platform.iter().map(|platform| ("platform", platform.clone())));
        parameters.extend(section.no_cache.then(|| ("nocache", "1".to_owned())));
        if !section.ulimits.is_empty() {
            let limits = section.ulimits.iter().map(|(name, limit)| (name, limit.limits()));
            let limits: Vec<_> =
                limits.map(|(name, (soft, hard))| json!({ "Name": name, "Soft": soft, "Hard": hard })).collect();
            parameters.push(("ulimits", json!(limits).to_string()));
        }
        parameters
    }

    /// The failure of a step, with its place in the Dockerfile.
    pub(super) fn failed(&self, build: &ImageBuild, said: &str, step: Option<Step>) -> BuildError {
        // A mistake of the Dockerfile itself is found before any step.
        let name = step.as_ref().map_or("", |step| step.name.as_str());
        let place = self.local.as_ref().and_then(|local| local.place(name, said));
        BuildError::Failed {
            image: build.name().to_owned(),
            said: said.trim().to_owned(),
            step: step.as_ref().map(|step| normal(&step.name)),
            lines: step.map(|step| step.lines).unwrap_or_default(),
            place: place.map(Box::new),
        }
    }
}

impl Local {
    fn read(build: &ImageBuild) -> Result<Self, BuildError> {
        let section = &build.build;
        let folder = build.directory.join(section.context.trim_start_matches("./"));
        if !folder.is_dir() {
            return Err(BuildError::ContextMissing {
                image: build.name().to_owned(),
                folder,
                place: Box::new(section.place.clone()),
            });
        }
        let mut besides = Vec::new();
        let (dockerfile, path, text) = match (&section.dockerfile_inline, &section.dockerfile) {
            (Some(inline), _) => (beside(inline, &mut besides), section.place.path.clone(), inline.clone()),
            (None, named) => {
                let path = folder.join(named.as_deref().unwrap_or(DOCKERFILE));
                let text = std::fs::read_to_string(&path).map_err(|error| BuildError::DockerfileMissing {
                    image: build.name().to_owned(),
                    path: path.clone(),
                    cause: error.to_string(),
                    place: Box::new(section.place.clone()),
                })?;
                match inside(&folder, &path) {
                    Some(name) => (name, path, text),
                    // It lies elsewhere, and goes into the context under another name.
                    None => (beside(&text, &mut besides), path, text),
                }
            }
        };
        // BuildKit's rule: an ignore file of the Dockerfile's own comes before that of the context.
        let own = format!("{path}.dockerignore");
        let ignore = std::fs::read_to_string(own).or_else(|_| std::fs::read_to_string(folder.join(IGNORE_FILE)));
        let ignore = ignore.map(|text| Ignore::parse(&text)).unwrap_or_default();
        let always = vec![dockerfile.clone(), IGNORE_FILE.to_owned()];
        let path = path.strip_prefix(&build.directory).map(Utf8Path::to_owned).unwrap_or(path);
        Ok(Self { context: Context { folder, ignore, always, besides }, dockerfile, path, text: text.into() })
    }

    /// Where the step stands that failed. Both builders tell its text, the classic one with the number of the instruction; for a
    /// mistake of the Dockerfile itself they tell the line.
    fn place(&self, step: &str, said: &str) -> Option<Place> {
        let instructions = instructions(&self.text);
        let named = step.split_once("] ").or_else(|| step.split_once(" : ")).map_or(step, |(_, text)| text);
        let named = normal(named);
        let number = step.strip_prefix("Step ").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        let by_number = number.and_then(|number| instructions.get(number.checked_sub(1)?));
        let found = by_number.or_else(|| instructions.iter().find(|instruction| instruction.text() == named));
        let line = found.map(|instruction| instruction.line).or_else(|| line_of(said))?;
        let start: usize = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let length = self.text[start..].lines().next().map_or(0, str::len);
        Some(Place::span(&self.path, &self.text, start..start + length, ""))
    }
}

/// The line that a message names: `dockerfile parse error line 3: …`, `dockerfile parse error on line 3: …`.
fn line_of(said: &str) -> Option<usize> {
    let (_, behind) = said.split_once("line ")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|line| *line > 0)
}

/// The labels of the section, and those by which compose knows its images.
fn labels(build: &ImageBuild) -> BTreeMap<&str, &str> {
    let mut labels: BTreeMap<&str, &str> =
        build.build.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    labels.insert("com.docker.compose.project", &build.project);
    labels.insert("com.docker.compose.service", build.services.first().map_or("", String::as_str));
    labels.insert("com.docker.compose.version", &build.compose_version);
    labels
}

/// The name of a file in a folder, with slashes; `None` where it is not in it.
fn inside(folder: &Utf8Path, path: &Utf8Path) -> Option<String> {
    let (folder, path) = (folder.canonicalize_utf8().ok()?, path.canonicalize_utf8().ok()?);
    Some(
        path.strip_prefix(folder).ok()?.components().map(|part| part.as_str().to_owned()).collect::<Vec<_>>().join("/"),
    )
}

/// Adds a Dockerfile to what is sent besides; gives its name, which no file has by chance.
fn beside(text: &str, besides: &mut Vec<(String, Vec<u8>)>) -> String {
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let name = format!(".dockerfile.{digest}");
    besides.push((name.clone(), text.as_bytes().to_vec()));
    name
}
