//! Directives that make something: tables, columns, indexes, constraints.

use super::directives::{Directive, Done};
use super::shape::{ColumnShape, ConstraintKind, ConstraintShape, IndexShape, Relation, Shape, key};
use crate::python::{Arguments, Value};
use crate::sqlmodel::vocabulary::{Constraint, Fault, Made};
use crate::sqlmodel::{Column, EnumType, Index, Key, ddl, literal, quote};

/// Keywords of constraints that say where, not what.
const PLACES: [&str; 7] =
    ["schema", "table_name", "constraint_name", "columns", "source_table", "source_schema", "type_"];

impl<'p> Directive<'_, 'p> {
    pub(super) fn create_table(&self) -> Done {
        let table = self.table(0)?;
        let options = Arguments {
            named: self
                .other_keywords(&["table_name", "if_not_exists", "schema"])
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            ..Arguments::default()
        };
        let items = self.given.positional.get(1..).unwrap_or_default();
        let mut made = self.words.table(self.owner(&table), items, &options, self.span)?;
        let unless = if self.flag("if_not_exists")? == Some(true) { "IF NOT EXISTS " } else { "" };
        self.make_enums(&made);
        let mut parts: Vec<String> = made.columns.iter().map(column_with_checks).collect();
        // As in Alembic, a foreign key that is to be added later is not made at all.
        made.constraints
            .retain(|it| !matches!(it, Constraint::Foreign(key) if key.use_alter && key.named.name.is_some()));
        parts.extend(made.constraints.iter().map(ddl::constraint_of));
        let name = format!("{unless}{}", self.qualified(&table));
        self.emit(ddl::table_of(&name, &parts, &made.prefixes, &made.options));
        made.indexes.iter().for_each(|index| self.emit(ddl::index_of(&self.qualified(&table), index, "")));
        if let Some(comment) = &made.comment {
            self.emit(format!("COMMENT ON TABLE {} IS {}", self.qualified(&table), literal(comment)));
        }
        self.column_comments(&table, &made);
        let shape = Relation {
            columns: made.columns.iter().map(|(column, _)| column_shape(column)).collect(),
            indexes: made.indexes.iter().map(index_shape).collect(),
            constraints: constraints_of_new(&made.constraints),
            ..Relation::default()
        };
        let key = self.key(&table);
        let may_be_there = !unless.is_empty();
        self.desk.change_existence(&key, |it| match it.table(&key) {
            Ok(Some(_)) if may_be_there => {}
            Err(_) if may_be_there => {}
            _ => it.create(&key, shape),
        });
        Ok(())
    }

    fn column_comments(&self, table: &str, made: &Made) {
        for (column, _) in &made.columns {
            if let Some(comment) = &column.comment {
                let name = quote(&column.name);
                self.emit(format!("COMMENT ON COLUMN {}.{name} IS {}", self.qualified(table), literal(comment)));
            }
        }
    }

    /// Enum types come with the table that first uses them.
    fn make_enums(&self, made: &Made) {
        for (kind, create) in &made.enums {
            if *create {
                self.make_enum(kind);
            }
        }
    }

    fn make_enum(&self, kind: &EnumType) {
        let name = key(kind.schema.as_deref(), &kind.name);
        let known = self.desk.state().shape.has_type(&name);
        if known != Some(true) {
            self.emit(ddl::create_enum(kind));
        }
        if self.desk.doubt_here().is_none() {
            self.desk.state_mut().shape.set_type(&name, true);
        }
    }

    pub(super) fn add_column(&self) -> Done {
        let table = self.table(0)?;
        let Some(column) = self.get(1, "column").cloned() else {
            return Err(self.wrong("`op.add_column`", "there is no column"));
        };
        let made = self.words.table(self.owner(&table), &[column], &Arguments::default(), self.span)?;
        let Some(definition) = made.columns.first().map(column_with_checks) else {
            return Err(self.wrong("the column", "it is no `sa.Column(…)`"));
        };
        // As in Alembic, the type of an enum has to be there.
        let name = self.qualified(&table);
        let unless = if self.flag("if_not_exists")? == Some(true) { "IF NOT EXISTS " } else { "" };
        let inline_key = self.flag("inline_primary_key")? == Some(true) && made.columns[0].0.primary_key;
        let inline_key = if inline_key { " PRIMARY KEY" } else { "" };
        let references: Vec<&Constraint> =
            made.constraints.iter().filter(|it| matches!(it, Constraint::Foreign(_))).collect();
        let inline = self.flag("inline_references")? == Some(true) && references.len() == 1;
        let behind = match references.first() {
            Some(Constraint::Foreign(key)) if inline => ddl::references(key),
            _ => String::new(),
        };
        self.emit(format!("ALTER TABLE {name} ADD COLUMN {unless}{definition}{inline_key}{behind}"));
        for constraint in &made.constraints {
            match constraint {
                Constraint::Primary(_) => {}
                Constraint::Foreign(_) if inline => {}
                _ => self.emit(format!("ALTER TABLE {name} ADD {}", ddl::constraint_of(constraint))),
            }
        }
        made.indexes.iter().for_each(|index| self.emit(ddl::index_of(&name, index, "")));
        self.column_comments(&table, &made);
        let key = self.key(&table);
        self.desk.change(&key, |shape| {
            let table = shape.change(&key);
            for (column, _) in &made.columns {
                if !table.columns.iter().any(|it| it.name == column.name) {
                    table.columns.push(column_shape(column));
                }
            }
            table.indexes.extend(made.indexes.iter().map(index_shape));
            table.constraints.extend(
                made.constraints.iter().filter(|it| !matches!(it, Constraint::Primary(_))).map(constraint_shape),
            );
        });
        Ok(())
    }

    pub(super) fn create_index(&self) -> Done {
        let name = self.get(0, "index_name").cloned().unwrap_or(Value::None);
        let table = self.table(1)?;
        let columns = self.get(2, "columns").cloned().unwrap_or(Value::None);
        let Some(columns) = columns.items().filter(|_| columns.as_str().is_none()) else {
            return Err(self.wrong("the columns of the index", "they are no list that can be read"));
        };
        let positional = std::iter::once(name).chain(columns).collect();
        let named = self.other_keywords(&["index_name", "table_name", "columns", "schema", "if_not_exists", "quote"]);
        let index = self.made("Index", positional, named);
        let made = self.words.table(self.owner(&table), &[index], &Arguments::default(), self.span)?;
        let unless = if self.flag("if_not_exists")? == Some(true) { "IF NOT EXISTS " } else { "" };
        for index in &made.indexes {
            let concurrently = if index.concurrently { "CONCURRENTLY " } else { "" };
            self.emit(ddl::index_of(&self.qualified(&table), index, &format!("{concurrently}{unless}")));
        }
        let key = self.key(&table);
        self.desk.change(&key, |shape| add_indexes(shape, &key, &made.indexes));
        Ok(())
    }

    /// Unique constraints and primary keys.
    pub(super) fn create_keyed(&self, word: &str) -> Done {
        let table = self.table(1)?;
        let columns = self.get(2, "columns").cloned().unwrap_or(Value::None);
        let Some(columns) = columns.items().filter(|_| columns.as_str().is_none()) else {
            return Err(self.wrong("the columns of the constraint", "they are no list that can be read"));
        };
        self.add_constraint(&table, word, columns, self.other_keywords(&PLACES))
    }

    pub(super) fn create_foreign_key(&self) -> Done {
        let table = self.needed(1, "source_table")?;
        let referent = self.needed(2, "referent_table")?;
        let list = |at: usize, name: &str| -> Result<Vec<Value<'p>>, Fault> {
            let value = self.get(at, name).cloned().unwrap_or(Value::None);
            let items = value.items().filter(|_| value.as_str().is_none());
            items.ok_or_else(|| self.wrong(&format!("`{name}`"), "it is no list that can be read"))
        };
        let local = list(3, "local_cols")?;
        let schema = self.optional_text(None, "referent_schema")?;
        let prefix = schema.map_or_else(|| referent.clone(), |schema| format!("{schema}.{referent}"));
        let mut remote = Vec::new();
        for column in list(4, "remote_cols")? {
            let column = self.words.text(&column, "a column that is referred to", self.span)?;
            remote.push(Value::str(format!("{prefix}.{column}")));
        }
        let words = ["referent_table", "local_cols", "remote_cols", "referent_schema", "use_alter"];
        let named = self.other_keywords(&[&PLACES[..], &words].concat());
        self.add_constraint(&table, "ForeignKeyConstraint", vec![Value::list(local), Value::list(remote)], named)
    }

    pub(super) fn create_check(&self) -> Done {
        let table = self.table(1)?;
        let condition = self.get(2, "condition").cloned().unwrap_or(Value::None);
        let named = self.other_keywords(&[&PLACES[..], &["condition"]].concat());
        self.add_constraint(&table, "CheckConstraint", vec![condition], named)
    }

    pub(super) fn create_exclude(&self) -> Done {
        let table = self.table(1)?;
        let elements = self.given.positional.get(2..).unwrap_or_default().to_vec();
        self.add_constraint(&table, "ExcludeConstraint", elements, self.other_keywords(&PLACES))
    }

    fn add_constraint(
        &self,
        table: &str,
        word: &str,
        positional: Vec<Value<'p>>,
        mut named: Vec<(&str, Value<'p>)>,
    ) -> Done {
        if let Some(name) = self.get(0, "constraint_name").cloned() {
            named.push(("name", name));
        }
        let constraint = self.made(word, positional, named);
        let made = self.words.table(self.owner(table), &[constraint], &Arguments::default(), self.span)?;
        let is_unproved = self.flag("postgresql_not_valid")?.unwrap_or(false);
        let validity = if is_unproved { " NOT VALID" } else { "" };
        for constraint in &made.constraints {
            let sql = ddl::constraint_of(constraint);
            self.emit(format!("ALTER TABLE {} ADD {sql}{validity}", self.qualified(table)));
            if let Some(comment) = &constraint.named().comment {
                let name = quote(&constraint.named().pg_name);
                self.emit(format!("COMMENT ON CONSTRAINT {name} ON {} IS {}", self.qualified(table), literal(comment)));
            }
        }
        let key = self.key(table);
        self.desk.change(&key, |shape| {
            shape.change(&key).constraints.extend(made.constraints.iter().map(constraint_shape));
        });
        Ok(())
    }

    pub(super) fn table_comment(&self, is_dropped: bool) -> Done {
        let table = self.table(0)?;
        let comment = if is_dropped { None } else { self.optional_text(Some(1), "comment")? };
        let comment = comment.map_or_else(|| "NULL".to_owned(), |comment| literal(&comment));
        self.emit(format!("COMMENT ON TABLE {} IS {comment}", self.qualified(&table)));
        Ok(())
    }
}

fn add_indexes(shape: &mut Shape, key: &super::shape::Key, indexes: &[Index]) {
    let table = shape.change(key);
    for index in indexes {
        table.indexes.retain(|it| it.name != index.name);
        table.indexes.push(index_shape(index));
    }
}

fn column_with_checks((column, checks): &(Column, Vec<crate::sqlmodel::Check>)) -> String {
    let checks: String = checks.iter().map(|check| format!(" {}", ddl::check(check))).collect();
    format!("{}{checks}", ddl::column(column))
}

fn column_shape(column: &Column) -> ColumnShape {
    ColumnShape { name: column.name.clone(), sql_type: column.sql_type.clone(), nullable: Some(column.nullable) }
}

fn index_shape(index: &Index) -> IndexShape {
    IndexShape { name: index.name.clone(), columns: index.columns.clone(), unique: index.unique }
}

/// The constraints of a new table. Of keys over the same columns PostgreSQL makes one: the primary key before others, and a later
/// name becomes that of one without. This is `transformIndexConstraints` of its `parse_utilcmd.c`.
fn constraints_of_new(constraints: &[Constraint]) -> Vec<ConstraintShape> {
    let mut keys: Vec<(&Key, ConstraintShape)> = Vec::new();
    let primary = |it: &&Constraint| matches!(it, Constraint::Primary(_));
    for constraint in constraints.iter().filter(primary).chain(constraints.iter().filter(|it| !primary(it))) {
        let (Constraint::Primary(key) | Constraint::Unique(key)) = constraint else { continue };
        let shape = constraint_shape(constraint);
        match keys.iter_mut().find(|(prior, _)| is_same_index(prior, key)) {
            Some((_, prior)) => prior.name = prior.name.take().or(shape.name),
            None => keys.push((key, shape)),
        }
    }
    let others = constraints.iter().filter(|it| !matches!(it, Constraint::Primary(_) | Constraint::Unique(_)));
    keys.into_iter().map(|(_, shape)| shape).chain(others.map(constraint_shape)).collect()
}

fn is_same_index(one: &Key, other: &Key) -> bool {
    let waits = |key: &Key| {
        let initially = key.named.initially.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("deferred"));
        (key.named.deferrable == Some(true) || initially, initially)
    };
    let distinct = |key: &Key| key.nulls_not_distinct == Some(true);
    one.columns == other.columns
        && one.include == other.include
        && distinct(one) == distinct(other)
        && waits(one) == waits(other)
}

fn constraint_shape(constraint: &Constraint) -> ConstraintShape {
    let name = constraint.named().name.clone();
    let bare = |kind, columns: &[String]| ConstraintShape {
        name: name.clone(),
        kind,
        columns: columns.to_vec(),
        referred: None,
        ondelete: None,
    };
    match constraint {
        Constraint::Primary(key) => bare(ConstraintKind::Primary, &key.columns),
        Constraint::Unique(key) => bare(ConstraintKind::Unique, &key.columns),
        Constraint::Check(check) => bare(ConstraintKind::Check, &check.columns),
        Constraint::Exclude(_) => bare(ConstraintKind::Exclude, &[]),
        Constraint::Foreign(it) => ConstraintShape {
            referred: Some((key(it.ref_schema.as_deref(), &it.ref_table), it.ref_columns.clone())),
            ondelete: it.ondelete.clone(),
            ..bare(ConstraintKind::Foreign, &it.columns)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{converted, shown, sql};

    #[test]
    fn a_key_that_refers_to_another_table_is_not_numbered() {
        let head = |end: &str| {
            sql(&format!("op.create_table('more', sa.Column('id', sa.Integer(), nullable=False), sa.PrimaryKeyConstraint('id'){end})"))[0]
                .contains("SERIAL")
        };
        assert!(head(""));
        assert!(!head(", sa.ForeignKeyConstraint(['id'], ['site.id'])"));
    }

    #[test]
    fn a_table_brings_its_types_constraints_indexes_and_comments() {
        let found = sql("op.create_table('site',\n\
                sa.Column('id', sa.Integer(), nullable=False),\n\
                sa.Column('kind', sa.Enum('a', 'b', name='kind'), server_default='a', index=True),\n\
                sa.Column('parent', sa.Integer(), sa.ForeignKey('geo.area.id', ondelete='CASCADE'), comment='above'),\n\
                sa.Column('n', sa.Integer(), sa.CheckConstraint('n > 0')),\n\
                sa.PrimaryKeyConstraint('id', name=op.f('site_pk')),\n\
                sa.UniqueConstraint('kind', 'n'),\n\
                schema='s', comment=\"it's\", sqlite_autoincrement=True)");
        let expected = [
            "CREATE TYPE kind AS ENUM ('a', 'b')",
            "CREATE TABLE s.site (\n    id SERIAL NOT NULL,\n    kind kind DEFAULT 'a',\n    parent INTEGER,\n    n INTEGER CHECK (n > 0),\n    \
             CONSTRAINT site_pk PRIMARY KEY (id),\n    \
             FOREIGN KEY (parent) REFERENCES geo.area (id) ON DELETE CASCADE,\n    UNIQUE (kind, n)\n)",
            "CREATE INDEX ix_s_site_kind ON s.site (kind)",
            "COMMENT ON TABLE s.site IS 'it''s'",
            "COMMENT ON COLUMN s.site.parent IS 'above'",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn columns_constraints_and_indexes_are_added() {
        let found = sql(
            "op.add_column('t', sa.Column('a', sa.String(5), sa.ForeignKey('o.id', name='fk'), unique=True, nullable=False))\n\
             op.create_foreign_key(None, 't', 'o', ['a'], ['id'], source_schema='s', referent_schema='r', deferrable=True, initially='DEFERRED')\n\
             op.create_check_constraint('ck', 't', sa.column('a') > 5)\n\
             op.create_unique_constraint('uq', 't', ['a', 'b'])\n\
             op.create_primary_key('pk', 't', ['a'])\n\
             op.create_exclude_constraint('ex', 't', ('period', '&&'), ('a', '='), where='a > 0', using='gist')\n\
             op.create_index('ix', 't', ['a', sa.text('lower(b)')], unique=True, postgresql_where=sa.text('a > 0'), \
                postgresql_concurrently=True, if_not_exists=True, postgresql_include=['c'])",
        );
        let expected = [
            "ALTER TABLE t ADD COLUMN a VARCHAR(5) NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES o (id)",
            "ALTER TABLE t ADD UNIQUE (a)",
            "ALTER TABLE s.t ADD FOREIGN KEY (a) REFERENCES r.o (id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 5)",
            "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a, b)",
            "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)",
            "ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING gist (period WITH &&, a WITH =) WHERE (a > 0)",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON t (a, lower(b)) INCLUDE (c) WHERE a > 0",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_unique_constraint_over_the_primary_key_is_none_of_its_own() {
        let first = "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('n', sa.Integer()), sa.PrimaryKeyConstraint('id'), \
                     sa.UniqueConstraint('id', name='uq_id'), sa.UniqueConstraint('id', 'n', name='uq_n'))";
        let second = "inspector = sa.inspect(op.get_bind())\n\
                      op.execute('SELECT ' + repr([it['name'] for it in inspector.get_unique_constraints('t')]))\n\
                      op.execute('SELECT ' + repr(inspector.get_pk_constraint('t')['name']))";
        let found = converted(&[(first, ""), (second, "")], &[], &[]);
        assert_eq!(shown(&found[1].up), ["SELECT ['uq_n']", "SELECT 'uq_id'"]);
    }

    #[test]
    fn names_follow_the_templates_of_the_target_metadata() {
        let naming = [("uq", "uq_%(table_name)s_%(column_0_name)s"), ("ck", "ck_%(table_name)s_%(constraint_name)s")];
        let body = "op.create_unique_constraint(None, 't', ['a'])\nop.create_check_constraint('pos', 't', 'a > 0')\n\
                    op.drop_constraint('pos', 't', type_='check')\nop.drop_constraint(op.f('pos'), 't', type_='check')";
        let expected = [
            "ALTER TABLE t ADD CONSTRAINT uq_t_a UNIQUE (a)",
            "ALTER TABLE t ADD CONSTRAINT ck_t_pos CHECK (a > 0)",
            "ALTER TABLE t DROP CONSTRAINT ck_t_pos",
            "ALTER TABLE t DROP CONSTRAINT pos",
        ];
        assert_eq!(shown(&converted(&[(body, "")], &[], &naming)[0].up), expected);
    }
}
