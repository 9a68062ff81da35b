//! What a person would write where a script waits for a value.

use super::literals::{mentions, pleasing};
use super::order::foreign_keys;
use super::rows::checks_of;
use super::values::{TypeName, Types};
use crate::diff::{Sql, Statement};
use crate::schema::{Column, Schema, Table};
use crate::sql;

/// The statement that gives rows a value before one that requires it and says so in a remark; `None` where none is asked
/// for, or none is known. `goal` is the schema to which the script leads.
pub fn filling(statement: &Statement, goal: &Schema) -> Option<Statement> {
    statement.remarks.iter().find(|remark| remark.starts_with("backfill: "))?;
    let Sql::Action { head, action } = &statement.sql else { return None };
    let printed = head.strip_prefix("ALTER TABLE ")?;
    let quoted = action.strip_prefix("ALTER COLUMN ")?.strip_suffix(" SET NOT NULL")?;
    let table = goal.tables.iter().find(|it| it.name.to_string() == printed)?;
    let column = table.columns.iter().find(|it| sql::name(&it.name) == quoted)?;
    let referred = foreign_keys(table).find_map(|key| {
        let at = key.columns.iter().position(|it| *it == column.name)?;
        Some((&key.table, sql::name(key.referenced.get(at)?)))
    });
    let value = match referred {
        Some((other, referenced)) => {
            format!("(SELECT {referenced} FROM {other} WHERE {referenced} IS NOT NULL LIMIT 1)")
        }
        None => first_that_fits(goal, table, column)?,
    };
    Some(Statement::whole(format!("UPDATE {printed} SET {quoted} = {value} WHERE {quoted} IS NULL")))
}

/// The first value that passes the checks which are about this column alone.
fn first_that_fits(goal: &Schema, table: &Table, column: &Column) -> Option<String> {
    let name = TypeName::of(&column.type_name);
    let others = |text: &str| table.columns.iter().any(|it| it.name != column.name && mentions(text, &it.name));
    let checks: Vec<String> =
        checks_of(table).map(|(_, text)| text).filter(|text| mentions(text, &column.name) && !others(text)).collect();
    let plain = Types(goal).nth(&column.type_name, 0)?.of_type(&column.type_name);
    if checks.is_empty() {
        return Some(plain);
    }
    let pleasing = checks.iter().flat_map(|text| pleasing(text, &name)).map(|value| value.of_type(&column.type_name));
    let values: Vec<String> = std::iter::once(plain.clone()).chain(pleasing).map(|it| format!("({it})")).collect();
    let (quoted, values) = (sql::name(&column.name), values.join(", "));
    let fits = checks.iter().map(|text| format!("({text})")).collect::<Vec<String>>().join(" AND ");
    Some(format!("coalesce((SELECT {quoted} FROM (VALUES {values}) AS v ({quoted}) WHERE {fits} LIMIT 1), {plain})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, QualifiedName, Table};

    #[test]
    fn a_value_is_given_where_one_is_asked_for() {
        let mut table = Table::new(QualifiedName::public("t"));
        table.columns.push(Column::new("Grade", "smallint"));
        let goal = Schema { tables: [table].into_iter().collect(), ..Schema::default() };
        let require = Statement::on_table("public.t", "ALTER COLUMN \"Grade\" SET NOT NULL");
        assert_eq!(filling(&require, &goal), None, "it does not ask");
        let asks = require.remark("backfill: this fails");
        let update = filling(&asks, &goal).expect("a value").text();
        assert_eq!(update, "UPDATE public.t SET \"Grade\" = '1'::smallint WHERE \"Grade\" IS NULL");
    }
}
