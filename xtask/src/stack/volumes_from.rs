//! Mounts that are taken from another container.

/// One of `volumes_from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumesFrom {
    /// As compose writes and hashes it: as it is in the file, and once it is known the name or id of the container.
    pub written: String,
    /// Whose mounts.
    pub from: Source,
    /// `ro` or `rw`, where the file says so.
    pub mode: Option<String>,
}

/// Whose mounts are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Those of a service: its first container.
    Service(String),
    /// Those of a container, by its name or id.
    Container(String),
}

impl VolumesFrom {
    /// Reads `SERVICE[:MODE]` or `container:NAME[:MODE]`. `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (from, mode) = match parts[..] {
            ["container", name, ref rest @ ..] => (Source::Container(name.to_owned()), rest),
            [service, ref rest @ ..] => (Source::Service(service.to_owned()), rest),
            [] => return None,
        };
        let (Source::Service(name) | Source::Container(name)) = &from;
        let is_mode = matches!(mode, [] | ["ro" | "rw"]);
        let mode = mode.first().map(|mode| (*mode).to_owned());
        (is_mode && !name.is_empty()).then(|| Self { written: text.to_owned(), from, mode })
    }

    /// The service whose mounts are taken.
    pub fn service(&self) -> Option<&str> {
        if let Source::Service(name) = &self.from { Some(name) } else { None }
    }

    /// The same, of a container that is known.
    #[must_use]
    pub fn of_container(&self, container: &str) -> Self {
        let (written, from) = (container.to_owned(), Source::Container(container.to_owned()));
        Self { written, from, mode: self.mode.clone() }
    }

    /// As an engine takes it.
    pub fn for_engine(&self) -> String {
        let (Source::Service(name) | Source::Container(name)) = &self.from;
        self.mode.as_ref().map_or_else(|| name.clone(), |mode| format!("{name}:{mode}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_or_a_container_is_named() {
        let read = |text: &str| VolumesFrom::parse(text).map(|it| (it.service().map(str::to_owned), it.for_engine()));
        let expected = |service: Option<&str>, text: &str| Some((service.map(str::to_owned), text.to_owned()));
        assert_eq!(read("db"), expected(Some("db"), "db"));
        assert_eq!(read("db:ro"), expected(Some("db"), "db:ro"));
        assert_eq!(read("container:other:rw"), expected(None, "other:rw"));
        assert_eq!((read("db:x"), read(""), read("container:")), (None, None, None));
        let known = VolumesFrom::parse("db:ro").expect("a service").of_container("0123");
        assert_eq!((known.written.as_str(), known.for_engine().as_str()), ("0123", "0123:ro"));
    }
}
