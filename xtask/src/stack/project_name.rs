//! What compose makes of a folder's name, a `name:` or a `COMPOSE_PROJECT_NAME`.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_become_ascii_in_lower_case_count() {
        // The Kelvin sign.
        assert_eq!(normalise("\u{212a}iosk"), "kiosk");
    }
}
