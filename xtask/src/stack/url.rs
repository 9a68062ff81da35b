//! URLs of PostgreSQL databases, as libpq writes them and as SQLAlchemy does.
//!
//! An own reader, because the crate `url` refuses what both of them take: credentials without a host
//! (`postgresql://user:password@/db?host=/run/postgresql`) and a password with a `#` or `/` that is not encoded.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::url_error::UrlError;
use super::url_parameters::Parameters;
use crate::secret::{MASK, Secret, is_secret_name};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// In the values of parameters a slash and a comma may stay, which keeps paths readable.
const RESERVED_IN_VALUES: &AsciiSet = &RESERVED.remove(b'/').remove(b',');

/// The port on which PostgreSQL listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 5432;

/// Where a database is and who connects to it. What is missing is left to the defaults of the connecting side.
///
/// Its `Display` is a URL with the password masked; [`DatabaseUrl::to_connection_string`] has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// The role.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// A host name, an IP address without brackets, or the folder of a Unix socket (it begins with `/`).
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The database.
    pub database: Option<String>,
    /// Parameters that libpq knows, by its names, in their order: `sslmode`, `application_name`, `options` …
    pub parameters: Vec<(String, String)>,
    /// Names of parameters that were left out because they speak to a driver of Python alone.
    pub ignored: Vec<String>,
}

impl DatabaseUrl {
    /// Reads a URL of scheme `postgres` or `postgresql`, with or without the driver of SQLAlchemy
    /// (`postgresql+psycopg2`).
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::no_url(text))?;
        let has_driver = check_scheme(scheme, text)?;
        let parts = Parts::split(rest);

        let mut url = Self::default();
        if let Some(credentials) = parts.credentials {
            let (user, password) = credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
            url.user = non_empty(decode(user, text)?);
            url.password = password.map(|password| decode(password, text)).transpose()?.map(Secret::new);
        }
        url.set_address(parts.address, text)?;
        url.database = non_empty(decode(parts.database, text)?);
        Parameters::read(parts.query, has_driver, text)?.apply(&mut url, text)?;
        Ok(url)
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The URL in full, password included: for libpq, psql and drivers, never for a screen.
    pub fn to_connection_string(&self) -> String {
        self.write(&|secret| encode(secret))
    }

    /// The URL with the password masked; the same as `Display`.
    pub fn masked(&self) -> String {
        self.write(&|_| MASK.to_owned())
    }

    /// Whether the database is on this machine: reached over a Unix socket or a loopback address, or on a host
    /// that `local_hosts` names. A URL without a host means a socket or this machine, to libpq as well.
    pub fn is_local(&self, local_hosts: &[String]) -> bool {
        let Some(host) = self.parameter("hostaddr").or(self.host.as_deref()) else { return true };
        host.starts_with(['/', '@']) || is_loopback(host) || local_hosts.iter().any(|name| same_host(name, host))
    }

    /// Sets host and port from `host`, `host:port`, `[address]:port` or nothing.
    pub(super) fn set_address(&mut self, address: &str, text: &str) -> Result<(), UrlError> {
        if address.contains(',') {
            return Err(UrlError::several_hosts(text));
        }
        let (host, port) = split_address(address).ok_or_else(|| UrlError::bare_ipv6(text, address))?;
        if !host.is_empty() {
            self.host = Some(decode(host, text)?);
        }
        if !port.is_empty() {
            self.set_port(port, text)?;
        }
        Ok(())
    }

    /// Sets the port from its text.
    pub(super) fn set_port(&mut self, port: &str, text: &str) -> Result<(), UrlError> {
        if port.contains(',') {
            return Err(UrlError::several_hosts(text));
        }
        let number = port.parse().ok().filter(|&number: &u16| number > 0);
        self.port = Some(number.ok_or_else(|| UrlError::bad_port(text, port))?);
        Ok(())
    }

    fn write(&self, secret: &dyn Fn(&str) -> String) -> String {
        let mut url = "postgresql://".to_owned();
        if self.user.is_some() || self.password.is_some() {
            url.push_str(&encode(self.user.as_deref().unwrap_or_default()));
            if let Some(password) = &self.password {
                url.push(':');
                url.push_str(&secret(password.expose()));
            }
            url.push('@');
        }
        if let Some(host) = &self.host {
            let is_ipv6 = host.contains(':') && !host.starts_with('/');
            url.push_str(&if is_ipv6 { format!("[{host}]") } else { encode(host) });
        }
        if let Some(port) = self.port {
            url.push_str(&format!(":{port}"));
        }
        if let Some(database) = &self.database {
            url.push('/');
            url.push_str(&encode(database));
        }
        for (position, (name, value)) in self.parameters.iter().enumerate() {
            url.push(if position == 0 { '?' } else { '&' });
            url.push_str(&encode(name));
            url.push('=');
            url.push_str(&match is_secret_name(name) {
                true => secret(value),
                false => utf8_percent_encode(value, RESERVED_IN_VALUES).to_string(),
            });
        }
        url
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

/// The pieces of what follows `://`, still encoded.
struct Parts<'t> {
    credentials: Option<&'t str>,
    address: &'t str,
    database: &'t str,
    query: &'t str,
}

impl<'t> Parts<'t> {
    fn split(rest: &'t str) -> Self {
        let (credentials, rest) = match credentials_end(rest) {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (address, database) = path.split_once('/').unwrap_or((path, ""));
        Self { credentials, address, database, query }
    }
}

/// Where the `@` stands that ends user and password.
fn credentials_end(rest: &str) -> Option<usize> {
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    // A password with a slash or question mark that is not encoded, which SQLAlchemy takes; not a port.
    let (_, behind_colon) = authority.split_once(':').filter(|_| !authority.starts_with('['))?;
    let is_port = behind_colon.bytes().all(|byte| byte.is_ascii_digit());
    if is_port { None } else { rest.find('@') }
}

/// Whether the scheme names a driver.
fn check_scheme(scheme: &str, text: &str) -> Result<bool, UrlError> {
    let lower = scheme.to_lowercase();
    let (dialect, driver) = lower.split_once('+').map_or((lower.as_str(), None), |(d, driver)| (d, Some(driver)));
    if matches!(dialect, "postgres" | "postgresql") {
        return Ok(driver.is_some());
    }
    Err(UrlError::scheme(text, scheme))
}

/// Host and port; `None` for an IPv6 address without brackets.
fn split_address(address: &str) -> Option<(&str, &str)> {
    if let Some(bracketed) = address.strip_prefix('[') {
        let (host, behind) = bracketed.split_once(']')?;
        return Some((host, behind.strip_prefix(':').unwrap_or(behind)));
    }
    let (host, port) = address.split_once(':').unwrap_or((address, ""));
    (!port.contains(':')).then_some((host, port))
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    // The unspecified address leads to this machine as well.
    name.parse::<IpAddr>().map(|address| address.to_canonical()).is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

fn same_host(name: &str, host: &str) -> bool {
    name.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'))
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Resolves percent signs; one that is followed by no two hexadecimal digits stays, as SQLAlchemy has it.
pub(super) fn decode(text: &str, url: &str) -> Result<String, UrlError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| UrlError::not_utf8(url))?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn all_parts_are_read() {
        let url = parse(" postgresql+psycopg2://us%40er:p%2Fa:s@Db.example:5433/my%20db?sslmode=require ");
        assert_eq!(url.user.as_deref(), Some("us@er"));
        assert_eq!(url.password, Some(Secret::new("p/a:s")));
        assert_eq!((url.host.as_deref(), url.port), (Some("Db.example"), Some(5433)));
        assert_eq!(url.database.as_deref(), Some("my db"));
        assert_eq!(url.parameter("sslmode"), Some("require"));
    }

    #[test]
    fn every_part_may_be_missing() {
        assert_eq!(parse("postgres://"), DatabaseUrl::default());
        assert_eq!(parse("postgres:///app").database.as_deref(), Some("app"));
        assert_eq!(parse("postgres://:5433").port, Some(5433));
        assert_eq!(parse("postgres://me@").user.as_deref(), Some("me"));
        assert_eq!(parse("postgres://me:@h").password, Some(Secret::new("")));
    }

    #[test]
    fn sockets_are_hosts() {
        for text in [
            "postgresql://me:pw@/app?host=/run/postgresql",
            "postgresql://me:pw@%2Frun%2Fpostgresql/app",
            "postgresql+pg8000://me:pw@/app?unix_sock=/run/postgresql/.s.PGSQL.5432",
        ] {
            assert_eq!(parse(text).host.as_deref(), Some("/run/postgresql"), "{text}");
            assert!(parse(text).is_local(&[]));
        }
    }

    #[test]
    fn a_password_may_hold_what_should_be_encoded() {
        let url = parse("postgresql://me:a/b#c?d@h:1/db");
        assert_eq!((url.password, url.host.as_deref()), (Some(Secret::new("a/b#c?d")), Some("h")));
        let url = parse("postgresql://me:100%!@h/db");
        assert_eq!(url.password, Some(Secret::new("100%!")));
        assert_eq!(parse("postgresql://h:5432/db?application_name=a@b").host.as_deref(), Some("h"));
    }

    #[test]
    fn the_password_is_never_shown() {
        let url = parse("postgres://me:hunter2@h/db?sslpassword=hunter3");
        assert_eq!(url.to_string(), "postgresql://me:***@h/db?sslpassword=***");
        assert!(!format!("{url:?}").contains("hunter2"));
        let url = parse("postgres://me@h/db?password=hunter2");
        assert_eq!(url.to_string(), "postgresql://me:***@h/db");
        assert_eq!(url.to_connection_string(), "postgresql://me:hunter2@h/db");
    }

    #[test]
    fn this_machine_is_known() {
        for host in ["", "localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
        {
            assert!(parse(&format!("postgres://{host}:5432/db")).is_local(&[]), "{host}");
        }
        for host in ["db", "10.0.0.1", "localhost.example.com", "[2001:db8::1]"] {
            assert!(!parse(&format!("postgres://{host}/db")).is_local(&[]), "{host}");
        }
        assert!(parse("postgres://Devbox/db").is_local(&["devbox".to_owned()]));
        assert!(!parse("postgres://localhost/db?hostaddr=10.0.0.1").is_local(&[]));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(
            user in "\\PC{1,12}", password in ".{0,16}", database in "\\PC{1,12}",
            host in "([a-z][a-z0-9.-]{0,8}|/[a-z/]{1,8}|::1|10\\.0\\.0\\.1)", port in proptest::option::of(1_u16..),
            value in "[^\u{0}]{0,12}",
        ) {
            let url = DatabaseUrl {
                user: Some(user),
                password: Some(Secret::new(password)),
                host: Some(host),
                port,
                database: Some(database),
                parameters: vec![("options".to_owned(), value)],
                ignored: Vec::new(),
            };
            prop_assert_eq!(DatabaseUrl::parse(&url.to_connection_string()), Ok(url));
        }

        #[test]
        fn no_text_makes_it_panic(text in r"(postgres://)?([@:/?&=%,\[\]é#]|[a-z0-9]){0,24}") {
            let _ = DatabaseUrl::parse(&text);
        }
    }
}
