//! Every object of a schema by its id, down to columns, defaults and constraints.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{
    Collation, Column, CompositeType, Constraint, ConstraintKind, Domain, DomainCheck, EnumType, EventTrigger,
    ExtendedStatistics, Extension, ForeignKey, Function, Index, MaterialisedView, Namespace, ObjectId, Policy,
    QualifiedName, RangeType, Rule, Schema, Sequence, Table, Trigger, View,
};
use crate::sql;

/// An object, with the one that it is part of.
#[derive(Clone, Copy, Debug)]
pub enum Item<'s> {
    /// A schema in the sense of SQL.
    Namespace(&'s Namespace),
    /// An extension.
    Extension(&'s Extension),
    /// A collation.
    Collation(&'s Collation),
    /// An enum.
    Enum(&'s EnumType),
    /// A domain.
    Domain(&'s Domain),
    /// A check of a domain.
    DomainCheck(&'s Domain, &'s DomainCheck),
    /// A composite type.
    Composite(&'s CompositeType),
    /// A range type.
    Range(&'s RangeType),
    /// A sequence.
    Sequence(&'s Sequence),
    /// A function.
    Function(&'s Function),
    /// A table, without its parts.
    Table(&'s Table),
    /// A column.
    Column(&'s Table, &'s Column),
    /// The default of a column that is not generated.
    Default(&'s Table, &'s Column),
    /// A constraint of a table.
    Constraint(&'s Table, &'s Constraint),
    /// An index of a table or a materialised view.
    Index(&'s QualifiedName, &'s Index),
    /// A view, without its triggers and rules.
    View(&'s View),
    /// A materialised view, without its indexes.
    MaterialisedView(&'s MaterialisedView),
    /// A rule of a table or view.
    Rule(&'s QualifiedName, &'s Rule),
    /// A trigger of a table or view.
    Trigger(&'s QualifiedName, &'s Trigger),
    /// A policy of a table.
    Policy(&'s QualifiedName, &'s Policy),
    /// Statistics over several columns.
    Statistics(&'s ExtendedStatistics),
    /// An event trigger.
    EventTrigger(&'s EventTrigger),
}

/// Every object of a schema, with the dependencies between these.
#[derive(Clone, Debug)]
pub struct Inventory<'s> {
    /// The schema.
    pub schema: &'s Schema,
    items: BTreeMap<ObjectId, Item<'s>>,
    edges: BTreeSet<(ObjectId, ObjectId)>,
    /// Sequences by the table and the column that own them.
    owned: BTreeMap<(&'s QualifiedName, &'s str), &'s Sequence>,
    /// All of these by the table.
    sequences: BTreeMap<&'s QualifiedName, Vec<&'s Sequence>>,
    /// Sequences that nobody owns and one column alone takes its values from, with that column.
    counting: BTreeMap<&'s QualifiedName, (&'s QualifiedName, &'s str)>,
}

impl<'s> Inventory<'s> {
    /// Of a schema.
    pub fn of(schema: &'s Schema) -> Self {
        let mut owned: BTreeMap<(&QualifiedName, &str), &Sequence> = BTreeMap::new();
        let mut sequences: BTreeMap<&QualifiedName, Vec<&Sequence>> = BTreeMap::new();
        for sequence in &schema.sequences {
            let Some(owner) = &sequence.owned_by else { continue };
            sequences.entry(&owner.table).or_default().push(sequence);
            let column = schema.tables.get(&owner.table).and_then(|table| table.column(&owner.column));
            let counts = column.is_some_and(|column| column.counts_with(&sequence.name));
            if counts || !owned.contains_key(&(&owner.table, owner.column.as_str())) {
                owned.insert((&owner.table, &owner.column), sequence);
            }
        }
        let (items, edges, counting) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut inventory = Self { schema, items, edges, owned, sequences, counting };
        inventory.add_types();
        inventory.add_relations();
        for dependency in schema.dependencies.iter() {
            let (dependent, on) = (inventory.settled(&dependency.dependent), inventory.settled(&dependency.on));
            if let (Some(dependent), Some(on)) = (dependent, on)
                && dependent != on
            {
                inventory.edges.insert((dependent, on));
            }
        }
        inventory.add_counting();
        inventory
    }

    /// Finds the sequences that nobody owns and one column alone counts with.
    fn add_counting(&mut self) {
        let mut users: BTreeMap<&QualifiedName, Vec<&ObjectId>> = BTreeMap::new();
        for (dependent, on) in &self.edges {
            if let ObjectId::Sequence(name) = on {
                users.entry(name).or_default().push(dependent);
            }
        }
        let mut found = BTreeMap::new();
        for sequence in self.schema.sequences.iter().filter(|it| it.owned_by.is_none()) {
            let Some([user @ ObjectId::Default(..)]) = users.get(&sequence.name).map(Vec::as_slice) else { continue };
            if let Some(Item::Default(table, column)) = self.items.get(user)
                && column.counts_with(&sequence.name)
            {
                found.insert(&sequence.name, (&table.name, column.name.as_str()));
            }
        }
        self.owned.extend(found.iter().filter_map(|(name, of)| Some((*of, self.schema.sequences.get(name)?))));
        self.counting = found;
    }

    /// The object of this id.
    pub fn get(&self, id: &ObjectId) -> Option<Item<'s>> {
        self.items.get(id).copied()
    }

    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &ObjectId> {
        self.items.keys()
    }

    /// The sequence that this column owns; of several, the one that its default takes values from. One that nobody owns and this column
    /// alone takes values from counts as its own.
    pub fn sequence_of(&self, table: &QualifiedName, column: &str) -> Option<&'s Sequence> {
        self.owned.get(&(table, column)).copied()
    }

    /// The column that counts with this sequence.
    pub fn counted_by(&self, sequence: &Sequence) -> Option<ObjectId> {
        let owner = sequence.owned_by.as_ref().map(|it| (&it.table, it.column.as_str()));
        let (table, column) = owner.or_else(|| self.counting.get(&sequence.name).copied())?;
        Some(ObjectId::Column(table.clone(), column.to_owned()))
    }

    /// All sequences that columns of this table own.
    pub fn sequences_of(&self, table: &QualifiedName) -> impl Iterator<Item = &'s Sequence> {
        self.sequences.get(table).into_iter().flatten().copied()
    }

    /// Pairs (dependant, what it stands on).
    pub fn edges(&self) -> &BTreeSet<(ObjectId, ObjectId)> {
        &self.edges
    }

    /// The id under which the object is listed: the columns of views count as the views, the expression of a generated column
    /// as the column.
    fn settled(&self, id: &ObjectId) -> Option<ObjectId> {
        if self.items.contains_key(id) {
            return Some(id.clone());
        }
        let whole = match id {
            ObjectId::Column(owner, _) | ObjectId::Default(owner, _) => [
                match id {
                    ObjectId::Default(table, column) => ObjectId::Column(table.clone(), column.clone()),
                    _ => ObjectId::View(owner.clone()),
                },
                ObjectId::View(owner.clone()),
                ObjectId::MaterialisedView(owner.clone()),
                ObjectId::Type(owner.clone()),
            ],
            _ => return None,
        };
        whole.into_iter().find(|id| self.items.contains_key(id))
    }

    fn add(&mut self, id: ObjectId, item: Item<'s>) {
        self.items.insert(id, item);
    }

    /// Adds an object that is part of another, and cannot be without it.
    fn add_part(&mut self, id: ObjectId, whole: &ObjectId, item: Item<'s>) {
        self.edges.insert((id.clone(), whole.clone()));
        self.items.insert(id, item);
    }

    /// Adds an object that stands in a schema.
    fn add_in(&mut self, id: ObjectId, name: &QualifiedName, item: Item<'s>) {
        self.add_part(id, &ObjectId::Namespace(name.schema.clone()), item);
    }

    fn add_types(&mut self) {
        let schema = self.schema;
        for it in &schema.namespaces {
            self.add(ObjectId::Namespace(it.name.clone()), Item::Namespace(it));
        }
        for it in &schema.extensions {
            let name = QualifiedName::new(it.schema.clone(), it.name.clone());
            self.add_in(ObjectId::Extension(it.name.clone()), &name, Item::Extension(it));
        }
        for it in &schema.collations {
            self.add_in(ObjectId::Collation(it.name.clone()), &it.name, Item::Collation(it));
        }
        for it in &schema.enums {
            self.add_in(ObjectId::Type(it.name.clone()), &it.name, Item::Enum(it));
        }
        for it in &schema.composite_types {
            self.add_in(ObjectId::Type(it.name.clone()), &it.name, Item::Composite(it));
        }
        for it in &schema.range_types {
            self.add_in(ObjectId::Type(it.name.clone()), &it.name, Item::Range(it));
        }
        for it in &schema.domains {
            let id = ObjectId::Type(it.name.clone());
            for check in &it.checks {
                let part = ObjectId::Constraint(it.name.clone(), check.name.clone());
                self.add_part(part, &id, Item::DomainCheck(it, check));
            }
            self.add_in(id, &it.name, Item::Domain(it));
        }
        for it in &schema.sequences {
            self.add_in(ObjectId::Sequence(it.name.clone()), &it.name, Item::Sequence(it));
        }
        for it in &schema.functions {
            self.add_in(ObjectId::Function(it.name.clone()), &it.name.name, Item::Function(it));
        }
        for it in &schema.event_triggers {
            self.add(ObjectId::EventTrigger(it.name.clone()), Item::EventTrigger(it));
        }
    }

    fn add_relations(&mut self) {
        let schema = self.schema;
        for table in &schema.tables {
            self.add_table(table);
        }
        for it in &schema.views {
            let id = ObjectId::View(it.name.clone());
            for rule in &it.rules {
                self.add_part(ObjectId::Rule(it.name.clone(), rule.name.clone()), &id, Item::Rule(&it.name, rule));
            }
            for trigger in &it.triggers {
                let part = ObjectId::Trigger(it.name.clone(), trigger.name.clone());
                self.add_part(part, &id, Item::Trigger(&it.name, trigger));
            }
            self.add_in(id, &it.name, Item::View(it));
        }
        for it in &schema.materialised_views {
            let id = ObjectId::MaterialisedView(it.name.clone());
            for index in &it.indexes {
                self.add_part(ObjectId::Index(it.name.sibling(&index.name)), &id, Item::Index(&it.name, index));
            }
            self.add_in(id, &it.name, Item::MaterialisedView(it));
        }
        for it in &schema.statistics {
            let (id, table) = (ObjectId::Statistics(it.name.clone()), ObjectId::Table(it.table.clone()));
            if let Some(table) = schema.tables.get(&it.table) {
                self.add_mentions(&id, table, &it.definition);
            }
            self.add_part(id, &table, Item::Statistics(it));
        }
    }

    fn add_table(&mut self, table: &'s Table) {
        let name = &table.name;
        let id = ObjectId::Table(name.clone());
        self.add_in(id.clone(), name, Item::Table(table));
        for column in &table.columns {
            let part = ObjectId::Column(name.clone(), column.name.clone());
            self.add_part(part.clone(), &id, Item::Column(table, column));
            if let Some(generated) = &column.generated {
                self.add_mentions(&part, table, &generated.expression);
                self.edges.remove(&(part.clone(), part.clone()));
            } else if column.default.is_some() {
                let default = ObjectId::Default(name.clone(), column.name.clone());
                self.add_part(default, &part, Item::Default(table, column));
            }
        }
        for it in &table.constraints {
            let part = ObjectId::Constraint(name.clone(), it.name.clone());
            self.add_needs(&part, table, it);
            self.add_part(part, &id, Item::Constraint(table, it));
        }
        for it in &table.indexes {
            let part = ObjectId::Index(name.sibling(&it.name));
            self.add_mentions(&part, table, &super::define::index(name, it));
            self.add_part(part, &id, Item::Index(name, it));
        }
        for it in &table.triggers {
            let part = ObjectId::Trigger(name.clone(), it.name.clone());
            self.add_mentions(&part, table, &it.definition);
            self.add_part(part, &id, Item::Trigger(name, it));
        }
        for it in &table.policies {
            self.add_part(ObjectId::Policy(name.clone(), it.name.clone()), &id, Item::Policy(name, it));
        }
        for it in &table.rules {
            self.add_part(ObjectId::Rule(name.clone(), it.name.clone()), &id, Item::Rule(name, it));
        }
        let parents = table.inherits.iter().chain(table.partition_of.as_ref().map(|part| &part.parent));
        for parent in parents {
            self.edges.insert((id.clone(), ObjectId::Table(parent.clone())));
        }
    }
    /// What a constraint needs, said here as well, so that a schema without dependencies is put in the right order too.
    fn add_needs(&mut self, id: &ObjectId, table: &'s Table, constraint: &'s Constraint) {
        let mut needs = |table: &QualifiedName, columns: &[String]| {
            for column in columns {
                self.edges.insert((id.clone(), ObjectId::Column(table.clone(), column.clone())));
            }
        };
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                needs(&table.name, &key.columns);
                needs(&table.name, &key.include);
            }
            ConstraintKind::ForeignKey(key) => {
                needs(&table.name, &key.columns);
                needs(&key.table, &key.referenced);
                self.edges.insert((id.clone(), ObjectId::Table(key.table.clone())));
                if let Some(referenced) = referenced_key(self.schema, key) {
                    self.edges.insert((id.clone(), ObjectId::Constraint(key.table.clone(), referenced.name.clone())));
                }
            }
            ConstraintKind::Check(check) => self.add_mentions(id, table, &check.expression),
            ConstraintKind::Exclusion(_) => self.add_mentions(id, table, &super::define::constraint(constraint)),
        }
    }

    /// Columns of the table that a text names. A word too many does no harm: it only orders what need not be ordered.
    fn add_mentions(&mut self, id: &ObjectId, table: &'s Table, text: &str) {
        let words: BTreeSet<&str> = sql::tokens(text).iter().map(|token| token.text(text)).collect();
        let is_named = |name: &str| words.contains(name) || words.contains(sql::identifier(name).as_str());
        for column in table.columns.iter().filter(|column| is_named(&column.name)) {
            self.edges.insert((id.clone(), ObjectId::Column(table.name.clone(), column.name.clone())));
        }
    }
}

/// The primary key or unique constraint that a foreign key refers to.
fn referenced_key<'s>(schema: &'s Schema, foreign: &ForeignKey) -> Option<&'s Constraint> {
    let wanted: BTreeSet<&String> = foreign.referenced.iter().collect();
    schema.tables.get(&foreign.table)?.constraints.iter().find(|it| match &it.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            key.columns.iter().collect::<BTreeSet<_>>() == wanted
        }
        _ => false,
    })
}
