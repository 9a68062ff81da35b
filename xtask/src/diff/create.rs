//! `CREATE …`
//!
//! before: it is not there · after: any object, with its comments, grants and settings

use super::change::Change;
use super::define;
use super::inventory::Item;
use super::on_new::settings_of_new;
use super::operation::Operation;
use super::statement::Statement;
use super::target::part;
use crate::schema::{
    Column, Constraint, EventTrigger, Index, MaterialisedView, NotNull, Options, Persistence, Policy, QualifiedName,
    Sequence, Table, View, ViewColumn,
};
use crate::sql;

/// An object is new.
#[derive(Clone, Debug)]
pub struct Create<'s> {
    /// Which.
    pub item: Item<'s>,
    /// For a table: the constraints that are made with it; the others come later.
    pub constraints: Vec<&'s Constraint>,
    /// For a table: what it demands by itself of columns that come from its parents.
    pub required: Vec<(&'s str, &'s NotNull)>,
    /// For a table: columns that are made with it and what is special about them.
    pub columns: Vec<NewColumn<'s>>,
    /// For a column: how it is made.
    pub column: Option<NewColumn<'s>>,
    /// Whether it takes the place of one that was dropped for a moment.
    pub is_back: bool,
    /// Whether it comes back as another one than it was.
    pub is_other: bool,
    /// For an index of a partitioned table: whether those of the partitions are there already, and are attached then.
    pub is_pieced: bool,
    /// Whether what it is part of is new as well, so that nobody can be kept waiting.
    pub is_unused: bool,
}

/// A column that is made.
#[derive(Clone, Debug)]
pub struct NewColumn<'s> {
    /// The column.
    pub column: &'s Column,
    /// `serial`, where its sequence comes with it.
    pub serial: Option<&'static str>,
    /// Whether the name of its `NOT NULL` is said although it is the usual one: another table has taken that.
    pub is_named: bool,
    /// Whether its default comes later.
    pub without_default: bool,
    /// What rows that are there get, as SQL.
    pub backfill: Option<String>,
}

impl<'s> NewColumn<'s> {
    /// An ordinary one.
    pub fn of(column: &'s Column) -> Self {
        Self { column, serial: None, is_named: false, without_default: false, backfill: None }
    }

    fn definition(&self, table: &QualifiedName) -> String {
        if let Some(serial) = self.serial {
            return format!("{} {serial}", sql::name(&self.column.name));
        }
        if self.without_default {
            return define::column(table, &Column { default: None, ..self.column.clone() }, self.is_named);
        }
        define::column(table, self.column, self.is_named)
    }
}

impl<'s> Create<'s> {
    /// An object that needs nothing but itself.
    pub fn of(item: Item<'s>) -> Self {
        Self {
            item,
            constraints: Vec::new(),
            required: Vec::new(),
            columns: Vec::new(),
            column: None,
            is_back: false,
            is_other: false,
            is_pieced: false,
            is_unused: false,
        }
    }

    fn table(&self, table: &Table) -> String {
        let unlogged = if table.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
        let mut lines: Vec<String> = self.columns.iter().map(|column| column.definition(&table.name)).collect();
        lines.extend(self.required.iter().map(|(column, it)| define::not_null(column, it)));
        lines.extend(self.constraints.iter().map(|it| define::constraint(it)));
        let body = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
        let mut text = format!("CREATE {unlogged}TABLE {}", table.name);
        match &table.partition_of {
            Some(part) => {
                text.push_str(&format!(" PARTITION OF {}", part.parent));
                if !lines.is_empty() {
                    text.push_str(&format!(" ({body})"));
                }
                text.push_str(&format!(" {}", part.bound));
            }
            None => text.push_str(&format!(" ({body})")),
        }
        if !table.inherits.is_empty() {
            let parents: Vec<String> = table.inherits.iter().map(QualifiedName::to_string).collect();
            text.push_str(&format!(" INHERITS ({})", parents.join(", ")));
        }
        if let Some(key) = &table.partition_key {
            text.push_str(&format!(" PARTITION BY {key}"));
        }
        text + &placement(table.access_method.as_deref(), &table.storage_parameters, table.tablespace.as_deref())
    }

    fn added_column(&self, table: &Table, column: &Column) -> Vec<Statement> {
        let plain = NewColumn::of(column);
        let new = self.column.as_ref().unwrap_or(&plain);
        let fills = column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        if column.not_null && !column.is_unchecked() && !fills && !self.is_back {
            let nullable = Column { not_null: false, ..column.clone() };
            let add = format!("ADD COLUMN {}", define::column(&table.name, &nullable, false));
            let mut statements = vec![Statement::on_table(&table.name, add)];
            statements.extend(super::nullability::require(&table.name, column, false, new.backfill.as_deref()));
            return statements;
        }
        let add = Statement::on_table(&table.name, format!("ADD COLUMN {}", new.definition(&table.name)));
        let computes = column.generated.as_ref().is_some_and(|it| it.stored) || column.identity.is_some();
        let moves =
            column.default.as_deref().is_some_and(|default| default.contains('(') && !default.starts_with("now()"));
        if computes || moves || new.serial.is_some() {
            return vec![add.remark(format!("lock: writes {} anew; nobody can read it meanwhile", table.name))];
        }
        vec![add]
    }

    fn added_constraint(&self, table: &Table, constraint: &Constraint) -> Vec<Statement> {
        let statement = Statement::on_table(&table.name, format!("ADD {}", define::constraint(constraint)));
        if constraint.not_valid || constraint.not_enforced || self.is_unused {
            return vec![statement];
        }
        let name = &table.name;
        vec![if constraint.has_index() {
            statement.remark(format!("lock: builds an index; nobody can read {name} meanwhile"))
        } else {
            statement.remark(format!("lock: reads all of {name}; nobody can write meanwhile"))
        }]
    }
}

fn placement(method: Option<&str>, options: &Options, tablespace: Option<&str>) -> String {
    let mut text = method.map_or(String::new(), |method| format!(" USING {}", sql::name(method)));
    if !options.is_empty() {
        text.push_str(&format!(" WITH ({})", define::options(options)));
    }
    if let Some(tablespace) = tablespace {
        text.push_str(&format!(" TABLESPACE {}", sql::name(tablespace)));
    }
    text
}

/// `CREATE SEQUENCE`, without its owner, which may not be there yet.
pub(super) fn create_sequence(it: &Sequence) -> String {
    let unlogged = if it.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
    let kind = if it.options.type_name == "bigint" { String::new() } else { format!(" AS {}", it.options.type_name) };
    let words: String = define::sequence_options(&it.options).iter().map(|word| format!(" {word}")).collect();
    format!("CREATE {unlogged}SEQUENCE {}{kind}{words}", it.name)
}

/// `CREATE VIEW`.
pub(super) fn create_view(it: &View) -> String {
    let options: Vec<String> =
        it.options.iter().map(|(name, value)| format!("{name}={}", define::option_value(value))).collect();
    let with = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
    format!("CREATE VIEW {}{}{with} AS\n{}", it.name, column_list(&it.columns), it.definition.trim_end())
}

fn create_materialised_view(it: &MaterialisedView) -> String {
    let (columns, place) = (
        column_list(&it.columns),
        placement(it.access_method.as_deref(), &it.storage_parameters, it.tablespace.as_deref()),
    );
    let data = if it.populated { "WITH DATA" } else { "WITH NO DATA" };
    let definition = it.definition.trim_end();
    format!("CREATE MATERIALIZED VIEW {}{columns}{place} AS\n{definition}\n{data}", it.name)
}

/// The names of a view's columns; none for one whose query names them.
fn column_list(columns: &[ViewColumn]) -> String {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", define::names(&names)) }
}

/// `CREATE TYPE` or `CREATE DOMAIN`.
pub(super) fn create_type(item: Item<'_>) -> String {
    match item {
        Item::Enum(it) => define::enumeration(it),
        Item::Composite(it) => define::composite(it),
        Item::Range(it) => define::range(it),
        Item::Domain(it) => define::domain(it),
        _ => String::new(),
    }
}

/// Roles behind `TO`; nobody named means everybody.
pub(super) fn role_list(roles: &[String]) -> String {
    if roles.is_empty() { "PUBLIC".to_owned() } else { define::names(roles) }
}

fn create_policy(table: &QualifiedName, it: &Policy) -> String {
    let mut text = format!("CREATE POLICY {} ON {table}", sql::name(&it.name));
    if !it.permissive {
        text.push_str(" AS RESTRICTIVE");
    }
    if it.command != "ALL" {
        text.push_str(&format!(" FOR {}", it.command));
    }
    if !it.roles.is_empty() {
        text.push_str(&format!(" TO {}", role_list(&it.roles)));
    }
    if let Some(using) = &it.using {
        text.push_str(&format!(" USING {}", define::parenthesised(using)));
    }
    if let Some(check) = &it.with_check {
        text.push_str(&format!(" WITH CHECK {}", define::parenthesised(check)));
    }
    text
}

fn create_event_trigger(it: &EventTrigger) -> String {
    let tags: Vec<String> = it.tags.iter().map(|tag| sql::literal(tag)).collect();
    let when = if tags.is_empty() { String::new() } else { format!("\n    WHEN TAG IN ({})", tags.join(", ")) };
    let (name, event, function) = (sql::name(&it.name), &it.event, &it.function);
    format!("CREATE EVENT TRIGGER {name} ON {event}{when}\n    EXECUTE FUNCTION {}()", function.name)
}

impl Operation for Create<'_> {
    fn title(&self) -> String {
        let what = part(self.item);
        match (self.is_back, self.is_other) {
            (true, true) => format!("{what} made anew"),
            (true, false) => format!("{what} restored"),
            (false, _) => format!("{what} added"),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        let mut statements = match self.item {
            Item::Column(table, it) => self.added_column(table, it),
            Item::Constraint(table, it) => self.added_constraint(table, it),
            Item::Default(table, it) => super::default::ChangeDefault::of(&table.name, it).statements(),
            Item::Index(owner, it) => vec![self.index(owner, it)],
            other => vec![Statement::whole(self.whole(other))],
        };
        let settings: Vec<Change<'_>> = settings_of_new(self.item);
        statements.extend(settings.iter().flat_map(Change::statements));
        statements
    }
}

impl Create<'_> {
    fn index(&self, owner: &QualifiedName, index: &Index) -> Statement {
        if self.is_pieced {
            return Statement::whole(define::index(&format!("ONLY {owner}"), index));
        }
        let statement = Statement::whole(define::index(owner, index));
        let lock = format!("lock: nobody can write to {owner} while the index is built");
        if self.is_unused { statement } else { statement.remark(lock) }
    }

    /// The statement for what stands by itself.
    fn whole(&self, item: Item<'_>) -> String {
        match item {
            Item::Namespace(it) => format!("CREATE SCHEMA {}", sql::name(&it.name)),
            Item::Extension(it) => {
                format!("CREATE EXTENSION {} WITH SCHEMA {}", sql::name(&it.name), sql::name(&it.schema))
            }
            Item::Collation(it) => define::collation(it),
            Item::Enum(_) | Item::Composite(_) | Item::Range(_) | Item::Domain(_) => create_type(item),
            Item::DomainCheck(domain, it) => {
                let (name, expression) = (sql::name(&it.name), define::parenthesised(&it.expression));
                let valid = if it.not_valid { " NOT VALID" } else { "" };
                format!("ALTER DOMAIN {} ADD CONSTRAINT {name} CHECK {expression}{valid}", domain.name)
            }
            Item::Sequence(it) => create_sequence(it),
            Item::Function(it) => it.definition.replacen("CREATE OR REPLACE", "CREATE", 1),
            Item::Table(it) => self.table(it),
            Item::View(it) => create_view(it),
            Item::MaterialisedView(it) => create_materialised_view(it),
            Item::Rule(_, it) => it.definition.clone(),
            Item::Trigger(_, it) => it.definition.clone(),
            Item::Policy(owner, it) => create_policy(owner, it),
            Item::Statistics(it) => it.definition.clone(),
            Item::EventTrigger(it) => create_event_trigger(it),
            Item::Column(..) | Item::Default(..) | Item::Constraint(..) | Item::Index(..) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::IndexKey;

    fn texts(create: &Create<'_>) -> Vec<String> {
        create.statements().iter().map(Statement::text).collect()
    }

    #[test]
    fn a_required_column_comes_without_the_demand_first() {
        let table = Table::new(QualifiedName::public("t"));
        let column = Column { not_null: true, ..Column::new("a", "text") };
        let mut create = Create::of(Item::Column(&table, &column));
        create.column = Some(NewColumn { backfill: Some("'x'".to_owned()), ..NewColumn::of(&column) });
        assert_eq!(
            texts(&create),
            [
                "ALTER TABLE public.t ADD COLUMN a text",
                "UPDATE public.t SET a = 'x' WHERE a IS NULL",
                "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL",
            ]
        );
        let column = Column { default: Some("'y'::text".to_owned()), ..column };
        let create = Create::of(Item::Column(&table, &column));
        assert_eq!(texts(&create), ["ALTER TABLE public.t ADD COLUMN a text DEFAULT 'y'::text NOT NULL"]);
    }

    #[test]
    fn what_nobody_uses_yet_keeps_nobody_waiting() {
        let (owner, mut index) = (QualifiedName::public("t"), Index::new("ix"));
        index.keys = vec![IndexKey::column("a")];
        let mut create = Create::of(Item::Index(&owner, &index));
        assert_eq!(create.statements()[0].remarks.len(), 1);
        create.is_unused = true;
        assert!(create.statements()[0].remarks.is_empty());
    }

    #[test]
    fn a_partition_says_where_it_belongs() {
        let (parent, bound) = (QualifiedName::public("t"), "FOR VALUES IN (1)".to_owned());
        let part = Some(crate::schema::PartitionOf { parent, bound });
        let key = Some("LIST (b)".to_owned());
        let table = Table { partition_of: part, partition_key: key, ..Table::new(QualifiedName::public("t_1")) };
        assert_eq!(
            texts(&Create::of(Item::Table(&table))),
            ["CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES IN (1) PARTITION BY LIST (b)"]
        );
    }
}
