//! What changed between versions of compose in what they write down.

/// A range of versions of compose that agree about canonical forms and config hashes, named after its first one.
/// Read in their sources; versions before 2.24 are of no concern any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// 2.24.0 to 2.29.2.
    V2_24,
    /// 2.26.1 as Debian 13 builds it, with a reader of 2.30: `devices` are written in their long form, and counted.
    Debian2_26,
    /// 2.29.3 to 2.30.1: `depends_on` is no part of the hash any more, and `devices` are written in their long form.
    V2_29,
    /// 2.30.2 and 2.30.3: nor is `profiles`, and devices without a count are counted.
    V2_30,
    /// 2.31: networks have a hash, too.
    V2_31,
    /// 2.32 and 2.33: so do volumes.
    V2_32,
    /// 2.34: the mode of a secret or config is written as octal text, `gw_priority` is not lost any more, and the paths of
    /// label files are hashed beside their labels.
    V2_34,
    /// 2.35: variables in env files see `environment`.
    V2_35,
    /// 2.36 to 2.40: what a service says of a network is written in another order.
    V2_36,
    /// From 5.0 on: that a bind mount makes its source is not written any more.
    V5,
}

impl Dialect {
    /// All of them, oldest first.
    pub const ALL: [Self; 10] = [
        Self::V2_24,
        Self::Debian2_26,
        Self::V2_29,
        Self::V2_30,
        Self::V2_31,
        Self::V2_32,
        Self::V2_34,
        Self::V2_35,
        Self::V2_36,
        Self::V5,
    ];

    /// That of the newest version known here.
    pub const NEWEST: Self = Self::V5;

    /// That of a version such as `2.26.1` or `v5.0.0-rc.1`, the label `com.docker.compose.version` of a container;
    /// `None` for what is older than any of them, or no version.
    pub fn of_version(version: &str) -> Option<Self> {
        let version = version.trim_start_matches('v');
        // A package of Debian tells its own revision: `2.26.1-4`.
        let revision =
            version.split_once('-').is_some_and(|(_, rest)| rest.starts_with(|it: char| it.is_ascii_digit()));
        let mut numbers = version.split(['.', '-', '+', '~']).map_while(|part| part.parse::<u32>().ok());
        let version = (numbers.next()?, numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let first = |dialect: Self| match dialect {
            Self::V2_24 => (2, 24, 0),
            Self::Debian2_26 => (2, 26, 1),
            Self::V2_29 => (2, 29, 3),
            Self::V2_30 => (2, 30, 2),
            Self::V2_31 => (2, 31, 0),
            Self::V2_32 => (2, 32, 0),
            Self::V2_34 => (2, 34, 0),
            Self::V2_35 => (2, 35, 0),
            Self::V2_36 => (2, 36, 0),
            Self::V5 => (5, 0, 0),
        };
        let is_debian = version == (2, 26, 1) && revision;
        let of_number = Self::ALL.into_iter().rev().filter(|dialect| *dialect != Self::Debian2_26);
        let found = of_number.into_iter().find(|dialect| first(*dialect) <= version);
        if is_debian { Some(Self::Debian2_26) } else { found }
    }

    pub(super) fn hashes_dependencies(self) -> bool {
        self < Self::V2_29
    }

    pub(super) fn hashes_profiles(self) -> bool {
        self < Self::V2_30
    }

    pub(super) fn hashes_networks(self) -> bool {
        self >= Self::V2_31
    }

    pub(super) fn hashes_volumes(self) -> bool {
        self >= Self::V2_32
    }

    pub(super) fn knows_device_mappings(self) -> bool {
        self >= Self::Debian2_26
    }

    pub(super) fn counts_devices(self) -> bool {
        self >= Self::V2_30 || self == Self::Debian2_26
    }

    pub(super) fn knows_exec_of_triggers(self) -> bool {
        self >= Self::V2_32 || self == Self::Debian2_26
    }

    pub(super) fn writes_mode_as_text(self) -> bool {
        self >= Self::V2_34
    }

    pub(super) fn knows_gateway_priority(self) -> bool {
        self >= Self::V2_34
    }

    pub(super) fn env_files_see_environment(self) -> bool {
        self >= Self::V2_35
    }

    /// Whether `up` leaves the names of label files in what it hashes, beside the labels that they give.
    pub(super) fn hashes_label_files(self) -> bool {
        self >= Self::V2_34
    }

    pub(super) fn sorts_attachments(self) -> bool {
        self >= Self::V2_36
    }

    pub(super) fn assumes_host_path(self) -> bool {
        self >= Self::V5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_their_dialect() {
        let cases = [
            ("2.26.1", Some(Dialect::V2_24)),
            ("2.26.1-4", Some(Dialect::Debian2_26)),
            ("v2.29.2", Some(Dialect::V2_24)),
            ("2.29.7", Some(Dialect::V2_29)),
            ("2.30.3", Some(Dialect::V2_30)),
            ("2.31.0", Some(Dialect::V2_31)),
            ("2.33.1", Some(Dialect::V2_32)),
            ("2.34.0", Some(Dialect::V2_34)),
            ("2.35.1", Some(Dialect::V2_35)),
            ("2.36.0", Some(Dialect::V2_36)),
            ("2.40.3-desktop.1", Some(Dialect::V2_36)),
            ("2.40.3-3", Some(Dialect::V2_36)),
            ("v5.0.0-rc.1", Some(Dialect::V5)),
            ("5.5.0", Some(Dialect::V5)),
            ("6.0", Some(Dialect::V5)),
            ("1.29.2", None),
            ("2.23.3", None),
            ("dev", None),
        ];
        for (version, dialect) in cases {
            assert_eq!(Dialect::of_version(version), dialect, "{version}");
        }
    }
}
