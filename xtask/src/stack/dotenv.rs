//! Compose's `.env` dialect.
//!
//! Follows the package `dotenv` of compose-go, its oddities included: a comment behind an unquoted value needs a
//! space before its `#`, single quotes keep everything but `\'`, double quotes know the escapes of Go and may
//! span lines, `NAME` alone takes the value from outside, and a later line sees the earlier ones.

use std::collections::BTreeMap;
use std::ops::Range;

use super::go_text::quote;
use super::interpolate::{Lookup, TemplateError, interpolate};

/// Variables by name.
pub type Values = BTreeMap<String, String>;

/// Why a file cannot be read, and where. The wording is that of compose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct DotenvError {
    /// 1-based line, as compose counts.
    pub line: usize,
    /// Byte offset of the place.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong in an `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A character that no variable name may have.
    UnexpectedCharacter {
        /// The character.
        character: char,
        /// The line from the name on.
        text: String,
    },
    /// White space inside a name.
    KeyWithSpace,
    /// `export` and then nothing.
    ZeroLength,
    /// A quote that nothing closes.
    Unterminated {
        /// The line from the quote on.
        text: String,
    },
    /// A variable inside a value.
    Template(TemplateError),
}

impl DotenvError {
    fn message(&self) -> String {
        let line = self.line;
        match &self.problem {
            Problem::UnexpectedCharacter { character, text } => format!(
                "line {line}: unexpected character {} in variable name {}",
                quote(character.encode_utf8(&mut [0; 4])),
                quote(text)
            ),
            Problem::KeyWithSpace => format!("line {line}: key cannot contain a space"),
            Problem::ZeroLength => "zero length string".to_owned(),
            Problem::Unterminated { text } => format!("line {line}: unterminated quoted value {text}"),
            Problem::Template(error) => error.to_string(),
        }
    }
}

/// Reads the text of a file. A variable inside a value is looked up with `lookup` first and then among the lines
/// before it.
pub fn parse(text: &str, lookup: Lookup<'_>) -> Result<Values, DotenvError> {
    let mut values = Values::new();
    Parser { text, at: 0, line: 1, lookup }.run(&mut values)?;
    Ok(values)
}

/// As [`parse`], for a whole file: adds to what other files gave before it, which its lines see too, and passes
/// over a byte order mark.
pub fn parse_file(text: &str, values: &mut Values, lookup: Lookup<'_>) -> Result<(), DotenvError> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    Parser { text, at, line: 1, lookup }.run(values)
}

/// One line of a file, or several where its value goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name.
    pub name: String,
    /// The value; `None` where the name stands alone and nothing outside has it.
    pub value: Option<String>,
    /// Byte offset of the name, or of the `export` before it.
    pub start: usize,
    /// Byte range of the value as it is written, its quotes included; where the name stands alone, the end of it.
    pub written: Range<usize>,
    /// Whether the name stands alone, without an equals sign.
    pub is_alone: bool,
}

/// As [`parse`], but with the places of names and values: for whoever wants to change a file and keep all the rest.
pub fn statements(text: &str, lookup: Lookup<'_>) -> Result<Vec<Statement>, DotenvError> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mut parser, mut values) = (Parser { text, at, line: 1, lookup }, Values::new());
    let mut found = Vec::new();
    while let Some(statement) = parser.statement(&mut values)? {
        found.push(statement);
    }
    Ok(found)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    lookup: Lookup<'a>,
}

/// White space that does not end a line.
fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'a> Parser<'a> {
    fn run(mut self, values: &mut Values) -> Result<(), DotenvError> {
        while self.statement(values)?.is_some() {}
        Ok(())
    }

    /// The next statement, whose value is added to those before it; `None` at the end of the file.
    fn statement(&mut self, values: &mut Values) -> Result<Option<Statement>, DotenvError> {
        if !self.find_statement() {
            return Ok(None);
        }
        let start = self.at;
        let (key, is_alone) = self.key()?;
        if key.contains(' ') {
            return Err(self.error(start, Problem::KeyWithSpace));
        }
        let (value, written) = if is_alone {
            let end = start + self.text[start..self.at].trim_end().len();
            ((self.lookup)(key), end..end)
        } else {
            let from = self.at;
            (Some(self.value(values)?), from..self.end_of_value(from))
        };
        if let Some(value) = &value {
            values.insert(key.to_owned(), value.clone());
        }
        Ok(Some(Statement { name: key.to_owned(), value, start, written, is_alone }))
    }

    /// Where a value ends that begins at `from` and has just been read.
    fn end_of_value(&self, from: usize) -> usize {
        let written = &self.text[from..self.at];
        match written.chars().next() {
            Some('"' | '\'') => self.at,
            _ => from + bare(written.split('\n').next().unwrap_or(written)).len(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, offset: usize, problem: Problem) -> DotenvError {
        DotenvError { line: self.line, offset, problem }
    }

    fn skip(&mut self, predicate: impl Fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(predicate).len();
    }

    /// Goes to the next name, over blank lines and comments; `false` at the end of the file.
    fn find_statement(&mut self) -> bool {
        loop {
            let start = self.at;
            self.skip(char::is_whitespace);
            self.line += self.text[start..self.at].matches('\n').count();
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.skip(|character| character != '\n');
        }
    }

    /// The name, and whether it stands alone and so takes its value from outside.
    fn key(&mut self) -> Result<(&'a str, bool), DotenvError> {
        if let Some(exported) = self.rest().strip_prefix("export")
            && exported.starts_with([' ', '\t', '\n', '\u{c}', '\r'])
        {
            self.at += "export".len();
            self.skip(is_space);
        }
        let source = self.rest();
        if source.is_empty() {
            return Err(self.error(self.at, Problem::ZeroLength));
        }
        // A name that runs to the end of the file without a sign behind it has no name and is the value: so
        // compose has it.
        let (mut key, mut length, mut inherited) = ("", 0, false);
        for (at, character) in source.char_indices() {
            match character {
                '=' | ':' | '\n' => {
                    (key, length, inherited) = (&source[..at], at + 1, character == '\n');
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                _ if is_space(character) || character.is_alphanumeric() => {}
                _ => {
                    let text = source.split('\n').next().unwrap_or(source).to_owned();
                    return Err(self.error(self.at + at, Problem::UnexpectedCharacter { character, text }));
                }
            }
        }
        if inherited && !key.contains(' ') {
            self.line += 1;
        }
        self.at += length;
        self.skip(is_space);
        Ok((key.trim_end(), inherited))
    }

    fn value(&mut self, values: &Values) -> Result<String, DotenvError> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote, values),
            _ => self.unquoted(values),
        }
    }

    fn unquoted(&mut self, values: &Values) -> Result<String, DotenvError> {
        let start = self.at;
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or(rest);
        self.at = (self.at + line.len() + 1).min(self.text.len());
        let expanded = self.expand(bare(line), start, values)?;
        self.line += 1;
        Ok(expanded)
    }

    fn quoted(&mut self, quote: char, values: &Values) -> Result<String, DotenvError> {
        let start = self.at;
        let rest = self.rest();
        let mut value = String::new();
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            if character == '\n' {
                self.line += 1;
            }
            if character == quote && !escaped {
                self.at = start + at + 1;
                return if quote == '"' { self.expand(&unescape(&value), start, values) } else { Ok(value) };
            }
            if character == '\\' && !escaped {
                escaped = true;
                continue;
            }
            // Of the escapes only that of the quote is resolved here.
            if escaped && character != quote {
                value.push('\\');
            }
            escaped = false;
            value.push(character);
        }
        let text = rest.split('\n').next().unwrap_or(rest).to_owned();
        Err(self.error(start, Problem::Unterminated { text }))
    }

    fn expand(&self, value: &str, offset: usize, values: &Values) -> Result<String, DotenvError> {
        let lookup = |name: &str| (self.lookup)(name).or_else(|| values.get(name).cloned());
        match interpolate(value, &lookup) {
            Ok(result) => Ok(result.text),
            Err(error) => Err(self.error(offset, Problem::Template(error))),
        }
    }
}

/// A value without quotes: without the comment behind it.
fn bare(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim_end()
}

/// Resolves the escapes of a double-quoted value, as compose-go does with
/// `\\(?:[abcfnrtv$"\\]|0\d{0,3})` and Go's own unquoting.
fn unescape(value: &str) -> String {
    let mut result = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let length = match escape.chars().next() {
            Some('0') => push_octal(&mut result, escape),
            Some(character) => push_escape(&mut result, character),
            None => {
                result.push('\\');
                0
            }
        };
        rest = &escape[length..];
    }
    result.push_str(rest);
    result
}

/// Appends what an escape of one character means, and returns how many bytes it took behind its backslash.
fn push_escape(result: &mut String, character: char) -> usize {
    let meant = match character {
        'a' => "\u{7}",
        'b' => "\u{8}",
        'f' => "\u{c}",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\u{b}",
        '"' => "\"",
        '\\' => "\\",
        // Kept from being interpolated.
        '$' => "$$",
        _ => {
            result.push('\\');
            return 0;
        }
    };
    result.push_str(meant);
    1
}

/// Appends what `\0` and up to three digits mean. Go's octal escapes have exactly three digits and at most the
/// value 255; with others only the zero is lost.
fn push_octal(result: &mut String, escape: &str) -> usize {
    let digits = escape[1..].bytes().take(3).take_while(u8::is_ascii_digit).count();
    let digits = &escape[1..=digits];
    match u8::from_str_radix(digits, 8) {
        Ok(value) if digits.len() == 3 => result.push(char::from(value)),
        _ => {
            result.push('\\');
            result.push_str(digits);
        }
    }
    1 + digits.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let lookup = |name: &str| (name == "OUTER").then(|| "o".to_owned());
        parse(text, &lookup).expect("a well-formed file").into_iter().collect()
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(values(text), [("A".to_owned(), expected.to_owned())], "{text}");
    }

    #[test]
    fn escapes_are_those_of_go() {
        check(r#"A="\t\0101\012\08\0777\x\$OUTER \\n""#, "\tA\\12\\8\\777\\x$OUTER \\n");
        check(r"A='\t\'x'", r"\t'x");
    }

    #[test]
    fn a_name_alone_takes_the_value_from_outside() {
        assert_eq!(values("OUTER\nNOPE\n"), [("OUTER".to_owned(), "o".to_owned())]);
    }

    #[test]
    fn what_follows_a_closing_quote_is_the_next_statement() {
        assert_eq!(values("A=\"x\"B=2").len(), 2);
    }

    #[test]
    fn places_are_told() {
        let error = parse("A=1\n\n# c\nB=\"x\n", &|_| None).expect_err("an open quote");
        assert_eq!((error.line, error.offset), (5, 11));
        let error = parse("A=1\nB!=2\n", &|_| None).expect_err("a bad name");
        assert_eq!((error.line, error.offset), (2, 5));
    }

    #[test]
    fn files_add_up() {
        let mut values = Values::new();
        parse_file("\u{feff}A=1\n", &mut values, &|_| None).expect("a file");
        parse_file("B=${A}2\n", &mut values, &|_| None).expect("a file");
        assert_eq!(values.get("B").map(String::as_str), Some("12"));
    }

    #[test]
    fn values_are_found_where_they_are_written() {
        let text = "\u{feff}A=1 # one\nexport B = 'x\ny' # two\nC=\n";
        let found = statements(text, &|_| None).expect("a file");
        let written: Vec<_> = found.iter().map(|it| (it.name.as_str(), &text[it.written.clone()])).collect();
        assert_eq!(written, [("A", "1"), ("B", "'x\ny'"), ("C", "")]);
        assert_eq!(text[found[1].start..].split(' ').next(), Some("export"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([A-Z]=|export |[\"'\\\\#$:{}\n\r\té0]|[a-z ]){0,24}") {
            let _ = parse(&text, &|_| None);
            let _ = statements(&text, &|_| None);
        }

        #[test]
        fn single_quotes_keep_everything(value in r"[^'\\]{0,40}") {
            let read = parse(&format!("A='{value}'"), &|_| None).expect("a quoted value");
            prop_assert_eq!(read.get("A"), Some(&value));
        }
    }
}
