//! Output of others without the secrets that the container was given.

use std::collections::BTreeMap;

use crate::secret::{MASK, mask_urls};

/// Shorter values are words that would be masked everywhere.
const SHORTEST: usize = 4;

/// Masks URLs, and every value of the environment whose name says that it is a secret.
pub(super) fn mask(text: &str, environment: &BTreeMap<String, Option<String>>) -> String {
    let mut masked = mask_urls(text);
    for (name, value) in environment {
        if let Some(value) = value.as_ref().filter(|value| value.len() >= SHORTEST && is_secret(name)) {
            masked = masked.replace(value.as_str(), MASK);
        }
    }
    masked
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    ["PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL"].iter().any(|word| upper.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_the_container_are_masked_in_what_it_prints() {
        let environment = [("POSTGRES_PASSWORD", "hunter2"), ("POSTGRES_USER", "shop"), ("API_KEY", "abc")];
        let environment =
            environment.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into_iter().collect();
        let text = "user shop with hunter2, key abc, postgres://a:bcd@h/d";
        assert_eq!(mask(text, &environment), "user shop with ***, key abc, postgres://a:***@h/d");
    }
}
