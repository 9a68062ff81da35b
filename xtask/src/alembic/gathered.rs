//! Lists of objects that a loop over rows fills, and another one goes through: their keys stand in a temporary table meanwhile.

use super::chains::joined;
use super::desk::Desk;
use super::doubts::Doubt;
use super::outcome::{Part, Statement};
use super::rows::{Rows, Selected};
use super::written::written;
use crate::python::{Interpreter, Span, Value};
use crate::sqlmodel::quote;

/// A list of objects.
pub(super) struct Gathered<'p> {
    list: Value<'p>,
    class: Value<'p>,
    selected: Selected<'p>,
    /// The table that has their keys.
    table: String,
    /// Whether another loop goes through it.
    is_used: bool,
    /// Whether something else was done to the list.
    is_spoiled: bool,
}

impl<'p> Desk<'p> {
    /// `list.append(object)` in a loop over objects: the list was empty before, or has got nothing but such objects.
    pub(super) fn gather(&self, py: &Interpreter<'p>, list: &Value<'p>, value: &Value<'p>, span: Span) -> bool {
        let Some((class, variable)) = self.object_of_turn(value) else { return false };
        let Some(table) = written(&class).filter(|it| it.key().next().is_some()) else { return false };
        let keys: Vec<String> = table.key().map(|it| quote(&it.name)).collect();
        let mut state = self.state_mut();
        let known = state.gathered.iter().position(|it| it.list.is(list));
        let at = match known {
            Some(at) if state.gathered[at].class.is(&class) => at,
            Some(_) => return false,
            None => {
                let is_empty = list.items().is_some_and(|items| items.is_empty());
                // The table is made before all that is in doubt here, so that has to be a loop, which makes no tables.
                let is_plain = state.batches.is_empty()
                    && state.autocommit == 0
                    && !state.committed
                    && state.doubts.first().is_some_and(Doubt::is_loop);
                let row = state.rows.iter().rev().find(|it| it.variable == variable);
                let Some(selected) = row.map(|it| it.selected.clone()).filter(|_| is_empty && is_plain) else {
                    return false;
                };
                let name = format!("xtask_kept_{}", state.gathered.len() + 1);
                let columns: Vec<String> = keys.iter().map(|key| format!("{}.{key}", table.name)).collect();
                let columns = columns.join(", ");
                let line = self.place(py, span).line;
                for sql in [
                    format!("CREATE TEMPORARY TABLE {name} AS SELECT {columns} FROM {} WITH NO DATA", table.name),
                    format!("ALTER TABLE pg_temp.{name} ADD COLUMN place BIGINT GENERATED ALWAYS AS IDENTITY"),
                ] {
                    state.parts.push(Part::Statement(Statement { sql, no_transaction: false, line }));
                }
                let (list, table) = (list.clone(), name);
                state.gathered.push(Gathered { list, class, selected, table, is_used: false, is_spoiled: false });
                state.gathered.len() - 1
            }
        };
        let values: Vec<String> = keys.iter().map(|key| format!("{variable}.{key}")).collect();
        let (keys, values) = (keys.join(", "), values.join(", "));
        let line = format!("{} ({keys}) VALUES ({values});", insert_into(&state.gathered[at].table));
        if let Some(doubt) = state.doubt() {
            doubt.line(line);
        }
        true
    }

    /// Something else is done to a list.
    pub(super) fn spoil(&self, list: &Value<'p>) {
        let mut state = self.state_mut();
        state.gathered.iter_mut().filter(|it| it.list.is(list)).for_each(|it| it.is_spoiled = true);
    }

    /// The objects of such a list, as they are now: what was changed in them since was sent to the server.
    pub(super) fn gathered_rows(&self, list: &Value<'p>) -> Option<Rows<'p>> {
        let mut state = self.state_mut();
        let at = state.gathered.iter().position(|it| it.list.is(list) && !it.is_spoiled)?;
        let is_held = state.objects.holds(&state.gathered[at].class);
        let gathered = &mut state.gathered[at];
        let table = written(&gathered.class).filter(|_| is_held)?;
        gathered.is_used = true;
        let columns: Vec<String> = table.names().map(|name| format!("{}.{}", table.name, quote(name))).collect();
        let same = |name: String| format!("{}.{name} = kept.{name}", table.name);
        let keys: Vec<String> = table.key().map(|it| same(quote(&it.name))).collect();
        let sql = format!(
            "SELECT {} FROM pg_temp.{} AS kept JOIN {}{} ORDER BY kept.place",
            columns.join(", "),
            gathered.table,
            table.name,
            joined("ON", &keys)
        );
        Some(Rows { sql, selected: Selected { taken: None, ..gathered.selected.clone() }, is_scalars: true })
    }

    /// `if list:`
    pub(super) fn is_gathered_any(&self, list: &Value<'p>) -> Option<String> {
        let mut state = self.state_mut();
        let gathered = state.gathered.iter_mut().find(|it| it.list.is(list) && !it.is_spoiled)?;
        gathered.is_used = true;
        Some(format!("EXISTS (SELECT 1 FROM pg_temp.{})", gathered.table))
    }

    /// The function ends: tables that were used are dropped, and of the others nothing is left.
    pub(super) fn drop_gathered(&self) {
        let mut state = self.state_mut();
        for gathered in std::mem::take(&mut state.gathered) {
            let name = gathered.table;
            if gathered.is_used {
                let sql = format!("DROP TABLE pg_temp.{name}");
                let line = state.parts.iter().rev().find_map(line_of).unwrap_or(1);
                state.parts.push(Part::Statement(Statement { sql, no_transaction: false, line }));
                continue;
            }
            let insert = insert_into(&name);
            let made = [format!("CREATE TEMPORARY TABLE {name} "), format!("ALTER TABLE pg_temp.{name} ")];
            state.parts.retain_mut(|part| {
                let Part::Statement(statement) = part else { return true };
                if made.iter().any(|it| statement.sql.starts_with(it)) {
                    return false;
                }
                if !statement.sql.contains(&insert) {
                    return true;
                }
                let kept = statement.sql.lines().filter(|line| !line.trim_start().starts_with(&insert));
                statement.sql = kept.collect::<Vec<_>>().join("\n");
                !statement.sql.lines().all(does_nothing)
            });
        }
    }
}

fn insert_into(table: &str) -> String {
    format!("INSERT INTO pg_temp.{table}")
}

fn line_of(part: &Part) -> Option<usize> {
    if let Part::Statement(statement) = part { Some(statement.line) } else { None }
}

/// Whether a line of a block only says when something happens.
fn does_nothing(line: &str) -> bool {
    let line = line.trim_start();
    ["DO ", "DECLARE", "BEGIN", "FOR ", "IF ", "END", "found_"].iter().any(|word| line.starts_with(word))
}
