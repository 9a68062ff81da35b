//! How the values of a column get from one type to another: by themselves, or with a USING that says how.

/// What changing a column's type takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The expression behind `USING`; `None` where PostgreSQL assigns the values by itself.
    pub using: Option<String>,
    /// Whether the table is written anew, under a lock that keeps everybody out.
    pub rewrites: bool,
    /// Whether values that were allowed may be too long or too precise.
    pub may_not_fit: bool,
    /// Whether there may be values of which the expression makes nothing.
    pub may_fail: bool,
    /// Whether only the first element of each value stays.
    pub keeps_first: bool,
    /// Whether both types are of one family, so that foreign keys between them go on working.
    pub is_near: bool,
}

/// A type as `format_type` prints it, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    base: String,
    modifier: Option<String>,
    is_array: bool,
}

const STRINGS: [&str; 5] = ["text", "character varying", "character", "name", "\"char\""];
const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "real", "double precision", "numeric"];
const TIMES: [&str; 3] = ["date", "timestamp without time zone", "timestamp with time zone"];
const CLOCKS: [&str; 2] = ["time without time zone", "time with time zone"];
const JSON: [&str; 2] = ["json", "jsonb"];
const BITS: [&str; 2] = ["bit", "bit varying"];
const NETS: [&str; 2] = ["inet", "cidr"];

/// Types whose values PostgreSQL assigns to each other without being asked
/// (<https://www.postgresql.org/docs/current/catalog-pg-cast.html>, assignment and implicit casts).
const FAMILIES: [&[&str]; 7] = [&STRINGS, &NUMBERS, &TIMES, &CLOCKS, &JSON, &BITS, &NETS];

/// Casts that must be written, and do not go through text.
const EXPLICIT: [(&str, &str); 8] = [
    ("boolean", "integer"),
    ("integer", "boolean"),
    ("jsonb", "boolean"),
    ("jsonb", "integer"),
    ("jsonb", "bigint"),
    ("jsonb", "smallint"),
    ("jsonb", "numeric"),
    ("jsonb", "double precision"),
];

impl Conversion {
    /// From one type to another, both as `format_type` prints them; `column` is quoted as it is written in SQL.
    pub fn of(column: &str, from: &str, to: &str) -> Self {
        let (old, new) = (Parts::of(from), Parts::of(to));
        let same_shape = old.is_array == new.is_array;
        let is_near = same_shape && (old.base == new.base || FAMILIES.iter().any(|it| in_one(it, &old, &new)));
        let wraps = !old.is_array && to == format!("{from}[]");
        let keeps_first = !new.is_array && from == format!("{to}[]");
        let is_written_out = !new.is_array && STRINGS.contains(&new.base.as_str());
        let assigns = is_near || is_written_out && !keeps_first;
        let using = (!assigns).then(|| match () {
            () if wraps => format!("CASE WHEN {column} IS NOT NULL THEN ARRAY[{column}] END"),
            () if keeps_first => format!("{column}[1]"),
            () if same_shape && EXPLICIT.contains(&(&*old.base, &*new.base)) => format!("{column}::{to}"),
            () if STRINGS.contains(&old.base.as_str()) && same_shape => format!("{column}::{to}"),
            () if old.is_array == new.is_array && old.is_array => format!("{column}::text[]::{to}"),
            () => format!("{column}::text::{to}"),
        });
        let rewrites = !keeps_rows(&old, &new);
        let may_not_fit = rewrites && is_near && !widens(&old.base, &new.base, old.modifier != new.modifier);
        let may_fail = using.is_some() && !wraps && !keeps_first;
        Self { using, rewrites, may_not_fit, may_fail, keeps_first, is_near }
    }
}

impl Parts {
    fn of(text: &str) -> Self {
        let element = text.trim_end_matches("[]");
        let is_array = element.len() < text.len();
        let (base, modifier) = match (element.find('('), element.find(')')) {
            (Some(open), Some(close)) if close > open && !element.starts_with('"') => {
                (format!("{}{}", &element[..open], &element[close + 1..]), Some(element[open + 1..close].to_owned()))
            }
            _ => (element.to_owned(), None),
        };
        Self { base, modifier, is_array }
    }

    /// The numbers in the parentheses.
    fn numbers(&self) -> Vec<u32> {
        let modifier = self.modifier.as_deref().unwrap_or_default();
        modifier.split(',').filter_map(|number| number.trim().parse().ok()).collect()
    }
}

/// Whether every value of the first type is one of the second.
fn widens(old: &str, new: &str, other_limit: bool) -> bool {
    let place = |name: &str| NUMBERS.iter().position(|number| *number == name);
    match (place(old), place(new)) {
        (Some(old), Some(new)) if old != new => new > old,
        _ => !other_limit,
    }
}

fn in_one(family: &[&str], old: &Parts, new: &Parts) -> bool {
    family.contains(&old.base.as_str()) && family.contains(&new.base.as_str())
}

/// Whether the rows stay as they are: the same representation, and nothing that was allowed becomes too long.
fn keeps_rows(old: &Parts, new: &Parts) -> bool {
    if old.is_array != new.is_array {
        return false;
    }
    let widens = match (old.numbers().as_slice(), new.numbers().as_slice()) {
        (_, []) => true,
        ([], _) => false,
        ([old], [new]) => new >= old,
        ([old, old_scale], [new, new_scale]) => new >= old && new_scale == old_scale,
        _ => false,
    };
    match (old.base.as_str(), new.base.as_str()) {
        ("character varying", "text") => true,
        ("text", "character varying") => new.modifier.is_none(),
        (a, b) if a == b && ["character varying", "numeric", "bit varying"].contains(&a) => widens,
        (a, b) if a == b => old.modifier == new.modifier,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn using(from: &str, to: &str) -> Option<String> {
        Conversion::of("a", from, to).using
    }

    #[test]
    fn what_is_assigned_by_itself_needs_no_using() {
        for (from, to) in [
            ("text", "character varying(5)"),
            ("text[]", "character varying(5)[]"),
            ("integer", "bigint"),
            ("numeric(10,2)", "numeric(12,4)"),
            ("timestamp without time zone", "timestamp with time zone"),
            ("timestamp(3) without time zone", "date"),
            ("uuid", "text"),
            ("json", "jsonb"),
            ("public.geometry(Point,4326)", "public.geometry(Point,3857)"),
        ] {
            assert_eq!(using(from, to), None, "{from} -> {to}");
        }
    }

    #[test]
    fn what_is_not_goes_through_its_text() {
        assert_eq!(using("text", "integer").as_deref(), Some("a::integer"));
        assert_eq!(using("character varying(20)", "public.mood").as_deref(), Some("a::public.mood"));
        assert_eq!(using("boolean", "integer").as_deref(), Some("a::integer"));
        assert_eq!(using("public.old_mood", "public.mood").as_deref(), Some("a::text::public.mood"));
        assert_eq!(using("public.old_mood[]", "public.mood[]").as_deref(), Some("a::text[]::public.mood[]"));
    }

    #[test]
    fn a_value_becomes_the_first_of_an_array_and_the_first_of_an_array_a_value() {
        let into = Conversion::of("a", "text", "text[]");
        assert_eq!(into.using.as_deref(), Some("CASE WHEN a IS NOT NULL THEN ARRAY[a] END"));
        let back = Conversion::of("a", "text[]", "text");
        assert_eq!((back.using.as_deref(), back.keeps_first), (Some("a[1]"), true));
        assert!(!into.may_fail && !back.may_fail && !into.keeps_first);
    }

    #[test]
    fn a_wider_limit_leaves_the_rows_as_they_are() {
        let rewrites = |from, to| Conversion::of("a", from, to).rewrites;
        assert!(!rewrites("character varying(5)", "character varying(9)"));
        assert!(!rewrites("character varying(5)", "text"));
        assert!(!rewrites("numeric(10,2)", "numeric(12,2)"));
        assert!(rewrites("numeric(10,2)", "numeric(12,4)"));
        assert!(rewrites("character varying(9)", "character varying(5)"));
        assert!(rewrites("integer", "bigint"));
    }
}
