//! The end of a down script that brings back what the script before it does not.

/// The beginning of the line that such an end starts with; it goes to the end of the file.
const REPAIRED: &str = "-- xtask: repaired";

/// A down script without its end, which may have none.
pub fn without_repair(text: &str) -> &str {
    match start(text) {
        Some(at) => &text[..at],
        None => text,
    }
}

/// Whether a down script has such an end.
pub fn is_repaired(text: &str) -> bool {
    start(text).is_some()
}

/// A down script with this SQL at its end, in the place of an earlier end. Where the script is no transaction, the end is one.
pub fn with_repair(text: &str, sql: &str) -> String {
    let base = without_repair(text).trim_end();
    let gap = if base.is_empty() { "" } else { "\n\n" };
    let sql = sql.trim_end();
    let sql = match base.starts_with("-- no-transaction") {
        true => format!("BEGIN;\n{sql}\nCOMMIT;"),
        false => sql.to_owned(),
    };
    format!(
        "{base}{gap}{REPAIRED} by `cargo xtask check-downs --repair`: what the script above does not bring back.\n\
         -- With it the schema is as it was before the revision; rows that are gone stay gone.\n\n{sql}\n"
    )
}

fn start(text: &str) -> Option<usize> {
    text.match_indices(REPAIRED).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_added_once_and_taken_off_again() {
        let text = "DROP TABLE t;\n";
        let once = with_repair(text, "CREATE VIEW v AS SELECT 1;\n");
        assert!(once.starts_with("DROP TABLE t;\n\n-- xtask: repaired by ") && once.ends_with("SELECT 1;\n"), "{once}");
        assert!(is_repaired(&once) && !is_repaired(text) && !is_repaired("SELECT 1; -- xtask: repaired\n"));
        assert_eq!((without_repair(&once).trim_end(), without_repair(text)), (text.trim_end(), text));
        let twice = with_repair(&once, "CREATE VIEW w AS SELECT 2;\n");
        assert_eq!(twice, with_repair(text, "CREATE VIEW w AS SELECT 2;\n"));
        assert!(with_repair("", "SELECT 1;").starts_with(REPAIRED));
    }

    #[test]
    fn the_end_of_a_script_that_is_no_transaction_is_one() {
        let text = with_repair("-- no-transaction\nDROP INDEX CONCURRENTLY i;\n", "CREATE VIEW v AS SELECT 1;\n");
        assert!(text.ends_with("\n\nBEGIN;\nCREATE VIEW v AS SELECT 1;\nCOMMIT;\n"), "{text}");
    }
}
