//! Values that are never shown, and text from elsewhere without the secrets in it.

use std::fmt;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// A password or the like. It cannot be printed by accident: its `Debug` is masked and it has no `Display`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for where it is used.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({MASK})")
    }
}

/// Names of parameters whose values are secrets, in URLs and in `name=value` text.
const SECRET_NAMES: [&str; 5] = ["password", "passwd", "pwd", "passphrase", "pgpassword"];

/// Whether the value of a parameter of this name is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET_NAMES.iter().any(|secret| lower.ends_with(secret))
}

/// Text that others wrote (messages of servers and libraries) without the passwords of URLs and without the
/// values of `password=` and its like. In doubt it masks too much.
pub fn mask_urls(text: &str) -> String {
    mask_parameters(&mask_authorities(text))
}

/// Masks `password` in each `scheme://user:password@`.
fn mask_authorities(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        result.push_str(before);
        let end = after.find(ends_token).unwrap_or(after.len());
        match password_range(&after[..end]) {
            Some((start, stop)) => {
                result.push_str(&after[..start]);
                result.push_str(MASK);
                rest = &after[stop..];
            }
            None => rest = after,
        }
    }
    result.push_str(rest);
    result
}

/// What ends a URL in running text.
fn ends_token(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '`' | '<' | '>')
}

/// Where the password stands in what follows `://`.
fn password_range(url: &str) -> Option<(usize, usize)> {
    let user_end = url.find([':', '/', '?', '@'])?;
    if !url[user_end..].starts_with(':') {
        return None;
    }
    let start = user_end + 1;
    let rest = &url[start..];
    let query = rest.find('?').unwrap_or(rest.len());
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let is_port = digits > 0 && (digits == query || rest[digits..].starts_with('/'));
    // A sign in the query alone belongs to a parameter where there is a port before it, or where another sign
    // has ended the password; else the question mark is part of the password.
    let end = match rest[..query].rfind('@') {
        Some(end) if is_parameter(&rest[query..]) => end,
        None if is_port && is_parameter(&rest[query..]) => return None,
        _ => rest.rfind('@')?,
    };
    Some((start, start + end))
}

/// Whether a query begins with `?name=`, or is none.
fn is_parameter(query: &str) -> bool {
    let name = query.get(1..).unwrap_or_default();
    let behind = name.trim_start_matches(is_name);
    query.is_empty() || (behind.len() < name.len() && behind.starts_with('='))
}

/// Masks the value of each `password=value`, with or without quotes.
fn mask_parameters(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (before, after) = rest.split_at(at + 1);
        result.push_str(before);
        rest = after;
        let name_start = before[..at].rfind(|character: char| !is_name(character)).map_or(0, |last| last + 1);
        if is_secret_name(before[..at].get(name_start..).unwrap_or_default()) {
            let length = value_length(after);
            match &after[..length] {
                // It holds the place of a value that a person is to give.
                "" | "…" => result.push_str(&after[..length]),
                _ => result.push_str(MASK),
            }
            rest = &after[length..];
        }
    }
    result.push_str(rest);
    result
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn value_length(text: &str) -> usize {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].find(quote).map_or(text.len(), |end| end + 2),
        _ => text.find(|character: char| character == '&' || ends_token(character)).unwrap_or(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(mask_urls(text), expected);
    }

    #[test]
    fn what_holds_the_place_of_a_password_is_shown() {
        check("DB_PASSWORD=… cargo xtask up", "DB_PASSWORD=… cargo xtask up");
        check("password=…x", "password=***");
    }

    #[test]
    fn passwords_of_urls_are_masked() {
        check(
            "cannot reach postgresql+psycopg2://me:p%40ss@db:5432/app, sorry",
            "cannot reach postgresql+psycopg2://me:***@db:5432/app, sorry",
        );
        check("postgres://me:p@s/s?x@h/db", "postgres://me:***@h/db");
        check("postgres://me:p@h/db?application_name=a@b", "postgres://me:***@h/db?application_name=a@b");
        check("\"redis://:secret@h\" and <amqp://u:x@h>", "\"redis://:***@h\" and <amqp://u:***@h>");
    }

    #[test]
    fn urls_without_a_password_stay() {
        for text in [
            "http://h/a@b",
            "postgres://me@h/db",
            "postgres:///db",
            "postgres://h:1/db?application_name=a@b",
            "https://h/p?q=a:b@c",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn parameters_are_masked() {
        check("postgres://h/db?password=a%20b&sslmode=require", "postgres://h/db?password=***&sslmode=require");
        check("host=h password='a b' dbname=d", "host=h password=*** dbname=d");
        check("PGPASSWORD=x POSTGRES_PASSWORD=\"y z\" a=b", "PGPASSWORD=*** POSTGRES_PASSWORD=*** a=b");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(Secret(***))");
    }

    proptest! {
        #[test]
        fn a_password_never_gets_through(password in "[a-zA-Z0-9!#$%^&*()é:/?+=-]{6,20}", before in "[^'\"]{0,8}") {
            // `user:0?a=b@host` reads as a host, a port and a parameter.
            prop_assume!(!(password.starts_with(|first: char| first.is_ascii_digit()) && password.contains('?')));
            let masked = mask_urls(&format!("{before} postgres://user:{password}@host/db"));
            prop_assert!(!masked.contains(&password), "{}", masked);
        }

        #[test]
        fn no_text_makes_it_panic(text in r"((://)|[@:/?&='é\n]|password=|[a-z ]){0,20}") {
            let _ = mask_urls(&text);
        }
    }
}
