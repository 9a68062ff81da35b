//! All operations that there are.

use super::clustering::ChangeClustering;
use super::column_settings::ChangeColumnSettings;
use super::column_type::ChangeColumnType;
use super::comment::SetComment;
use super::composite::ChangeComposite;
use super::constraint::ChangeConstraint;
use super::create::Create;
use super::default::ChangeDefault;
use super::default_privileges::ChangeDefaultPrivileges;
use super::domain::ChangeDomain;
use super::drop::Drop;
use super::enum_values::AddEnumValues;
use super::expression::DropExpression;
use super::extension::ChangeExtension;
use super::firing::ChangeFiring;
use super::function::ReplaceFunction;
use super::identity::ChangeIdentity;
use super::index_partition::AttachIndex;
use super::inheritance::ChangeInheritance;
use super::not_null::ChangeNotNull;
use super::nullability::ChangeNullability;
use super::operation::Operation;
use super::options::ChangeOptions;
use super::ownership::ChangeOwnership;
use super::partition::ChangePartition;
use super::persistence::ChangePersistence;
use super::policy::ChangePolicy;
use super::privileges::ChangePrivileges;
use super::rename::Rename;
use super::replica_identity::ChangeReplicaIdentity;
use super::row_security::ChangeRowSecurity;
use super::rows::{BringRowsBack, SetRowsAside};
use super::sequence::ChangeSequence;
use super::serial::{IdentityToSerial, SerialToIdentity};
use super::statement::Statement;
use super::statistics_target::SetStatisticsTarget;
use super::tablespace::MoveTablespace;
use super::type_swap::SwapType;
use super::view::ReplaceView;
use super::view_column::ChangeViewColumn;

macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident($operation:ty),)+) => {
        /// A change of a schema: one operation on one object.
        #[derive(Clone, Debug)]
        pub enum Change<'s> {
            $($(#[$doc])* $name($operation),)+
        }

        impl Change<'_> {
            fn operation(&self) -> &dyn Operation {
                match self {
                    $(Self::$name(operation) => operation,)+
                }
            }
        }

        $(impl<'s> From<$operation> for Change<'s> {
            fn from(operation: $operation) -> Self {
                Self::$name(operation)
            }
        })+
    };
}

changes! {
    /// An object is new.
    Create(Create<'s>),
    /// An object goes.
    Drop(Drop<'s>),
    /// An object gets another name or schema.
    Rename(Rename),
    /// Rows are put into another table while theirs is made anew.
    RowsAside(SetRowsAside<'s>),
    /// Rows come back into their table.
    RowsBack(BringRowsBack<'s>),
    /// A comment.
    Comment(SetComment<'s>),
    /// Grants.
    Privileges(ChangePrivileges<'s>),
    /// The type or collation of a column.
    ColumnType(ChangeColumnType<'s>),
    /// Whether a column takes NULL.
    Nullability(ChangeNullability<'s>),
    /// The constraint behind a column that does not.
    NotNull(ChangeNotNull<'s>),
    /// The default of a column.
    Default(ChangeDefault<'s>),
    /// The identity of a column.
    Identity(ChangeIdentity<'s>),
    /// A serial column becomes an identity column.
    SerialToIdentity(SerialToIdentity<'s>),
    /// An identity column becomes a serial column.
    IdentityToSerial(IdentityToSerial<'s>),
    /// A generated column becomes an ordinary one.
    DropExpression(DropExpression<'s>),
    /// Storage, compression, statistics and options of a column.
    ColumnSettings(ChangeColumnSettings<'s>),
    /// A column of a view.
    ViewColumn(ChangeViewColumn<'s>),
    /// When a constraint is checked, and whether it has been.
    Constraint(ChangeConstraint<'s>),
    /// Whether rows survive a crash.
    Persistence(ChangePersistence<'s>),
    /// Storage parameters and options.
    Options(ChangeOptions<'s>),
    /// The tablespace.
    Tablespace(MoveTablespace),
    /// Row-level security, as a whole.
    RowSecurity(ChangeRowSecurity<'s>),
    /// What logical replication tells of a row.
    ReplicaIdentity(ChangeReplicaIdentity<'s>),
    /// Partitions attached and detached.
    Partition(ChangePartition<'s>),
    /// Parents of a table.
    Inheritance(ChangeInheritance<'s>),
    /// The index of `CLUSTER`.
    Clustering(ChangeClustering<'s>),
    /// An index becomes part of that of a partitioned table.
    AttachIndex(AttachIndex<'s>),
    /// New values of an enum.
    EnumValues(AddEnumValues<'s>),
    /// A type is made anew below the columns that have it.
    SwapType(SwapType<'s>),
    /// Default and nullability of a domain.
    Domain(ChangeDomain<'s>),
    /// Attributes of a composite type.
    Composite(ChangeComposite<'s>),
    /// How a sequence counts.
    Sequence(ChangeSequence<'s>),
    /// The column with which a sequence is dropped.
    Ownership(ChangeOwnership<'s>),
    /// A view is replaced where it stands.
    View(ReplaceView<'s>),
    /// A function is replaced where it stands.
    Function(ReplaceFunction<'s>),
    /// When a trigger or rule fires.
    Firing(ChangeFiring),
    /// A policy is altered.
    Policy(ChangePolicy<'s>),
    /// A statistics target.
    StatisticsTarget(SetStatisticsTarget),
    /// Schema and version of an extension.
    Extension(ChangeExtension<'s>),
    /// `ALTER DEFAULT PRIVILEGES`.
    DefaultPrivileges(ChangeDefaultPrivileges<'s>),
}

impl Change<'_> {
    /// What is done, behind the name of the object: "column a added".
    pub fn title(&self) -> String {
        self.operation().title()
    }

    /// The SQL.
    pub fn statements(&self) -> Vec<Statement> {
        self.operation().statements()
    }
}
