//! `.dockerignore`, with the rules of moby: the last line that fits decides, and what fits a folder fits all below it.

/// The lines of a `.dockerignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    parts: Vec<String>,
    /// `!`: what fits is sent all the same.
    is_exception: bool,
}

impl Ignore {
    /// Reads the lines.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // A comment begins at the very begin of a line.
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(str::trim);
        Self { patterns: lines.filter(|line| !line.is_empty()).filter_map(Pattern::parse).collect() }
    }

    /// Whether a path, relative to the context and with slashes, is left out.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &&Pattern| (1..=parts.len()).any(|length| pattern.fits(&parts[..length]));
        self.patterns.iter().rev().find(fits).is_some_and(|pattern| !pattern.is_exception)
    }

    /// Whether something below a folder that is left out may be sent all the same.
    pub(super) fn has_exception_below(&self, folder: &str) -> bool {
        let folder: Vec<&str> = folder.split('/').collect();
        self.patterns.iter().filter(|pattern| pattern.is_exception).any(|pattern| pattern.may_fit_below(&folder))
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        let (is_exception, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
        let mut parts: Vec<String> = Vec::new();
        for part in line.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part.to_owned()),
            }
        }
        (!parts.is_empty()).then_some(Self { parts, is_exception })
    }

    fn fits(&self, path: &[&str]) -> bool {
        fits(&self.parts, path)
    }

    fn may_fit_below(&self, folder: &[&str]) -> bool {
        // Part by part, until the pattern says less than the folder, or anything at all.
        for (index, part) in folder.iter().enumerate() {
            match self.parts.get(index) {
                None => return false,
                Some(pattern) if pattern.contains("**") => return true,
                Some(pattern) if !part_fits(pattern, part) => return false,
                Some(_) => {}
            }
        }
        self.parts.len() > folder.len()
    }
}

/// Whether parts of a pattern fit the parts of a path; `**` stands for any number of them.
fn fits(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        // At the end it stands for at least one part: `a/**` is what is in `a`, not `a` itself.
        (Some((first, [])), _) if first == "**" => !path.is_empty(),
        (Some((first, rest)), _) if first == "**" => (0..=path.len()).any(|skipped| fits(rest, &path[skipped..])),
        (Some(_), None) => false,
        // Within a part it crosses slashes as well: `a**b` fits `ax/yb`.
        (Some((first, rest)), _) if first.contains("**") => {
            (1..=path.len()).any(|length| part_fits(first, &path[..length].join("/")) && fits(rest, &path[length..]))
        }
        (Some((first, rest)), Some((part, behind))) => part_fits(first, part) && fits(rest, behind),
    }
}

/// Whether a pattern with `*`, `?`, `[…]` and `\` fits one part of a path.
fn part_fits(pattern: &str, part: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    characters_fit(&pattern, &part)
}

fn characters_fit(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|skipped| characters_fit(rest, &text[skipped..])),
        ['?', rest @ ..] => !text.is_empty() && characters_fit(rest, &text[1..]),
        ['\\', literal, rest @ ..] => text.first() == Some(literal) && characters_fit(rest, &text[1..]),
        ['[', behind @ ..] => match (class(behind), text) {
            (Some((fits, rest)), [first, others @ ..]) => fits(*first) && characters_fit(rest, others),
            (Some(_), []) => false,
            (None, _) => text.first() == Some(&'[') && characters_fit(behind, &text[1..]),
        },
        [literal, rest @ ..] => text.first() == Some(literal) && characters_fit(rest, &text[1..]),
    }
}

/// A class behind its bracket, and what follows it; `None` where it is not closed.
fn class(behind: &[char]) -> Option<(impl Fn(char) -> bool, &[char])> {
    let end = behind.iter().skip(1).position(|letter| *letter == ']')? + 1;
    let (inside, rest) = (&behind[..end], &behind[end + 1..]);
    let (is_negative, inside) = match inside {
        ['^', others @ ..] => (true, others),
        _ => (false, inside),
    };
    let inside = inside.to_vec();
    let holds = move |letter: char| {
        let mut at = 0;
        let mut found = false;
        while at < inside.len() {
            match inside[at..] {
                [low, '-', high, ..] => {
                    found |= (low..=high).contains(&letter);
                    at += 3;
                }
                [one, ..] => {
                    found |= one == letter;
                    at += 1;
                }
                [] => break,
            }
        }
        found != is_negative
    };
    Some((holds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, left_out: &[&str], sent: &[&str]) {
        let ignore = Ignore::parse(text);
        for path in left_out {
            assert!(ignore.leaves_out(path), "{path} is left out by {text:?}");
        }
        for path in sent {
            assert!(!ignore.leaves_out(path), "{path} is not left out by {text:?}");
        }
    }

    #[test]
    fn a_pattern_begins_at_the_context_and_covers_what_is_below() {
        check(
            "node_modules\n/target/\n./tmp",
            &["node_modules", "node_modules/a/b", "target", "target/x", "tmp/y"],
            &["a/node_modules"],
        );
        check("*/temp*", &["a/temporary", "a/temp", "b/temp.txt/x"], &["temp", "a/b/temp"]);
        check("a/b", &["a/b", "a/b/c"], &["a", "a/bc"]);
    }

    #[test]
    fn two_stars_stand_for_any_number_of_folders() {
        check("**/*.log", &["x.log", "a/x.log", "a/b/x.log"], &["x.logs", "log"]);
        check("a/**", &["a/b", "a/b/c"], &["a", "b"]);
        check("a/**/z", &["a/z", "a/b/z", "a/b/c/z", "a/b/z/more"], &["z", "a/zz"]);
        check("**", &["a", "a/b"], &[]);
        check("a**b", &["ab", "axb", "ax/yb"], &["a/c"]);
    }

    #[test]
    fn the_last_line_that_fits_decides() {
        check("*.md\n!README.md", &["a.md"], &["README.md"]);
        check("*.md\n!README*.md\nREADME-secret.md", &["README-secret.md"], &["README-x.md"]);
        check("!a\n*", &["a"], &[]);
        check("dir\n!dir/keep", &["dir", "dir/other"], &["dir/keep", "dir/keep/below"]);
    }

    #[test]
    fn comments_blanks_and_marks_are_no_patterns() {
        check("\u{feff}# a\n\n  b  \r\n! \n.\n..\n", &["b"], &["a", "# a", "!"]);
        check(" #x", &["#x"], &[]);
    }

    #[test]
    fn single_letters_and_classes() {
        check(
            "?.txt\n[ab]x\n[!]\n[^c]y\n[0-9]z\n\\*\n[open",
            &["a.txt", "ax", "dy", "5z", "*", "[open"],
            &["ab.txt", "cx", "cy", "az", "b"],
        );
    }

    #[test]
    fn folders_with_exceptions_are_looked_into() {
        let ignore = Ignore::parse("*\n!src/app\n!**/*.keep\n!docs/*.md");
        assert!(ignore.has_exception_below("src") && ignore.has_exception_below("anything"));
        let ignore = Ignore::parse("*\n!src/app\n!docs/*.md");
        assert!(ignore.has_exception_below("src") && ignore.has_exception_below("docs"));
        assert!(!ignore.has_exception_below("other") && !ignore.has_exception_below("src/lib"));
    }
}
