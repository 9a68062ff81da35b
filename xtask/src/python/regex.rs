//! Regular expressions as far as names of tables are made with them: `re.sub` with groups, classes and lookaround.

/// A pattern that was read.
pub(super) struct Regex {
    branches: Vec<Vec<Piece>>,
}

struct Piece {
    what: What,
    least: usize,
    most: usize,
    lazy: bool,
}

enum What {
    Any,
    Start,
    End,
    Boundary(bool),
    /// Letters and ranges, and whether they are meant or all others.
    Set(Vec<(char, char)>, bool),
    Group(Option<usize>, Vec<Vec<Piece>>),
    /// Forwards or backwards, and whether it must be there.
    Look {
        ahead: bool,
        present: bool,
        inner: Vec<Vec<Piece>>,
    },
}

const MANY: usize = 100_000;

type Groups = Vec<Option<(usize, usize)>>;

impl Regex {
    /// Reads a pattern; `None` for what this reader does not know.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let mut reader = Reader { letters: pattern.chars().collect(), at: 0, groups: 0 };
        let branches = reader.branches()?;
        (reader.at == reader.letters.len()).then_some(Self { branches })
    }

    /// `re.sub`; a count of 0 replaces all.
    pub(super) fn replace(&self, text: &str, replacement: &str, count: i128) -> Option<String> {
        let letters: Vec<char> = text.chars().collect();
        let mut result = String::new();
        let mut at = 0;
        let mut done = 0;
        while at <= letters.len() {
            let may = count <= 0 || done < count;
            let found = if may { self.match_at(&letters, at) } else { None };
            // An empty match right behind one that is not empty counts, since Python 3.7.
            if let Some((end, groups)) = found {
                result.push_str(&expand(replacement, &letters, at, end, &groups)?);
                done += 1;
                if end > at {
                    at = end;
                    continue;
                }
            }
            if let Some(letter) = letters.get(at) {
                result.push(*letter);
            }
            at += 1;
        }
        Some(result)
    }

    fn match_at(&self, text: &[char], at: usize) -> Option<(usize, Groups)> {
        let mut found = None;
        any_branch(&self.branches, text, at, &vec![None; 20], &mut |end, groups| {
            found = Some((end, groups.clone()));
            true
        });
        found
    }
}

fn expand(replacement: &str, text: &[char], start: usize, end: usize, groups: &Groups) -> Option<String> {
    let mut result = String::new();
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            result.push(letter);
            continue;
        }
        let number = match letters.next()? {
            'g' => {
                letters.next_if_eq(&'<')?;
                let name: String = std::iter::from_fn(|| letters.next_if(|letter| *letter != '>')).collect();
                letters.next();
                name.parse::<usize>().ok()?
            }
            digit if digit.is_ascii_digit() => digit.to_digit(10)? as usize,
            '\\' => {
                result.push('\\');
                continue;
            }
            _ => return None,
        };
        let range = if number == 0 { Some((start, end)) } else { *groups.get(number)? };
        result.extend(range.map_or(&[][..], |(from, to)| &text[from..to]));
    }
    Some(result)
}

type Then<'f> = &'f mut dyn FnMut(usize, &Groups) -> bool;

fn any_branch(branches: &[Vec<Piece>], text: &[char], at: usize, groups: &Groups, then: Then<'_>) -> bool {
    branches.iter().any(|pieces| sequence(pieces, text, at, groups, then))
}

fn sequence(pieces: &[Piece], text: &[char], at: usize, groups: &Groups, then: Then<'_>) -> bool {
    match pieces.split_first() {
        None => then(at, groups),
        Some((piece, rest)) => repeat(piece, rest, 0, text, at, groups, then),
    }
}

fn repeat(
    piece: &Piece,
    rest: &[Piece],
    times: usize,
    text: &[char],
    at: usize,
    groups: &Groups,
    then: Then<'_>,
) -> bool {
    let may_stop = times >= piece.least;
    if may_stop && piece.lazy && sequence(rest, text, at, groups, then) {
        return true;
    }
    let more = times < piece.most
        && once(&piece.what, text, at, groups, &mut |end, groups| {
            // A turn that takes nothing would go on for ever.
            let goes_on = end > at || times < piece.least;
            goes_on && repeat(piece, rest, times + 1, text, end, groups, then)
        });
    more || (may_stop && !piece.lazy && sequence(rest, text, at, groups, then))
}

fn once(what: &What, text: &[char], at: usize, groups: &Groups, then: Then<'_>) -> bool {
    let is_word = |at: usize| text.get(at).is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
    match what {
        What::Any => text.get(at).is_some_and(|letter| *letter != '\n') && then(at + 1, groups),
        What::Start => at == 0 && then(at, groups),
        What::End => at == text.len() && then(at, groups),
        What::Boundary(wanted) => {
            let before = at > 0 && is_word(at - 1);
            ((before != is_word(at)) == *wanted) && then(at, groups)
        }
        What::Set(ranges, meant) => {
            let Some(letter) = text.get(at) else { return false };
            let inside = ranges.iter().any(|(from, to)| (from..=to).contains(&letter));
            inside == *meant && then(at + 1, groups)
        }
        What::Group(number, inner) => any_branch(inner, text, at, groups, &mut |end, groups| {
            let mut groups = groups.clone();
            if let Some(slot) = number.and_then(|number| groups.get_mut(number)) {
                *slot = Some((at, end));
            }
            then(end, &groups)
        }),
        What::Look { ahead, present, inner } => {
            let starts = if *ahead { at..=at } else { 0..=at };
            let is_there =
                starts.rev().any(|start| any_branch(inner, text, start, groups, &mut |end, _| *ahead || end == at));
            is_there == *present && then(at, groups)
        }
    }
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    groups: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let fits = self.letters[self.at..].iter().copied().take(text.len()).eq(text.chars());
        if fits {
            self.at += text.len();
        }
        fits
    }

    fn branches(&mut self) -> Option<Vec<Vec<Piece>>> {
        let mut branches = vec![Vec::new()];
        while let Some(letter) = self.peek().filter(|letter| *letter != ')') {
            if letter == '|' {
                self.at += 1;
                branches.push(Vec::new());
                continue;
            }
            let what = self.what()?;
            let piece = self.repeated(what)?;
            branches.last_mut()?.push(piece);
        }
        Some(branches)
    }

    fn repeated(&mut self, what: What) -> Option<Piece> {
        let (least, most) = match self.peek() {
            Some('*') => (0, MANY),
            Some('+') => (1, MANY),
            Some('?') => (0, 1),
            Some('{') => {
                let end = self.letters[self.at..].iter().position(|letter| *letter == '}')?;
                let inside: String = self.letters[self.at + 1..self.at + end].iter().collect();
                self.at += end;
                match inside.split_once(',') {
                    None => (inside.parse().ok()?, inside.parse().ok()?),
                    Some((least, "")) => (least.parse().ok()?, MANY),
                    Some((least, most)) => (least.parse().unwrap_or(0), most.parse().ok()?),
                }
            }
            _ => return Some(Piece { what, least: 1, most: 1, lazy: false }),
        };
        self.at += 1;
        let lazy = self.eat("?");
        Some(Piece { what, least, most, lazy })
    }

    fn what(&mut self) -> Option<What> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            '.' => What::Any,
            '^' => What::Start,
            '$' => What::End,
            '(' => self.group()?,
            '[' => self.set()?,
            '\\' => {
                let letter = self.peek()?;
                self.at += 1;
                match letter {
                    'b' => What::Boundary(true),
                    'B' => What::Boundary(false),
                    'D' | 'W' | 'S' => What::Set(class(letter.to_ascii_lowercase())?, false),
                    _ => What::Set(class(letter)?, true),
                }
            }
            '*' | '+' | '?' => return None,
            letter => What::Set(vec![(letter, letter)], true),
        })
    }

    fn group(&mut self) -> Option<What> {
        let look = [("?=", true, true), ("?!", true, false), ("?<=", false, true), ("?<!", false, false)];
        let what = if let Some((_, ahead, present)) = look.into_iter().find(|(mark, ..)| self.eat(mark)) {
            What::Look { ahead, present, inner: self.branches()? }
        } else if self.eat("?:") {
            What::Group(None, self.branches()?)
        } else if self.peek() == Some('?') {
            return None;
        } else {
            self.groups += 1;
            let number = self.groups;
            What::Group(Some(number), self.branches()?)
        };
        self.eat(")").then_some(what)
    }

    fn set(&mut self) -> Option<What> {
        let meant = !self.eat("^");
        let mut ranges = Vec::new();
        let mut first = true;
        loop {
            let letter = self.peek()?;
            self.at += 1;
            match letter {
                ']' if !first => return Some(What::Set(ranges, meant)),
                '\\' => {
                    let escaped = self.peek()?;
                    self.at += 1;
                    ranges.extend(class(escaped)?);
                }
                from => match (self.peek(), self.letters.get(self.at + 1)) {
                    (Some('-'), Some(&to)) if to != ']' => {
                        self.at += 2;
                        ranges.push((from, to));
                    }
                    _ => ranges.push((from, from)),
                },
            }
            first = false;
        }
    }
}

/// What stands behind a backslash.
fn class(letter: char) -> Option<Vec<(char, char)>> {
    Some(match letter {
        'd' => vec![('0', '9')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => vec![(' ', ' '), ('\t', '\r')],
        'n' => vec![('\n', '\n')],
        't' => vec![('\t', '\t')],
        letter if letter.is_ascii_alphanumeric() => return None,
        letter => vec![(letter, letter)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub(pattern: &str, replacement: &str, text: &str) -> Option<String> {
        Regex::new(pattern)?.replace(text, replacement, 0)
    }

    #[test]
    fn names_become_snake_case_as_with_re_sub() {
        assert_eq!(sub("(?<!^)(?=[A-Z])", "_", "FlowRunState").as_deref(), Some("Flow_Run_State"));
        assert_eq!(sub("(.)([A-Z][a-z]+)", r"\1_\2", "HTTPServerLog").as_deref(), Some("HTTP_ServerLog"));
        assert_eq!(sub("([a-z0-9])([A-Z])", r"\1_\2", "userV2Id").as_deref(), Some("user_V2_Id"));
        assert_eq!(sub(r"([A-Z]+)([A-Z][a-z])", r"\g<1>_\g<2>", "ABTest").as_deref(), Some("AB_Test"));
        assert_eq!(sub("([A-Z])", r"_\1", "AbC").as_deref(), Some("_Ab_C"));
        assert_eq!(sub(r"\W+|_x", "-", "a b_xc").as_deref(), Some("a-b-c"));
        assert_eq!(sub("a{2,3}?", "x", "aaaa").as_deref(), Some("xx"));
        assert_eq!(sub("x*", "-", "axb").as_deref(), Some("-a--b-"));
    }

    #[test]
    fn what_it_does_not_know_it_refuses() {
        for pattern in ["(?P<n>a)", "(?i)a", r"\p{L}", "*a", "(a", "[a"] {
            assert!(Regex::new(pattern).is_none(), "{pattern}");
        }
    }
}
