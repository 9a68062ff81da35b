//! Versions of libraries that decide what a model means, as the project's lock file pins them.

/// The versions that matter; the newest behaviour where one is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// SQLModel.
    pub sqlmodel: Option<Version>,
    /// SQLAlchemy.
    pub sqlalchemy: Option<Version>,
}

/// Up to three numbers.
pub type Version = [u32; 3];

/// Lock files, in the order in which they are looked for; the first that knows a package wins.
pub const LOCK_FILES: [&str; 6] =
    ["uv.lock", "pixi.lock", "poetry.lock", "pdm.lock", "requirements.txt", "requirements/base.txt"];

impl Versions {
    /// SQLModel maps `datetime` to `timestamptz` from 0.0.45 on.
    pub fn datetime_has_zone(&self) -> bool {
        self.sqlmodel.is_none_or(|version| version >= [0, 0, 45])
    }

    /// SQLAlchemy maps `float` of `Mapped[float]` to `DOUBLE PRECISION` from 2.1 on.
    pub fn float_is_double(&self) -> bool {
        self.sqlalchemy.is_none_or(|version| version >= [2, 1, 0])
    }

    /// Takes from a lock file what is not known yet.
    pub fn learn(&mut self, lock: &str) {
        self.sqlmodel = self.sqlmodel.or_else(|| pinned(lock, "sqlmodel"));
        self.sqlalchemy = self.sqlalchemy.or_else(|| pinned(lock, "sqlalchemy"));
    }
}

/// `1.2.3` with whatever stands behind.
pub fn version(text: &str) -> Option<Version> {
    let digits = text.trim().trim_start_matches(['v', '=']);
    let end = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(digits.len());
    let mut numbers = digits[..end].split('.').filter(|part| !part.is_empty()).map(str::parse);
    let first = numbers.next()?.ok()?;
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    Some([first, next(), next()])
}

/// The version of a package in any of the known lock files: `name = "x"` with `version = "…"` in its table (uv, poetry,
/// pdm), a file name `x-1.2.3-….whl` or `x-1.2.3-….conda` (pixi), or `x==1.2.3` (requirements).
fn pinned(lock: &str, package: &str) -> Option<Version> {
    let mut inside = false;
    for line in lock.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("name = ") {
            inside = same_name(name.trim_matches('"'), package);
        } else if let Some(found) = line.strip_prefix("version = ").filter(|_| inside) {
            return version(found.trim_matches('"'));
        }
        if let Some(found) = in_line(line, package) {
            return Some(found);
        }
    }
    None
}

fn in_line(line: &str, package: &str) -> Option<Version> {
    if let Some((name, rest)) = line.split_once("==") {
        let name = name.split('[').next().unwrap_or(name).trim().trim_start_matches("- ");
        return if same_name(name, package) { version(rest) } else { None };
    }
    if line.ends_with(".whl") || line.ends_with(".conda") || line.ends_with(".tar.gz") || line.ends_with(".tar.bz2") {
        let file = line.rsplit('/').next()?;
        let file = file.trim_start_matches("- ");
        let start = file.get(..package.len()).filter(|start| same_name(start, package))?;
        return version(file.strip_prefix(start)?.strip_prefix('-')?);
    }
    None
}

/// Names of packages do not tell case, `-` and `_` apart.
fn same_name(left: &str, right: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    plain(left) == plain(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(lock: &str) -> Versions {
        let mut versions = Versions::default();
        versions.learn(lock);
        versions
    }

    #[test]
    fn every_lock_file_is_understood() {
        let uv = "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.38\"\n[[package]]\nname = \"sqlmodel\"\nversion = \"0.0.39\"\n";
        let pixi = "- pypi: https://files.example/packages/72/c7/sqlmodel-0.0.38-py3-none-any.whl\n- conda: https://conda.example/noarch/sqlalchemy-2.0.50-py312h4c3975b_0.conda\n";
        let requirements = "SQLAlchemy[asyncio]==2.1.9 ; python_version > '3.9'\nsqlmodel==0.0.45\nsqlmodel-extra==9\n";
        assert_eq!(learned(uv), Versions { sqlmodel: Some([0, 0, 39]), sqlalchemy: Some([2, 0, 38]) });
        assert_eq!(learned(pixi), Versions { sqlmodel: Some([0, 0, 38]), sqlalchemy: Some([2, 0, 50]) });
        assert_eq!(learned(requirements), Versions { sqlmodel: Some([0, 0, 45]), sqlalchemy: Some([2, 1, 9]) });
        assert_eq!(learned("name = \"other\"\nversion = \"1.0\"\n"), Versions::default());
    }

    #[test]
    fn the_versions_where_meanings_changed() {
        let of = |sqlmodel| Versions { sqlmodel: Some(sqlmodel), sqlalchemy: Some([2, 0, 50]) };
        assert!(!of([0, 0, 44]).datetime_has_zone() && of([0, 0, 45]).datetime_has_zone());
        assert!(!of([0, 0, 44]).float_is_double() && Versions::default().float_is_double());
    }
}
