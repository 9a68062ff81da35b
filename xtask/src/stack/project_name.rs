//! What compose makes of a folder's name, a `name:` or a `COMPOSE_PROJECT_NAME`.

use super::interpolate::interpolate;
use super::{Request, SourceFile, StackError, Variables, tree};

/// The name in the form that compose uses for containers, volumes and networks: lower case, only letters,
/// digits, `-` and `_` (all of ASCII), beginning with a letter or digit. Empty where nothing is left.
pub fn normalise(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|character| matches!(character, 'a'..='z' | '0'..='9' | '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// The name that a project has: the one that is given, `COMPOSE_PROJECT_NAME`, `name` of the last file that has it, the
/// folder's. The first two are taken as they are or refused, the others are brought into form.
pub(super) fn determine(request: &Request<'_>) -> Result<String, StackError> {
    let variable = || request.variables.get("COMPOSE_PROJECT_NAME");
    if let Some(given) = request.name.or_else(variable).filter(|name| !name.is_empty()) {
        let normal = normalise(given);
        return if normal == given {
            Ok(normal)
        } else {
            Err(StackError::ProjectName { name: given.to_owned(), normal })
        };
    }
    let written = request.files.iter().rev().find_map(|file| written_name(file, request.variables));
    let name = written.map(|name| normalise(&name)).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| normalise(request.directory.file_name().unwrap_or_default()));
    // A file that is read without a folder, as in a comparison, needs no name.
    if name.is_empty() && request.directory.is_absolute() {
        return Err(StackError::ProjectName { name: String::new(), normal: name });
    }
    Ok(name)
}

/// `name` of a file. What is wrong with it is told when the file is read.
fn written_name(file: &SourceFile, variables: &Variables) -> Option<String> {
    let name = tree::name_of(file)?;
    interpolate(&name, &|variable| variables.owned(variable)).ok().map(|name| name.text)
}

/// The `name:` of a Compose file as it is written, found without understanding the file: it may be broken, and what runs
/// under its name is to be stopped all the same. A name that is made of variables cannot be found so.
pub fn written(text: &str) -> Option<&str> {
    let value = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let value = value.split(" #").next().unwrap_or(value).trim();
    let value = value.trim_matches(['"', '\'']);
    (!value.is_empty() && !value.contains('$')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_broken_file_is_found() {
        let text = "# c\nservices:\n  x: {name: no}\n  - broken\nname: \"My App\" # ours\n";
        assert_eq!(written(text), Some("My App"));
        assert_eq!((written("name: ${X}\n"), written("services: {}\n")), (None, None));
    }

    #[test]
    fn letters_that_become_ascii_in_lower_case_count() {
        // The Kelvin sign.
        assert_eq!(normalise("\u{212a}iosk"), "kiosk");
    }
}
