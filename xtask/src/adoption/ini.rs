//! `alembic.ini`, as Python's `configparser` reads it: sections, keys, lines that go on, `%(here)s`.

use std::collections::BTreeMap;

/// The keys of one section, with `%(…)s` replaced. `here` is the folder of the file. Keys of `[DEFAULT]` count for every
/// section.
pub(super) fn section(text: &str, name: &str, here: &str) -> Option<BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let (mut current, mut key) = (String::new(), None::<String>);
    for line in text.lines() {
        let words = line.trim();
        if words.is_empty() || words.starts_with(['#', ';']) {
            continue;
        }
        let goes_on = line.starts_with([' ', '\t']);
        if let (true, Some(key)) = (goes_on, &key) {
            let value = sections.entry(current.clone()).or_default().entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(words);
        } else if let Some(title) = words.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = title.trim().to_owned();
            sections.entry(current.clone()).or_default();
            key = None;
        } else if let Some(at) = words.find(['=', ':']) {
            let found = words[..at].trim().to_lowercase();
            sections.entry(current.clone()).or_default().insert(found.clone(), words[at + 1..].trim().to_owned());
            key = Some(found);
        }
    }
    let defaults = sections.remove("DEFAULT").unwrap_or_default();
    let own = sections.remove(name)?;
    let mut all = defaults;
    all.extend(own);
    all.entry("here".to_owned()).or_insert_with(|| here.to_owned());
    let filled = all.iter().map(|(key, value)| (key.clone(), interpolated(value, &all)));
    Some(filled.collect())
}

/// `%(name)s` and `%%`; a name that nobody gives stays as it is.
pub(super) fn interpolated(value: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let named = rest.strip_prefix("%(").and_then(|inner| inner.split_once(")s"));
        if let Some(after) = rest.strip_prefix("%%") {
            text.push('%');
            rest = after;
        } else if let Some((name, after)) = named
            && let Some(given) = names.get(&name.to_lowercase())
        {
            text.push_str(given);
            rest = after;
        } else {
            text.push('%');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_lines_that_go_on_are_read() {
        let text = "[DEFAULT]\nroot = db\n# a comment\n[alembic]\nscript_location = %(here)s/%(root)s\n\
                    version_locations =\n    a\n    b\nfile_template = %%(rev)s\n[loggers]\nkeys: root\n";
        let found = section(text, "alembic", "/p").expect("a section");
        assert_eq!(found["script_location"], "/p/db");
        assert_eq!(found["version_locations"], "\na\nb");
        assert_eq!(found["file_template"], "%(rev)s");
        assert_eq!(section(text, "loggers", "").expect("loggers")["keys"], "root");
        assert_eq!(section(text, "nothing", ""), None);
    }
}
