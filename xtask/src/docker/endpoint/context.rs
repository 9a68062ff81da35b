//! A context of the docker command line: an address under a name, with its TLS files beside it.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::error::EndpointError;
use super::{Machine, Tls};

/// What a context says of the engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) host: String,
    pub(super) tls: Option<Tls>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: std::collections::BTreeMap<String, WrittenEndpoint>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct WrittenEndpoint {
    host: String,
    #[serde(rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

impl Context {
    /// Reads the context of this name; `None` where there is none.
    pub(super) fn read(machine: &Machine, folder: &Utf8Path, name: &str) -> Result<Option<Self>, EndpointError> {
        let digest = Sha256::digest(name.as_bytes());
        let id: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join("contexts/meta").join(&id).join("meta.json");
        let invalid = |cause: String| EndpointError::ConfigInvalid { path: path.clone(), cause };
        let Some(text) = machine.read(&path).map_err(|error| invalid(error.to_string()))? else { return Ok(None) };
        let mut written: Written = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        let Some(endpoint) = written.endpoints.remove("docker") else {
            return Err(invalid("it names no engine (Endpoints.docker)".to_owned()));
        };
        let files = folder.join("contexts/tls").join(&id).join("docker");
        Ok(Some(Self { tls: tls(machine, &files, !endpoint.skip_tls_verify), host: endpoint.host }))
    }

    /// The names of all contexts, sorted; what cannot be read is left out.
    pub(super) fn names(machine: &Machine, folder: &Utf8Path) -> Vec<String> {
        let files = machine.each_below(&folder.join("contexts/meta"), "meta.json");
        let written = files.iter().filter_map(|path| machine.read(path).ok()?);
        let mut names: Vec<_> =
            written.filter_map(|text| Some(serde_json::from_str::<Written>(&text).ok()?.name)).collect();
        names.sort();
        names
    }
}

/// The TLS files of a context; without any the connection is plain, unless it says not to verify.
fn tls(machine: &Machine, folder: &Utf8Path, verifies: bool) -> Option<Tls> {
    let file = |name: &str| Some(folder.join(name)).filter(|path: &Utf8PathBuf| machine.has(path));
    let (ca, identity) = (file("ca.pem"), file("cert.pem").zip(file("key.pem")));
    (ca.is_some() || identity.is_some() || !verifies).then_some(Tls { ca, identity, verifies })
}
