//! Credentials for registries, where the docker command line keeps them.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine as _;
use serde::Deserialize;

use super::endpoint::{EndpointError, Machine};
use crate::secret::Secret;
use crate::tools;

/// Under which name the public registry is kept, for historical reasons.
const PUBLIC: &str = "https://index.docker.io/v1/";

/// The user name by which a helper tells that its secret is an identity token.
const TOKEN: &str = "<token>";

/// What `config.json` says of registries.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Credentials {
    auths: BTreeMap<String, Stored>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

/// One entry of `auths`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Stored {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// What was found for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: it is asked as anybody.
    Nothing,
    /// Credentials.
    Known {
        /// The JSON that the engine takes.
        json: Secret,
        /// Whose they are, and where they come from.
        whose: String,
    },
    /// A helper should know them, and did not get to tell.
    Failed {
        /// Its name, and why.
        why: String,
    },
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Stored(***)")
    }
}

impl Found {
    /// What goes to the engine.
    pub(super) fn header(&self) -> Option<&Secret> {
        if let Self::Known { json, .. } = self { Some(json) } else { None }
    }

    /// How the registry was asked.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Nothing => "no credentials are stored for this registry".to_owned(),
            Self::Known { whose, .. } => format!("the registry was asked with {whose}"),
            Self::Failed { why } => format!("the registry was asked without credentials: {why}"),
        }
    }
}

impl Credentials {
    /// Reads `config.json`; without one there are none.
    ///
    /// # Errors
    /// The file cannot be understood.
    pub fn load() -> Result<Self, EndpointError> {
        Self::read(&Machine::this())
    }

    fn read(machine: &Machine) -> Result<Self, EndpointError> {
        let Some(path) = machine.docker_folder().map(|folder| folder.join("config.json")) else {
            return Ok(Self::default());
        };
        let invalid = |cause: String| EndpointError::ConfigInvalid { path: path.clone(), cause };
        match machine.read(&path).map_err(|error| invalid(error.to_string()))? {
            Some(text) => Self::parse(&text).map_err(invalid),
            None => Ok(Self::default()),
        }
    }

    /// Reads the text of a `config.json`.
    ///
    /// # Errors
    /// It is no JSON, or of another shape.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Looks the credentials for a registry up, in the order of the docker command line: its own helper, the helper for all,
    /// the file.
    pub(super) async fn of(&self, registry: &str) -> Found {
        let key = key(registry);
        let helper =
            self.cred_helpers.get(key).or_else(|| self.cred_helpers.get(registry)).unwrap_or(&self.creds_store);
        if helper.is_empty() {
            return self.in_file(key);
        }
        let (helper, key) = (helper.clone(), key.to_owned());
        // A helper may unlock a keychain, which takes as long as a person does.
        let asked = tokio::task::spawn_blocking(move || ask(&helper, &key)).await;
        asked.unwrap_or_else(|error| Found::Failed { why: error.to_string() })
    }

    fn in_file(&self, key: &str) -> Found {
        let entry = self.auths.get(key).or_else(|| {
            let mut others = self.auths.iter();
            others.find(|(name, _)| host_of(name) == key).map(|(_, entry)| entry)
        });
        entry.map_or(Found::Nothing, |entry| entry.found(key))
    }
}

impl Stored {
    fn found(&self, key: &str) -> Found {
        let decoded = base64::engine::general_purpose::STANDARD.decode(&self.auth).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).trim_end_matches('\0').to_owned();
        let (username, password) = decoded.split_once(':').unwrap_or((&self.username, &self.password));
        let whose = "the credentials of config.json";
        if !self.identitytoken.is_empty() {
            return known(&[("identitytoken", &self.identitytoken), ("serveraddress", key)], whose.to_owned());
        }
        if !self.registrytoken.is_empty() {
            return known(&[("registrytoken", &self.registrytoken), ("serveraddress", key)], whose.to_owned());
        }
        // An entry without any is what remains where a helper keeps them.
        if username.is_empty() {
            return Found::Nothing;
        }
        let pairs = [("username", username), ("password", password), ("serveraddress", key)];
        known(&pairs, format!("{whose}, as {username}"))
    }
}

fn known(pairs: &[(&str, &str)], whose: String) -> Found {
    let json: BTreeMap<_, _> = pairs.iter().copied().collect();
    Found::Known { json: Secret::new(serde_json::json!(json).to_string()), whose }
}

/// What a helper answers to `get`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper: a program that is given the registry on its standard input and writes JSON.
fn ask(helper: &str, key: &str) -> Found {
    let program = format!("docker-credential-{helper}");
    let failed = |why: &str| Found::Failed { why: format!("{program}: {why}") };
    let Some(path) = tools::find(&program) else {
        return failed("config.json names this helper, and it is not installed");
    };
    let finished = match tools::run_with_input(Command::new(path).arg("get"), key.as_bytes()) {
        Ok(finished) => finished,
        Err(error) => return failed(&error.to_string()),
    };
    if !finished.success() {
        // This is how helpers say that they know none.
        let is_unknown = finished.stdout.contains("credentials not found");
        return if is_unknown { Found::Nothing } else { failed(finished.complaint()) };
    }
    match serde_json::from_str::<Answer>(&finished.stdout) {
        // What it wrote may hold the secret, so it is not shown.
        Err(_) => failed("what it answers cannot be understood"),
        Ok(answer) if answer.username == TOKEN => {
            known(&[("identitytoken", &answer.secret), ("serveraddress", key)], format!("the token of {program}"))
        }
        Ok(answer) => known(
            &[("username", &answer.username), ("password", &answer.secret), ("serveraddress", key)],
            format!("the credentials of {program}, as {}", answer.username),
        ),
    }
}

/// Under which name a registry is kept.
fn key(registry: &str) -> &str {
    if registry == "docker.io" { PUBLIC } else { registry }
}

/// The host of an entry that may be written as an address: `https://ghcr.io/v2/`.
fn host_of(key: &str) -> &str {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    bare.split('/').next().unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(config: &str) -> Credentials {
        let machine = Machine {
            variables: [("DOCKER_CONFIG".to_owned(), "/d".to_owned())].into(),
            files: [("/d/config.json".into(), config.to_owned())].into(),
        };
        Credentials::read(&machine).expect("a configuration")
    }

    fn json(found: &Found) -> String {
        found.header().map(|secret| secret.expose().to_owned()).unwrap_or_default()
    }

    #[test]
    fn the_file_holds_names_with_passwords_and_tokens() {
        // `me:pa:ss`
        let config = credentials(
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cGE6c3M="},"https://ghcr.io/v2/":{"username":"u","password":"p"},
               "t.example":{"identitytoken":"tok"},"helped.example":{}}}"#,
        );
        let hub = config.in_file(key("docker.io"));
        assert_eq!(json(&hub), r#"{"password":"pa:ss","serveraddress":"https://index.docker.io/v1/","username":"me"}"#);
        assert_eq!(hub.in_words(), "the registry was asked with the credentials of config.json, as me");
        assert_eq!(json(&config.in_file("ghcr.io")), r#"{"password":"p","serveraddress":"ghcr.io","username":"u"}"#);
        assert_eq!(json(&config.in_file("t.example")), r#"{"identitytoken":"tok","serveraddress":"t.example"}"#);
        assert_eq!(config.in_file("helped.example"), Found::Nothing);
        assert_eq!(config.in_file("other.example"), Found::Nothing);
        assert!(!format!("{config:?} {hub:?}").contains("pa:ss"));
    }

    #[test]
    fn a_helper_that_is_not_there_is_named() {
        let config = credentials(r#"{"credHelpers":{"r.example":"nope-nope"}}"#);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let found = runtime.block_on(config.of("r.example"));
        assert!(found.in_words().contains("docker-credential-nope-nope: config.json names this helper"), "{found:?}");
        assert_eq!(runtime.block_on(config.of("other.example")), Found::Nothing);
    }
}
