//! Forms of a program of which a reader that goes through rows in another language may make something else.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprContext, Operator, Stmt, UnaryOp};
use ruff_text_size::{Ranged as _, TextRange};

use super::source::Source;

/// A form, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// In words: "`.pop(…)` is not followed beside rows".
    pub why: String,
    /// Where it is.
    pub range: TextRange,
}

/// Methods that change a list, or take a result or an object in a way of their own.
const METHODS: [&str; 21] = [
    "remove",
    "pop",
    "clear",
    "extend",
    "reverse",
    "sort",
    "unique",
    "fetchone",
    "fetchmany",
    "partitions",
    "yield_per",
    "begin_nested",
    "expire",
    "expire_all",
    "refresh",
    "merge",
    "bulk_save_objects",
    "bulk_insert_mappings",
    "bulk_update_mappings",
    "listen",
    "not_",
];

/// The negation that knows of no missing value.
const FUNCTIONS: [&str; 1] = ["not_"];

/// Names whose meaning lies outside of what a statement says.
const NAMES: [&str; 11] = [
    "TypeDecorator",
    "PickleType",
    "validates",
    "listens_for",
    "no_autoflush",
    "autoflush",
    "onupdate",
    "version_id_col",
    "polymorphic_on",
    "polymorphic_identity",
    "__mapper_args__",
];

/// Methods that give a result which can be gone through once.
const RESULTS: [&str; 3] = ["execute", "scalars", "exec"];

/// The first such form of a program. `with_objects` adds those of objects of a session.
pub fn form_of_rows(source: &Source, with_objects: bool) -> Option<Form> {
    let mut search = Search { with_objects, ..Search::default() };
    search.visit_body(source.body());
    let twice = search.results.iter().find(|(name, (bound, _))| search.loads.get(**name).is_some_and(|it| it > bound));
    let twice = twice
        .map(|(name, (_, range))| Form { why: format!("the result `{name}` is used more than once"), range: *range });
    search.found.or(twice)
}

#[derive(Default)]
struct Search<'s> {
    with_objects: bool,
    found: Option<Form>,
    /// Names that are bound to results: how often, and where first.
    results: BTreeMap<&'s str, (usize, TextRange)>,
    loads: BTreeMap<&'s str, usize>,
    loops: u32,
}

impl<'s> Search<'s> {
    fn note(&mut self, why: impl Into<String>, range: TextRange) {
        self.found.get_or_insert_with(|| Form { why: why.into(), range });
    }

    fn name(&mut self, name: &str, range: TextRange) {
        if NAMES.contains(&name) {
            self.note(format!("`{name}` does something of its own"), range);
        }
    }

    fn call(&mut self, it: &'s ExprCall) {
        match &*it.func {
            Expr::Name(name) if FUNCTIONS.contains(&name.id.as_str()) => {
                self.note(format!("`{}(…)` is not followed beside rows", name.id), it.range());
            }
            Expr::Attribute(method) => {
                let name = method.attr.as_str();
                if METHODS.contains(&name) {
                    self.note(format!("`.{name}(…)` is not followed beside rows"), it.range());
                }
                let is_join = matches!(name, "join" | "outerjoin") && !method.value.is_string_literal_expr();
                if self.with_objects && is_join {
                    self.note("objects are looked for with a join", it.range());
                }
            }
            _ => {}
        }
        for keyword in &it.arguments.keywords {
            if let Some(name) = &keyword.arg {
                self.name(name, keyword.range());
            }
            self.value(&keyword.value);
        }
    }

    /// A value for a column: what Python decides there is no expression of SQL.
    fn value(&mut self, value: &Expr) {
        let decides = match value {
            Expr::UnaryOp(it) => it.op == UnaryOp::Not,
            Expr::Compare(it) => it.ops.iter().any(|op| !matches!(op, CmpOp::In | CmpOp::NotIn)),
            _ => false,
        };
        if decides {
            self.note("a condition is used as a value", value.range());
        }
    }
}

impl<'s> Visitor<'s> for Search<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::Assign(it) => {
                if let ([Expr::Name(name)], Expr::Call(call)) = (&it.targets[..], &*it.value)
                    && let Expr::Attribute(method) = &*call.func
                    && RESULTS.contains(&method.attr.as_str())
                {
                    self.results.entry(name.id.as_str()).or_insert((0, it.range())).0 += 1;
                }
                if it.targets.iter().any(|target| target.as_name_expr().is_some_and(|it| it.id == "__mapper_args__")) {
                    self.name("__mapper_args__", it.range());
                }
            }
            Stmt::Try(it) if !it.handlers.is_empty() && self.loops > 0 => {
                self.note("`try` in a loop over rows", it.range())
            }
            _ => {}
        }
        let is_loop = matches!(stmt, Stmt::For(_));
        self.loops += u32::from(is_loop);
        if let Stmt::For(it) = stmt {
            // What is gone through is asked for once, before the loop.
            self.loops -= 1;
            self.visit_expr(&it.iter);
            self.loops += 1;
            self.visit_expr(&it.target);
            it.body.iter().chain(&it.orelse).for_each(|inner| self.visit_stmt(inner));
        } else {
            walk_stmt(self, stmt);
        }
        self.loops -= u32::from(is_loop);
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Call(it) => self.call(it),
            Expr::Name(it) => {
                self.name(&it.id, it.range());
                if it.ctx == ExprContext::Load {
                    *self.loads.entry(it.id.as_str()).or_default() += 1;
                }
            }
            Expr::Attribute(it) => self.name(&it.attr, it.range()),
            Expr::Subscript(it) if it.ctx == ExprContext::Load && it.value.is_attribute_expr() => {
                let is_columns =
                    it.value.as_attribute_expr().is_some_and(|it| matches!(it.attr.as_str(), "c" | "columns"));
                if !is_columns {
                    self.note("an item of a row's value", it.range());
                }
            }
            Expr::BinOp(it) => {
                let divides = matches!(it.op, Operator::Div | Operator::FloorDiv | Operator::Mod);
                if divides && !it.left.is_string_literal_expr() {
                    self.note("division has other rules in SQL", it.range());
                }
            }
            Expr::UnaryOp(it) if it.op == UnaryOp::Invert => self.note("`~` beside rows", it.range()),
            Expr::Dict(it) => it.items.iter().for_each(|item| self.value(&item.value)),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::python::Library;

    fn found(text: &str, with_objects: bool) -> Option<String> {
        let library = Library::default();
        form_of_rows(library.source(Utf8Path::new("a.py"), text.to_owned()), with_objects).map(|form| form.why)
    }

    #[test]
    fn what_is_not_followed_for_sure_is_found() {
        for (text, why) in [
            ("ids = q.all()\nids.remove(1)", "`.remove(…)` is not followed beside rows"),
            ("t.values(name=row.tags[0])", "an item of a row's value"),
            ("x = t.c['a']\nt.values(ok=row.age == 1)", "a condition is used as a value"),
            ("t.values({'ok': not row.ok})", "a condition is used as a value"),
            ("t.where(~(t.c.a == row.a))", "`~` beside rows"),
            ("x = row.id // 2", "division has other rules in SQL"),
            ("r = c.execute(q)\nif r.fetchall():\n    for row in r: pass", "the result `r` is used more than once"),
            ("@validates('a')\ndef f(): pass", "`validates` does something of its own"),
            ("@event.listens_for(A, 'x')\ndef f(): pass", "`listens_for` does something of its own"),
            ("class T(TypeDecorator): pass", "`TypeDecorator` does something of its own"),
        ] {
            assert_eq!(found(text, false).as_deref(), Some(why), "{text}");
        }
        for text in [
            "for row in c.execute(q):\n    c.execute(t.update().where(t.c.id == row.id).values(name='%s' % 'x'))",
            "r = c.execute(q)\nfor row in r: pass",
            "op.bulk_insert(t, [{'a': 1}])",
        ] {
            assert_eq!(found(text, false), None, "{text}");
        }
    }

    #[test]
    fn objects_of_sessions_have_forms_of_their_own() {
        assert_eq!(found("for a in s.query(A).all():\n    a.name = ','.join(['x'])\ns.commit()", true), None);
        assert_eq!(found("s.query(A).join(B).all()", true).as_deref(), Some("objects are looked for with a join"));
        assert_eq!(found("a = Column(onupdate=1)", true).as_deref(), Some("`onupdate` does something of its own"));
    }
}
