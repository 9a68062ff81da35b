//! The query of a database URL: what libpq knows is kept, what only a driver of Python knows is translated or
//! left out.

use super::url::{DatabaseUrl, decode};
use super::url_error::UrlError;
use crate::secret::Secret;

/// The parameters of libpq 18 that are more than an address (<https://www.postgresql.org/docs/18/libpq-connect.html>).
const LIBPQ: [&str; 42] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "options",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
];

/// The values of `sslmode`.
pub(super) const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The query, taken apart and decoded.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `name=value&…`. SQLAlchemy, and so a URL that names a driver, writes a space as `+`; libpq does not.
    pub(super) fn read(query: &str, plus_is_space: bool, text: &str) -> Result<Self, UrlError> {
        let decode = |part: &str| match plus_is_space {
            true => decode(&part.replace('+', " "), text),
            false => decode(part, text),
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Puts each parameter where it belongs. As with libpq, one that names a part of the address replaces it.
    pub(super) fn apply(self, url: &mut DatabaseUrl, text: &str) -> Result<(), UrlError> {
        if self.0.iter().filter(|(name, _)| name == "host").count() > 1 {
            return Err(UrlError::several_hosts(text));
        }
        for (name, value) in self.0 {
            match name.as_str() {
                "host" if value.starts_with(['/', '@']) => url.host = Some(value),
                "host" => set_host(url, &value, text)?,
                "port" => url.set_port(&value, text)?,
                "user" => url.user = Some(value),
                "password" => url.password = Some(Secret::new(value)),
                "dbname" | "database" => url.database = Some(value),
                // pg8000 names the socket itself and not its folder.
                "unix_sock" => {
                    let folder = value.rsplit_once("/.s.PGSQL.").map_or(value.as_str(), |(folder, _)| folder);
                    url.host = Some(folder.to_owned());
                }
                "ssl" => url.parameters.push(("sslmode".to_owned(), ssl_mode(&value, text)?)),
                "sslmode" => url.parameters.push((name, ssl_mode(&value, text)?)),
                known if LIBPQ.contains(&known) => url.parameters.push((name, value)),
                _ => url.ignored.push(name),
            }
        }
        Ok(())
    }
}

/// SQLAlchemy also writes `host=name:port` in the query. An IPv6 address stands there without brackets.
fn set_host(url: &mut DatabaseUrl, value: &str, text: &str) -> Result<(), UrlError> {
    if value.parse::<std::net::Ipv6Addr>().is_ok() {
        url.host = Some(value.to_owned());
        return Ok(());
    }
    url.set_address(value, text)
}

/// `ssl` is what asyncpg and JDBC write for `sslmode`; some write a truth value.
fn ssl_mode(value: &str, text: &str) -> Result<String, UrlError> {
    let lower = value.to_lowercase();
    match lower.as_str() {
        "true" | "1" | "on" | "yes" => Ok("require".to_owned()),
        "false" | "0" | "off" | "no" => Ok("disable".to_owned()),
        mode if SSL_MODES.contains(&mode) => Ok(lower),
        _ => Err(UrlError::ssl_mode(text, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn parameters_of_drivers_are_translated_or_left_out() {
        let url = parse("postgresql+asyncpg://h/db?ssl=require&prepared_statement_cache_size=0&application_name=a+b");
        assert_eq!(url.parameters, [("sslmode", "require"), ("application_name", "a b")].map(own));
        assert_eq!(url.ignored, ["prepared_statement_cache_size"]);
    }

    fn own((name, value): (&str, &str)) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn libpq_has_no_plus_for_a_space() {
        assert_eq!(parse("postgresql://h/db?options=-c%20a%3D1+2").parameter("options"), Some("-c a=1+2"));
    }

    #[test]
    fn a_part_of_the_address_in_the_query_wins() {
        let url = parse("postgresql+psycopg2://a@x:1/d?host=h:2&user=b&dbname=e");
        let parts = (url.host.as_deref(), url.port, url.user.as_deref(), url.database.as_deref());
        assert_eq!(parts, (Some("h"), Some(2), Some("b"), Some("e")));
        assert_eq!(parse("postgresql:///d?host=::1").host.as_deref(), Some("::1"));
    }
}
