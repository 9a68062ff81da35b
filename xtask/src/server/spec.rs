//! What the server is meant to be.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use camino::Utf8PathBuf;

/// What the caller asks for, in the terms of the `postgres` image on Docker Hub, so that one Compose file describes
/// both a container and this server.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// The directory for everything that the tool keeps: `<project>/.xtask`, absolute.
    pub state_dir: Utf8PathBuf,
    /// The directory for the cluster and its log, absolute: `<project>/.xtask/postgres`. Nothing else may be in it.
    pub cluster_dir: Utf8PathBuf,
    /// `POSTGRES_USER`: the superuser that is made with the cluster.
    pub user: String,
    /// `POSTGRES_PASSWORD`: its password; must not be empty.
    pub password: String,
    /// `POSTGRES_DB`: the database that is made with the cluster.
    pub database: String,
    /// The address to listen on, as a published port has it: 127.0.0.1 unless the file says otherwise.
    pub host: IpAddr,
    /// The TCP port on this machine.
    pub port: u16,
    /// The variable in `.env` that sets the port, for the advice where it is taken.
    pub port_variable: Option<String>,
    /// The scripts of `/docker-entrypoint-initdb.d`, in the order in which they run: `.sql`, `.sql.gz`, `.sql.xz`,
    /// `.sql.zst` and `.sh`; other files are passed over, as the image does.
    pub init_scripts: Vec<Utf8PathBuf>,
    /// The service's other environment variables, which init scripts may read.
    pub environment: BTreeMap<String, String>,
    /// The major version that the image's tag names. Advice, not a condition: another one is used with a notice.
    pub wanted_major: Option<u32>,
    /// `POSTGRES_INITDB_ARGS`, split into words.
    pub initdb_args: Vec<String>,
    /// The settings of `command: postgres -c name=value …`, in order.
    pub settings: Vec<(String, String)>,
    /// The directory of the server's binaries, where the team names one; nothing is searched then.
    pub bin_dir: Option<Utf8PathBuf>,
}

impl ServerSpec {
    /// A server as the image makes it when only a password is given, on its usual port.
    pub fn new(state_dir: impl Into<Utf8PathBuf>, password: impl Into<String>) -> Self {
        let state_dir = state_dir.into();
        Self {
            cluster_dir: state_dir.join("postgres"),
            state_dir,
            user: "postgres".to_owned(),
            password: password.into(),
            database: "postgres".to_owned(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 5432,
            port_variable: None,
            init_scripts: Vec::new(),
            environment: BTreeMap::new(),
            wanted_major: None,
            initdb_args: Vec::new(),
            settings: Vec::new(),
            bin_dir: None,
        }
    }

    /// The address at which this machine reaches the server.
    pub(super) fn address(&self) -> SocketAddr {
        let host = match self.host {
            IpAddr::V4(host) if host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(host) if host.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            host => host,
        };
        SocketAddr::new(host, self.port)
    }
}

impl fmt::Debug for ServerSpec {
    /// Everything but the secrets: the environment of a service often holds more of them than the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSpec")
            .field("state_dir", &self.state_dir)
            .field("cluster_dir", &self.cluster_dir)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("init_scripts", &self.init_scripts)
            .field("wanted_major", &self.wanted_major)
            .field("initdb_args", &self.initdb_args)
            .field("settings", &self.settings)
            .field("bin_dir", &self.bin_dir)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_for_all_addresses_is_reached_on_the_loopback() {
        let spec = ServerSpec { host: "0.0.0.0".parse().expect("an address"), ..ServerSpec::new("/p/.xtask", "x") };
        assert_eq!(spec.address().to_string(), "127.0.0.1:5432");
    }

    #[test]
    fn debugging_output_holds_no_secret() {
        let mut spec = ServerSpec::new("/p/.xtask", "s3cret");
        spec.environment.insert("API_KEY".into(), "s3cret".into());
        assert!(!format!("{spec:?}").contains("s3cret"));
    }
}
