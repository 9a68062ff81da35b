//! The vocabulary of schemas: what a database consists of, as values. Text of expressions, types and definitions is what
//! PostgreSQL itself prints with an empty search path, so equal values are equal schemas.

mod chosen_name;
mod collation;
mod column;
mod composite_type;
mod constraint;
mod dependencies;
mod domain;
mod enum_type;
mod extended_statistics;
mod extension;
mod function;
mod index;
mod materialised_view;
mod namespace;
mod not_null;
mod object_id;
mod objects;
mod options;
mod persistence;
mod policy;
mod privileges;
mod qualified_name;
mod range_type;
mod sequence;
mod table;
mod trigger;
mod view;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use chosen_name::{index_name, joined_columns, object_name};
pub use collation::Collation;
pub use column::{Column, Generated, Identity};
pub use composite_type::{Attribute, CompositeType};
pub use constraint::{Action, Check, Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, Key};
pub use dependencies::{Dependencies, Dependency};
pub use domain::{Domain, DomainCheck};
pub use enum_type::EnumType;
pub use extended_statistics::ExtendedStatistics;
pub use extension::Extension;
pub use function::{Function, FunctionKind, Signature};
pub use index::{Index, IndexKey, Indexed, OperatorClass};
pub use materialised_view::MaterialisedView;
pub use namespace::Namespace;
pub use not_null::NotNull;
pub use object_id::ObjectId;
pub use objects::{Object, Objects};
pub use options::Options;
pub use persistence::Persistence;
pub use policy::Policy;
pub use privileges::{DefaultPrivileges, Grant, Grantee, Privileges};
pub use qualified_name::QualifiedName;
pub use range_type::RangeType;
pub use sequence::{OwnedBy, Sequence, SequenceOptions};
pub use table::{PartitionOf, ReplicaIdentity, Table};
pub use trigger::{EventTrigger, Firing, Rule, Trigger};
pub use view::{View, ViewColumn};

/// Everything in a database that a revision can change, data left aside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Schema {
    /// Schemas in the sense of SQL, `public` included where it is there.
    pub namespaces: Objects<Namespace>,
    /// Extensions. What belongs to them is not listed.
    pub extensions: Objects<Extension>,
    /// Collations.
    pub collations: Objects<Collation>,
    /// Enum types.
    pub enums: Objects<EnumType>,
    /// Domains.
    pub domains: Objects<Domain>,
    /// Composite types.
    pub composite_types: Objects<CompositeType>,
    /// Range types.
    pub range_types: Objects<RangeType>,
    /// Sequences, but for those of identity columns.
    pub sequences: Objects<Sequence>,
    /// Functions, procedures and aggregates.
    pub functions: Objects<Function>,
    /// Tables.
    pub tables: Objects<Table>,
    /// Views.
    pub views: Objects<View>,
    /// Materialised views.
    pub materialised_views: Objects<MaterialisedView>,
    /// Statistics over several columns.
    pub statistics: Objects<ExtendedStatistics>,
    /// Event triggers.
    pub event_triggers: Objects<EventTrigger>,
    /// `ALTER DEFAULT PRIVILEGES`.
    pub default_privileges: BTreeSet<DefaultPrivileges>,
    /// What depends on what. It follows from the rest, so it does not count when schemas are compared.
    pub dependencies: Dependencies,
    /// Objects that are there and of a kind that is not read, in the server's own words: `operator public.===`. They do
    /// not count when schemas are compared.
    pub unread: Vec<String>,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        // Taken apart, so that the compiler asks about each new field.
        let Self {
            namespaces,
            extensions,
            collations,
            enums,
            domains,
            composite_types,
            range_types,
            sequences,
            functions,
            tables,
            views,
            materialised_views,
            statistics,
            event_triggers,
            default_privileges,
            dependencies: _,
            unread: _,
        } = self;
        *namespaces == other.namespaces
            && *extensions == other.extensions
            && *collations == other.collations
            && *enums == other.enums
            && *domains == other.domains
            && *composite_types == other.composite_types
            && *range_types == other.range_types
            && *sequences == other.sequences
            && *functions == other.functions
            && *tables == other.tables
            && *views == other.views
            && *materialised_views == other.materialised_views
            && *statistics == other.statistics
            && *event_triggers == other.event_triggers
            && *default_privileges == other.default_privileges
    }
}

impl Eq for Schema {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Schema {
        let mut table = Table::new(QualifiedName::public("runs"));
        table.columns = vec![
            Column { not_null: true, ..Column::new("id", "bigint") },
            Column { default: Some("now()".to_owned()), ..Column::new("at", "timestamp with time zone") },
        ];
        let key = Key { columns: vec!["id".to_owned()], ..Key::default() };
        table.constraints.insert(Constraint::new("runs_pkey", ConstraintKind::PrimaryKey(key)));
        let mut index = Index::new("runs_at");
        index.keys = vec![IndexKey { descending: true, nulls_first: true, ..IndexKey::column("at") }];
        index.keys.push(IndexKey::expression("lower(id::text)"));
        index.options.set("fillfactor", "70");
        table.indexes.insert(index);
        let owner = OwnedBy { table: table.name.clone(), column: "id".to_owned() };
        let mut sequence = Sequence::new(QualifiedName::public("runs_id_seq"));
        sequence.owned_by = Some(owner);
        let grant =
            Grant { grantee: Grantee::Role("reader".to_owned()), privilege: "SELECT".to_owned(), grantable: false };
        table.privileges.granted.insert(grant);
        Schema {
            tables: [table].into_iter().collect(),
            sequences: [sequence].into_iter().collect(),
            ..Schema::default()
        }
    }

    #[test]
    fn a_schema_survives_json() {
        let schema = sample();
        let text = serde_json::to_string(&schema).expect("it can be written");
        let back: Schema = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(back, schema);
        assert!(!text.contains("comment"), "what is not there is not written: {text}");
    }

    #[test]
    fn dependencies_do_not_make_schemas_different() {
        let (one, mut two) = (sample(), sample());
        let table = ObjectId::Table(QualifiedName::public("runs"));
        two.dependencies.insert(ObjectId::View(QualifiedName::public("v")), table.clone());
        assert_eq!(one, two);
        assert_eq!(two.dependencies.on(&table).count(), 1);
        two.tables.get_mut(&QualifiedName::public("runs")).expect("it is there").columns.swap(0, 1);
        assert_ne!(one, two);
    }

    #[test]
    fn objects_are_said_as_a_person_says_them() {
        let table = QualifiedName::new("lab", "Site A");
        assert_eq!(ObjectId::Table(table.clone()).to_string(), "table lab.\"Site A\"");
        assert_eq!(ObjectId::Constraint(table.clone(), "ck".to_owned()).to_string(), "constraint ck on lab.\"Site A\"");
        assert_eq!(ObjectId::Column(table, "order".to_owned()).to_string(), "column lab.\"Site A\".\"order\"");
    }
}
