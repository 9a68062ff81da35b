//! The views that a script creates.

use super::script::Script;
use super::token::{Token, tokens};

/// The names in `CREATE VIEW` and `CREATE MATERIALIZED VIEW`, in order, as the catalogue will have them: the schema, where
/// one is said, and the name.
pub fn created_views(source: &str) -> Vec<(Option<String>, String)> {
    let mut names = Vec::new();
    for statement in Script::split(source).statements {
        let text = statement.text(source);
        let tokens = tokens(text);
        let Some(at) = behind_view(text, &tokens) else { continue };
        let Some(first) = tokens.get(at) else { continue };
        let dotted = tokens.get(at + 1).is_some_and(|token| token.text(text) == ".");
        match tokens.get(at + 2).filter(|_| dotted) {
            Some(second) => names.push((Some(named(text, first)), named(text, second))),
            None => names.push((None, named(text, first))),
        }
    }
    names
}

/// The view of a script that makes one view and beside it only what stands on this view alone: indexes, comments, grants. So all
/// that it makes goes with its view. `None` for a script that does more, or that says something else.
pub fn view_alone(source: &str) -> Option<CreatedView> {
    let mut found: Option<CreatedView> = None;
    let mut indexes = Vec::new();
    for statement in Script::split(source).statements {
        let text = statement.text(source);
        let tokens = tokens(text);
        if let Some(at) = behind_view(text, &tokens) {
            let materialised = tokens.iter().take(at).any(|token| token.is_word(text, "materialized"));
            let temporary = tokens.iter().take(at).any(|it| it.is_word(text, "temp") || it.is_word(text, "temporary"));
            let name = dotted(text, &tokens[at..]);
            (found.is_none() && !temporary && (1..=2).contains(&name.len())).then_some(())?;
            found = Some(CreatedView { materialised, name: in_schema(&name) });
            continue;
        }
        let view = found.as_ref()?;
        match concerned(text, &tokens)? {
            Concerned::Relation(name) => (in_schema(&name) == view.name).then_some(())?,
            Concerned::IndexOf { index, relation } => {
                (in_schema(&relation) == view.name).then_some(())?;
                indexes.push(index);
            }
            Concerned::Index(name) => indexes.contains(name.last()?).then_some(())?,
        }
    }
    found
}

/// Whether what a query says may change with a column that a table gains: it names the table, and it either names such a column,
/// too, or takes whatever columns there are (`*`, `NATURAL JOIN`, `TABLE t`).
pub fn may_see(source: &str, table: &str, column: &str) -> bool {
    let tokens = tokens(source);
    let names = |wanted: &str| tokens.iter().any(|token| token.name(source).is_some_and(|name| name == wanted));
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text(source));
    let takes_all = |at: usize| match text(Some(at)) {
        "*" => {
            let (before, behind) = (text(at.checked_sub(1)), text(Some(at + 1)));
            let is_count = before == "(" && behind == ")";
            let begins = ["select", "all", "distinct", ",", "."].iter().any(|it| before.eq_ignore_ascii_case(it));
            let ends = ["from", ",", ")", ";", ""].iter().any(|it| behind.eq_ignore_ascii_case(it));
            !is_count && (begins || ends)
        }
        word => word.eq_ignore_ascii_case("natural") || word.eq_ignore_ascii_case("table"),
    };
    names(table) && (names(column) || (0..tokens.len()).any(takes_all))
}

/// A view that a script creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedView {
    /// Whether it is materialised.
    pub materialised: bool,
    /// Its schema, `public` where none is said, and its name.
    pub name: (String, String),
}

/// What a statement beside a view is about.
enum Concerned {
    /// A relation, by the parts of its name.
    Relation(Vec<String>),
    /// An index that is made on a relation.
    IndexOf { index: String, relation: Vec<String> },
    /// An index.
    Index(Vec<String>),
}

/// What an index, a comment or a grant is about; `None` for other statements.
fn concerned(text: &str, tokens: &[Token]) -> Option<Concerned> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
    let on = tokens.iter().position(|token| token.is_word(text, "on"))?;
    if is(0, "create") {
        let index = tokens.iter().take(on).position(|token| token.is_word(text, "index"))?;
        let name = dotted(text, tokens.get(on.checked_sub(1)?..)?);
        let only = usize::from(is(on + 1, "only"));
        let relation = dotted(text, tokens.get(on + 1 + only..)?);
        return (on > index + 1).then(|| Concerned::IndexOf { index: name.concat(), relation });
    }
    let behind = |at: usize| tokens.get(at..).map(|rest| dotted(text, rest));
    match (is(0, "comment"), is(0, "grant") || is(0, "revoke")) {
        (true, _) if is(on + 1, "view") => behind(on + 2).map(Concerned::Relation),
        (true, _) if is(on + 1, "materialized") && is(on + 2, "view") => behind(on + 3).map(Concerned::Relation),
        (true, _) if is(on + 1, "index") => behind(on + 2).map(Concerned::Index),
        (true, _) if is(on + 1, "column") => {
            let mut name = behind(on + 2)?;
            name.pop();
            Some(Concerned::Relation(name))
        }
        (_, true) => {
            let at = on + 1 + usize::from(is(on + 1, "table"));
            let name = behind(at)?;
            // One relation: `GRANT … ON a, b`, `ON ALL TABLES IN SCHEMA`, `ON SCHEMA s` say more.
            let next = tokens.get(at + 2 * name.len() - 1)?;
            (next.is_word(text, "to") || next.is_word(text, "from")).then_some(Concerned::Relation(name))
        }
        _ => None,
    }
}

/// The parts of a name at the beginning of these tokens.
fn dotted(text: &str, tokens: &[Token]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        parts.push(named(text, token));
        if rest.next().is_none_or(|dot| dot.text(text) != ".") {
            break;
        }
    }
    parts
}

fn in_schema(name: &[String]) -> (String, String) {
    match name {
        [name] => ("public".to_owned(), name.clone()),
        [schema, name] => (schema.clone(), name.clone()),
        _ => (String::new(), String::new()),
    }
}

/// Where the name begins, if this statement creates a view.
fn behind_view(text: &str, tokens: &[Token]) -> Option<usize> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
    if !is(0, "create") {
        return None;
    }
    let before = ["or", "replace", "temp", "temporary", "recursive", "materialized"];
    let mut at = 1;
    while before.iter().any(|word| is(at, word)) {
        at += 1;
    }
    if !is(at, "view") {
        return None;
    }
    at += 1;
    Some(if is(at, "if") && is(at + 1, "not") && is(at + 2, "exists") { at + 3 } else { at })
}

/// A name as the catalogue has it.
fn named(text: &str, token: &Token) -> String {
    token.name(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_stands_around_them() {
        let sql = "create table t (); CREATE MATERIALIZED VIEW IF NOT EXISTS Lab.\"Site A\" AS SELECT 1;\n\
                   create or replace view plain as select 'create view x'; create recursive view r(n) as select 1;\n\
                   create index i on plain (x); comment on view plain is 'x';";
        let found = created_views(sql);
        let shown: Vec<String> = found.iter().map(|(schema, name)| format!("{schema:?} {name}")).collect();
        assert_eq!(shown, ["Some(\"lab\") Site A", "None plain", "None r"]);
    }

    #[test]
    fn what_goes_with_one_view_stands_alone() {
        let alone = |sql: &str| view_alone(sql).map(|it| format!("{}.{} {}", it.name.0, it.name.1, it.materialised));
        let sql = "-- a view\nCREATE MATERIALIZED VIEW lab.v AS SELECT 1 AS a, 'x' ON b;\n\
                   CREATE UNIQUE INDEX v_a ON lab.v (a); COMMENT ON MATERIALIZED VIEW lab.v IS 'x';\n\
                   COMMENT ON COLUMN lab.v.a IS 'y'; COMMENT ON INDEX lab.v_a IS 'z'; GRANT SELECT ON lab.v TO reader;";
        assert_eq!(alone(sql).as_deref(), Some("lab.v true"));
        assert_eq!(
            alone("create or replace view \"V\" as select 1; grant select on table \"V\" to r").as_deref(),
            Some("public.V false")
        );
        for more in [
            "create view a as select 1; create view b as select 2",
            "create view a as select 1; create index i on t (x)",
            "create view a as select 1; comment on column t.x is 'y'",
            "create view a as select 1; comment on index t_x is 'y'",
            "create view a as select 1; grant select on a, t to reader",
            "create view a as select 1; grant select on all tables in schema public to reader",
            "create view a as select 1; create function f() returns int language sql as 'select 1'",
            "create view a as select 1; alter view a owner to me",
            "create table t (); create view a as select 1",
            "create temp view a as select 1",
            "select 1",
        ] {
            assert_eq!(alone(more), None, "{more}");
        }
    }

    #[test]
    fn a_new_column_is_seen_by_those_who_take_all_or_name_it() {
        let sees = |sql: &str| may_see(sql, "site", "name");
        for sql in [
            "select * from site",
            "select s.* from lab.Site s",
            "select a, s.*, b from site s",
            "select distinct on (a) * from site",
            "select a from run natural join site",
            "select a from (table site) s",
            // It may be ambiguous now.
            "select name from run join site using (id)",
        ] {
            assert!(sees(sql), "{sql}");
        }
        for sql in
            ["select * from run", "select count(*), a * 2, b*(c) from site", "select a from site where b = 'x * y'"]
        {
            assert!(!sees(sql), "{sql}");
        }
    }
}
