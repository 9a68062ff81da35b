//! JSON as Go writes it: keys in the order of their struct or sorted, `<`, `>` and `&` escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::go_text;

/// A JSON value whose objects keep their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A number with 32 bits, of which Go prints fewer digits.
    Single(f32),
    /// A number with 64 bits.
    Double(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Without white space, as Go's `json.Marshal`.
    pub fn compact(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, None);
        text
    }

    /// Indented by two spaces, as Go's `json.MarshalIndent`.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Some(0));
        text
    }

    /// The value of a key of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn write(&self, text: &mut String, depth: Option<usize>) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Null => write!(text, "null"),
            Self::Bool(value) => write!(text, "{value}"),
            Self::Integer(value) => write!(text, "{value}"),
            Self::Single(value) => write!(text, "{}", go_text::json_single(*value)),
            Self::Double(value) => write!(text, "{}", go_text::json_double(*value)),
            Self::Text(value) => {
                quote(text, value);
                Ok(())
            }
            Self::List(items) => {
                write_all(text, depth, ['[', ']'], items, |text, item, depth| item.write(text, depth));
                Ok(())
            }
            Self::Object(entries) => {
                write_all(text, depth, ['{', '}'], entries, |text, (key, value), depth| {
                    quote(text, key);
                    text.push_str(if depth.is_some() { ": " } else { ":" });
                    value.write(text, depth);
                });
                Ok(())
            }
        };
    }
}

fn write_all<T>(
    text: &mut String,
    depth: Option<usize>,
    [open, close]: [char; 2],
    items: &[T],
    write: impl Fn(&mut String, &T, Option<usize>),
) {
    text.push(open);
    let inner = depth.map(|depth| depth + 1);
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        new_line(text, inner);
        write(text, item, inner);
    }
    if !items.is_empty() {
        new_line(text, depth);
    }
    text.push(close);
}

fn new_line(text: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
}

fn quote(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        let _ = match character {
            '"' => write!(text, "\\\""),
            '\\' => write!(text, "\\\\"),
            '\n' => write!(text, "\\n"),
            '\r' => write!(text, "\\r"),
            '\t' => write!(text, "\\t"),
            '\u{8}' => write!(text, "\\b"),
            '\u{c}' => write!(text, "\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(text, "\\u{:04x}", u32::from(character))
            }
            _ => write!(text, "{character}"),
        };
    }
    text.push('"');
}

/// An object in the making. What is empty is left out, as with Go's `omitempty`.
#[derive(Default)]
pub(super) struct Object(Vec<(String, Json)>);

impl Object {
    /// Adds a key whatever its value is.
    pub(super) fn always(&mut self, key: &str, value: Json) -> &mut Self {
        self.0.push((key.to_owned(), value));
        self
    }

    pub(super) fn some(&mut self, key: &str, value: Option<Json>) -> &mut Self {
        if let Some(value) = value {
            self.always(key, value);
        }
        self
    }

    pub(super) fn text<T: AsRef<str>>(&mut self, key: &str, value: Option<T>) -> &mut Self {
        let text = value.filter(|value| !value.as_ref().is_empty());
        self.some(key, text.map(|text| Json::Text(text.as_ref().to_owned())))
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) -> &mut Self {
        self.some(key, value.then_some(Json::Bool(true)))
    }

    /// A flag of which also `false` is written.
    pub(super) fn optional_flag(&mut self, key: &str, value: Option<bool>) -> &mut Self {
        self.some(key, value.map(Json::Bool))
    }

    pub(super) fn integer(&mut self, key: &str, value: Option<i64>) -> &mut Self {
        self.some(key, value.filter(|value| *value != 0).map(|value| Json::Integer(value.into())))
    }

    pub(super) fn single(&mut self, key: &str, value: Option<f32>) -> &mut Self {
        self.some(key, value.filter(|value| *value != 0.0).map(Json::Single))
    }

    /// An amount in bytes, which compose writes as a string.
    pub(super) fn bytes(&mut self, key: &str, value: Option<i64>) -> &mut Self {
        self.text(key, value.filter(|value| *value != 0).map(|value| value.to_string()))
    }

    pub(super) fn texts(&mut self, key: &str, values: &[String]) -> &mut Self {
        self.some(key, (!values.is_empty()).then(|| values.into()))
    }

    pub(super) fn map(&mut self, key: &str, values: &BTreeMap<String, String>) -> &mut Self {
        let object = || values.iter().map(|(key, value)| (key.clone(), Json::Text(value.clone()))).collect();
        self.some(key, (!values.is_empty()).then(|| Json::Object(object())))
    }

    pub(super) fn list(&mut self, key: &str, values: Vec<Json>) -> &mut Self {
        self.some(key, (!values.is_empty()).then_some(Json::List(values)))
    }

    /// Keys and values that are sorted already.
    pub(super) fn object(&mut self, key: &str, values: Vec<(String, Json)>) -> &mut Self {
        self.some(key, (!values.is_empty()).then_some(Json::Object(values)))
    }

    pub(super) fn done(&mut self) -> Json {
        Json::Object(std::mem::take(&mut self.0))
    }
}

impl From<&[String]> for Json {
    fn from(values: &[String]) -> Self {
        Self::List(values.iter().cloned().map(Self::Text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_go_does() {
        let value = Json::Text("a<b>&\"\\\n\u{1}\u{7f}é\u{2028}'/".to_owned());
        assert_eq!(value.compact(), "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\u0001\u{7f}é\\u2028'/\"");
    }

    #[test]
    fn empty_containers_stay_on_their_line() {
        let mut object = Object::default();
        object.always("a", Json::List(Vec::new())).always("b", Json::Object(Vec::new())).flag("c", false);
        object.texts("d", &["x".to_owned()]);
        assert_eq!(object.done().pretty(), "{\n  \"a\": [],\n  \"b\": {},\n  \"d\": [\n    \"x\"\n  ]\n}");
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let numbers =
            [Json::Single(1.1), Json::Single(0.5), Json::Double(1e21), Json::Double(1e-7), Json::Double(100.0)];
        let written: Vec<String> = numbers.iter().map(Json::compact).collect();
        assert_eq!(written, ["1.1", "0.5", "1e+21", "1e-7", "100"]);
    }
}
