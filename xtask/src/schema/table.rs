//! Tables.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{
    Column, Constraint, ConstraintKind, Index, Objects, Options, Persistence, Policy, Privileges, QualifiedName, Rule,
    Trigger,
};

/// A table, ordinary or partitioned, with all that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Its name.
    pub name: QualifiedName,
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// Primary key, unique, foreign key, check and exclusion constraints.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub constraints: Objects<Constraint>,
    /// Indexes that stand for no constraint; those of constraints are part of the constraint.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub indexes: Objects<Index>,
    /// Triggers of its own; what a partition has from its parent is not listed.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub triggers: Objects<Trigger>,
    /// Policies of row-level security.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub policies: Objects<Policy>,
    /// Rewrite rules.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub rules: Objects<Rule>,
    /// Whether its rows survive a crash.
    #[serde(skip_serializing_if = "Persistence::is_permanent")]
    pub persistence: Persistence,
    /// The partition key as the server prints it, of a partitioned table: `RANGE (taken_on)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<String>,
    /// Of which table it is a partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<PartitionOf>,
    /// Parents of plain inheritance, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<QualifiedName>,
    /// The access method, where it is not `heap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method: Option<String>,
    /// The tablespace, where it is not that of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// Storage parameters; those of its TOAST table begin with `toast.`.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub storage_parameters: Options,
    /// What logical replication tells of a changed row.
    #[serde(skip_serializing_if = "ReplicaIdentity::is_default")]
    pub replica_identity: ReplicaIdentity,
    /// The index that `CLUSTER` last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clustered_on: Option<String>,
    /// `ENABLE ROW LEVEL SECURITY`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force_row_security: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants on the table; those on columns stand at the columns.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// The place of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: QualifiedName,
    /// As the server prints it: `FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`, `DEFAULT`.
    pub bound: String,
}

/// What logical replication tells of a changed row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// The primary key.
    #[default]
    Default,
    /// The whole old row.
    Full,
    /// Nothing.
    Nothing,
    /// The columns of this index.
    Index(String),
}

impl ReplicaIdentity {
    /// Whether it is what a new table has.
    pub fn is_default(&self) -> bool {
        *self == Self::Default
    }
}

impl Table {
    /// A table without columns.
    pub fn new(name: QualifiedName) -> Self {
        Self { name, ..Self::default() }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of this name, to change it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey(_)))
    }

    /// Whether rows are in its partitions and not in itself.
    pub fn is_partitioned(&self) -> bool {
        self.partition_key.is_some()
    }
}

named!(Table: QualifiedName);
