//! References of images, and what is known of those that carry PostgreSQL.

/// `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Registry and repository, as they are written.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest, with its algorithm.
    pub digest: Option<String>,
}

/// A public image of PostgreSQL: the last part of its repository, the extensions it brings, and whether its tags
/// begin with the version of PostgreSQL.
struct Known {
    name: &'static str,
    extensions: &'static [&'static str],
    tag_is_postgres: bool,
}

const fn known(name: &'static str, extensions: &'static [&'static str], tag_is_postgres: bool) -> Known {
    Known { name, extensions, tag_is_postgres }
}

/// Where an image is that names no registry.
const PUBLIC_REGISTRY: &str = "docker.io";

/// Images that are taken for a database without being told.
const KNOWN: [Known; 10] = [
    known("postgres", &[], true),
    known("postgresql", &[], true),
    known("postgis", &["postgis"], true),
    known("pgvector", &["vector"], false),
    known("timescaledb", &["timescaledb"], false),
    known("timescaledb-ha", &["timescaledb", "vector"], false),
    known("pgvecto-rs", &["vectors"], true),
    known("citus", &["citus"], false),
    known("pgrouting", &["postgis", "pgrouting"], true),
    known("spilo", &[], false),
];

impl Image {
    /// Takes a reference apart; anything is one.
    pub fn parse(reference: &str) -> Self {
        let (name, digest) = reference.split_once('@').map_or((reference, None), |(name, digest)| (name, Some(digest)));
        // A colon before the last slash belongs to the port of a registry.
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match name[path..].find(':') {
            Some(colon) => (&name[..path + colon], Some(&name[path + colon + 1..])),
            None => (name, None),
        };
        Self { repository: repository.to_owned(), tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) }
    }

    /// The registry: what stands before the first slash if it looks like a host, and the public one otherwise.
    pub fn registry(&self) -> &str {
        self.registry_and_path().map_or(PUBLIC_REGISTRY, |(registry, _)| match registry {
            "index.docker.io" => PUBLIC_REGISTRY,
            registry => registry,
        })
    }

    /// The repository as the registry knows it: `library/postgres` for `postgres`.
    pub fn path_in_registry(&self) -> String {
        let path = self.registry_and_path().map_or(self.repository.as_str(), |(_, path)| path);
        let is_official = self.registry() == PUBLIC_REGISTRY && !path.contains('/');
        if is_official { format!("library/{path}") } else { path.to_owned() }
    }

    /// The digest, the tag, or `latest`: what exactly one image goes by.
    pub fn tag_or_digest(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }

    fn registry_and_path(&self) -> Option<(&str, &str)> {
        let (first, rest) = self.repository.split_once('/')?;
        (first.contains(['.', ':']) || first == "localhost").then_some((first, rest))
    }

    fn known(&self) -> Option<&'static Known> {
        let name = self.repository.rsplit('/').next().unwrap_or_default();
        KNOWN.iter().find(|known| known.name == name)
    }

    /// Whether it is an image of PostgreSQL, as far as its name tells.
    pub fn is_postgres(&self) -> bool {
        self.known().is_some()
    }

    /// Whether it is the image of Bitnami, which has variables and folders of its own.
    pub fn is_bitnami(&self) -> bool {
        self.repository.split('/').any(|part| part.starts_with("bitnami"))
    }

    /// The extensions that it brings besides those of PostgreSQL itself, by their names in SQL.
    pub fn extensions(&self) -> &'static [&'static str] {
        self.known().map_or(&[], |known| known.extensions)
    }

    /// The major version of its PostgreSQL, as far as the tag tells: `17.2-alpine`, `pg16`, `latest-pg16`.
    pub fn postgres_major(&self) -> Option<u32> {
        let tag = self.tag.as_deref()?;
        let named = tag.split(['-', '_']).find_map(|part| part.strip_prefix("pg").and_then(leading_number));
        if named.is_some() {
            return named;
        }
        // An image that nobody knows numbers its own versions.
        if self.known().is_some_and(|known| known.tag_is_postgres) { leading_number(tag) } else { None }
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok()?;
    // Dates and build numbers are no versions; the first release of PostgreSQL under that name was 6.0.
    (6..100).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let image = Image::parse("localhost:5000/team/postgres:17-alpine@sha256:abc");
        assert_eq!(image.repository, "localhost:5000/team/postgres");
        assert_eq!((image.tag.as_deref(), image.digest.as_deref()), (Some("17-alpine"), Some("sha256:abc")));
        assert_eq!(Image::parse("localhost:5000/postgres").tag, None);
    }

    #[test]
    fn the_registry_is_what_looks_like_a_host() {
        let cases = [
            ("postgres:17", "docker.io", "library/postgres", "17"),
            ("postgis/postgis", "docker.io", "postgis/postgis", "latest"),
            ("index.docker.io/postgres", "docker.io", "library/postgres", "latest"),
            ("ghcr.io/a/b/c:1", "ghcr.io", "a/b/c", "1"),
            ("localhost/x", "localhost", "x", "latest"),
            ("localhost:5000/x:2", "localhost:5000", "x", "2"),
            ("team/x@sha256:0", "docker.io", "team/x", "sha256:0"),
        ];
        for (reference, registry, path, tag) in cases {
            let image = Image::parse(reference);
            let found = (image.registry(), image.path_in_registry(), image.tag_or_digest());
            assert_eq!(found, (registry, path.to_owned(), tag), "{reference}");
        }
    }

    #[test]
    fn the_major_version_is_read_from_the_tag() {
        let cases = [
            ("postgres:17", Some(17)),
            ("postgres:17.2-alpine", Some(17)),
            ("postgres:18beta1", Some(18)),
            ("postgres:9.6", Some(9)),
            ("postgres:bookworm", None),
            ("postgres:latest", None),
            ("postgres", None),
            ("docker.io/library/postgres@sha256:abc", None),
            ("postgis/postgis:17-3.5", Some(17)),
            ("pgvector/pgvector:pg16", Some(16)),
            ("pgvector/pgvector:0.8.0-pg17", Some(17)),
            ("pgvector/pgvector:0.8.0", None),
            ("timescale/timescaledb:latest-pg16", Some(16)),
            ("timescale/timescaledb:2.17.2-pg17", Some(17)),
            ("timescale/timescaledb:14.0.0", None),
            ("timescale/timescaledb-ha:pg16.4-ts2.15", Some(16)),
            ("supabase/postgres:15.1.0.147", Some(15)),
            ("acme/our-database:17", None),
            ("postgres:20241101", None),
        ];
        for (reference, major) in cases {
            assert_eq!(Image::parse(reference).postgres_major(), major, "{reference}");
        }
    }

    #[test]
    fn what_brings_postgres_is_known() {
        for reference in ["postgres", "ghcr.io/x/postgis:17", "bitnami/postgresql:17", "pgvector/pgvector:pg16"] {
            assert!(Image::parse(reference).is_postgres(), "{reference}");
        }
        for reference in ["postgrest/postgrest", "dpage/pgadmin4", "prometheuscommunity/postgres-exporter", "redis"] {
            assert!(!Image::parse(reference).is_postgres(), "{reference}");
        }
        assert_eq!(Image::parse("postgis/postgis:17-3.5").extensions(), ["postgis"]);
    }
}
