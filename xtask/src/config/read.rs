//! From TOML to checked settings, following the list of keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::keys::{self, Default as KeyDefault, Key, Kind};
use crate::diagnostic::Place;
use crate::secret::mask_urls;

/// Longer waits are mistakes, and the clock of some systems ends.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The value of one key.
#[derive(Clone, Debug)]
enum Setting {
    Text(String),
    Number(u64),
    Duration(Duration),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

/// What was given, with the defaults behind it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    given: BTreeMap<&'static str, (Setting, Place)>,
}

/// Reads a file; every error of it.
pub(super) fn read(path: &Utf8Path, text: &str) -> (Settings, Vec<ConfigError>) {
    let source: Arc<str> = text.into();
    let (document, broken) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path, source: &source, settings: Settings::default(), errors: Vec::new() };
    if broken.is_empty() {
        reader.document(document.get_ref());
    } else {
        // What could be read of a broken file would only give errors that follow from the first ones.
        for error in broken {
            let mut place = reader.place(error.span().unwrap_or(0..0), "");
            let line = text.lines().nth(place.line - 1).unwrap_or_default();
            if mask_urls(line) != line {
                place.excerpt = None;
            }
            reader.errors.push(ConfigError::Syntax { problem: error.message().to_owned(), place });
        }
    }
    // The table of the parser is sorted by name; people read from top to bottom.
    reader.errors.sort_by_key(|error| (error.place().line, error.place().column));
    (reader.settings, reader.errors)
}

struct Reader<'a> {
    path: &'a Utf8Path,
    source: &'a Arc<str>,
    settings: Settings,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn place(&self, span: std::ops::Range<usize>, label: &str) -> Place {
        Place::span(self.path, self.source, span, label)
    }

    fn document(&mut self, document: &DeTable<'_>) {
        for (name, value) in document {
            let place = self.place(name.span(), "");
            let Some((table, _)) = keys::TABLES.into_iter().find(|(table, _)| table == name.get_ref()) else {
                self.errors.push(ConfigError::unknown_table(name.get_ref(), place));
                continue;
            };
            match value.get_ref() {
                DeValue::Table(entries) => self.table(table, entries),
                other => {
                    let place = self.place(value.span(), "");
                    self.errors.push(ConfigError::NoTable { table, found: type_name(other), place });
                }
            }
        }
    }

    fn table(&mut self, table: &'static str, entries: &DeTable<'_>) {
        for (name, value) in entries {
            let known = keys::ALL.into_iter().find(|key| key.table() == table && key.name() == name.get_ref());
            match known {
                Some(key) => self.entry(key, value),
                None => {
                    let place = self.place(name.span(), "");
                    self.errors.push(ConfigError::unknown_key(table, name.get_ref(), place));
                }
            }
        }
    }

    fn entry(&mut self, key: Key, value: &Spanned<DeValue<'_>>) {
        let mut place = self.place(value.span(), "");
        if key.kind == Kind::Url {
            // The excerpt would show the password.
            place.excerpt = None;
        }
        match convert(key, value.get_ref()) {
            Ok(setting) => {
                self.settings.given.insert(key.dotted, (setting, place));
            }
            Err(Problem::Type(found)) => self.errors.push(ConfigError::Type { key, found, place }),
            Err(Problem::Value { found, expected }) => {
                self.errors.push(ConfigError::Value { key, found, expected, place });
            }
        }
    }
}

/// Why a value does not fit.
enum Problem {
    /// What it is, with its verb.
    Type(String),
    /// The right type.
    Value { found: String, expected: String },
}

fn convert(key: Key, value: &DeValue<'_>) -> Result<Setting, Problem> {
    match (key.kind, value) {
        (Kind::Text | Kind::Path | Kind::Url, DeValue::String(text)) if text.trim().is_empty() => {
            let expected = format!("{}, or leave the key out", key.kind.expected());
            Err(Problem::Value { found: "empty".to_owned(), expected })
        }
        (Kind::Text | Kind::Path | Kind::Url, DeValue::String(text)) => Ok(Setting::Text(text.to_string())),
        (Kind::Duration { may_be_zero }, DeValue::String(text)) => duration(key, text, may_be_zero),
        (Kind::Number { max }, DeValue::Integer(number)) => {
            let parsed = u64::from_str_radix(number.as_str(), number.radix());
            let fits = parsed.ok().filter(|number| (1..=max).contains(number));
            let problem = || Problem::Value { found: number.to_string(), expected: key.kind.expected() };
            fits.map(Setting::Number).ok_or_else(problem)
        }
        (Kind::Choice(words), DeValue::String(text)) if !words.contains(&text.as_ref()) => {
            Err(Problem::Value { found: format!("\"{text}\""), expected: key.kind.expected() })
        }
        (Kind::Choice(_), DeValue::String(text)) => Ok(Setting::Text(text.to_string())),
        (Kind::List, DeValue::Array(items)) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                other => Err(Problem::Type(format!("has {} in it", type_name(other)))),
            });
            texts.collect::<Result<_, _>>().map(Setting::List)
        }
        (Kind::Map, DeValue::Table(entries)) => {
            let texts = entries.iter().map(|(name, value)| match value.get_ref() {
                DeValue::String(text) => Ok((name.get_ref().to_string(), text.to_string())),
                other => Err(Problem::Type(format!("has {} in it", type_name(other)))),
            });
            texts.collect::<Result<_, _>>().map(Setting::Map)
        }
        (_, other) => Err(Problem::Type(format!("is {}", type_name(other)))),
    }
}

fn duration(key: Key, text: &str, may_be_zero: bool) -> Result<Setting, Problem> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    let problem = |expected: &str| Problem::Value { found: text.to_owned(), expected: expected.to_owned() };
    match parsed {
        None => Err(problem(&key.kind.expected())),
        Some(Duration::ZERO) if !may_be_zero => Err(problem("a duration above zero")),
        Some(span) if span > LONGEST => Err(problem("a duration of at most a year")),
        Some(span) => Ok(Setting::Duration(span)),
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

impl Settings {
    /// The value that holds: the given one or the default.
    fn get(&self, key: &Key) -> Option<Setting> {
        if let Some((setting, _)) = self.given.get(key.dotted) {
            return Some(setting.clone());
        }
        let KeyDefault::Value(default) = key.default else { return None };
        let value = DeValue::parse(default).ok()?;
        convert(*key, value.get_ref()).ok()
    }

    pub(super) fn text(&self, key: &Key) -> Option<String> {
        match self.get(key)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn path(&self, key: &Key) -> Option<Utf8PathBuf> {
        self.text(key).map(Utf8PathBuf::from)
    }

    pub(super) fn number(&self, key: &Key) -> Option<u64> {
        match self.get(key)? {
            Setting::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn duration(&self, key: &Key) -> Duration {
        match self.get(key) {
            Some(Setting::Duration(duration)) => duration,
            _ => Duration::ZERO,
        }
    }

    pub(super) fn list(&self, key: &Key) -> Vec<String> {
        match self.get(key) {
            Some(Setting::List(list)) => list,
            _ => Vec::new(),
        }
    }

    pub(super) fn map(&self, key: &Key) -> BTreeMap<String, String> {
        match self.get(key) {
            Some(Setting::Map(map)) => map,
            _ => BTreeMap::new(),
        }
    }

    pub(super) fn places(self) -> BTreeMap<&'static str, Place> {
        self.given.into_iter().map(|(key, (_, place))| (key, place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for key in keys::ALL {
            let is_value = matches!(key.default, KeyDefault::Value(_));
            assert_eq!(Settings::default().get(&key).is_some(), is_value, "{}", key.dotted);
        }
    }

    #[test]
    fn every_key_stands_in_a_table_once() {
        let mut seen = std::collections::BTreeSet::new();
        for key in keys::ALL {
            assert!(seen.insert(key.dotted), "{} twice", key.dotted);
            assert!(keys::TABLES.iter().any(|(table, _)| *table == key.table()), "{}", key.dotted);
        }
    }
}
