//! Rows as the server prints records: `(1,public,"a ""quoted"" text",,t)`. A whole result comes as one text, because each row
//! of its own costs the connection more than its contents.

use std::ops::Range;
use std::str::FromStr;

use serde::de::DeserializeOwned;

/// Why a field cannot be read.
pub(super) type Fault = String;

/// A query that gives its rows as one text, a line each; NULL where it has none.
pub(super) fn as_one_text(query: &str) -> String {
    format!("SELECT string_agg(q::text, E'\\n') FROM ({query}) q")
}

/// The rows in the text of [`as_one_text`].
pub(super) struct Records<'t> {
    rest: &'t str,
    /// The values of the row at hand, one after the other.
    values: String,
    fields: Vec<Option<Range<usize>>>,
}

impl<'t> Records<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { rest: text, values: String::new(), fields: Vec::new() }
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Option<Result<Fields<'_>, Fault>> {
        self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
        if self.rest.is_empty() {
            return None;
        }
        self.values.clear();
        self.fields.clear();
        Some(match self.read_record() {
            Some(()) => Ok(Fields { values: &self.values, fields: &self.fields, next: 0 }),
            None => Err(format!("no record: {}", self.rest.chars().take(100).collect::<String>())),
        })
    }

    fn read_record(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix('(')?;
        loop {
            self.read_field()?;
            let end = self.rest.as_bytes().first()?;
            self.rest = &self.rest[1..];
            if *end == b')' {
                return Some(());
            }
        }
    }

    /// Reads up to the comma or parenthesis that ends the field. A field is quoted as a whole or not at all; nothing at all
    /// is NULL. Single characters are searched for because that is fast even where nothing is optimised.
    fn read_field(&mut self) -> Option<()> {
        let start = self.values.len();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            self.rest = quoted;
            self.read_quoted()?;
            self.fields.push(Some(start..self.values.len()));
            return Some(());
        }
        let up_to_comma = self.rest.find(',').map_or(self.rest, |end| &self.rest[..end]);
        let end = match up_to_comma.find(')') {
            Some(end) => end,
            None if up_to_comma.len() < self.rest.len() => up_to_comma.len(),
            None => return None,
        };
        self.values.push_str(&self.rest[..end]);
        self.rest = &self.rest[end..];
        self.fields.push((end > 0).then_some(start..self.values.len()));
        Some(())
    }

    /// Reads up to the closing quote; quotes and backslashes inside are doubled.
    fn read_quoted(&mut self) -> Option<()> {
        loop {
            let quote = self.rest.find('"')?;
            let plain = self.rest[..quote].find('\\').unwrap_or(quote);
            self.values.push_str(&self.rest[..plain]);
            let bytes = self.rest.as_bytes();
            if bytes.get(plain + 1) != Some(&bytes[plain]) {
                self.rest = &self.rest[plain + 1..];
                return Some(());
            }
            self.values.push_str(&self.rest[plain..=plain]);
            self.rest = &self.rest[plain + 2..];
        }
    }
}

/// The fields of one row, read from left to right.
pub(super) struct Fields<'r> {
    values: &'r str,
    fields: &'r [Option<Range<usize>>],
    next: usize,
}

impl<'r> Fields<'r> {
    /// A text that may be NULL.
    pub(super) fn optional(&mut self) -> Result<Option<&'r str>, Fault> {
        let at = self.next;
        self.next += 1;
        let field = self.fields.get(at).ok_or_else(|| format!("there is no field {}", self.next))?;
        Ok(field.clone().map(|range| &self.values[range]))
    }

    /// A text that is there.
    pub(super) fn text(&mut self) -> Result<&'r str, Fault> {
        self.optional()?.ok_or_else(|| format!("field {} is NULL", self.next))
    }

    /// A text of its own, which may be NULL.
    pub(super) fn owned(&mut self) -> Result<Option<String>, Fault> {
        Ok(self.optional()?.map(str::to_owned))
    }

    /// A number that is there.
    pub(super) fn number<N: FromStr>(&mut self) -> Result<N, Fault> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("field {}, \"{text}\", is no number", self.next))
    }

    /// A number that may be NULL.
    pub(super) fn optional_number<N: FromStr>(&mut self) -> Result<Option<N>, Fault> {
        let Some(text) = self.optional()? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("field {}, \"{text}\", is no number", self.next))
    }

    /// A truth value; NULL is false.
    pub(super) fn flag(&mut self) -> Result<bool, Fault> {
        Ok(self.optional()? == Some("t"))
    }

    /// One letter of the catalogue.
    pub(super) fn letter(&mut self) -> Result<char, Fault> {
        Ok(self.optional()?.and_then(|text| text.chars().next()).unwrap_or(' '))
    }

    /// Numbers in a row, as `int2vector` and `oidvector` come; NULL is none.
    pub(super) fn numbers<N: FromStr>(&mut self) -> Result<Vec<N>, Fault> {
        let Some(text) = self.optional()? else { return Ok(Vec::new()) };
        let words = text.split(' ').filter(|word| !word.is_empty());
        let numbers: Result<Vec<N>, _> = words.map(str::parse).collect();
        numbers.map_err(|_| format!("field {}, \"{text}\", holds no numbers", self.next))
    }

    /// JSON; NULL is what the type has where nothing is said.
    pub(super) fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T, Fault> {
        let Some(text) = self.optional()? else { return Ok(T::default()) };
        serde_json::from_str(text).map_err(|error| format!("field {}, {text}: {error}", self.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_the_server_prints_them() {
        let text = "(1,public,\"a \"\"b\"\", \\\\ c)\n(d\",,\"\",t)\n(2,x,,,f)";
        let mut records = Records::of(text);
        let mut first = records.next().expect("a row").expect("a record");
        assert_eq!(first.number::<u32>(), Ok(1));
        assert_eq!(first.text(), Ok("public"));
        assert_eq!(first.text(), Ok("a \"b\", \\ c)\n(d"));
        assert_eq!(first.optional(), Ok(None));
        assert_eq!(first.optional(), Ok(Some("")));
        assert_eq!(first.flag(), Ok(true));
        assert!(first.optional().is_err());
        let mut second = records.next().expect("a row").expect("a record");
        assert_eq!(second.number::<u32>(), Ok(2));
        assert_eq!((second.text(), second.optional(), second.optional()), (Ok("x"), Ok(None), Ok(None)));
        assert!(records.next().is_none());
    }

    #[test]
    fn what_is_no_record_is_a_fault() {
        for text in ["x", "(1", "(\"1)", "(1,"] {
            assert!(Records::of(text).next().expect("something").is_err(), "{text}");
        }
        assert!(Records::of("").next().is_none());
    }
}
