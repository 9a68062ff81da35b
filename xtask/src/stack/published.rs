//! Where the ports of a service are reached from outside, and URLs that were written for inside.

use super::ports::{HostPort, Port};
use super::service::Service;
use super::url::{DEFAULT_PORT, DatabaseUrl};
use super::{Stack, StackError};

/// Where a published port is reached from this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// An IP address. Where all addresses of the machine are published, it is the loopback address.
    pub host: String,
    /// The port.
    pub port: HostPort,
}

impl Service {
    /// Whether it has the network of the engine's machine, where it listens without any port being published.
    pub fn is_on_host_network(&self) -> bool {
        self.network_mode.as_ref().is_some_and(|mode| mode.value == "host")
    }

    /// Where a TCP port of the container is reached: where it is published, the first one with a fixed port if there are several; on
    /// the network of the host, at the port itself.
    pub fn published(&self, container_port: u16) -> Option<Address> {
        if self.is_on_host_network() {
            return Some(Address { host: "127.0.0.1".to_owned(), port: HostPort::Fixed(container_port) });
        }
        self.address(|port| port.target == container_port)
    }

    /// Where this port of the host leads to the container.
    fn published_as(&self, host_port: u16) -> Option<Address> {
        self.address(|port| port.host_port() == Some(HostPort::Fixed(host_port)))
    }

    fn address(&self, wanted: impl Fn(&Port) -> bool) -> Option<Address> {
        let matches = |port: &&Port| port.protocol == "tcp" && wanted(port);
        let ports: Vec<&Port> = self.ports.iter().map(|port| &port.value).filter(matches).collect();
        let fixed = ports.iter().find(|port| matches!(port.host_port(), Some(HostPort::Fixed(_))));
        let port = fixed.or(ports.first())?;
        let host = match port.host_ip.as_str() {
            "" | "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            address => address,
        };
        Some(Address { host: host.to_owned(), port: port.host_port()? })
    }

    /// Whether other services reach it under this name.
    pub fn answers_to(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.name)
            || self.container_name.as_deref().is_some_and(|name| host.eq_ignore_ascii_case(name))
    }
}

impl DatabaseUrl {
    /// The service that the URL names as its host, as URLs do that are written for a container.
    pub fn service<'s>(&self, stack: &'s Stack) -> Option<&'s Service> {
        let host = self.host.as_deref()?;
        stack.services.iter().find(|service| service.answers_to(host))
    }

    /// The same database at another address.
    #[must_use]
    pub fn with_address(self, host: impl Into<String>, port: u16) -> Self {
        Self { host: Some(host.into()), port: Some(port), ..self }
    }

    /// A URL whose host is a service of the Compose file (`@db:5432`) is turned to where that service publishes
    /// the port; any other URL stays. A port that the container does not have is taken for the published one:
    /// `@db:${POSTGRES_PORT}` is a common slip, which no container notices while both are 5432.
    pub fn with_published_address(self, stack: &Stack) -> Result<Self, StackError> {
        let Some(service) = self.service(stack) else { return Ok(self) };
        let container_port = self.port.unwrap_or(DEFAULT_PORT);
        let published = service.published(container_port).or_else(|| service.published_as(container_port));
        if let Some(Address { host, port: HostPort::Fixed(port) }) = published {
            return Ok(self.with_address(host, port));
        }
        Err(StackError::Unpublished {
            service: service.name.clone(),
            port: container_port,
            by_chance: published.is_some(),
            place: service.place.clone().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Variables;
    use super::*;

    fn published(ports: &str, url: &str) -> Result<String, StackError> {
        let text = format!("services: {{ db: {{ image: x, container_name: the-db, ports: {ports} }} }}");
        let (stack, errors) = Stack::parse("compose.yaml", &text, &Variables::default());
        assert!(errors.is_empty(), "{errors:?}");
        DatabaseUrl::parse(url).expect(url).with_published_address(&stack).map(|url| url.to_string())
    }

    #[test]
    fn a_service_name_becomes_its_published_address() {
        for (ports, address) in [
            ("['5433:5432']", "127.0.0.1:5433"),
            ("['0.0.0.0:5433:5432']", "127.0.0.1:5433"),
            ("['192.168.0.7:5433:5432']", "192.168.0.7:5433"),
            ("['[::1]:5433:5432']", "[::1]:5433"),
            ("['5432', '5434:5432/udp', '5433:5432']", "127.0.0.1:5433"),
        ] {
            for host in ["db", "db:5432", "the-db"] {
                let url = published(ports, &format!("postgresql+psycopg2://u@{host}/app?sslmode=disable"));
                assert_eq!(url, Ok(format!("postgresql://u@{address}/app?sslmode=disable")));
            }
        }
    }

    #[test]
    fn the_published_port_is_understood_too() {
        let url = published("['127.0.0.1:5439:5432']", "postgres://db:5439/app");
        assert_eq!(url.as_deref(), Ok("postgresql://127.0.0.1:5439/app"));
    }

    #[test]
    fn on_the_network_of_the_host_every_port_is_one_of_the_host() {
        let text = "services: { db: { image: x, network_mode: host } }";
        let (stack, errors) = Stack::parse("compose.yaml", text, &Variables::default());
        assert!(errors.is_empty(), "{errors:?}");
        let url = DatabaseUrl::parse("postgres://db:5444/app").expect("a URL").with_published_address(&stack);
        assert_eq!(url.map(|url| url.to_string()).as_deref(), Ok("postgresql://127.0.0.1:5444/app"));
    }

    #[test]
    fn other_hosts_stay() {
        assert_eq!(
            published("['5433:5432']", "postgres://localhost:5432/x").as_deref(),
            Ok("postgresql://localhost:5432/x")
        );
    }

    #[test]
    fn a_port_that_is_not_published_is_an_error() {
        for (ports, chance) in
            [("[]", false), ("['5433:5434']", false), ("['5432']", true), ("['5432-5440:5432']", true)]
        {
            let error = published(ports, "postgres://db/x").expect_err(ports);
            assert!(matches!(error, StackError::Unpublished { by_chance, port: 5432, .. } if by_chance == chance));
        }
    }
}
