//! What SQL text does to the shape, as far as its words tell.

use super::desk::Desk;
use super::harmless::{HARMLESS, OTHERS};
use super::shape::{ConstraintKind, ConstraintShape, IndexShape, Key, Relation, Shape};
use super::words::Reader;
use crate::sql::tokens;

/// Applies one statement.
pub(super) fn apply(desk: &Desk<'_>, sql: &str) {
    let tokens = tokens(sql);
    let mut reader = Reader { sql, tokens: &tokens, at: 0 };
    let doubt = desk.doubt_here();
    let mut state = desk.state_mut();
    let before = doubt.is_some().then(|| state.shape.clone());
    reader.statement(&mut state.shape);
    // In doubt, what would have changed is not known any more.
    if let (Some(why), Some(before)) = (doubt, before) {
        let changed = state.shape.changed(&before);
        state.shape = before;
        for (key, came_or_went) in &changed {
            match came_or_went {
                true => state.shape.doubt_table(key, &why),
                false => state.shape.doubt_content(key, &why),
            }
        }
    }
}

/// Applies a statement of which only the beginning is known; `false` where that is too little.
pub(super) fn apply_begin(desk: &Desk<'_>, sql: &str) -> bool {
    let tokens = tokens(sql);
    let mut reader = Reader { sql, tokens: &tokens, at: 0 };
    if HARMLESS.iter().any(|word| reader.is(word)) {
        return true;
    }
    if !reader.takes_all(&["alter", "table"]) {
        return false;
    }
    reader.takes_all(&["if", "exists"]);
    reader.takes("only");
    match reader.full_name().filter(|_| !reader.is_done()) {
        Some(table) => {
            let why = "it is changed by SQL text of which only a run can tell the rest";
            desk.state_mut().shape.doubt_table(&table, why);
            true
        }
        None => false,
    }
}

impl Reader<'_> {
    fn statement(&mut self, shape: &mut Shape) {
        if HARMLESS.iter().any(|word| self.is(word)) {
            return;
        }
        let understood = match () {
            () if self.takes("create") => self.create(shape),
            () if self.takes("drop") => self.drop(shape),
            () if self.takes("alter") => self.alter(shape),
            () => None,
        };
        if understood.is_none() {
            shape.mention(self.sql);
        }
    }

    fn create(&mut self, shape: &mut Shape) -> Option<()> {
        self.takes_all(&["or", "replace"]);
        while ["unlogged", "temporary", "temp", "global", "local"].iter().any(|word| self.takes(word)) {}
        let unique = self.takes("unique");
        if self.takes("index") {
            return self.create_index(shape, unique);
        }
        if self.takes("type") {
            let name = self.full_name()?;
            shape.set_type(&name, true);
            return Some(());
        }
        if self.takes("table") {
            self.takes_all(&["if", "not", "exists"]);
            let name = self.full_name()?;
            if !matches!(shape.table(&name), Ok(Some(_))) {
                shape.create(&name, Relation::default());
                shape.doubt_columns(&name, "the table is made by SQL text, whose constraints are not read");
                if self.table_columns(shape, &name).is_none() {
                    shape.doubt_table(&name, "the table is made by SQL text that is not read");
                }
            }
            return Some(());
        }
        if self.takes("schema") {
            return Some(());
        }
        OTHERS.iter().any(|word| self.is(word)).then_some(())
    }

    fn create_index(&mut self, shape: &mut Shape, unique: bool) -> Option<()> {
        self.takes("concurrently");
        self.takes_all(&["if", "not", "exists"]);
        let name = self.name()?;
        if !self.takes("on") {
            return None;
        }
        self.takes("only");
        let table = self.full_name()?;
        if self.takes("using") {
            self.name()?;
        }
        let mut columns = Vec::new();
        if self.takes_mark("(") {
            while let Some(column) = self.name() {
                columns.push(column);
                if !self.takes_mark(",") {
                    break;
                }
            }
        }
        let table = shape.change(&table);
        table.indexes.retain(|it| it.name != name);
        table.indexes.push(IndexShape { name, columns, unique });
        Some(())
    }

    fn drop(&mut self, shape: &mut Shape) -> Option<()> {
        let what = self.name()?;
        self.takes("concurrently");
        self.takes_all(&["if", "exists"]);
        match &*what {
            "table" | "index" | "type" => loop {
                let name = self.full_name()?;
                match &*what {
                    "table" => shape.drop(&name),
                    "type" => shape.set_type(&name, false),
                    _ => {
                        if let Some(table) = shape.table_of_index(name.0.as_deref(), &name.1) {
                            shape.change(&table).indexes.retain(|it| it.name != name.1);
                        }
                    }
                }
                if !self.takes_mark(",") {
                    return Some(());
                }
            },
            "schema" | "owned" => None,
            _ => OTHERS.contains(&&*what).then_some(()),
        }
    }

    fn alter(&mut self, shape: &mut Shape) -> Option<()> {
        if self.takes("type") {
            let name = self.full_name()?;
            if self.takes_all(&["rename", "to"]) {
                let new = self.name()?;
                shape.set_type(&name, false);
                shape.set_type(&(name.0, new), true);
            }
            return Some(());
        }
        if self.takes("index") {
            self.takes_all(&["if", "exists"]);
            let name = self.full_name()?;
            if self.takes_all(&["rename", "to"]) {
                let new = self.name()?;
                if let Some(table) = shape.table_of_index(name.0.as_deref(), &name.1) {
                    let indexes = shape.change(&table).indexes.iter_mut();
                    indexes.filter(|it| it.name == name.1).for_each(|it| it.name.clone_from(&new));
                }
            }
            return Some(());
        }
        if !self.takes("table") {
            return OTHERS.iter().any(|word| self.is(word)).then_some(());
        }
        self.takes_all(&["if", "exists"]);
        self.takes("only");
        let table = self.full_name()?;
        if self.alter_table(shape, &table).is_none() {
            shape.doubt_table(&table, "it is changed by SQL text that is not understood");
        }
        Some(())
    }

    fn alter_table(&mut self, shape: &mut Shape, table: &Key) -> Option<()> {
        if self.takes_all(&["rename", "to"]) {
            let new = self.name()?;
            shape.rename(table, &(table.0.clone(), new));
            return Some(());
        }
        if self.takes_all(&["rename", "constraint"]) {
            let (old, new) = (self.name()?, self.takes("to").then(|| self.name())??);
            let constraints = shape.change(table).constraints.iter_mut();
            constraints.filter(|it| it.name.as_deref() == Some(&old)).for_each(|it| it.name = Some(new.clone()));
            return Some(());
        }
        if self.takes("rename") {
            self.takes("column");
            let (old, new) = (self.name()?, self.takes("to").then(|| self.name())??);
            let columns = shape.change(table).columns.iter_mut();
            columns.filter(|it| it.name == old).for_each(|it| it.name.clone_from(&new));
            return Some(());
        }
        loop {
            self.action(shape, table)?;
            // To the comma that ends the action.
            let mut depth = 0;
            while !self.is_done() {
                let text = self.tokens[self.at].text(self.sql);
                match text {
                    "(" | "[" => depth += 1,
                    ")" | "]" => depth -= 1,
                    "," if depth == 0 => break,
                    _ => {}
                }
                self.at += 1;
            }
            if !self.takes_mark(",") {
                return Some(());
            }
        }
    }

    /// A constraint behind its name.
    fn constraint(&mut self, name: Option<String>) -> Option<ConstraintShape> {
        let kind = match &*self.name()? {
            "primary" => ConstraintKind::Primary,
            "unique" => ConstraintKind::Unique,
            "foreign" => ConstraintKind::Foreign,
            "check" => ConstraintKind::Check,
            "exclude" => ConstraintKind::Exclude,
            _ => return None,
        };
        let mut constraint = ConstraintShape { name, kind, columns: Vec::new(), referred: None, ondelete: None };
        if matches!(kind, ConstraintKind::Check | ConstraintKind::Exclude) {
            return Some(constraint);
        }
        self.takes("key");
        if self.takes_all(&["using", "index"]) {
            return None;
        }
        constraint.columns = self.columns()?;
        if kind == ConstraintKind::Foreign {
            let table = self.takes("references").then(|| self.full_name()).flatten()?;
            let columns = self.columns().unwrap_or_default();
            constraint.referred = Some((table, columns));
            if self.takes_all(&["on", "delete"]) {
                constraint.ondelete = Some(self.name()?.to_uppercase());
            }
        }
        Some(constraint)
    }

    /// `(a, b)`
    fn columns(&mut self) -> Option<Vec<String>> {
        let mut columns = Vec::new();
        if !self.takes_mark("(") {
            return None;
        }
        loop {
            columns.push(self.name()?);
            if self.takes_mark(")") {
                return Some(columns);
            }
            if !self.takes_mark(",") {
                return None;
            }
        }
    }

    /// The columns of `CREATE TABLE (…)`; constraints among them are not read.
    fn table_columns(&mut self, shape: &mut Shape, table: &Key) -> Option<()> {
        if !self.takes_mark("(") {
            return None;
        }
        let words = ["constraint", "primary", "unique", "foreign", "check", "exclude", "like"];
        let mut names = Vec::new();
        loop {
            if self.is("like") {
                return None;
            }
            if !words.iter().any(|word| self.is(word)) {
                names.push(self.name()?);
            }
            let mut depth = 0;
            while !self.is_done() {
                match self.tokens[self.at].text(self.sql) {
                    "(" | "[" => depth += 1,
                    ")" if depth == 0 => break,
                    ")" | "]" => depth -= 1,
                    "," if depth == 0 => break,
                    _ => {}
                }
                self.at += 1;
            }
            if !self.takes_mark(",") {
                break;
            }
        }
        names.iter().for_each(|name| shape.add_column(table, name));
        Some(())
    }

    /// One action of `ALTER TABLE`.
    fn action(&mut self, shape: &mut Shape, table: &Key) -> Option<()> {
        let verb = self.name()?;
        match &*verb {
            "add"
                if self.is("constraint")
                    || ["unique", "primary", "foreign", "check", "exclude"].iter().any(|it| self.is(it)) =>
            {
                let name = self.takes("constraint").then(|| self.name()).flatten();
                let constraint = self.constraint(name)?;
                shape.change(table).constraints.push(constraint);
            }
            "add" => {
                self.takes("column");
                self.takes_all(&["if", "not", "exists"]);
                let column = self.name()?;
                shape.add_column(table, &column);
            }
            "drop" if self.takes("constraint") => {
                self.takes_all(&["if", "exists"]);
                let name = self.name()?;
                shape.drop_constraint(table, &name);
            }
            "drop" => {
                self.takes("column");
                self.takes_all(&["if", "exists"]);
                let column = self.name()?;
                shape.drop_column(table, &column);
            }
            "alter" => {
                self.takes("column");
                let column = self.name()?;
                if self.takes_all(&["set", "not", "null"]) {
                    shape.set_nullable(table, &column, false);
                } else if self.takes_all(&["drop", "not", "null"]) {
                    shape.set_nullable(table, &column, true);
                } else if self.is("type") || self.is("set") {
                    shape.forget_type(table, &column);
                }
            }
            "owner" | "enable" | "disable" | "set" | "reset" | "validate" | "cluster" | "replica" | "force" | "no" => {}
            _ => return None,
        }
        Some(())
    }
}
