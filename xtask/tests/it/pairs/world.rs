//! What a schema is made of, one statement after the other: what a seed gives.

use super::choices::Choices;
use super::{inheritance, relations, tables, types};

/// A column that others can refer to.
#[derive(Clone)]
pub(super) struct Column {
    /// As it is written in SQL.
    pub(super) name: String,
    /// As it is written in SQL.
    pub(super) type_name: String,
    pub(super) is_generated: bool,
}

/// A table or view.
#[derive(Clone)]
pub(super) struct Relation {
    /// As it is written in SQL, schema included.
    pub(super) name: String,
    /// The word by which slots of it are called.
    pub(super) slot: String,
    pub(super) columns: Vec<Column>,
    /// Columns that are a key by themselves.
    pub(super) keys: Vec<Column>,
    pub(super) is_partitioned: bool,
}

/// A schema that is being written.
pub(super) struct World {
    pub(super) choices: Choices,
    pub(super) statements: Vec<String>,
    /// Types of the schema's own, as they are written in SQL, with a default for each.
    pub(super) types: Vec<(String, Option<String>)>,
    /// A function from integer to integer, or to bigint.
    pub(super) has_function: bool,
    pub(super) sequences: Vec<String>,
    pub(super) tables: Vec<Relation>,
    /// Views, materialised views and tables, which views can read.
    pub(super) readable: Vec<Relation>,
}

impl World {
    /// The statements of one side.
    pub(super) fn statements(seed: u64, side: u64) -> Vec<String> {
        let mut world = Self {
            choices: Choices::of(seed, side),
            statements: Vec::new(),
            types: Vec::new(),
            has_function: false,
            sequences: Vec::new(),
            tables: Vec::new(),
            readable: Vec::new(),
        };
        types::write(&mut world);
        tables::write(&mut world);
        inheritance::write(&mut world);
        relations::write(&mut world);
        world.statements
    }

    pub(super) fn say(&mut self, statement: impl Into<String>) {
        self.statements.push(statement.into());
    }

    /// A comment, in some cases.
    pub(super) fn remark(&mut self, slot: &str, target: &str) {
        let slot = format!("{slot}.comment");
        if self.choices.chance(&slot, 15) {
            let text =
                self.choices.pick(&format!("{slot}.text"), &["'What it is'", "'It''s a \\ thing'", "E'Two\\nlines'"]);
            self.say(format!("COMMENT ON {target} IS {text}"));
        }
    }

    /// Grants, in some cases.
    pub(super) fn grant(&mut self, slot: &str, words: &[&str], target: &str) {
        let slot = format!("{slot}.grant");
        if self.choices.chance(&slot, 15) {
            let word = self.choices.pick(&format!("{slot}.word"), words);
            let to =
                self.choices.pick(&format!("{slot}.to"), &["diff_reader", "PUBLIC", "diff_reader WITH GRANT OPTION"]);
            self.say(format!("GRANT {word} ON {target} TO {to}"));
        }
    }
}
