//! Why an image cannot be pulled, told apart by what the registry or the engine said.

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::docker::credentials::Found;
use crate::stack::image::Image;

use super::Pull;

const NOT_FOUND: Code = Code::new("image-not-found");
const DENIED: Code = Code::new("image-access-denied");
const UNREACHABLE: Code = Code::new("registry-unreachable");
const LIMIT: Code = Code::new("registry-rate-limit");
const CUT: Code = Code::new("image-download-cut");
const DISK_FULL: Code = Code::new("engine-disk-full");
const PLATFORM: Code = Code::new("image-platform-missing");
const REFERENCE: Code = Code::new("image-reference-invalid");
const OTHER: Code = Code::new("image-pull-failed");

/// An image that cannot be pulled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the image {image} cannot be pulled: {}", failure.in_words())]
pub struct PullError {
    /// Its reference.
    pub image: String,
    /// The platform that was asked for.
    pub platform: Option<String>,
    /// What went wrong.
    pub failure: PullFailure,
    /// The words of the registry or the engine.
    pub said: String,
    /// With which credentials the registry was asked: a sentence without a secret in it.
    pub asked: String,
    /// Whether there were any.
    pub has_credentials: bool,
}

/// What went wrong with a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullFailure {
    /// The registry has no such image, or no such tag.
    NotFound,
    /// The registry does not give it to whoever asks.
    Denied,
    /// The registry cannot be reached.
    Unreachable,
    /// The registry has given too much of late.
    RateLimit,
    /// The download broke off.
    Cut,
    /// The engine's disk is full.
    DiskFull,
    /// There is none for this platform.
    Platform,
    /// It is no reference of an image.
    Reference,
    /// Something else.
    Other,
}

/// What is looked for in a message, first things first: a line about a full disk may also say that something was denied.
const SIGNS: &[(PullFailure, &[&str])] = &[
    (PullFailure::DiskFull, &["no space left on device", "disk quota exceeded"]),
    (PullFailure::Reference, &["invalid reference format", "invalid tag format", "repository name must be lowercase"]),
    (
        PullFailure::Platform,
        &[
            "no matching manifest for",
            "no match for platform",
            "does not match the specified platform",
            "does not provide the specified platform",
        ],
    ),
    (PullFailure::RateLimit, &["toomanyrequests", "too many requests", "rate limit"]),
    (
        PullFailure::Denied,
        &[
            "pull access denied",
            "unauthorized",
            "no basic auth credentials",
            "denied",
            "authentication required",
            "forbidden",
        ],
    ),
    (
        PullFailure::Unreachable,
        &[
            "no such host",
            "connection refused",
            "network is unreachable",
            "no route to host",
            "i/o timeout",
            "handshake timeout",
            "client.timeout exceeded",
            "context deadline exceeded",
            "server misbehaving",
            "temporary failure in name resolution",
            "x509:",
            "proxyconnect",
            "server gave http response to https client",
            "dial tcp",
        ],
    ),
    (PullFailure::Cut, &["unexpected eof", "connection reset", "broken pipe", "failed to copy", ": eof"]),
    (PullFailure::NotFound, &["manifest unknown", "not found", "name unknown", "does not exist"]),
];

impl PullFailure {
    fn of(said: &str) -> Self {
        let said = said.to_lowercase();
        let said = said.trim();
        if said == "eof" {
            return Self::Cut;
        }
        let sign = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| said.contains(sign)));
        sign.map_or(Self::Other, |(failure, _)| *failure)
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::NotFound => "the registry does not have it",
            Self::Denied => "the registry does not give it to whoever asks",
            Self::Unreachable => "the registry cannot be reached",
            Self::RateLimit => "the registry gives no more for now",
            Self::Cut => "the download broke off",
            Self::DiskFull => "the engine's disk is full",
            Self::Platform => "there is none for this platform",
            Self::Reference => "that is no reference of an image",
            Self::Other => "the engine failed",
        }
    }

    const fn code(self) -> Code {
        match self {
            Self::NotFound => NOT_FOUND,
            Self::Denied => DENIED,
            Self::Unreachable => UNREACHABLE,
            Self::RateLimit => LIMIT,
            Self::Cut => CUT,
            Self::DiskFull => DISK_FULL,
            Self::Platform => PLATFORM,
            Self::Reference => REFERENCE,
            Self::Other => OTHER,
        }
    }
}

impl PullError {
    pub(super) fn new(pull: &Pull, found: &Found, said: &str) -> Self {
        Self {
            image: pull.image.clone(),
            platform: pull.platform.clone(),
            failure: PullFailure::of(said),
            said: said.trim().to_owned(),
            asked: found.in_words(),
            has_credentials: found.header().is_some(),
        }
    }

    fn denied(&self, found: Diagnostic, registry: &str) -> Diagnostic {
        let login = match registry {
            "docker.io" => "docker login".to_owned(),
            registry => format!("docker login {registry}"),
        };
        // The public registry says the same of what does not exist and of what is private.
        let found = match self.said.contains("does not exist") {
            true => found.because("the registry does not tell whether there is no such image, or a private one"),
            false => found,
        };
        match self.has_credentials {
            true => found
                .advise("Check the name for a slip, and ask for access for the account that is logged in")
                .try_command("Or log in with another one", login),
            false => found.try_command("Log in, if it is private", login).advise("Else check the name for a slip"),
        }
    }
}

impl Diagnose for PullError {
    fn diagnose(&self) -> Diagnostic {
        let image = Image::parse(&self.image);
        let registry = image.registry();
        let exit = match self.failure {
            PullFailure::Reference => Exit::Usage,
            PullFailure::Other | PullFailure::Cut => Exit::Failed,
            _ => Exit::Prerequisite,
        };
        let title = super::super::error::capital(&self.to_string());
        let found = Diagnostic::error(self.failure.code(), exit, title).because(self.said.clone());
        let by_hand = format!("docker pull {}", self.image);
        match self.failure {
            PullFailure::NotFound => found
                .because(format!(
                    "{registry} was asked for {}, tag {}",
                    image.path_in_registry(),
                    image.tag_or_digest()
                ))
                .advise("Check name and tag for a slip: the registry's web page lists what there is"),
            PullFailure::Denied => self.denied(found.because(self.asked.clone()), registry),
            PullFailure::Unreachable => found
                .because(format!("the engine, not this tool, speaks with {registry}: its network and its proxy count"))
                .advise("See whether the engine's machine is online; behind a proxy, name it to the engine")
                .try_command("Look what the engine knows of proxies and mirrors", "docker info"),
            PullFailure::RateLimit => found
                .because(self.asked.clone())
                .try_command("Log in, which raises the limit", "docker login")
                .advise("Or wait; what has been fetched is kept"),
            PullFailure::Cut => found
                .because("layers that had arrived whole are kept")
                .try_command("Run the command again: only the rest is fetched", "cargo xtask pull"),
            PullFailure::DiskFull => found
                .try_command("See what takes the room", "docker system df")
                .try_command("Remove images that no container uses", "docker image prune --all"),
            PullFailure::Platform => found
                .because(match &self.platform {
                    Some(platform) => format!("`platform: {platform}` of the service asks for it"),
                    None => "the engine asked for the platform of its own machine".to_owned(),
                })
                .advise(
                    "Choose a tag that is made for it, or set `platform: linux/amd64` where the engine can emulate it",
                ),
            PullFailure::Reference => {
                found.advise("Write [REGISTRY/]NAME[:TAG]; the name in lower case, without blanks")
            }
            PullFailure::Other => found.try_command("Try it by hand", by_hand),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_engines_and_registries_are_told_apart() {
        use PullFailure as F;
        let cases = [
            ("manifest for postgres:99 not found: manifest unknown: manifest unknown", F::NotFound),
            ("manifest for 127.0.0.1:5000/x:1 not found: manifest unknown: manifest unknown", F::NotFound),
            (
                "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested \
                 access to the resource is denied",
                F::Denied,
            ),
            ("Head \"http://127.0.0.1:5001/v2/x/manifests/1\": no basic auth credentials", F::Denied),
            ("Get \"https://ghcr.io/v2/\": unauthorized: authentication required", F::Denied),
            (
                "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
                F::Unreachable,
            ),
            ("Get \"https://r.example/v2/\": dial tcp 10.0.0.1:443: connect: connection refused", F::Unreachable),
            ("Get \"https://r/v2/\": x509: certificate signed by unknown authority", F::Unreachable),
            ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", F::Unreachable),
            ("unexpected EOF", F::Cut),
            ("read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer", F::Cut),
            ("EOF", F::Cut),
            ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", F::DiskFull),
            ("no matching manifest for linux/arm64/v8 in the manifest list entries", F::Platform),
            ("toomanyrequests: You have reached your pull rate limit.", F::RateLimit),
            ("invalid reference format: repository name must be lowercase", F::Reference),
            ("something new", F::Other),
        ];
        for (said, failure) in cases {
            assert_eq!(PullFailure::of(said), failure, "{said}");
        }
    }
}
