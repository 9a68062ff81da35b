//! Methods of text.

use std::rc::Rc;

use super::format::text_of;
use super::value::{Arguments, Value};

/// A call of a method of text.
pub(super) fn text_method<'p>(text: &str, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
    let argument = |at: usize| arguments.positional.get(at).and_then(Value::as_str);
    let given: Option<Vec<char>> = argument(0).map(|letters| letters.chars().collect());
    let strips = |letter: char| given.as_ref().map_or(letter.is_whitespace(), |set| set.contains(&letter));
    let starts = |test: fn(&str, &str) -> bool| match arguments.positional.first() {
        Some(Value::Tuple(all)) => Some(all.iter().filter_map(Value::as_str).any(|part| test(text, part))),
        Some(one) => Some(test(text, one.as_str()?)),
        None => None,
    };
    let list = |parts: Vec<&str>| Value::list(parts.into_iter().map(Value::str).collect());
    if is_unlike(text, name, arguments) {
        return None;
    }
    Some(match name {
        "lower" | "casefold" => Value::str(text.to_lowercase()),
        "upper" => Value::str(text.to_uppercase()),
        "capitalize" => Value::str(words(&text.to_lowercase(), true)),
        "title" => Value::str(words(&text.to_lowercase(), false)),
        "strip" => Value::str(text.trim_matches(strips)),
        "lstrip" => Value::str(text.trim_start_matches(strips)),
        "rstrip" => Value::str(text.trim_end_matches(strips)),
        "removeprefix" => Value::str(text.strip_prefix(argument(0)?).unwrap_or(text)),
        "removesuffix" => Value::str(text.strip_suffix(argument(0)?).unwrap_or(text)),
        "startswith" => Value::Bool(starts(|text, part| text.starts_with(part))?),
        "endswith" => Value::Bool(starts(|text, part| text.ends_with(part))?),
        "replace" => match arguments.positional.get(2).and_then(Value::as_int) {
            Some(count) => Value::str(text.replacen(argument(0)?, argument(1)?, usize::try_from(count).ok()?)),
            None => Value::str(text.replace(argument(0)?, argument(1)?)),
        },
        "split" | "rsplit" => {
            let most = arguments.get(1, "maxsplit").and_then(Value::as_int).filter(|most| *most >= 0);
            match (arguments.get(0, "sep").and_then(Value::as_str), most, name) {
                (None, None, _) => list(text.split_whitespace().collect()),
                (Some(by), None, _) => list(text.split(by).collect()),
                (Some(by), Some(most), "split") => list(text.splitn(usize::try_from(most).ok()? + 1, by).collect()),
                (Some(by), Some(most), _) => {
                    let mut parts: Vec<&str> = text.rsplitn(usize::try_from(most).ok()? + 1, by).collect();
                    parts.reverse();
                    list(parts)
                }
                _ => return None,
            }
        }
        "splitlines" => list(text.lines().collect()),
        "partition" | "rpartition" => {
            let by = argument(0)?;
            let found = if name == "partition" { text.split_once(by) } else { text.rsplit_once(by) };
            let parts = match found {
                Some((before, after)) => [before, by, after],
                None if name == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Value::tuple(parts.map(Value::str).to_vec())
        }
        "find" => text.find(argument(0)?).map_or(Value::Int(-1), |at| Value::Int(text[..at].chars().count() as i128)),
        "count" => Value::Int(text.matches(argument(0)?).count() as i128),
        "isupper" => Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
        "islower" => Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
        "isdigit" => Value::Bool(!text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())),
        "isalpha" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
        "isalnum" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
        "zfill" if !text.starts_with(['-', '+']) => {
            let width = usize::try_from(arguments.positional.first()?.as_int()?).ok()?;
            Value::str(format!("{}{text}", "0".repeat(width.saturating_sub(text.chars().count()))))
        }
        "encode" if is_utf8(arguments) => Value::Bytes(Rc::from(text.as_bytes())),
        "copy" => Value::str(text_of(&Value::str(text))?),
        _ => return None,
    })
}

/// Whether Python makes something of a text that we do not: blanks, ends of lines, letters and digits beyond the usual ones, and where to
/// begin and to end.
fn is_unlike(text: &str, name: &str, arguments: &Arguments<'_>) -> bool {
    let given = &arguments.positional;
    let by_blanks = matches!(name, "strip" | "lstrip" | "rstrip" | "split" | "rsplit")
        && given.first().and_then(Value::as_str).is_none();
    let is_blank = |it: char| matches!(it, '\u{1c}'..='\u{1f}');
    let is_end = |it: char| matches!(it, '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let is_title =
        |it: char| it.to_uppercase().count() > 1 || matches!(it, '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}');
    match name {
        _ if by_blanks => text.contains(is_blank),
        "splitlines" => {
            let is_more = !given.is_empty() || !arguments.named.is_empty();
            is_more || text.contains(is_end) || text.replace("\r\n", "\n").contains('\r')
        }
        "title" | "capitalize" => text.contains(is_title),
        "isdigit" | "isalnum" => !text.is_ascii(),
        "find" | "count" | "startswith" | "endswith" => given.len() > 1,
        _ => false,
    }
}

/// Whether `encode` or `decode` is told nothing else.
pub(super) fn is_utf8(arguments: &Arguments<'_>) -> bool {
    let name = arguments.get(0, "encoding").map_or(Some("utf-8"), Value::as_str);
    arguments.get(1, "errors").is_none()
        && name.is_some_and(|it| matches!(&*it.to_lowercase(), "utf-8" | "utf8" | "ascii"))
}

/// The first letter of each word in upper case, or only of the first word.
fn words(text: &str, only_first: bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        match letter.is_alphabetic() && !inside {
            true => result.extend(letter.to_uppercase()),
            false => result.push(letter),
        }
        inside = only_first || letter.is_alphabetic();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_otherwise_is_refused() {
        let none = Arguments::default();
        for (text, name) in [
            ("a\u{1c}b", "split"),
            ("a\u{b}b", "splitlines"),
            ("a\rb", "splitlines"),
            ("\u{df}a", "capitalize"),
            ("1\u{b2}", "isdigit"),
        ] {
            assert!(text_method(text, name, &none).is_none(), "{text:?}.{name}()");
        }
        let from = Arguments::of(vec![Value::str("a"), Value::Int(1)]);
        for name in ["find", "count", "startswith"] {
            assert!(text_method("aba", name, &from).is_none(), "{name}");
        }
        let lines = text_method("a\r\nb\n", "splitlines", &none).and_then(|it| it.items());
        assert_eq!(lines.map(|it| it.len()), Some(2));
    }
}
