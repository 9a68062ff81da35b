//! Storage, compression, statistics target and options of a column.
//!
//! after: `alter table t alter a set statistics 500, alter a set storage external`

use super::operation::Operation;
use super::options::{reset_words, set_words};
use super::statement::Statement;
use crate::schema::{Column, QualifiedName};
use crate::sql;

/// Settings of a column that `CREATE TABLE` does not take, or not in all versions.
#[derive(Clone, Debug)]
pub struct ChangeColumnSettings<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before; `None` for a new column.
    pub from: Option<&'s Column>,
    /// After.
    pub to: &'s Column,
}

impl<'s> ChangeColumnSettings<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: Option<&'s Column>, to: &'s Column) -> Option<Self> {
        let change = Self { table, from, to };
        (!change.actions().is_empty()).then_some(change)
    }

    fn actions(&self) -> Vec<String> {
        let (plain, to) = (Column::default(), self.to);
        let from = self.from.unwrap_or(&plain);
        let mut actions = Vec::new();
        if from.storage != to.storage {
            // DEFAULT as a word is known from PostgreSQL 16 on.
            let usual = if is_fixed(&to.type_name) { "PLAIN" } else { "EXTENDED" };
            actions.push(format!("SET STORAGE {}", to.storage.as_deref().unwrap_or(usual)));
        }
        // A new column says its compression in its definition.
        if self.from.is_some() && from.compression != to.compression {
            actions.push(format!("SET COMPRESSION {}", to.compression.as_deref().unwrap_or("default")));
        }
        if from.statistics != to.statistics {
            actions.push(format!("SET STATISTICS {}", to.statistics.unwrap_or(-1)));
        }
        actions.extend(set_words(&from.options, &to.options).map(|words| format!("SET ({words})")));
        actions.extend(reset_words(&from.options, &to.options).map(|words| format!("RESET ({words})")));
        actions
    }
}

fn is_fixed(type_name: &str) -> bool {
    matches!(type_name, "boolean" | "smallint" | "integer" | "bigint" | "real" | "double precision" | "date" | "uuid")
        || type_name.starts_with("timestamp")
}

impl Operation for ChangeColumnSettings<'_> {
    fn title(&self) -> String {
        format!("settings of {}", sql::name(&self.to.name))
    }

    fn statements(&self) -> Vec<Statement> {
        let column = sql::name(&self.to.name);
        let actions = self.actions().into_iter();
        actions.map(|action| Statement::on_table(self.table, format!("ALTER COLUMN {column} {action}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_column_has_no_more_is_what_its_type_has() {
        let table = QualifiedName::public("t");
        let plain = Column::new("a", "text");
        let set = Column {
            storage: Some("EXTERNAL".to_owned()),
            statistics: Some(500),
            options: [("n_distinct", "-0.5")].into_iter().collect(),
            ..plain.clone()
        };
        let texts = |from: Option<&Column>, to: &Column| {
            let change = ChangeColumnSettings::detect(&table, from, to)?;
            Some(
                change
                    .statements()
                    .iter()
                    .map(|it| it.text().replace("ALTER TABLE public.t ALTER COLUMN a ", ""))
                    .collect::<Vec<_>>(),
            )
        };
        let there = ["SET STORAGE EXTERNAL", "SET STATISTICS 500", "SET (n_distinct=-0.5)"];
        assert_eq!(texts(None, &set), Some(there.map(str::to_owned).to_vec()));
        let back = ["SET STORAGE EXTENDED", "SET STATISTICS -1", "RESET (n_distinct)"];
        assert_eq!(texts(Some(&set), &plain), Some(back.map(str::to_owned).to_vec()));
        assert_eq!(texts(Some(&set), &set), None);
    }
}
