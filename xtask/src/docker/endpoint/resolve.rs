//! From variables and files to the endpoint, in the order of the docker command line.

use camino::Utf8PathBuf;
use serde::Deserialize;

use super::context::Context;
use super::error::EndpointError;
use super::{Address, Endpoint, Machine, Origin, Tls};

/// The name of the context that is none: `DOCKER_HOST`, or the usual address.
const DEFAULT_CONTEXT: &str = "default";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Chosen {
    current_context: String,
}

/// Decides which engine is meant.
pub(super) fn resolve(host: Option<&str>, machine: &Machine) -> Result<Endpoint, EndpointError> {
    let option = host.map(str::trim).filter(|host| !host.is_empty()).map(|host| (host, Origin::Option));
    let named = option.or_else(|| Some((machine.variable("DOCKER_HOST")?.trim(), Origin::Host)));
    if let Some((host, origin)) = named {
        return endpoint(host, tls_of_variables(machine), origin);
    }
    match chosen_context(machine)? {
        Some((name, chosen_by)) if name != DEFAULT_CONTEXT => of_context(machine, name, chosen_by),
        _ => Ok(Endpoint { address: Address::usual(), tls: None, origin: Origin::Default, ssh_name: None }),
    }
}

/// The context that is chosen, and by whom.
fn chosen_context(machine: &Machine) -> Result<Option<(String, String)>, EndpointError> {
    if let Some(name) = machine.variable("DOCKER_CONTEXT") {
        return Ok(Some((name.to_owned(), "DOCKER_CONTEXT".to_owned())));
    }
    let Some(path) = machine.docker_folder().map(|folder| folder.join("config.json")) else { return Ok(None) };
    let invalid = |cause: String| EndpointError::ConfigInvalid { path: path.clone(), cause };
    let Some(text) = machine.read(&path).map_err(|error| invalid(error.to_string()))? else { return Ok(None) };
    let chosen: Chosen = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    let is_chosen = !chosen.current_context.is_empty();
    Ok(is_chosen.then(|| (chosen.current_context, format!("currentContext of {path}"))))
}

fn of_context(machine: &Machine, name: String, chosen_by: String) -> Result<Endpoint, EndpointError> {
    let folder = machine.docker_folder().unwrap_or_default();
    match Context::read(machine, &folder, &name)? {
        Some(context) => endpoint(&context.host, context.tls, Origin::Context { name, chosen_by }),
        None => {
            let known = Context::names(machine, &folder);
            Err(EndpointError::ContextMissing { name, chosen_by, known })
        }
    }
}

fn endpoint(host: &str, tls: Option<Tls>, origin: Origin) -> Result<Endpoint, EndpointError> {
    let address = Address::parse(host, tls.is_some()).map_err(|why| EndpointError::AddressInvalid {
        address: crate::secret::mask_urls(host),
        why,
        origin: origin.clone(),
    })?;
    let tls = tls.filter(|_| matches!(address, Address::Tcp { .. }));
    Ok(Endpoint { address, tls, origin, ssh_name: None })
}

/// `DOCKER_TLS_VERIFY` and `DOCKER_TLS`, with the files in `DOCKER_CERT_PATH`. A certificate of our own is used where it
/// lies there; the authority's has to.
fn tls_of_variables(machine: &Machine) -> Option<Tls> {
    let verifies = machine.variable("DOCKER_TLS_VERIFY").is_some();
    if !verifies && machine.variable("DOCKER_TLS").is_none() {
        return None;
    }
    let folder = machine.variable("DOCKER_CERT_PATH").map(Utf8PathBuf::from).or_else(|| machine.docker_folder())?;
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let identity = (machine.has(&cert) && machine.has(&key)).then_some((cert, key));
    Some(Tls { ca: Some(folder.join("ca.pem")), identity, verifies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnose as _;

    /// The id of a context is the digest of its name: this is `printf colima | sha256sum`.
    const COLIMA: &str = "f24fd3749c1368328e2b149bec149cb6795619f244c5b584e844961215dadd16";

    fn machine(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Machine {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let mut variables = own(variables);
        variables.push(("HOME".to_owned(), "/home/me".to_owned()));
        let mut files: std::collections::BTreeMap<_, _> =
            own(files).into_iter().map(|(path, text)| (Utf8PathBuf::from(path), text)).collect();
        files.insert("/etc/hosts".into(), String::new());
        Machine { variables: variables.into_iter().collect(), files }
    }

    fn found(host: Option<&str>, machine: &Machine) -> String {
        match resolve(host, machine) {
            Ok(endpoint) => format!("{} from {}", endpoint.address, endpoint.origin),
            Err(error) => error.to_string(),
        }
    }

    fn meta(host: &str) -> String {
        format!(
            r#"{{"Name":"colima","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
        )
    }

    #[test]
    fn the_order_is_that_of_the_docker_command_line() {
        let path = format!("/home/me/.docker/contexts/meta/{COLIMA}/meta.json");
        let meta = meta("unix:///c.sock");
        let files = [
            ("/home/me/.docker/config.json", r#"{"auths":{},"currentContext":"colima"}"#),
            (path.as_str(), meta.as_str()),
        ];
        let all = [("DOCKER_HOST", "tcp://h:1"), ("DOCKER_CONTEXT", "colima")];
        assert_eq!(found(Some("unix:///x"), &machine(&all, &files)), "unix:///x from --host");
        assert_eq!(found(None, &machine(&all, &files)), "tcp://h:1 from DOCKER_HOST");
        assert_eq!(
            found(None, &machine(&all[1..], &files)),
            "unix:///c.sock from the context colima, chosen by DOCKER_CONTEXT"
        );
        assert_eq!(
            found(None, &machine(&[], &files)),
            "unix:///c.sock from the context colima, chosen by currentContext of /home/me/.docker/config.json"
        );
        let usual = format!("{} from the default of this system", Address::usual());
        assert_eq!(found(None, &machine(&[("DOCKER_CONTEXT", "default")], &files)), usual);
        assert_eq!(found(Some(" "), &machine(&[("DOCKER_HOST", "")], &[])), usual);
    }

    #[test]
    fn the_folder_of_the_command_line_may_be_elsewhere() {
        let path = format!("/etc/d/contexts/meta/{COLIMA}/meta.json");
        let files = [(path.as_str(), &*meta("ssh://me@h")), ("/etc/d/config.json", r#"{"currentContext":"colima"}"#)];
        assert!(
            found(None, &machine(&[("DOCKER_CONFIG", "/etc/d")], &files)).starts_with("ssh://me@h from the context")
        );
    }

    #[test]
    fn a_context_brings_its_certificates() {
        let path = format!("/home/me/.docker/contexts/meta/{COLIMA}/meta.json");
        let ca = format!("/home/me/.docker/contexts/tls/{COLIMA}/docker/ca.pem");
        let files = [(path.as_str(), &*meta("tcp://h")), (ca.as_str(), "")];
        let endpoint = resolve(None, &machine(&[("DOCKER_CONTEXT", "colima")], &files)).expect("an endpoint");
        assert_eq!(endpoint.address.to_string(), "tcp://h:2376");
        assert_eq!(endpoint.tls, Some(Tls { ca: Some(ca.clone().into()), identity: None, verifies: true }));
        assert_eq!(endpoint.published_host(), Some("h"));
    }

    #[test]
    fn tls_is_taken_from_the_variables_for_a_named_host() {
        let variables = [("DOCKER_HOST", "tcp://127.0.0.1"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/c")];
        let files = [("/c/ca.pem", ""), ("/c/cert.pem", ""), ("/c/key.pem", "")];
        let endpoint = resolve(None, &machine(&variables, &files)).expect("an endpoint");
        let identity = Some(("/c/cert.pem".into(), "/c/key.pem".into()));
        assert_eq!(endpoint.tls, Some(Tls { ca: Some("/c/ca.pem".into()), identity, verifies: true }));
        assert_eq!((endpoint.address.to_string().as_str(), endpoint.published_host()), ("tcp://127.0.0.1:2376", None));
        let socket = resolve(Some("unix:///x"), &machine(&variables, &files)).expect("an endpoint");
        assert_eq!(socket.tls, None);
    }

    #[test]
    fn what_is_wrong_is_told_with_who_said_it() {
        let path = format!("/home/me/.docker/contexts/meta/{COLIMA}/meta.json");
        let known = machine(&[("DOCKER_CONTEXT", "nope")], &[(path.as_str(), &*meta("tcp://h"))]);
        let error = resolve(None, &known).expect_err("there is none").diagnose();
        assert_eq!(error.title, "There is no Docker context nope");
        assert_eq!(error.evidence, ["it is named by DOCKER_CONTEXT", "there are: default, colima"]);
        let broken = machine(&[], &[("/home/me/.docker/config.json", "{")]);
        assert_eq!(found(None, &broken), "/home/me/.docker/config.json cannot be read");
        let error = resolve(None, &machine(&[("DOCKER_HOST", "http://me:secret@h")], &[])).expect_err("no address");
        assert!(!format!("{:?}", error.diagnose()).contains("secret"), "{error:?}");
    }
}
