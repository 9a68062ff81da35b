//! The text of an env file, to be read with its comments and changed in single values: everything else stays as it is.

use camino::{Utf8Path, Utf8PathBuf};

use super::StackError;
use super::dotenv::{Statement, statements};
use super::interpolate::interpolate;

/// An env file as a person wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvText {
    path: Utf8PathBuf,
    text: String,
    entries: Vec<Statement>,
}

impl EnvText {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Where a line cannot be understood.
    pub fn parse(path: impl AsRef<Utf8Path>, text: impl Into<String>) -> Result<Self, StackError> {
        let (path, text) = (path.as_ref().to_owned(), text.into());
        let entries = statements(&text, &|_| None).map_err(|error| StackError::env_file(&path, &text, &error));
        let mut entries = entries?;
        // Compose takes a last line without a sign for a value without a name.
        entries.retain(|entry| !entry.name.is_empty());
        Ok(Self { path, text, entries })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Whether the file gives a name, or mentions it in a comment as `# NAME=…`: a person has left it out on purpose then.
    pub fn mentions(&self, name: &str) -> bool {
        let commented = |line: &str| {
            let line = line.trim_start().strip_prefix('#')?.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            line.strip_prefix(name).map(|rest| rest.trim_start().starts_with('='))
        };
        self.entry(name).is_some() || self.text.lines().any(|line| commented(line) == Some(true))
    }

    /// The value of a name by itself: variables in it count as empty, since they have values of their own elsewhere. The
    /// last one, where the name is given twice.
    pub fn own_value(&self, name: &str) -> Option<String> {
        let entry = self.entry(name)?;
        let written = &self.text[entry.written.clone()];
        if written.starts_with('\'') || !written.contains('$') {
            return entry.value.clone();
        }
        let inside = written.trim_matches('"');
        interpolate(inside, &|_| None).map_or_else(|_| entry.value.clone(), |result| Some(result.text))
    }

    /// The value of a name, its variables replaced by the lines before it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.entry(name)?.value.as_deref()
    }

    /// The 1-based line of a name.
    pub fn line(&self, name: &str) -> Option<usize> {
        Some(self.text[..self.entry(name)?.start].matches('\n').count() + 1)
    }

    /// The comment that stands directly above a name, without its signs.
    pub fn comment(&self, name: &str) -> Vec<String> {
        let Some(entry) = self.entry(name) else { return Vec::new() };
        self.block(entry)
            .lines()
            .filter_map(|line| line.trim().strip_prefix('#'))
            .map(|it| it.trim().to_owned())
            .collect()
    }

    /// The lines of a name with the comment above it, as they are to be copied into another file.
    pub fn passage(&self, name: &str) -> Option<String> {
        let entry = self.entry(name)?;
        let line_end = self.text[entry.written.end..].find('\n').map_or(self.text.len(), |at| entry.written.end + at);
        Some(format!("{}{}\n", self.block(entry), &self.text[entry.start..line_end]))
    }

    /// The same file with another value, or with the name at its end.
    ///
    /// # Errors
    /// Where the result could not be read, which no value that is given leads to.
    pub fn with(&self, name: &str, value: &str) -> Result<Self, StackError> {
        let written = quoted(value);
        let mut text = self.text.clone();
        match self.entry(name) {
            Some(entry) if entry.is_alone => text.insert_str(entry.written.end, &format!("={written}")),
            Some(entry) => {
                // With nothing before it, a comment would be the value.
                let has_comment = text[entry.written.end..].lines().next().is_some_and(|rest| !rest.trim().is_empty());
                let written = if value.is_empty() && has_comment { "''" } else { &written };
                text.replace_range(entry.written.clone(), written);
            }
            None => {
                ends_its_line(&mut text);
                text.push_str(&format!("{name}={written}\n"));
            }
        }
        Self::parse(&self.path, text)
    }

    /// The same file with a passage at its end.
    ///
    /// # Errors
    /// Where the passage cannot be read.
    pub fn with_passage(&self, passage: &str) -> Result<Self, StackError> {
        let mut text = self.text.clone();
        ends_its_line(&mut text);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(passage);
        Self::parse(&self.path, text)
    }

    fn entry(&self, name: &str) -> Option<&Statement> {
        self.entries.iter().rfind(|entry| entry.name == name)
    }

    /// The lines of comment directly above, each with its end.
    fn block(&self, entry: &Statement) -> &str {
        let above = &self.text[..entry.start];
        let mut start = above.len();
        for line in above.split_inclusive('\n').rev() {
            if !line.ends_with('\n') || !line.trim_start().starts_with('#') {
                break;
            }
            start -= line.len();
        }
        &above[start..]
    }
}

/// Values may be secrets: only the names are shown.
impl std::fmt::Debug for EnvText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

fn ends_its_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// A value as it is written: as it is where nothing in it means anything, in single quotes where that is enough, which other
/// readers of such files understand too, else in double quotes.
fn quoted(value: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_-./:@%+,=~".contains(character);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\\', '\n', '\r']) {
        return format!("'{value}'");
    }
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '\\' | '"' | '$' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "# Who.\nUSER=me\n\n# The key\n#   of the service.\nexport KEY=changeme # soon\n# OFF=1\nURL=\"x://${USER}:${NONE:-changeme}@h\"\n";

    fn file(text: &str) -> EnvText {
        EnvText::parse(".env", text).expect("a file")
    }

    #[test]
    fn a_value_is_replaced_and_all_the_rest_stays() {
        let changed = file(FILE).with("KEY", "it's $5 \\").expect("a file");
        assert_eq!(changed.as_str(), FILE.replace("changeme # soon", "\"it's \\$5 \\\\\" # soon"));
        assert_eq!(changed.value("KEY"), Some("it's $5 \\"));
        assert_eq!(file("A=1").with("B", "x y").expect("a file").as_str(), "A=1\nB='x y'\n");
        assert_eq!(file("export A \nB=1\n").with("A", "2").expect("a file").as_str(), "export A=2 \nB=1\n");
        assert_eq!(file("A\nB=1\n").with("A", "2").expect("a file").as_str(), "A=2\nB=1\n");
        assert_eq!(file("A=\nB=1\n").with("A", "2").expect("a file").as_str(), "A=2\nB=1\n");
    }

    #[test]
    fn comments_belong_to_the_name_below() {
        let file = file(FILE);
        assert_eq!(file.comment("KEY"), ["The key", "of the service."]);
        assert_eq!(file.passage("USER").as_deref(), Some("# Who.\nUSER=me\n"));
        assert_eq!((file.line("KEY"), file.mentions("OFF"), file.mentions("OF")), (Some(6), true, false));
    }

    #[test]
    fn variables_of_others_are_not_part_of_a_value() {
        let file = file(FILE);
        assert_eq!(file.own_value("URL").as_deref(), Some("x://:changeme@h"));
        assert_eq!(file.value("URL"), Some("x://me:changeme@h"));
    }

    #[test]
    fn a_passage_is_added_at_the_end() {
        let added = file("A=1").with_passage("# c\nB=2\n").expect("a file");
        assert_eq!(added.as_str(), "A=1\n\n# c\nB=2\n");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in "[ -~é\n\r]{0,24}") {
            let written = file("# c\nA=old # why\nB=2\n").with("A", &value).expect("a file");
            prop_assert_eq!(written.value("A"), Some(value.as_str()));
            prop_assert_eq!(written.value("B"), Some("2"));
            let appended = file("B=2").with("A", &value).expect("a file");
            prop_assert_eq!(appended.value("A"), Some(value.as_str()));
        }
    }
}
