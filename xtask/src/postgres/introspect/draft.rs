//! A schema that is being read: objects by the numbers that the catalogue gives them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::scope::Scope;
use crate::schema::{Index, MaterialisedView, ObjectId, QualifiedName, ReplicaIdentity, Schema, Table, View};

/// The number of an object in its catalogue.
pub(super) type Oid = u32;

/// Objects by their numbers.
pub(super) type ByOid<K, V> = HashMap<K, V, BuildHasherDefault<OidHasher>>;

/// Spreads the numbers of objects, of which a large database has a hundred thousand. Nobody chooses them to do harm, so
/// the hash need not be as strong and slow as the usual one.
#[derive(Default)]
pub(super) struct OidHasher(u64);

impl Hasher for OidHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(number)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_i16(&mut self, number: i16) {
        self.write_u32(u32::from(number.cast_unsigned()));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Catalogues, by the numbers that they have in every database.
pub(super) mod class {
    use super::Oid;

    pub(in super::super) const TYPE: Oid = 1247;
    pub(in super::super) const FUNCTION: Oid = 1255;
    pub(in super::super) const RELATION: Oid = 1259;
    pub(in super::super) const DEFAULT: Oid = 2604;
    pub(in super::super) const CONSTRAINT: Oid = 2606;
    pub(in super::super) const NAMESPACE: Oid = 2615;
    pub(in super::super) const REWRITE: Oid = 2618;
    pub(in super::super) const TRIGGER: Oid = 2620;
    pub(in super::super) const EXTENSION: Oid = 3079;
    pub(in super::super) const POLICY: Oid = 3256;
    pub(in super::super) const STATISTICS: Oid = 3381;
    pub(in super::super) const COLLATION: Oid = 3456;
    pub(in super::super) const EVENT_TRIGGER: Oid = 3466;
}

/// What is known so far.
pub(super) struct Draft {
    pub(super) scope: Scope,
    pub(super) schema: Schema,
    /// Comments by catalogue, object and column; taken out when their object is read.
    pub(super) comments: ByOid<(Oid, Oid, i16), String>,
    pub(super) namespaces: ByOid<Oid, String>,
    pub(super) collations: ByOid<Oid, QualifiedName>,
    pub(super) operator_classes: ByOid<Oid, OperatorClassRow>,
    /// Which types have a default operator class of their own, by access method.
    pub(super) default_classes: ByOid<(Oid, Oid), Oid>,
    pub(super) relations: ByOid<Oid, Relation>,
    pub(super) indexes: ByOid<Oid, FoundIndex>,
    /// What every object is called by, for the dependencies.
    pub(super) ids: ByOid<(Oid, Oid), ObjectId>,
}

/// An operator class.
pub(super) struct OperatorClassRow {
    pub(super) name: QualifiedName,
    pub(super) method: Oid,
    pub(super) is_default: bool,
    pub(super) input: Oid,
}

/// A relation and its columns.
pub(super) struct Relation {
    pub(super) name: QualifiedName,
    pub(super) kind: RelationKind,
    pub(super) columns: Vec<FoundColumn>,
}

/// What a relation becomes.
pub(super) enum RelationKind {
    Table(Box<Table>),
    View(Box<View>),
    MaterialisedView(Box<MaterialisedView>),
    Composite,
}

/// What other rows need to know of a column.
pub(super) struct FoundColumn {
    pub(super) number: i16,
    pub(super) name: String,
    pub(super) type_oid: Oid,
    pub(super) collation: Oid,
}

/// An index, before it is known whether it stands for a constraint.
pub(super) struct FoundIndex {
    pub(super) relation: Oid,
    pub(super) index: Index,
    /// The index of the partitioned table; it may be younger, and is read later then.
    pub(super) parent: Option<Oid>,
    pub(super) is_clustered: bool,
    pub(super) is_replica_identity: bool,
    /// Whether a constraint has taken it.
    pub(super) is_taken: bool,
}

impl Relation {
    /// The names of these columns, by their numbers.
    pub(super) fn names(&self, numbers: &[i16]) -> Vec<String> {
        numbers.iter().filter_map(|number| self.column(*number)).map(|column| column.name.clone()).collect()
    }

    pub(super) fn column(&self, number: i16) -> Option<&FoundColumn> {
        // Numbers are dense but for dropped columns, so the place is nearly always this one.
        let guess = usize::try_from(number).ok()?.checked_sub(1)?;
        match self.columns.get(guess) {
            Some(column) if column.number == number => Some(column),
            _ => self.columns.iter().find(|column| column.number == number),
        }
    }

    pub(super) fn table(&mut self) -> Option<&mut Table> {
        match &mut self.kind {
            RelationKind::Table(table) => Some(table),
            _ => None,
        }
    }
}

impl Draft {
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            scope,
            schema: Schema::default(),
            comments: ByOid::default(),
            namespaces: ByOid::default(),
            collations: ByOid::default(),
            operator_classes: ByOid::default(),
            default_classes: ByOid::default(),
            relations: ByOid::default(),
            indexes: ByOid::default(),
            ids: ByOid::default(),
        }
    }

    /// The full name of an object, if its schema is read and nothing excludes it.
    pub(super) fn name(&self, namespace: Oid, name: &str) -> Option<QualifiedName> {
        let schema = self.namespaces.get(&namespace)?;
        (!self.scope.leaves_out(schema, name)).then(|| QualifiedName::new(schema.clone(), name))
    }

    pub(super) fn comment(&mut self, class: Oid, oid: Oid) -> Option<String> {
        self.comments.remove(&(class, oid, 0))
    }

    /// Says what an object is called by.
    pub(super) fn identify(&mut self, class: Oid, oid: Oid, id: ObjectId) {
        self.ids.insert((class, oid), id);
    }

    /// The schema, complete.
    pub(super) fn finish(mut self) -> Schema {
        self.place_indexes();
        for relation in std::mem::take(&mut self.relations).into_values() {
            match relation.kind {
                RelationKind::Table(table) => drop(self.schema.tables.insert(*table)),
                RelationKind::View(view) => drop(self.schema.views.insert(*view)),
                RelationKind::MaterialisedView(view) => drop(self.schema.materialised_views.insert(*view)),
                RelationKind::Composite => {}
            }
        }
        self.schema
    }

    /// Gives each relation the indexes that no constraint has taken.
    fn place_indexes(&mut self) {
        for mut found in std::mem::take(&mut self.indexes).into_values() {
            let parent = found.parent.and_then(|parent| self.ids.get(&(class::RELATION, parent)));
            found.index.partition_of = parent.and_then(|parent| match parent {
                ObjectId::Index(name) => Some(name.clone()),
                _ => None,
            });
            let Some(relation) = self.relations.get_mut(&found.relation) else { continue };
            let name = found.index.name.clone();
            match &mut relation.kind {
                RelationKind::Table(table) => {
                    if found.is_clustered {
                        table.clustered_on = Some(name.clone());
                    }
                    if found.is_replica_identity {
                        table.replica_identity = ReplicaIdentity::Index(name);
                    }
                    if !found.is_taken {
                        table.indexes.insert(found.index);
                    }
                }
                RelationKind::MaterialisedView(view) => {
                    if found.is_clustered {
                        view.clustered_on = Some(name);
                    }
                    view.indexes.insert(found.index);
                }
                RelationKind::View(_) | RelationKind::Composite => {}
            }
        }
    }
}
