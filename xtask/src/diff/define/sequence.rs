//! How sequences count.

use crate::schema::SequenceOptions;

/// What is not as the server would choose it for this type and step. The type is left to the caller.
pub fn sequence_options(options: &SequenceOptions) -> Vec<String> {
    let usual = options.defaults_for_step();
    let mut words = Vec::new();
    if options.increment != 1 {
        words.push(format!("INCREMENT BY {}", options.increment));
    }
    if options.minimum != usual.minimum {
        words.push(format!("MINVALUE {}", options.minimum));
    }
    if options.maximum != usual.maximum {
        words.push(format!("MAXVALUE {}", options.maximum));
    }
    if options.start != usual.start {
        words.push(format!("START WITH {}", options.start));
    }
    if options.cache != 1 {
        words.push(format!("CACHE {}", options.cache));
    }
    if options.cycle {
        words.push("CYCLE".to_owned());
    }
    words
}

/// What turns one way of counting into another, in the words of `ALTER SEQUENCE`.
pub fn alter_options(from: &SequenceOptions, to: &SequenceOptions) -> Vec<String> {
    let mut words = Vec::new();
    if from.type_name != to.type_name {
        words.push(format!("AS {}", to.type_name));
    }
    let numbers = [
        ("INCREMENT BY", from.increment, to.increment),
        ("MINVALUE", from.minimum, to.minimum),
        ("MAXVALUE", from.maximum, to.maximum),
        ("START WITH", from.start, to.start),
        ("CACHE", from.cache, to.cache),
    ];
    words.extend(numbers.iter().filter(|(_, old, new)| old != new).map(|(word, _, new)| format!("{word} {new}")));
    match (from.cycle, to.cycle) {
        (false, true) => words.push("CYCLE".to_owned()),
        (true, false) => words.push("NO CYCLE".to_owned()),
        _ => {}
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unusual_is_said() {
        let plain = SequenceOptions::of_type("integer");
        assert!(sequence_options(&plain).is_empty());
        let odd = SequenceOptions { increment: 5, cycle: true, ..plain.clone() };
        assert_eq!(sequence_options(&odd), ["INCREMENT BY 5", "CYCLE"]);
        assert_eq!(alter_options(&odd, &plain), ["INCREMENT BY 1", "NO CYCLE"]);
    }
}
