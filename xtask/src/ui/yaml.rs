//! Values as YAML, for people to read.

use serde_json::Value;

/// The text of a value in block style.
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.trim_start_matches('\n').to_owned()
}

/// Writes what follows a key and its colon, or a dash: on the same line where it is short, else below.
fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                text.push_str(&format!("\n{indent}{}:", scalar(key)));
                write(value, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut below = String::new();
                write(item, depth + 1, &mut below);
                // The first line of what is below stands behind the dash.
                text.push_str(&format!("\n{indent}- {}", below.trim_start()));
            }
        }
        Value::Object(_) => text.push_str(" {}"),
        Value::Array(_) => text.push_str(" []"),
        Value::String(string) => text.push_str(&format!(" {}", scalar(string))),
        other => text.push_str(&format!(" {other}")),
    }
}

/// A string as it is where it can only be read as that, else in double quotes, whose escapes are those of JSON.
fn scalar(text: &str) -> String {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric() || "_-./@$(){}=+".contains(character) || character == ' ' || character == ':'
    };
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '_' | '.'));
    let reads_as_more =
        matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    let has_key = text.contains(": ") || text.ends_with(':') || text.ends_with(' ') || text.starts_with("._");
    if begins && text.chars().all(is_plain) && !reads_as_more && !has_key {
        return text.to_owned();
    }
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_read_as_something_else_is_quoted() {
        let value = serde_json::json!({
            "command": null, "environment": { "A": "1", "B": "yes", "C": "a: b", "D": "x #y", "GREETING": "hei" },
            "empty": [], "image": "postgres:17", "lists": [["a", "b"], []], "none": {}, "off": false,
            "ports": [{ "published": "5433", "target": 5432 }, "80"], "text": "two\nlines",
        });
        let expected = "command: null\nempty: []\nenvironment:\n  A: \"1\"\n  B: \"yes\"\n  C: \"a: b\"\n  D: \"x #y\"\n  \
                        GREETING: hei\nimage: postgres:17\nlists:\n  - - a\n    - b\n  - []\nnone: {}\n\"off\": false\nports:\n\
                        \x20 - published: \"5433\"\n    target: 5432\n  - \"80\"\ntext: \"two\\nlines\"";
        assert_eq!(yaml(&value), expected);
    }
}
