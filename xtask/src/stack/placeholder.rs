//! Values of an example that only hold the place of a real one.

/// Words that say "put something else here", whether they are the whole value or stand in a URL: written here without
/// `-` and `_`.
const WORDS: [&str; 6] = ["changeme", "changethis", "replaceme", "replacethis", "fillmein", "insertme"];

/// Words that say so only where they are the whole value: elsewhere they may be meant.
const WHOLE: [&str; 6] = ["todo", "fixme", "tbd", "placeholder", "...", "…"];

/// Whether a value holds the place of another one: `changeme` (also `change-me`, `CHANGE_ME`, and inside of a URL), `<…>`,
/// `your-…`, `…-here`, `xxx`, `TODO` and their like, and `# …`, which compose reads where a comment follows no value. An
/// empty value is none: many are meant to be empty.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    WHOLE.contains(&value.as_str())
        || value.starts_with("# ")
        || is_crossed_out(&value)
        || has_brackets(&value)
        || value.split(ends_word).any(says_so)
}

/// `xxx`, `***`.
fn is_crossed_out(value: &str) -> bool {
    value.len() >= 3 && (value.bytes().all(|byte| byte == b'x') || value.bytes().all(|byte| byte == b'*'))
}

/// `<password>`, alone or in a URL.
fn has_brackets(value: &str) -> bool {
    let inside = value.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.is_some_and(|(inside, _)| inside.starts_with(|first: char| first.is_alphabetic()))
}

/// Everything but what holds a name together.
fn ends_word(character: char) -> bool {
    !(character.is_alphanumeric() || matches!(character, '-' | '_' | ' '))
}

fn says_so(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '_', ' ']).collect();
    let is_address = parts.len() > 1;
    WORDS.contains(&parts.concat().as_str()) || (is_address && (parts[0] == "your" || parts.last() == Some(&"here")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for value in [
            "changeme",
            "change-me",
            "CHANGE_ME",
            "Change me",
            "postgresql://app:changeme@db/app",
            "<password>",
            "https://<account>.example.org/x",
            "your-api-key",
            "YOUR_TOKEN",
            "https://your-host/",
            "put-your-key-here",
            "xxx",
            "XXXXXXXX",
            "TODO",
            "...",
            "replace_me",
            "# fill in",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn real_values_are_none() {
        for value in [
            "",
            "biositing_dev",
            "5432",
            "a<b",
            "1 < 2 > 0",
            "https://host/todo",
            "yours",
            "hereafter",
            "xx",
            "#ff0000",
            "postgresql://a:b@localhost/c",
            "changement",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
