//! How compose splits a command that is written as one string.
//!
//! Follows go-shellwords 1.0.12, which is no shell: variables and back quotes stay as they are, and everything
//! from an unquoted `;`, `&`, `|`, `<` or `>` on is silently dropped. Where that happens is told.

/// The words of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub words: Vec<String>,
    /// Byte offset of the operator at which the rest of the command was dropped.
    pub cut_at: Option<usize>,
}

/// A quote, a backslash or a `$(` that nothing closes, or a bracket that opens or closes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid command line string")]
pub struct InvalidCommand;

/// Inside what a character stands.
#[derive(Clone, Copy, Default)]
struct Inside {
    double: bool,
    single: bool,
    back_quote: bool,
    dollar: bool,
}

impl Inside {
    fn anything(self) -> bool {
        self.double || self.single || self.back_quote || self.dollar
    }
}

/// Splits `line` into words.
pub fn split(line: &str) -> Result<Words, InvalidCommand> {
    let mut splitter = Splitter::default();
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        if escaped {
            splitter.push(character);
            escaped = false;
        } else if character == '\\' && !splitter.inside.single {
            escaped = true;
        } else if matches!(character, ' ' | '\t' | '\r' | '\n') {
            splitter.space(character);
        } else if matches!(character, ';' | '&' | '|' | '<' | '>') && !splitter.inside.anything() {
            splitter.cut(at, character);
            break;
        } else {
            splitter.take(character)?;
        }
    }
    if escaped || splitter.inside.anything() {
        return Err(InvalidCommand);
    }
    splitter.end_word();
    Ok(splitter.result)
}

#[derive(Default)]
struct Splitter {
    result: Words,
    word: String,
    /// Whether there is a word at all: `''` is one, and it is empty.
    started: bool,
    inside: Inside,
}

impl Splitter {
    fn push(&mut self, character: char) {
        self.word.push(character);
        self.started = true;
    }

    fn end_word(&mut self) {
        if std::mem::take(&mut self.started) {
            self.result.words.push(std::mem::take(&mut self.word));
        }
    }

    fn space(&mut self, character: char) {
        if self.inside.anything() {
            // White space alone starts no word, not even inside quotes; the closing quote does.
            self.word.push(character);
        } else {
            self.end_word();
        }
    }

    fn cut(&mut self, at: usize, operator: char) {
        // `2>file`: the digit belongs to the operator.
        if operator == '>' && self.word.starts_with(|first: char| first.is_ascii_digit()) {
            self.started = false;
        }
        self.result.cut_at = Some(at);
    }

    fn take(&mut self, character: char) -> Result<(), InvalidCommand> {
        let quoted = self.inside.single || self.inside.double;
        match character {
            '"' if !self.inside.single && !self.inside.dollar => {
                self.started |= self.inside.double;
                self.inside.double = !self.inside.double;
                return Ok(());
            }
            '\'' if !self.inside.double && !self.inside.dollar => {
                self.started |= self.inside.single;
                self.inside.single = !self.inside.single;
                return Ok(());
            }
            '`' if !quoted && !self.inside.dollar => self.inside.back_quote = !self.inside.back_quote,
            ')' if !quoted && !self.inside.back_quote => self.inside.dollar = !self.inside.dollar,
            '(' if !quoted && !self.inside.back_quote => {
                if self.inside.dollar || !self.word.ends_with('$') {
                    return Err(InvalidCommand);
                }
                self.inside.dollar = true;
            }
            _ => {}
        }
        self.push(character);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_is_told() {
        let words = split("alembic upgrade head && serve").expect("words");
        assert_eq!((words.words.len(), words.cut_at), (3, Some(21)));
    }

    #[test]
    fn a_redirection_takes_its_digit_along() {
        assert_eq!(split("serve 2>errors").expect("words").words, ["serve"]);
        assert_eq!(split("serve a2>errors").expect("words").words, ["serve", "a2"]);
    }

    #[test]
    fn what_nothing_closes_is_refused() {
        for line in ["a \\", "a 'b", "a \"b", "a `b", "a $(b", "a (b)", "a ) b"] {
            assert_eq!(split(line), Err(InvalidCommand), "{line}");
        }
    }
}
