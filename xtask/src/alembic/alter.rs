//! Directives that change, rename or take away what is there.

use super::directives::{Directive, Done};
use crate::python::Value;
use crate::sqlmodel::vocabulary::word;
use crate::sqlmodel::{ddl, literal, quote};

impl<'p> Directive<'_, 'p> {
    pub(super) fn drop_table(&self) -> Done {
        let table = self.table(0)?;
        let only_if = if self.flag("if_exists")? == Some(true) { "IF EXISTS " } else { "" };
        self.emit(format!("DROP TABLE {only_if}{}", self.qualified(&table)));
        let key = self.key(&table);
        self.desk.change_existence(&key, |shape| shape.drop(&key));
        Ok(())
    }

    pub(super) fn rename_table(&self) -> Done {
        let old = self.needed(0, "old_table_name")?;
        let new = self.needed(1, "new_table_name")?;
        self.emit(format!("ALTER TABLE {} RENAME TO {}", self.qualified(&old), quote(&new)));
        let (old, new) = (self.key(&old), self.key(&new));
        self.desk.change_existence(&old, |shape| shape.rename(&old, &new));
        self.desk.change_existence(&new, |_| {});
        Ok(())
    }

    pub(super) fn drop_column(&self) -> Done {
        let table = self.table(0)?;
        let column = self.needed(1, "column_name")?;
        let only_if = if self.flag("if_exists")? == Some(true) { "IF EXISTS " } else { "" };
        self.emit(format!("ALTER TABLE {} DROP COLUMN {only_if}{}", self.qualified(&table), quote(&column)));
        let key = self.key(&table);
        self.desk.change(&key, |shape| {
            let table = shape.change(&key);
            table.columns.retain(|it| it.name != column);
            table.indexes.retain(|it| !it.columns.contains(&column));
            table.constraints.retain(|it| !it.columns.contains(&column));
        });
        Ok(())
    }

    pub(super) fn drop_index(&self) -> Done {
        let Some(name) = self.get(0, "index_name") else {
            return Err(self.wrong("`op.drop_index`", "there is no name"));
        };
        let table = self.optional_text(Some(1), "table_name")?;
        let name = self.words.text(name, "the name of the index", self.span)?;
        let concurrently = if self.flag("postgresql_concurrently")? == Some(true) { "CONCURRENTLY " } else { "" };
        let only_if = if self.flag("if_exists")? == Some(true) { "IF EXISTS " } else { "" };
        self.emit(format!("DROP INDEX {concurrently}{only_if}{}", self.qualified(&name)));
        let found = self.desk.state().shape.table_of_index(self.schema.as_deref(), &name);
        if let Some(key) = found.or_else(|| table.map(|table| self.key(&table))) {
            self.desk.change(&key, |shape| shape.change(&key).indexes.retain(|it| it.name != name));
        }
        Ok(())
    }

    pub(super) fn drop_constraint(&self) -> Done {
        let table = self.table(1)?;
        let Some(name) = self.get(0, "constraint_name").filter(|it| !it.is_none()) else {
            return Err(self.wrong("`op.drop_constraint`", "the constraint has no name"));
        };
        let kind = self.optional_text(Some(2), "type_")?;
        let prefix = match kind.as_deref() {
            Some("foreignkey") => "fk",
            Some("primary") => "pk",
            Some("unique") => "uq",
            Some("check") => "ck",
            _ => "",
        };
        let name = match prefix {
            "" => Some(self.words.text(name, "the name of the constraint", self.span)?),
            _ => self.words.constraint_name(self.owner(&table), prefix, name, self.span)?,
        };
        let Some(name) = name else { return Err(self.wrong("`op.drop_constraint`", "the constraint has no name")) };
        let only_if = if self.flag("if_exists")? == Some(true) { "IF EXISTS " } else { "" };
        self.emit(format!("ALTER TABLE {} DROP CONSTRAINT {only_if}{}", self.qualified(&table), quote(&name)));
        let key = self.key(&table);
        self.desk.change(&key, |shape| shape.drop_constraint(&key, &name));
        Ok(())
    }

    pub(super) fn alter_column(&self) -> Done {
        let table = self.table(0)?;
        let column = self.needed(1, "column_name")?;
        let alter = format!("ALTER TABLE {} ALTER COLUMN {} ", self.qualified(&table), quote(&column));
        let given = |name: &str| self.given.keyword(name).filter(|it| !it.is_none());
        let mut changes = Vec::new();
        let mut sql_type = None;
        if let Some(kind) = given("type_") {
            let (text, _) = self.words.sql_type(kind, self.span)?;
            let using = self.optional_text(None, "postgresql_using")?;
            let using = using.map_or_else(String::new, |using| format!(" USING {using}"));
            changes.push(format!("{alter}TYPE {text}{using}"));
            sql_type = Some(text);
        }
        let nullable = self.flag("nullable")?;
        match nullable {
            Some(true) => changes.push(format!("{alter}DROP NOT NULL")),
            Some(false) => changes.push(format!("{alter}SET NOT NULL")),
            None => {}
        }
        changes.extend(self.altered_default(&alter)?);
        match self.given.keyword("comment") {
            None | Some(Value::Bool(false)) => {}
            Some(comment) => {
                let comment = match comment {
                    Value::None => "NULL".to_owned(),
                    _ => literal(&self.words.text(comment, "`comment`", self.span)?),
                };
                let name = quote(&column);
                changes.push(format!("COMMENT ON COLUMN {}.{name} IS {comment}", self.qualified(&table)));
            }
        }
        let name = self.optional_text(None, "new_column_name")?;
        if let Some(name) = &name {
            let (table, column) = (self.qualified(&table), quote(&column));
            changes.push(format!("ALTER TABLE {table} RENAME {column} TO {}", quote(name)));
        }
        changes.into_iter().for_each(|change| self.emit(change));
        let key = self.key(&table);
        self.desk.change(&key, |shape| {
            let relation = shape.change(&key);
            if let Some(known) = relation.columns.iter_mut().find(|it| it.name == column) {
                known.nullable = nullable.or(known.nullable);
                if let Some(text) = sql_type {
                    known.sql_type = text;
                }
                known.name = name.clone().unwrap_or_else(|| column.clone());
            }
            if let Some(name) = &name {
                let lists = relation.indexes.iter_mut().map(|it| &mut it.columns);
                for list in lists.chain(relation.constraints.iter_mut().map(|it| &mut it.columns)) {
                    list.iter_mut().filter(|it| **it == column).for_each(|it| it.clone_from(name));
                }
            }
        });
        Ok(())
    }

    /// `server_default=`: a default, none, an identity.
    fn altered_default(&self, alter: &str) -> Result<Option<String>, crate::sqlmodel::vocabulary::Fault> {
        let Some(default) = self.given.keyword("server_default").filter(|it| !matches!(it, Value::Bool(false))) else {
            return Ok(None);
        };
        let existing = self.given.keyword("existing_server_default").filter(|it| it.truth() != Some(false));
        let existing_word = existing.and_then(word);
        Ok(Some(match (word(default), existing_word) {
            (Some("Computed"), _) | (_, Some("Computed")) => {
                return Err(
                    self.wrong("`server_default`", "PostgreSQL cannot make a column computed, and Alembic refuses")
                );
            }
            (Some("Identity"), Some("Identity")) => {
                return Err(self.wrong("`server_default`", "changing an identity is not read yet"));
            }
            (Some("Identity"), _) => {
                let column = self.made(
                    "Column",
                    vec![Value::str("x"), self.made("Integer", Vec::new(), Vec::new())],
                    vec![("server_default", default.clone())],
                );
                let made = self.words.table(self.owner("x"), &[column], &Default::default(), self.span)?;
                let identity = made.columns.first().and_then(|(column, _)| column.identity.as_ref());
                format!("{alter}ADD{}", identity.map(ddl::identity).unwrap_or_default())
            }
            (_, Some("Identity")) if default.is_none() => format!("{alter}DROP IDENTITY"),
            _ if default.is_none() => format!("{alter}DROP DEFAULT"),
            _ => format!("{alter}SET DEFAULT {}", self.words.default(default, self.span)?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sql;

    #[test]
    fn a_column_is_altered_in_the_order_of_alembic() {
        let found = sql(
            "op.alter_column('t', 'a', existing_type=sa.Integer(), type_=sa.Text(), nullable=False, server_default=None, \
             new_column_name='b', comment='x', postgresql_using='a::text', schema='s')\n\
             op.alter_column('t', 'b', server_default=sa.text('now()'))\n\
             op.alter_column('t', 'b', server_default=False, nullable=True)\n\
             op.alter_column('t', 'c', server_default=sa.Identity(start=5))\n\
             op.alter_column('t', 'c', server_default=None, existing_server_default=sa.Identity())\n\
             op.alter_column('t', 'd', server_default=sa.Computed('a'))",
        );
        let expected = [
            "ALTER TABLE s.t ALTER COLUMN a TYPE TEXT USING a::text",
            "ALTER TABLE s.t ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE s.t ALTER COLUMN a DROP DEFAULT",
            "COMMENT ON COLUMN s.t.a IS 'x'",
            "ALTER TABLE s.t RENAME a TO b",
            "ALTER TABLE t ALTER COLUMN b SET DEFAULT now()",
            "ALTER TABLE t ALTER COLUMN b DROP NOT NULL",
            "ALTER TABLE t ALTER COLUMN c ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 5)",
            "ALTER TABLE t ALTER COLUMN c DROP IDENTITY",
            "?? `server_default`: PostgreSQL cannot make a column computed, and Alembic refuses",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn things_are_dropped_and_renamed_also_in_batches() {
        let found = sql("with op.batch_alter_table('t', schema='s') as batch_op:\n\
            \x20   batch_op.drop_column('a')\n\
            \x20   batch_op.drop_constraint(batch_op.f('k'), type_='unique')\n\
            \x20   op.execute('SELECT 1')\n\
            \x20   batch_op.drop_index('ix')\n\
            \x20   batch_op.create_foreign_key('fk', 'o', ['a'], ['id'])\n\
             op.rename_table('t', 'u', schema='s')\n\
             op.drop_index('ix', table_name='t', postgresql_concurrently=True, if_exists=True)\n\
             op.drop_table('u', if_exists=True)");
        let expected = [
            "SELECT 1",
            "ALTER TABLE s.t DROP COLUMN a",
            "ALTER TABLE s.t DROP CONSTRAINT k",
            "DROP INDEX s.ix",
            "ALTER TABLE s.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES o (id)",
            "ALTER TABLE s.t RENAME TO u",
            "DROP INDEX CONCURRENTLY IF EXISTS ix",
            "DROP TABLE IF EXISTS u",
        ];
        assert_eq!(found, expected);
    }
}
