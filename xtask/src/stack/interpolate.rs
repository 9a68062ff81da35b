//! Compose interpolation: `$VAR`, `${VAR}` and the six forms with an operator, nested, and `$$`.
//!
//! Follows the package `template` of compose-go, its oddities included: a `$` that starts nothing stays, braces
//! inside a default are counted, and a form must end on the line on which it starts.

use super::go_text::quote;

/// How a variable is found: `None` where it is not set at all.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Defaults may nest; deeper than this it is no Compose file any more, and recursion has to end somewhere.
const DEEPEST_NESTING: usize = 64;

/// Text with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpolated {
    /// The result.
    pub text: String,
    /// Names that are not set, have no default and were replaced by nothing, in order of appearance.
    pub unset: Vec<String>,
}

/// Why a template has no value. The wording is that of compose, so that people find it where they search.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `${` that is followed by no well-formed variable.
    #[error("Invalid template: {}", quote(.template))]
    Invalid {
        /// The (part of the) text in which it stands.
        template: String,
    },
    /// `${VAR:?reason}` or `${VAR?reason}` of a variable that is empty or not set.
    #[error("required variable {variable} is missing a value{}", colon(.reason))]
    Required {
        /// The variable.
        variable: String,
        /// What the file says after the question mark; may be empty.
        reason: String,
    },
}

fn colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// Replaces the variables of `template`.
pub fn interpolate(template: &str, lookup: Lookup<'_>) -> Result<Interpolated, TemplateError> {
    let mut expansion = Expansion { lookup, unset: Vec::new() };
    let text = expansion.substitute(template, 0)?;
    Ok(Interpolated { text, unset: expansion.unset })
}

/// How a template uses a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use<'t> {
    /// The variable.
    pub name: &'t str,
    /// What is done where it has no value.
    pub without: Without<'t>,
}

/// What a template does with a variable that has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without<'t> {
    /// Takes it as empty.
    Empty,
    /// Takes this instead, which may hold variables itself.
    Default(&'t str),
    /// Refuses, with this reason.
    Refuse(&'t str),
}

/// Every use of a variable in a template, also inside of defaults and reasons.
pub fn uses(template: &str) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    collect_uses(template, 0, &mut found);
    found
}

fn collect_uses<'t>(template: &'t str, depth: usize, found: &mut Vec<Use<'t>>) {
    let mut at = 0;
    while let Some(dollar) = template[at..].find('$').map(|dollar| at + dollar) {
        at = dollar + 1;
        match token(&template[at..]) {
            Token::Escaped => at += 1,
            Token::Variable { name, length } => {
                found.push(Use { name, without: Without::Empty });
                at += length;
            }
            Token::Form(form) if depth < DEEPEST_NESTING => {
                let without = match form.operator.sign {
                    b'-' => Without::Default(form.rest),
                    b'?' => Without::Refuse(form.rest),
                    _ => Without::Empty,
                };
                found.push(Use { name: form.name, without });
                collect_uses(form.rest, depth + 1, found);
                at = dollar + form.length;
            }
            Token::Plain | Token::Form(_) | Token::Invalid => {}
        }
    }
}

/// Whether a character may stand in a variable name. The two last ones are what Go's case-insensitive `[a-z]`
/// takes besides the ASCII letters (long s and the Kelvin sign).
fn is_name_start(character: char) -> bool {
    character == '_' || character.is_ascii_alphabetic() || matches!(character, '\u{17f}' | '\u{212a}')
}

fn name_length(text: &str) -> usize {
    let mut length = 0;
    for (at, character) in text.char_indices() {
        let fits = is_name_start(character) || (at > 0 && character.is_ascii_digit());
        if !fits {
            break;
        }
        length = at + character.len_utf8();
    }
    length
}

/// What stands after a dollar sign.
enum Token<'t> {
    /// Nothing that means anything: the dollar sign stays.
    Plain,
    /// A second dollar sign.
    Escaped,
    /// `$NAME` or `${NAME}`, with the length of what follows the dollar sign.
    Variable { name: &'t str, length: usize },
    /// `${NAME` with an operator.
    Form(Form<'t>),
    /// `${` and then no variable.
    Invalid,
}

/// `${NAME:-rest}` and its five sisters.
struct Form<'t> {
    name: &'t str,
    operator: Operator,
    rest: &'t str,
    /// Bytes from the dollar sign to behind the brace that closes the form.
    length: usize,
    /// Bytes from the dollar sign to behind the last brace of the line.
    reach: usize,
}

#[derive(Clone, Copy)]
struct Operator {
    /// `-`, `+` or `?`.
    sign: u8,
    /// With a colon an empty value counts as none.
    colon: bool,
}

/// Reads what follows a dollar sign.
fn token(tail: &str) -> Token<'_> {
    if tail.starts_with('$') {
        return Token::Escaped;
    }
    let Some(inner) = tail.strip_prefix('{') else {
        return match name_length(tail) {
            0 => Token::Plain,
            length => Token::Variable { name: &tail[..length], length },
        };
    };
    let name = &inner[..name_length(inner)];
    if name.is_empty() {
        return Token::Invalid;
    }
    if inner[name.len()..].starts_with('}') {
        return Token::Variable { name, length: name.len() + 2 };
    }
    form(inner, name).map_or(Token::Invalid, Token::Form)
}

/// Reads `NAME:-rest}` where an operator follows the name.
fn form<'t>(inner: &'t str, name: &'t str) -> Option<Form<'t>> {
    let after = &inner.as_bytes()[name.len()..];
    let colon = after.first() == Some(&b':');
    let sign = *after.get(usize::from(colon))?;
    if !matches!(sign, b'-' | b'+' | b'?') {
        return None;
    }
    let rest_start = name.len() + usize::from(colon) + 1;
    let line_end = inner[rest_start..].find('\n').map_or(inner.len(), |newline| rest_start + newline);
    let last_brace = rest_start + inner[rest_start..line_end].rfind('}')?;
    // The form reaches to its own closing brace; where the braces do not balance, to the last of the line.
    let end = closing_brace(&inner[..=last_brace]).unwrap_or(last_brace);
    let operator = Operator { sign, colon };
    Some(Form { name, operator, rest: &inner[rest_start..end], length: end + 3, reach: last_brace + 3 })
}

/// Where the brace closes that stands before `inner`. The character after an opening brace is never looked at:
/// compose-go skips it.
fn closing_brace(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let (mut open, mut at) = (1_usize, 1_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            b'{' => {
                open += 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

struct Expansion<'a> {
    lookup: Lookup<'a>,
    unset: Vec<String>,
}

impl Expansion<'_> {
    fn substitute(&mut self, template: &str, depth: usize) -> Result<String, TemplateError> {
        let mut result = String::with_capacity(template.len());
        // What an error names as its template: after a form, compose-go goes on with the rest of its line alone.
        let mut scope = 0..template.len();
        let mut at = 0;
        while let Some(found) = template[at..].find('$') {
            let dollar = at + found;
            result.push_str(&template[at..dollar]);
            if dollar >= scope.end {
                scope = 0..template.len();
            }
            match token(&template[dollar + 1..]) {
                Token::Plain => {
                    result.push('$');
                    at = dollar + 1;
                }
                Token::Escaped => {
                    result.push('$');
                    at = dollar + 2;
                }
                Token::Variable { name, length } => {
                    result.push_str(&self.value_or_blank(name));
                    at = dollar + 1 + length;
                }
                Token::Form(form) if depth < DEEPEST_NESTING => {
                    result.push_str(&self.apply(&form, depth)?);
                    at = dollar + form.length;
                    scope = at..dollar + form.reach;
                }
                Token::Form(_) | Token::Invalid => {
                    return Err(TemplateError::Invalid { template: template[scope].to_owned() });
                }
            }
        }
        result.push_str(&template[at..]);
        Ok(result)
    }

    fn value_or_blank(&mut self, name: &str) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            self.unset.push(name.to_owned());
            String::new()
        })
    }

    fn apply(&mut self, form: &Form<'_>, depth: usize) -> Result<String, TemplateError> {
        let value = (self.lookup)(form.name);
        let present = value.as_ref().is_some_and(|value| !(form.operator.colon && value.is_empty()));
        match (form.operator.sign, present) {
            (b'-', false) | (b'+', true) => self.substitute(form.rest, depth + 1),
            (b'?', false) => {
                let reason = self.substitute(form.rest, depth + 1)?;
                Err(TemplateError::Required { variable: form.name.to_owned(), reason })
            }
            _ => Ok(value.unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "SET" => Some("val".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn check(template: &str, expected: &str) {
        assert_eq!(interpolate(template, &lookup).map(|result| result.text), Ok(expected.to_owned()), "{template}");
    }

    #[test]
    fn several_forms_on_one_line_end_at_their_own_brace() {
        check("${SET:-a} and ${NONE:-b} and ${SET}}", "val and b and val}");
        check("{${NONE-a}} {${NONE-{b}}}", "{a} {{b}}");
    }

    #[test]
    fn unbalanced_braces_reach_to_the_last_one_of_the_line() {
        check("${NONE:-{b}", "{b");
        check("${NONE:-{}}", "{}");
    }

    #[test]
    fn names_without_a_value_are_told() {
        let result = interpolate("$NONE ${OTHER} ${THIRD:-x}", &lookup).expect("a template");
        assert_eq!((result.text.as_str(), result.unset), ("  x", vec!["NONE".to_owned(), "OTHER".to_owned()]));
    }

    #[test]
    fn uses_are_found_also_inside_of_others() {
        let found = uses("$A ${B:-x${C:?why $D}} $$E ${F+y} ${");
        let use_of = |name, without| Use { name, without };
        let expected = [
            use_of("A", Without::Empty),
            use_of("B", Without::Default("x${C:?why $D}")),
            use_of("C", Without::Refuse("why $D")),
            use_of("D", Without::Empty),
            use_of("F", Without::Empty),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_form_ends_on_its_line() {
        let error = interpolate("${NONE:-a\nb}", &lookup).expect_err("two lines");
        assert_eq!(error.to_string(), r#"Invalid template: "${NONE:-a\nb}""#);
    }

    #[test]
    fn the_invalid_part_is_named_as_compose_names_it() {
        let error = interpolate("a ${SET:-x} b ${} c }", &lookup).expect_err("an empty name");
        assert_eq!(error, TemplateError::Invalid { template: " b ${} c }".to_owned() });
        let error = interpolate("${SET:-x} }\n${}", &lookup).expect_err("an empty name");
        assert_eq!(error, TemplateError::Invalid { template: "${SET:-x} }\n${}".to_owned() });
    }

    #[test]
    fn nesting_ends_somewhere() {
        let deep = format!("{}x{}", "${NONE:-".repeat(10_000), "}".repeat(10_000));
        assert!(matches!(interpolate(&deep, &lookup), Err(TemplateError::Invalid { .. })));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(template in r"([$]\{?(SET|EMPTY|X|ſ)?(:?[-+?])?|[{}$:é\n]|[a-z ]){0,24}") {
            let _ = interpolate(&template, &lookup);
            let _ = uses(&template);
        }

        #[test]
        fn text_without_dollar_signs_stays(template in "[^$]{0,40}") {
            prop_assert_eq!(interpolate(&template, &lookup).map(|result| result.text), Ok(template));
        }

        #[test]
        fn escaped_text_comes_back(text in ".{0,40}") {
            let escaped = text.replace('$', "$$");
            prop_assert_eq!(interpolate(&escaped, &lookup).map(|result| result.text), Ok(text));
        }
    }
}
