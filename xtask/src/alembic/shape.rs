//! What the revisions so far have made, as far as guards may ask for it: tables, columns, indexes, constraints, types.

use std::collections::BTreeMap;

/// Schema and name; tables of the default schema have none.
pub(super) type Key = (Option<String>, String);

/// A table, a view or a type by its name.
pub(super) fn key(schema: Option<&str>, name: &str) -> Key {
    (schema.filter(|it| *it != "public").map(str::to_owned), name.to_owned())
}

/// What is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    tables: BTreeMap<Key, Relation>,
    types: BTreeMap<Key, bool>,
    /// Why anything may be there, if it may.
    doubt: Option<String>,
    /// SQL that was not understood, in lower case: what it names is not known.
    mentions: Vec<String>,
}

/// A table, or what may be one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Relation {
    pub(super) exists: bool,
    /// Why it may look otherwise, if it may.
    pub(super) doubt: Option<String>,
    /// Why its columns are not known, where it is there all the same.
    pub(super) unsure: Option<String>,
    /// Why its columns and constraints are not known, where it is there all the same.
    pub(super) vague: Option<String>,
    pub(super) columns: Vec<ColumnShape>,
    pub(super) indexes: Vec<IndexShape>,
    pub(super) constraints: Vec<ConstraintShape>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ColumnShape {
    pub(super) name: String,
    pub(super) sql_type: String,
    pub(super) nullable: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct IndexShape {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) unique: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConstraintKind {
    Primary,
    Unique,
    Foreign,
    Check,
    Exclude,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConstraintShape {
    pub(super) name: Option<String>,
    pub(super) kind: ConstraintKind,
    pub(super) columns: Vec<String>,
    pub(super) referred: Option<(Key, Vec<String>)>,
    pub(super) ondelete: Option<String>,
}

impl Shape {
    /// A table, if it is there for certain; `Err` with the reason where nobody knows.
    pub(super) fn table(&self, key: &Key) -> Result<Option<&Relation>, String> {
        match self.tables.get(key) {
            Some(Relation { doubt: Some(why), .. }) => Err(why.clone()),
            Some(table) if table.exists => Ok(Some(table)),
            Some(_) => Ok(None),
            None => match &self.doubt {
                Some(why) => Err(why.clone()),
                None if self.is_mentioned(&key.1) => Err("SQL text that is not understood names it".to_owned()),
                None => Ok(None),
            },
        }
    }

    fn is_mentioned(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.mentions.iter().any(|sql| sql.contains(&name))
    }

    /// The names of all tables of a schema; `Err` where one may or may not be there.
    pub(super) fn table_names(&self, schema: Option<&str>) -> Result<Vec<String>, String> {
        let schema = key(schema, "").0;
        if let Some(why) = &self.doubt {
            return Err(why.clone());
        }
        let mut names = Vec::new();
        for ((_, name), table) in self.tables.iter().filter(|((of, _), _)| *of == schema) {
            match &table.doubt {
                Some(why) => return Err(format!("`{name}`: {why}")),
                _ if table.exists => names.push(name.clone()),
                _ => {}
            }
        }
        Ok(names)
    }

    /// The table, to be changed; it is there from now on.
    pub(super) fn change(&mut self, key: &Key) -> &mut Relation {
        self.tables.entry(key.clone()).or_default()
    }

    pub(super) fn create(&mut self, key: &Key, table: Relation) {
        self.tables.insert(key.clone(), Relation { exists: true, ..table });
    }

    pub(super) fn drop(&mut self, key: &Key) {
        self.tables.insert(key.clone(), Relation::default());
        for table in self.tables.values_mut() {
            table.constraints.retain(|it| it.referred.as_ref().is_none_or(|(of, _)| of != key));
        }
    }

    pub(super) fn rename(&mut self, old: &Key, new: &Key) {
        let table = self.tables.insert(old.clone(), Relation::default()).unwrap_or_default();
        self.tables.insert(new.clone(), table);
        for table in self.tables.values_mut() {
            for (of, _) in table.constraints.iter_mut().filter_map(|it| it.referred.as_mut()) {
                if of == old {
                    of.clone_from(new);
                }
            }
        }
    }

    /// Nobody knows any more how this table looks.
    pub(super) fn doubt_table(&mut self, key: &Key, why: &str) {
        self.tables.entry(key.clone()).or_default().doubt.get_or_insert_with(|| why.to_owned());
    }

    /// Nobody knows any more what it consists of; whether it is there is as certain as before.
    pub(super) fn doubt_content(&mut self, key: &Key, why: &str) {
        let table = self.tables.entry(key.clone()).or_default();
        table.unsure.get_or_insert_with(|| why.to_owned());
        table.vague.get_or_insert_with(|| why.to_owned());
    }

    /// A table is made, of which nobody knows what it consists of.
    pub(super) fn create_unread(&mut self, key: &Key, why: &str) {
        self.create(key, Relation::default());
        self.doubt_content(key, why);
    }

    /// Nobody knows any more what is there.
    pub(super) fn doubt_all(&mut self, why: &str) {
        self.doubt.get_or_insert_with(|| why.to_owned());
        for table in self.tables.values_mut() {
            table.doubt.get_or_insert_with(|| why.to_owned());
        }
        self.types.clear();
    }

    /// The table that has an index of that name.
    pub(super) fn table_of_index(&self, schema: Option<&str>, name: &str) -> Option<Key> {
        let schema = key(schema, "").0;
        let has = |table: &Relation| table.indexes.iter().any(|it| it.name == name);
        self.tables.iter().find(|((of, _), table)| *of == schema && has(table)).map(|(key, _)| key.clone())
    }

    /// Whether a type is there; nobody knows where it was never seen and anything may have been done.
    pub(super) fn has_type(&self, key: &Key) -> Option<bool> {
        match (self.types.get(key), &self.doubt) {
            (Some(known), _) => Some(*known),
            (None, None) if !self.is_mentioned(&key.1) => Some(false),
            (None, _) => None,
        }
    }

    pub(super) fn set_type(&mut self, key: &Key, is_there: bool) {
        self.types.insert(key.clone(), is_there);
    }
}

/// What SQL text does.
impl Shape {
    /// Tables that are not as they were, and whether one came or went.
    pub(super) fn changed(&self, before: &Self) -> Vec<(Key, bool)> {
        let was = |key: &Key| before.tables.get(key);
        let differs = |(key, table): &(&Key, &Relation)| was(key) != Some(*table);
        let came = |key: &Key, table: &Relation| was(key).is_some_and(|it| it.exists) != table.exists;
        self.tables.iter().filter(differs).map(|(key, table)| (key.clone(), came(key, table))).collect()
    }

    /// SQL that is not understood may do anything with what it names.
    pub(super) fn mention(&mut self, sql: &str) {
        let sql = sql.to_lowercase();
        let why = "it may be changed by SQL text that is not understood";
        for ((_, name), table) in &mut self.tables {
            if sql.contains(&name.to_lowercase()) {
                table.doubt.get_or_insert_with(|| why.to_owned());
            }
        }
        self.types.retain(|(_, name), _| !sql.contains(&name.to_lowercase()));
        self.mentions.push(sql);
    }

    /// The table is there, and nobody knows how it looks.
    pub(super) fn doubt_columns(&mut self, key: &Key, why: &str) {
        self.change(key).vague.get_or_insert_with(|| why.to_owned());
    }

    pub(super) fn add_column(&mut self, key: &Key, name: &str) {
        let table = self.change(key);
        if !table.columns.iter().any(|it| it.name == name) {
            table.columns.push(ColumnShape { name: name.to_owned(), ..ColumnShape::default() });
        }
    }

    pub(super) fn drop_column(&mut self, key: &Key, name: &str) {
        let table = self.change(key);
        table.columns.retain(|it| it.name != name);
        table.indexes.retain(|it| !it.columns.iter().any(|it| it == name));
        table.constraints.retain(|it| !it.columns.iter().any(|it| it == name));
    }

    /// By the name that it has on the server.
    pub(super) fn drop_constraint(&mut self, key: &Key, name: &str) {
        self.change(key).constraints.retain(|it| super::guards::name_of(key, it) != name);
    }

    pub(super) fn set_nullable(&mut self, key: &Key, name: &str, nullable: bool) {
        let columns = self.change(key).columns.iter_mut();
        columns.filter(|it| it.name == name).for_each(|it| it.nullable = Some(nullable));
    }

    pub(super) fn forget_type(&mut self, key: &Key, name: &str) {
        let columns = self.change(key).columns.iter_mut();
        columns.filter(|it| it.name == name).for_each(|it| it.sql_type.clear());
    }
}
