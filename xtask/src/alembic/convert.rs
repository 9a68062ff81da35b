//! The conversion as a whole: every script in order, both functions of each.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::Utf8PathBuf;

use super::desk::Desk;
use super::history::History;
use super::outcome::{Converted, Outcome, Part, Reason};
use super::script::Script;
use crate::python::{Arguments, Body, Files, Interpreter, Library, Module, Span, Value, form_of_rows};
use crate::sqlmodel::Settings;

/// What scripts are read against.
pub struct Environment<'f> {
    /// The project's files, for the modules that scripts import and the SQL files that they read.
    pub files: &'f dyn Files,
    /// The folders that imports start from.
    pub roots: Vec<Utf8PathBuf>,
    /// The templates for names of the target metadata; empty where there are none.
    pub naming_convention: &'f BTreeMap<String, String>,
    /// Types that cannot be read.
    pub models: &'f Settings,
}

/// Scripts of long projects need more stack than a thread usually has.
const STACK: usize = 512 * 1024 * 1024;

/// The SQL of revisions whose `upgrade()` cannot be read, where it is known from elsewhere.
pub type KnownSql = BTreeMap<String, Vec<String>>;

/// Converts every script of the history.
pub fn convert(history: &History, environment: &Environment<'_>) -> Vec<Converted> {
    convert_beside(history, environment, &KnownSql::new())
}

/// Converts every script of the history. What scripts ask of the schema is answered with what other SQL has made of it, too.
pub fn convert_beside(history: &History, environment: &Environment<'_>, known: &KnownSql) -> Vec<Converted> {
    let run = || convert_here(history, environment, known);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(converted)) => converted,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => run(),
        }
    })
}

fn convert_here(history: &History, environment: &Environment<'_>, known: &KnownSql) -> Vec<Converted> {
    let library = Library::default();
    let py = Interpreter::new(environment.files, &library, environment.roots.clone(), &[]);
    py.set_loaded(super::loaded::PACKAGES);
    let desk = Rc::new(Desk::new(environment));
    py.set_host(Some(Rc::clone(&desk) as Rc<dyn crate::python::Host<'_>>));
    let mut converted = Vec::with_capacity(history.scripts.len());
    for (number, script) in history.scripts.iter().enumerate() {
        // Not a name that a script could import.
        let module = py.run_file(&format!("revision {number}"), &script.path, &script.text);
        let before = desk.state().shape.clone();
        let up = function(&py, &desk, &module, script, "upgrade");
        if let (Outcome::Unknown { .. }, Some(statements)) = (&up, known.get(&script.revision)) {
            desk.state_mut().shape = before;
            statements.iter().for_each(|sql| super::effects::apply(&desk, sql));
        }
        let after = desk.state().shape.clone();
        let down = function(&py, &desk, &module, script, "downgrade");
        desk.state_mut().shape = after;
        py.take_acts();
        converted.push(Converted { script: script.clone(), up, down });
    }
    py.set_host(None);
    converted
}

fn function<'p>(
    py: &Interpreter<'p>,
    desk: &Desk<'p>,
    module: &Rc<Module<'p>>,
    script: &Script,
    name: &str,
) -> Outcome {
    let start = Span { file: module.file.unwrap_or(0), range: Default::default() };
    let found = py.name_in(module, name, start);
    desk.begin();
    let result = match &found {
        _ if py.why_unloadable(start.file).is_some() => {
            py.why_unloadable(start.file).map_or(Value::None, Value::Unknown)
        }
        Value::Function(_) => py.call(&found, Arguments::default(), start),
        Value::Unknown(_) if module.scope.own(name).is_none() => Value::None,
        _ => Value::unknown(format!("`{name}` is no function of this script"), start),
    };
    desk.finish(py);
    let rows = tame(py, desk, start.file);
    let (mut parts, mut reasons) = desk.end();
    if let Some(reason) = rows {
        parts.push(Part::Gap(reasons.len()));
        reasons.push(reason);
    }
    if let Value::Unknown(unknown) = &result
        && reasons.is_empty()
        && !unknown.is_seen
    {
        let place = py.source(unknown.span.file).place(unknown.span.range);
        let why = unknown.why.split(" cannot be followed: ").last().unwrap_or_default().to_owned();
        parts.push(Part::Gap(0));
        reasons.push(Reason { what: format!("`{name}()`"), why, place });
    }
    if reasons.is_empty() {
        let statement = |part| if let Part::Statement(statement) = part { Some(statement) } else { None };
        return Outcome::Sql(parts.into_iter().filter_map(statement).collect());
    }
    let range = match &found {
        Value::Function(function) => match function.body {
            Body::Def(it) => Some(std::ops::Range::<usize>::from(it.range)),
            Body::Lambda(..) => None,
        },
        _ => None,
    };
    let source = range.and_then(|range| script.text.get(range)).unwrap_or_default().to_owned();
    Outcome::Unknown { reasons, known: parts, source }
}

/// Why a script that goes through rows may mean something else in SQL, if it has a form that is not followed for sure.
fn tame(py: &Interpreter<'_>, desk: &Desk<'_>, file: u32) -> Option<Reason> {
    let (by_rows, by_objects) = (desk.state().by_rows, desk.state().by_objects);
    if !by_rows && !by_objects {
        return None;
    }
    let source = py.source(file);
    let form = form_of_rows(source, by_objects)?;
    let what = "what it does with rows".to_owned();
    Some(Reason { what, why: form.why, place: source.place(form.range) })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{converted, shown, sql};

    #[test]
    fn loops_helpers_and_known_conditions_are_followed() {
        let found = sql("def drop(name, kind='TABLE'):\n    op.execute(f'DROP {kind} {name}')\n\
             for name in ['a', 'b']:\n    drop(name)\n\
             if op.get_bind().dialect.name == 'postgresql':\n    drop('v', kind='VIEW')\n\
             else:\n    drop('never')\n\
             op.get_bind().execute(sa.text('UPDATE t SET a = 1; UPDATE t SET b = 2;'))");
        let expected = ["DROP TABLE a", "DROP TABLE b", "DROP VIEW v", "UPDATE t SET a = 1", "UPDATE t SET b = 2"];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_change_anything_is_no_gap() {
        let found = sql(
            "def guard(conn):\n    if conn.execute(sa.text('SELECT 1')).scalar():\n        return True\n    return False\n\
             guard(op.get_bind())\nx = guard(op.get_bind()) and print('y')\nop.drop_table('t')",
        );
        assert_eq!(found, ["DROP TABLE t"]);
        let found = sql("x = op.get_bind().execute(sa.text('SELECT 1')).scalar() and op.drop_table('t')");
        assert_eq!(found, ["?? what happens here: it depends on a condition that only a run can decide"]);
        let found = sql("[op.drop_table(row.name) for row in op.get_bind().execute(sa.text('SELECT name FROM x'))]");
        assert_eq!(found, ["?? what happens here: it goes through what only a run can tell"]);
    }

    /// What is asked of a person, and nothing else.
    #[track_caller]
    fn is_left(body: &str) {
        let found = sql(body);
        assert!(found.iter().any(|it| it.starts_with("?? ")), "{body}: {found:?}");
    }

    #[test]
    fn a_revision_does_what_it_does_on_a_database() {
        let found = sql("if context.is_offline_mode():\n    op.drop_table('never')\n\
             if not op.get_context().as_sql:\n    op.drop_table('t')");
        assert_eq!(found, ["DROP TABLE t"]);
    }

    #[test]
    fn the_end_of_a_try_happens_however_it_is_left() {
        let found = sql("def name():\n    try:\n        return 'a'\n    finally:\n        op.drop_table('f')\n\
             for it in ['x', 'y']:\n    try:\n        if it == 'x':\n            continue\n        op.drop_table(it)\n    finally:\n        op.drop_table('f' + it)\n\
             op.drop_table(name())");
        assert_eq!(found, ["DROP TABLE fx", "DROP TABLE y", "DROP TABLE fy", "DROP TABLE f", "DROP TABLE a"]);
    }

    #[test]
    fn what_a_try_may_catch_is_a_persons() {
        let caught = "\nexcept Exception:\n    op.drop_table('a')\nelse:\n    op.drop_table('b')";
        is_left(&format!("try:\n    x = {{}}['missing']{caught}"));
        is_left(&format!("try:\n    a, b = [1]{caught}"));
        is_left(&format!("try:\n    import no_such_module{caught}"));
        is_left(
            "try:\n    import no_such_module\n    known = True\nexcept ImportError:\n    known = False\nif known:\n    op.drop_table('a')",
        );
        let found = sql(&format!("try:\n    import json, alembic{caught}"));
        assert_eq!(found, ["DROP TABLE b"]);
    }

    #[test]
    fn what_a_library_makes_of_a_function_is_not_known() {
        is_left("import functools\n@functools.lru_cache\ndef once():\n    op.drop_table('a')\nonce()\nonce()");
        let found = sql(
            "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def inner():\n        f()\n        f()\n    return inner\n\
             @twice\ndef drop():\n    op.drop_table('a')\ndrop()",
        );
        assert_eq!(found, ["DROP TABLE a", "DROP TABLE a"]);
    }

    #[test]
    fn what_follows_a_collection_changes_with_it() {
        is_left("d = {'a': 1}\nk = d.keys()\nd['b'] = 2\nfor it in k:\n    op.drop_table(it)");
        is_left("d = {'a': 1}\nv = d.values()\nd['a'] = 2\nop.execute(f'SELECT {list(v)}')");
        let found = sql(
            "d = {'a': 1}\nk = d.keys()\nd['a'] = 2\nfor it in k:\n    op.drop_table(it)\nold = list(d.items())\nd['b'] = 3\n\
             op.drop_table(old[0][0])\ns = t = {'x'}\ns |= {'y'}\nl = m = [1]\nl *= 2\nop.drop_table(f't{len(t)}{len(m)}')",
        );
        assert_eq!(found, ["DROP TABLE a", "DROP TABLE a", "DROP TABLE t22"]);
    }

    #[test]
    fn a_script_that_cannot_be_loaded_does_nothing() {
        let scripts = [("op.drop_table('t')", "pass\nraise_later = 1\nassert True\nif False:\n    raise ValueError()")];
        for (end, why) in [
            ("\nraise RuntimeError('x')", "it raises an exception while it is loaded"),
            ("\nassert 1 > 2, 'x'", "an assertion does not hold while it is loaded"),
        ] {
            let down = format!("pass\n{}", end.trim_start());
            assert!(matches!(converted(&[("", &down)], &[], &[])[0].up, super::Outcome::Sql(_)), "{why}");
            let found = super::super::testing::with_end(&scripts, end);
            assert_eq!(shown(&found[0].up), [format!("?? `upgrade()`: {why}")]);
        }
        let fine = super::super::testing::with_end(
            &scripts,
            "\nassert 2 > 1\ntry:\n    raise ValueError()\nexcept ValueError:\n    pass",
        );
        assert_eq!(shown(&fine[0].up), ["DROP TABLE t"]);
    }

    #[test]
    fn after_a_commit_nothing_is_in_a_transaction() {
        let found = converted(
            &[("op.drop_table('t')\nop.execute('COMMIT')\nop.execute('VACUUM')", "op.execute('ROLLBACK')")],
            &[],
            &[],
        );
        let super::Outcome::Sql(statements) = &found[0].up else { panic!("{:?}", found[0].up) };
        let told: Vec<_> = statements.iter().map(|it| (it.sql.as_str(), it.no_transaction)).collect();
        assert_eq!(told, [("DROP TABLE t", false), ("VACUUM", true)]);
        assert_eq!(shown(&found[0].down), ["?? `ROLLBACK`: the tool begins and ends the transaction of a revision"]);
    }

    #[test]
    fn what_depends_on_data_is_told_with_what_is_known_around_it() {
        let found = sql("op.drop_column('t', 'a')\n\
             conn = op.get_bind()\n\
             rows = conn.execute(sa.text('SELECT id FROM t'))\n\
             for row in rows:\n    conn.execute(sa.text(f'DELETE FROM t WHERE id = {row.id}'))\n\
             op.drop_column('t', 'b')");
        let expected = [
            "ALTER TABLE t DROP COLUMN a",
            "?? what happens here: it is made in a loop over what only a run can tell: the SQL text: only a run can tell the text of \
             this value",
            "ALTER TABLE t DROP COLUMN b",
        ];
        assert_eq!(found, expected);
        let found = sql("if sa.func.x():\n    return\nop.drop_table('t')");
        assert_eq!(found, ["?? what happens here: it depends on a condition that only a run can decide"]);
        let raised = converted(&[("", "raise NotImplementedError('no way back')")], &[], &[]);
        assert_eq!(shown(&raised[0].down), ["?? `downgrade()`: an exception is raised"]);
    }

    #[test]
    fn sql_from_elsewhere_makes_the_shape_that_later_scripts_ask_for() {
        let scripts = [
            (
                "from vendor import names\nfor name in names():\n    op.create_table(name, sa.Column('id', sa.Integer))",
                "",
            ),
            (
                "if not sa.inspect(op.get_bind()).has_table('made'):\n    op.create_table('made', sa.Column('id', sa.Integer))",
                "",
            ),
        ];
        let alone = converted(&scripts, &[], &[]);
        assert!(matches!(alone[1].up, super::Outcome::Unknown { .. }), "{:?}", alone[1].up);
        let known = [("0".to_owned(), vec!["CREATE TABLE made (id INTEGER)".to_owned()])].into();
        let found = super::super::testing::beside(&scripts, &[], &[], &known);
        assert!(matches!(found[0].up, super::Outcome::Unknown { .. }), "{:?}", found[0].up);
        assert_eq!(shown(&found[1].up), [""; 0]);
    }
}
