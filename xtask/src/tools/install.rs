//! The command that installs something on this system.

use super::{find, is_root};

/// What installs programs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageManager {
    /// Debian, Ubuntu and what derives from them.
    Apt,
    /// Fedora, Red Hat, Rocky, Alma.
    Dnf,
    /// Alpine.
    Apk,
    /// Arch.
    Pacman,
    /// openSUSE and SLES.
    Zypper,
    /// Homebrew, on macOS or Linux.
    Brew,
    /// Windows.
    Winget,
}

impl PackageManager {
    const ALL: [(&'static str, Self); 7] = [
        ("apt-get", Self::Apt),
        ("dnf", Self::Dnf),
        ("apk", Self::Apk),
        ("pacman", Self::Pacman),
        ("zypper", Self::Zypper),
        ("brew", Self::Brew),
        ("winget", Self::Winget),
    ];

    /// The one of this system: the first that is on `PATH`.
    pub fn detect() -> Option<Self> {
        Self::ALL.iter().find(|(program, _)| find(program).is_some()).map(|&(_, manager)| manager)
    }

    /// The command that installs these packages, to be copied as it stands.
    pub fn install(self, packages: &[&str]) -> String {
        let words = match self {
            Self::Apt => "apt-get install",
            Self::Dnf => "dnf install",
            Self::Apk => "apk add",
            Self::Pacman => "pacman -S",
            Self::Zypper => "zypper install",
            Self::Brew => "brew install",
            Self::Winget => "winget install",
        };
        let alone = is_root() || matches!(self, Self::Brew | Self::Winget);
        format!("{}{words} {}", if alone { "" } else { "sudo " }, packages.join(" "))
    }

    /// The command that installs the PostgreSQL server, of this major version where packages are named by it.
    pub fn install_postgresql(self, major: Option<u32>) -> String {
        // Distributions carry one major version under this name; asking for another one by number would fail.
        let package = match (self, major) {
            (Self::Apt | Self::Apk | Self::Pacman, _) => "postgresql".to_owned(),
            (Self::Dnf | Self::Zypper, _) => "postgresql-server".to_owned(),
            (Self::Brew, major) => format!("postgresql@{}", major.unwrap_or(17)),
            (Self::Winget, major) => format!("PostgreSQL.PostgreSQL.{}", major.unwrap_or(17)),
        };
        self.install(&[&package])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_version_is_asked_for_only_where_packages_are_named_by_it() {
        assert!(PackageManager::Apt.install_postgresql(Some(16)).ends_with("apt-get install postgresql"));
        assert_eq!(PackageManager::Brew.install_postgresql(Some(16)), "brew install postgresql@16");
        assert_eq!(PackageManager::Winget.install_postgresql(None), "winget install PostgreSQL.PostgreSQL.17");
    }
}
