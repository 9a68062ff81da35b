//! Models as SQL, part by part: what makes each table, so that a few tables can be made anew where all others are as they were.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ddl::{
    add_foreign_key, column, comments, create_domain, create_enum, create_index, create_sequence, create_table,
};
use super::identifier::{qualified, quote};
use super::metadata::{Metadata, Table};
use crate::sql;

/// The most tables that are made anew beside others. With more, all are.
const MOST: usize = 16;

/// Where tables are that say no schema.
pub const DEFAULT_SCHEMA: &str = "public";

/// The statements of models, without semicolons, by what they make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Schemas, types and sequences, in an order that works.
    shared: Vec<Shared>,
    /// The tables, in the order of the models.
    tables: Vec<TableParts>,
}

/// What tables use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shared {
    /// As `DROP` wants it: `TYPE`, `DOMAIN`, `SEQUENCE`; `SCHEMA` is never dropped.
    kind: String,
    name: String,
    qualified: String,
    create: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TableParts {
    /// With its schema.
    name: String,
    /// The same as SQL says it.
    qualified: String,
    /// The names without a schema of the tables that it inherits from; where it has such, it is made after all others.
    inherits: String,
    create: String,
    /// The same without columns.
    frame: String,
    columns: Vec<String>,
    foreign_keys: Vec<Reference>,
    /// Indexes and comments.
    beside: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reference {
    /// The name of the table that it refers to, with its schema.
    to: String,
    add: String,
}

/// What is to be done where other models have been made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// The statements, without semicolons.
    pub statements: Vec<String>,
    /// The columns that tables gain which stay.
    pub gained: Vec<Gained>,
}

/// A column that a table gains at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gained {
    /// The table, without its schema.
    pub table: String,
    /// The column.
    pub column: String,
}

/// Tables by their names.
type ByName<'p> = BTreeMap<&'p str, &'p TableParts>;

impl Parts {
    /// Of these models. Everything is named as it will be called.
    pub fn of(metadata: &Metadata) -> Self {
        let mut shared = schemas(metadata);
        let mut add = |kind: &str, schema: Option<&str>, name: &str, create: String| {
            let (kind, name, qualified) = (kind.to_owned(), name.to_owned(), qualified(schema, name));
            shared.push(Shared { kind, name, qualified, create });
        };
        for it in &metadata.enums {
            add("TYPE", it.schema.as_deref(), &it.name, create_enum(it));
        }
        for it in &metadata.domains {
            add("DOMAIN", it.schema.as_deref(), &it.name, create_domain(it));
        }
        for it in &metadata.sequences {
            add("SEQUENCE", it.schema.as_deref(), &it.name, create_sequence(it));
        }
        Self { shared, tables: metadata.tables.iter().map(TableParts::of).collect() }
    }

    /// All of them, in an order that works on an empty database: foreign keys come when all tables are there, so that circles
    /// do not matter.
    pub fn statements(&self) -> Vec<String> {
        let shared = self.shared.iter().map(|it| it.create.clone());
        shared.chain(self.made(&self.tables.iter().collect::<Vec<_>>())).collect()
    }

    /// What makes these of the models where others have been made; `None` where that is not worth it.
    pub fn since(&self, earlier: &Self) -> Option<Since> {
        let changed = self.changed_shared(earlier)?;
        let by_name: ByName<'_> = earlier.tables.iter().map(|it| (it.name.as_str(), it)).collect();
        let anew = self.anew(&by_name, &changed);
        let is_anew = |name: &String| anew.contains(name);
        if anew.len() > MOST {
            return None;
        }
        let (mut statements, mut gained) = (Vec::new(), Vec::new());
        let gone: Vec<&str> =
            earlier.tables.iter().filter(|it| is_anew(&it.name)).map(|it| it.qualified.as_str()).collect();
        if !gone.is_empty() {
            statements.push(format!("DROP TABLE {} CASCADE", gone.join(", ")));
        }
        let gone = earlier.shared.iter().rev().filter(|it| it.kind != "SCHEMA" && changed.contains(&it.name));
        statements.extend(gone.map(|it| format!("DROP {} {}", it.kind, it.qualified)));
        let made = self.shared.iter().filter(|it| changed.contains(&it.name));
        statements.extend(made.map(|it| it.create.clone()));
        statements.extend(self.made(&self.tables.iter().filter(|it| is_anew(&it.name)).collect::<Vec<_>>()));
        for table in self.tables.iter().filter(|it| !is_anew(&it.name)) {
            if let Some(before) = by_name.get(table.name.as_str()).filter(|before| **before != table) {
                statements.extend(table.grown_since(before, &anew).unwrap_or_default());
                gained.extend(table.gained_since(before).map(|column| Gained { table: table.last_name(), column }));
            }
            let lost = table.foreign_keys.iter().filter(|key| is_anew(&key.to));
            statements.extend(lost.map(|key| key.add.clone()));
        }
        Some(Since { statements, gained })
    }

    /// Tables, then what stands beside them.
    fn made(&self, tables: &[&TableParts]) -> Vec<String> {
        // Tables that others inherit from come first; nothing else matters at this stage.
        let (children, others): (Vec<&TableParts>, Vec<&TableParts>) =
            tables.iter().partition(|table| !table.inherits.is_empty());
        let mut statements: Vec<String> = others.into_iter().chain(children).map(|it| it.create.clone()).collect();
        for table in tables {
            statements.extend(table.foreign_keys.iter().map(|key| key.add.clone()));
            statements.extend(table.beside.iter().cloned());
        }
        statements
    }

    /// The names of types, sequences and schemas that are new, gone or made in other words, and of those that name them. `None`
    /// where a schema is gone, which may belong to somebody else.
    fn changed_shared(&self, earlier: &Self) -> Option<BTreeSet<String>> {
        let is_in = |all: &[Shared], one: &Shared| all.contains(one);
        let mut changed = BTreeSet::new();
        for one in &earlier.shared {
            if !is_in(&self.shared, one) {
                (one.kind != "SCHEMA").then_some(())?;
                changed.insert(one.name.clone());
            }
        }
        changed.extend(self.shared.iter().filter(|it| !is_in(&earlier.shared, it)).map(|it| it.name.clone()));
        loop {
            let before = changed.len();
            for one in self.shared.iter().chain(&earlier.shared).filter(|it| it.kind != "SCHEMA") {
                if mentions(&one.create, &changed) {
                    changed.insert(one.name.clone());
                }
            }
            if changed.len() == before {
                return Some(changed);
            }
        }
    }

    /// The tables that are gone, new, made in other words or of something that changes.
    fn anew(&self, earlier: &ByName<'_>, changed: &BTreeSet<String>) -> BTreeSet<String> {
        let known: BTreeSet<&str> = earlier.keys().copied().collect();
        let wanted: BTreeSet<&str> = self.tables.iter().map(|it| it.name.as_str()).collect();
        let unlike = known.symmetric_difference(&wanted).map(|name| (*name).to_owned());
        let mut anew: BTreeSet<String> = unlike.collect();
        for table in &self.tables {
            // What a parent gains its children gain, too.
            let grows = || !self.tables.iter().any(|it| it.inherits_from(&table.name));
            let has_stayed = |it: &&TableParts| *it == table || (table.grown_since(it, &anew).is_some() && grows());
            let stays = earlier.get(table.name.as_str()).is_some_and(has_stayed);
            if !stays || table.texts().any(|text| mentions(text, changed)) {
                anew.insert(table.name.clone());
            }
        }
        loop {
            let before = anew.len();
            let children = self.tables.iter().filter(|child| anew.iter().any(|name| child.inherits_from(name)));
            let children: Vec<String> = children.map(|child| child.name.clone()).collect();
            anew.extend(children);
            if anew.len() == before {
                return anew;
            }
        }
    }
}

impl TableParts {
    fn of(table: &Table) -> Self {
        let reference = |key: &super::ForeignKey| Reference {
            to: full_name(key.ref_schema.as_deref(), &key.ref_table),
            add: add_foreign_key(table, key),
        };
        let indexes = table.indexes.iter().map(|index| create_index(table, index));
        let without_columns = Table { columns: Vec::new(), ..table.clone() };
        Self {
            name: full_name(table.schema.as_deref(), &table.name),
            qualified: qualified(table.schema.as_deref(), &table.name),
            inherits: table.options.get("inherits").cloned().unwrap_or_default(),
            create: create_table(table),
            frame: create_table(&without_columns),
            columns: table.columns.iter().map(column).collect(),
            foreign_keys: table.foreign_keys.iter().map(reference).collect(),
            beside: indexes.chain(comments(table)).collect(),
        }
    }

    /// Whether it may inherit from the table of this name: too many are better than too few.
    fn inherits_from(&self, name: &str) -> bool {
        !self.inherits.is_empty() && name.rsplit('.').next().is_some_and(|last| self.inherits.contains(last))
    }

    /// The names of the columns that it has behind those of an earlier one.
    fn gained_since(&self, earlier: &Self) -> impl Iterator<Item = String> {
        let columns = self.columns.iter().skip(earlier.columns.len());
        columns.filter_map(|column| sql::tokens(column).first().and_then(|token| token.name(column)))
    }

    fn last_name(&self) -> String {
        self.name.split_once('.').map_or(&*self.name, |(_, name)| name).to_owned()
    }

    /// What makes this table of an earlier one that lacks only columns at its end, foreign keys, indexes and comments; `None` where
    /// more has changed. Foreign keys to tables that are made anew are made with these.
    fn grown_since(&self, earlier: &Self, anew: &BTreeSet<String>) -> Option<Vec<String>> {
        let is_grown = self.frame == earlier.frame
            && self.columns.starts_with(&earlier.columns)
            && earlier.foreign_keys.iter().all(|key| self.foreign_keys.contains(key))
            && earlier.beside.iter().all(|it| self.beside.contains(it));
        is_grown.then_some(())?;
        let columns = self.columns.iter().skip(earlier.columns.len());
        let columns = columns.map(|column| format!("ALTER TABLE {} ADD COLUMN {column}", self.qualified));
        let keys = self.foreign_keys.iter().filter(|it| !earlier.foreign_keys.contains(it) && !anew.contains(&it.to));
        let beside = self.beside.iter().filter(|it| !earlier.beside.contains(it));
        Some(columns.chain(keys.map(|key| key.add.clone())).chain(beside.cloned()).collect())
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.create).chain(&self.beside).map(String::as_str)
    }
}

fn schemas(metadata: &Metadata) -> Vec<Shared> {
    let tables = metadata.tables.iter().map(|it| &it.schema);
    let enums = metadata.enums.iter().map(|it| &it.schema);
    let domains = metadata.domains.iter().map(|it| &it.schema);
    let sequences = metadata.sequences.iter().map(|it| &it.schema);
    let all: BTreeSet<&String> = tables.chain(enums).chain(domains).chain(sequences).flatten().collect();
    let made = |schema: &String| Shared {
        kind: "SCHEMA".to_owned(),
        name: schema.clone(),
        qualified: quote(schema),
        create: format!("CREATE SCHEMA IF NOT EXISTS {}", quote(schema)),
    };
    all.into_iter().map(made).collect()
}

/// Whether a text has one of the names in it.
fn mentions(text: &str, names: &BTreeSet<String>) -> bool {
    let is_named = |token: &sql::Token| token.name(text).is_some_and(|name| names.contains(&name));
    !names.is_empty() && sql::tokens(text).iter().any(is_named)
}

/// What a table is called, whether its schema is said or not.
fn full_name(schema: Option<&str>, name: &str) -> String {
    format!("{}.{name}", schema.unwrap_or(DEFAULT_SCHEMA))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlmodel::{Column, EnumType, ForeignKey, Index};

    fn column(name: &str, kind: &str) -> Column {
        Column { name: name.into(), sql_type: kind.into(), nullable: true, ..Column::default() }
    }

    fn table(name: &str, columns: Vec<Column>) -> Table {
        Table { name: name.into(), columns, ..Table::default() }
    }

    fn mood(values: &[&str]) -> EnumType {
        let values = values.iter().map(|it| (*it).to_owned()).collect();
        EnumType { schema: None, name: "mood".into(), values }
    }

    /// `site` and `run`, which refers to it as `public.site`; `person` is of the enum `mood`.
    fn models() -> Metadata {
        let mut run = table("run", vec![column("site_id", "INTEGER")]);
        run.foreign_keys.push(ForeignKey {
            columns: vec!["site_id".into()],
            ref_schema: Some("public".into()),
            ref_table: "site".into(),
            ref_columns: vec!["id".into()],
            ..ForeignKey::default()
        });
        Metadata {
            enums: vec![mood(&["sad", "ok"])],
            tables: vec![
                table("site", vec![column("id", "INTEGER")]),
                run,
                table("person", vec![column("feels", "mood")]),
            ],
            ..Metadata::default()
        }
    }

    fn since(change: impl FnOnce(&mut Metadata)) -> Option<Since> {
        let (before, mut after) = (models(), models());
        change(&mut after);
        Parts::of(&after).since(&Parts::of(&before))
    }

    /// The first words of each statement.
    fn heads(since: Option<Since>) -> Vec<String> {
        let head = |it: String| it.lines().next().unwrap_or_default().trim_end_matches(" (").to_owned();
        since.expect("steps").statements.into_iter().map(head).collect()
    }

    const REFERENCE: &str = "ALTER TABLE run ADD FOREIGN KEY (site_id) REFERENCES public.site (id)";

    #[test]
    fn where_nothing_has_changed_nothing_is_made() {
        assert_eq!(since(|_| ()), Some(Since::default()));
    }

    #[test]
    fn a_table_that_changes_is_made_anew_with_what_refers_to_it() {
        let found = heads(since(|all| all.tables[0].columns[0].nullable = false));
        assert_eq!(found, ["DROP TABLE site CASCADE", "CREATE TABLE site", REFERENCE]);
        let found = heads(since(|all| drop(all.tables[1].foreign_keys.pop())));
        assert_eq!(found, ["DROP TABLE run CASCADE", "CREATE TABLE run"]);
    }

    #[test]
    fn a_table_that_only_gains_something_stays() {
        let found = since(|all| all.tables[0].columns.push(column("Name", "TEXT")));
        let gained = &found.as_ref().expect("steps").gained;
        assert_eq!(*gained, [Gained { table: "site".into(), column: "Name".into() }]);
        assert_eq!(heads(found), ["ALTER TABLE site ADD COLUMN \"Name\" TEXT"]);
        let index =
            Index { name: "i".into(), expressions: vec!["site_id".into()], keys: vec![None], ..Index::default() };
        let found = heads(since(|all| all.tables[1].indexes.push(index)));
        assert_eq!(found, ["CREATE INDEX i ON run (site_id)"]);
        let to_visit = ForeignKey {
            columns: vec!["feels".into()],
            ref_table: "visit".into(),
            ref_columns: vec!["id".into()],
            ..ForeignKey::default()
        };
        // A foreign key to a table that is made anew is made once.
        let found = heads(since(|all| {
            all.tables.push(table("visit", vec![column("id", "INTEGER")]));
            all.tables[2].foreign_keys.push(to_visit);
        }));
        assert_eq!(found, ["CREATE TABLE visit", "ALTER TABLE person ADD FOREIGN KEY (feels) REFERENCES visit (id)"]);
    }

    #[test]
    fn tables_that_come_and_go() {
        let found = heads(since(|all| all.tables.push(table("visit", vec![column("id", "INTEGER")]))));
        assert_eq!(found, ["CREATE TABLE visit"]);
        let found = heads(since(|all| drop(all.tables.remove(2))));
        assert_eq!(found, ["DROP TABLE person CASCADE"]);
    }

    #[test]
    fn a_type_that_changes_takes_its_tables_with_it() {
        let found = heads(since(|all| all.enums[0] = mood(&["sad", "ok", "happy"])));
        assert_eq!(
            found,
            [
                "DROP TABLE person CASCADE",
                "DROP TYPE mood",
                "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
                "CREATE TABLE person"
            ]
        );
    }

    #[test]
    fn children_are_made_anew_with_their_parents() {
        let with_child = |all: &mut Metadata| {
            let mut child = table("night_run", Vec::new());
            child.options.insert("inherits".into(), "run".into());
            all.tables.insert(0, child);
        };
        let (mut before, mut after) = (models(), models());
        with_child(&mut before);
        with_child(&mut after);
        after.tables[2].columns.push(column("at", "DATE"));
        let found = heads(Parts::of(&after).since(&Parts::of(&before)));
        assert_eq!(
            found,
            ["DROP TABLE night_run, run CASCADE", "CREATE TABLE run", "CREATE TABLE night_run", REFERENCE]
        );
    }

    #[test]
    fn where_much_has_changed_or_a_schema_is_gone_all_is_made() {
        let many = |all: &mut Metadata| {
            all.tables.extend((0..=MOST).map(|number| table(&format!("t{number}"), vec![column("id", "INTEGER")])));
        };
        assert_eq!(since(many), None);
        let mut before = models();
        before.tables[2].schema = Some("lab".into());
        assert_eq!(Parts::of(&models()).since(&Parts::of(&before)), None);
        // The other way round it is made.
        assert!(Parts::of(&before).since(&Parts::of(&models())).is_some());
    }
}
