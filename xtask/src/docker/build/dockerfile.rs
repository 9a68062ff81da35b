//! What of a Dockerfile has to be known before it is built: where its instructions stand, and which images it begins with.

use std::collections::BTreeMap;

use crate::stack::interpolate::interpolate;

/// One instruction, its continued lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Its first line, counted from 1.
    pub(super) line: usize,
    /// In upper case.
    pub(super) keyword: String,
    pub(super) rest: String,
}

impl Instruction {
    /// Its text with single blanks, as builders name it.
    pub(super) fn text(&self) -> String {
        normal(&format!("{} {}", self.keyword, self.rest))
    }
}

/// With single blanks.
pub(super) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes a Dockerfile apart. What is wrong with it is for the builder to tell.
pub(super) fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_of(text);
    let mut instructions = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut joined = line.trim().to_owned();
        if joined.is_empty() || joined.starts_with('#') {
            continue;
        }
        while let Some(begun) = joined.strip_suffix(escape) {
            joined = begun.to_owned();
            // Comments and empty lines inside of an instruction are skipped.
            match lines.by_ref().map(|(_, line)| line.trim_end()).find(|line| !is_comment(line)) {
                Some(line) => joined.push_str(line),
                None => break,
            }
        }
        for end in heredocs(&joined) {
            lines.by_ref().find(|(_, line)| line.trim_start_matches('\t').trim_end() == end);
        }
        let (keyword, rest) = joined.split_once(char::is_whitespace).unwrap_or((&joined, ""));
        instructions.push(Instruction {
            line: number + 1,
            keyword: keyword.to_uppercase(),
            rest: rest.trim().to_owned(),
        });
    }
    instructions
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The character that continues a line: `# escape=` on top may choose another one.
fn escape_of(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let mut values = directives.filter_map(|line| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        name.trim().eq_ignore_ascii_case("escape").then(|| value.trim().to_owned())
    });
    if values.next().as_deref() == Some("`") { '`' } else { '\\' }
}

/// The words that end the here-documents of an instruction.
fn heredocs(instruction: &str) -> Vec<String> {
    let keyword = instruction.split_whitespace().next().unwrap_or_default().to_uppercase();
    if !matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let words = instruction
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("<<").or_else(|| Some(word.split_once("<<")?.1)));
    let bare = words.map(|word| word.trim_start_matches('-').trim_matches(['"', '\'']));
    let names = bare.map(|word| word.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect());
    names.filter(|word: &String| !word.is_empty()).collect()
}

/// A stage: the image or the stage that it begins with, and what it copies from.
struct Stage {
    name: String,
    needs: Vec<String>,
}

/// The images that a build needs: those of the stages that lead to its target. What depends on a variable that nobody has set
/// is left to the builder.
pub(super) fn images(text: &str, args: &BTreeMap<String, String>, target: Option<&str>) -> Vec<String> {
    let stages = stages(&instructions(text), args);
    let find = |name: &str, before: usize| {
        let by_name = stages[..before].iter().rposition(|stage| stage.name.eq_ignore_ascii_case(name));
        by_name.or_else(|| name.parse().ok().filter(|number| *number < before))
    };
    let last = match target {
        Some(target) => find(target, stages.len()),
        None => stages.len().checked_sub(1),
    };
    let mut waiting: Vec<usize> = last.into_iter().collect();
    let (mut seen, mut images) = (Vec::new(), Vec::new());
    while let Some(number) = waiting.pop() {
        if seen.contains(&number) {
            continue;
        }
        seen.push(number);
        for need in &stages[number].needs {
            match find(need, number) {
                Some(stage) => waiting.push(stage),
                None if need == "scratch" || need.contains('$') || need.is_empty() || images.contains(need) => {}
                None => images.push(need.clone()),
            }
        }
    }
    images
}

fn stages(instructions: &[Instruction], args: &BTreeMap<String, String>) -> Vec<Stage> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions {
        let words: Vec<&str> = instruction.rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        match instruction.keyword.as_str() {
            // Only those before the first stage count for FROM.
            "ARG" if stages.is_empty() => {
                for word in words {
                    let (name, default) = word.split_once('=').unwrap_or((word, ""));
                    let default = default.trim_matches(['"', '\'']);
                    let value = args.get(name).cloned().unwrap_or_else(|| expanded(default, &known));
                    known.insert(name.to_owned(), value);
                }
            }
            "FROM" => {
                let name = match words.get(1) {
                    Some(word) if word.eq_ignore_ascii_case("as") => words.get(2).copied().unwrap_or_default(),
                    _ => "",
                };
                let base = expanded(words.first().copied().unwrap_or_default(), &known);
                stages.push(Stage { name: name.to_owned(), needs: vec![base] });
            }
            "COPY" | "RUN" => {
                if let Some(stage) = stages.last_mut() {
                    stage.needs.extend(sources(&instruction.rest));
                }
            }
            _ => {}
        }
    }
    stages
}

/// `--from=…` of a COPY, and `from=…` of a mount.
fn sources(rest: &str) -> Vec<String> {
    let options = rest.split_whitespace().take_while(|word| word.starts_with("--"));
    let from = options.filter_map(|option| {
        let settings = option.strip_prefix("--mount=").unwrap_or(option.trim_start_matches("--"));
        settings.split(',').find_map(|setting| setting.strip_prefix("from="))
    });
    from.map(str::to_owned).collect()
}

/// The text with variables replaced; as it is where one of them is not known.
fn expanded(text: &str, known: &BTreeMap<String, String>) -> String {
    let value = |name: &str| known.get(name).filter(|value| !value.is_empty()).cloned();
    match interpolate(text, &value) {
        Ok(result) if result.unset.is_empty() => result.text,
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# syntax=docker/dockerfile:1
ARG VERSION=3.12
ARG BASE=python:${VERSION}
FROM --platform=$BUILDPLATFORM node:20 AS front
RUN npm ci

FROM ${BASE}-slim AS app
# a comment
RUN apt-get update && \
    # inside
    apt-get install -y gcc \
    && rm -rf /x
COPY --from=front /dist /dist
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/
RUN --mount=type=cache,target=/c,from=cache:1 make
RUN <<EOF
FROM not-an-instruction
EOF
FROM app AS test
FROM app
CMD ["x"]
"#;

    fn args(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn instructions_have_the_line_on_which_they_begin() {
        let found = instructions(FILE);
        let places: Vec<_> = found.iter().map(|it| (it.line, it.keyword.as_str())).collect();
        assert_eq!(
            places,
            [
                (2, "ARG"),
                (3, "ARG"),
                (4, "FROM"),
                (5, "RUN"),
                (7, "FROM"),
                (9, "RUN"),
                (13, "COPY"),
                (14, "COPY"),
                (15, "RUN"),
                (16, "RUN"),
                (19, "FROM"),
                (20, "FROM"),
                (21, "CMD"),
            ]
        );
        assert_eq!(found[5].text(), "RUN apt-get update && apt-get install -y gcc && rm -rf /x");
    }

    #[test]
    fn the_images_are_those_of_the_stages_that_are_needed() {
        let mut found = images(FILE, &args(&[]), None);
        found.sort();
        assert_eq!(found, ["cache:1", "ghcr.io/astral-sh/uv:0.5", "node:20", "python:3.12-slim"]);
        assert_eq!(images(FILE, &args(&[]), Some("front")), ["node:20"]);
        assert!(images(FILE, &args(&[("VERSION", "3.13")]), None).contains(&"python:3.13-slim".to_owned()));
        assert!(images(FILE, &args(&[("BASE", "mine")]), None).contains(&"mine-slim".to_owned()));
    }

    #[test]
    fn what_cannot_be_known_is_left_to_the_builder() {
        assert!(images("FROM scratch\nCOPY a b", &args(&[]), None).is_empty());
        assert!(images("ARG X\nFROM ${X}", &args(&[]), None).is_empty());
        assert!(images("", &args(&[]), None).is_empty());
        assert!(images("FROM a", &args(&[]), Some("nope")).is_empty());
        assert_eq!(images("# escape=`\nFROM a`\n:1", &args(&[]), None), ["a:1"]);
        assert_eq!(images("FROM a AS b\nFROM 0", &args(&[]), None), ["a"]);
    }
}
