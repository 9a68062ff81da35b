//! The text of `docs/configuration.md`, from the list of keys.

use std::fmt::Write as _;

use super::keys::{self, Default as KeyDefault, Key};

const HEAD: &str = "\
# Configuration

`xtask.toml` stands in the root of the project and says where its things are. Every key has a default, so an empty
file is a valid one. Relative paths are relative to its folder. A key that does not exist, a value of the wrong type
and a value that cannot be are refused with their line and column, all of them at once.

Durations are strings with units: `\"500ms\"`, `\"10s\"`, `\"10m\"`, `\"1h30m\"`.

This page is made from the list of keys in the code; a test keeps it current.
";

/// The page.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for (table, about) in keys::TABLES {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## `[{table}]`\n\n{about}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
        );
        for key in keys::ALL.iter().filter(|key| key.table() == table) {
            let _ = writeln!(page, "| `{}` | {} | {} | {} |", key.name(), key.kind.name(), default(key), key.meaning);
        }
    }
    page.push_str("\n## All keys with their defaults\n\n```toml\n");
    for (position, (table, _)) in keys::TABLES.into_iter().enumerate() {
        let _ = writeln!(page, "{}[{table}]", if position == 0 { "" } else { "\n" });
        for key in keys::ALL.iter().filter(|key| key.table() == table) {
            let _ = match key.default {
                KeyDefault::Value(value) => writeln!(page, "{} = {value}", key.name()),
                KeyDefault::Rule(rule) => writeln!(page, "# {} = …  # {}", key.name(), rule.replace('`', "")),
            };
        }
    }
    page.push_str("```\n");
    page
}

fn default(key: &Key) -> String {
    match key.default {
        KeyDefault::Value(value) => format!("`{value}`"),
        KeyDefault::Rule(rule) => rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn the_listing_at_the_end_is_a_file_with_the_defaults() {
        let page = reference();
        let listing = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a listing");
        let (mut config, errors) = Config::parse("xtask.toml", listing);
        assert!(errors.is_empty(), "{errors:?}");
        config.places.clear();
        assert_eq!(config, Config::default());
    }
}
