//! The proxies that the docker command line gives to containers and builds: `proxies` of its `config.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::endpoint::{Address, Machine};

/// Variables by name, in upper and in lower case: programs look for either.
pub(super) type Proxies = BTreeMap<String, String>;

/// What `config.json` says of proxies.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    /// By the address of an engine; `default` for all others.
    proxies: BTreeMap<String, Addresses>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Addresses {
    http_proxy: String,
    https_proxy: String,
    no_proxy: String,
    ftp_proxy: String,
    all_proxy: String,
}

/// The proxies for what runs on an engine. A file that cannot be read is told of by whoever looks for the engine in it.
pub(super) fn of(machine: &Machine, engine: &Address) -> Proxies {
    let text = machine.docker_folder().and_then(|folder| machine.read(&folder.join("config.json")).ok().flatten());
    let settings: Settings = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let own = settings.proxies.get(&engine.to_string());
    let Some(addresses) = own.or_else(|| settings.proxies.get("default")) else { return Proxies::new() };
    let pairs = [
        ("HTTP_PROXY", &addresses.http_proxy),
        ("HTTPS_PROXY", &addresses.https_proxy),
        ("NO_PROXY", &addresses.no_proxy),
        ("FTP_PROXY", &addresses.ftp_proxy),
        ("ALL_PROXY", &addresses.all_proxy),
    ];
    let named = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    named.flat_map(|(name, value)| [(name.to_owned(), value.clone()), (name.to_lowercase(), value.clone())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, engine: &Address) -> Vec<String> {
        let machine = Machine {
            variables: [("HOME".to_owned(), "/home/dana".to_owned())].into(),
            files: [("/home/dana/.docker/config.json".into(), text.to_owned())].into(),
        };
        of(&machine, engine).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn an_engine_may_have_proxies_of_its_own() {
        let text = r#"{"proxies": {
            "default": {"httpProxy": "http://p:1", "noProxy": "*.example"},
            "tcp://build.example:2375": {"allProxy": "socks5://q:2"}
        }}"#;
        let usual = ["HTTP_PROXY=http://p:1", "NO_PROXY=*.example", "http_proxy=http://p:1", "no_proxy=*.example"];
        assert_eq!(found(text, &Address::Unix("/var/run/docker.sock".into())), usual);
        let other = Address::Tcp { host: "build.example".to_owned(), port: 2375 };
        assert_eq!(found(text, &other), ["ALL_PROXY=socks5://q:2", "all_proxy=socks5://q:2"]);
    }

    #[test]
    fn without_a_word_about_them_there_are_none() {
        for text in ["", "{}", r#"{"proxies": {"tcp://other:1": {"httpProxy": "x"}}}"#, r#"{"proxies": 5}"#] {
            assert_eq!(found(text, &Address::Unix("/var/run/docker.sock".into())), [""; 0], "{text}");
        }
    }
}
