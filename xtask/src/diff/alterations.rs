//! What differs between two objects of one name, as operations that change the first where it stands.

use super::change::Change;
use super::clustering::ChangeClustering;
use super::column_settings::ChangeColumnSettings;
use super::column_type::ChangeColumnType;
use super::comment::SetComment;
use super::composite::ChangeComposite;
use super::constraint::ChangeConstraint;
use super::default::ChangeDefault;
use super::domain::ChangeDomain;
use super::enum_values::AddEnumValues;
use super::expression::DropExpression;
use super::extension::ChangeExtension;
use super::firing::ChangeFiring;
use super::function::ReplaceFunction;
use super::identity::ChangeIdentity;
use super::index_partition::AttachIndex;
use super::inheritance::ChangeInheritance;
use super::inventory::Item;
use super::not_null::ChangeNotNull;
use super::nullability::ChangeNullability;
use super::options::ChangeOptions;
use super::partition::ChangePartition;
use super::persistence::ChangePersistence;
use super::policy::ChangePolicy;
use super::privileges::ChangePrivileges;
use super::replica_identity::ChangeReplicaIdentity;
use super::row_security::ChangeRowSecurity;
use super::sequence::ChangeSequence;
use super::statistics_target::SetStatisticsTarget;
use super::tablespace::MoveTablespace;
use super::target::{grant_target, target};
use super::view::ReplaceView;
use super::view_column::ChangeViewColumn;
use crate::schema::{Column, Grant, Index, MaterialisedView, Privileges, QualifiedName, Table, View, ViewColumn};
use crate::sql;

/// Gathers what there is.
#[derive(Default)]
struct Found<'s>(Vec<Change<'s>>);

impl<'s> Found<'s> {
    fn add<T: Into<Change<'s>>>(&mut self, found: Option<T>) {
        self.0.extend(found.map(Into::into));
    }
}

/// The operations that turn the first into the second, both of one name.
pub fn alterations<'s>(from: Item<'s>, to: Item<'s>) -> Vec<Change<'s>> {
    let mut found = Found::default();
    match (from, to) {
        (Item::Extension(a), Item::Extension(b)) => found.add(ChangeExtension::detect(a, b)),
        (Item::Enum(a), Item::Enum(b)) => found.add(AddEnumValues::detect(a, b)),
        (Item::Domain(a), Item::Domain(b)) => found.add(ChangeDomain::detect(a, b)),
        (Item::Composite(a), Item::Composite(b)) => found.add(ChangeComposite::detect(a, b)),
        (Item::Sequence(a), Item::Sequence(b)) => {
            found.add(ChangeSequence::detect(a, b));
            found.add(ChangePersistence::detect("SEQUENCE", &b.name, a.persistence, b.persistence));
        }
        (Item::Function(a), Item::Function(b)) => found.add(ReplaceFunction::detect(a, b)),
        (Item::Table(a), Item::Table(b)) => table(&mut found, a, b),
        (Item::Column(_, a), Item::Column(table, b)) => column(&mut found, &table.name, a, b),
        (Item::Default(_, a), Item::Default(table, b)) => found.add(ChangeDefault::detect(&table.name, a, b)),
        (Item::Constraint(_, a), Item::Constraint(table, b)) => {
            found.add(ChangeConstraint::detect(&table.name, a, b));
        }
        (Item::Index(_, a), Item::Index(owner, b)) => index(&mut found, owner, a, b),
        (Item::View(a), Item::View(b)) => view(&mut found, a, b),
        (Item::MaterialisedView(a), Item::MaterialisedView(b)) => materialised_view(&mut found, a, b),
        (Item::Rule(_, a), Item::Rule(owner, b)) => {
            let head = || format!("ALTER TABLE {owner}");
            found.add(ChangeFiring::detect(head, "RULE", &b.name, a.firing, b.firing));
        }
        (Item::Trigger(_, a), Item::Trigger(owner, b)) => {
            let head = || format!("ALTER TABLE {owner}");
            found.add(ChangeFiring::detect(head, "TRIGGER", &b.name, a.firing, b.firing));
        }
        (Item::Policy(_, a), Item::Policy(table, b)) => found.add(ChangePolicy::detect(table, a, b)),
        (Item::Statistics(a), Item::Statistics(b)) => {
            let head = || format!("ALTER STATISTICS {}", b.name);
            found.add(SetStatisticsTarget::detect(head, a.statistics, b.statistics));
        }
        (Item::EventTrigger(a), Item::EventTrigger(b)) => {
            let head = || format!("ALTER EVENT TRIGGER {}", sql::name(&b.name));
            found.add(ChangeFiring::detect(head, "", &b.name, a.firing, b.firing));
        }
        _ => {}
    }
    words(&mut found, from, to);
    found.0
}

/// Comments and grants, which most objects have.
fn words<'s>(found: &mut Found<'s>, from: Item<'s>, to: Item<'s>) {
    macro_rules! both {
        ($a:expr, $b:expr) => {{
            found.add(SetComment::detect(|| target(to), &$a.comment, &$b.comment));
            found.add(ChangePrivileges::detect(|| grant_target(to), None, &$a.privileges, &$b.privileges));
        }};
    }
    macro_rules! comment {
        ($a:expr, $b:expr) => {
            found.add(SetComment::detect(|| target(to), &$a.comment, &$b.comment))
        };
    }
    match (from, to) {
        (Item::Namespace(a), Item::Namespace(b)) => both!(a, b),
        (Item::Enum(a), Item::Enum(b)) => both!(a, b),
        (Item::Domain(a), Item::Domain(b)) => both!(a, b),
        (Item::Range(a), Item::Range(b)) => both!(a, b),
        (Item::Sequence(a), Item::Sequence(b)) => both!(a, b),
        (Item::Function(a), Item::Function(b)) => both!(a, b),
        (Item::Table(a), Item::Table(b)) => {
            both!(a, b);
            let columns = b.columns.iter().map(|it| (it.name.as_str(), &it.privileges));
            granted_again(found, to, (&a.privileges, &b.privileges), columns);
        }
        (Item::View(a), Item::View(b)) => {
            both!(a, b);
            let columns = b.columns.iter().map(|it| (it.name.as_str(), &it.privileges));
            granted_again(found, to, (&a.privileges, &b.privileges), columns);
        }
        (Item::MaterialisedView(a), Item::MaterialisedView(b)) => {
            both!(a, b);
            let columns = b.columns.iter().map(|it| (it.name.as_str(), &it.privileges));
            granted_again(found, to, (&a.privileges, &b.privileges), columns);
        }
        (Item::Composite(a), Item::Composite(b)) => {
            both!(a, b);
            for attribute in &b.attributes {
                let old = a.attributes.iter().find(|it| it.name == attribute.name).and_then(|it| it.comment.clone());
                let name = || format!("COLUMN {}.{}", b.name, sql::name(&attribute.name));
                found.add(SetComment::detect(name, &old, &attribute.comment));
            }
        }
        (Item::Column(_, a), Item::Column(_, b)) => {
            comment!(a, b);
            let name = Some(b.name.as_str());
            found.add(ChangePrivileges::detect(|| grant_target(to), name, &a.privileges, &b.privileges));
        }
        (Item::Collation(a), Item::Collation(b)) => comment!(a, b),
        (Item::DomainCheck(_, a), Item::DomainCheck(_, b)) => comment!(a, b),
        (Item::Constraint(_, a), Item::Constraint(_, b)) => comment!(a, b),
        (Item::Index(_, a), Item::Index(_, b)) => comment!(a, b),
        (Item::Rule(_, a), Item::Rule(_, b)) => comment!(a, b),
        (Item::Trigger(_, a), Item::Trigger(_, b)) => comment!(a, b),
        (Item::Policy(_, a), Item::Policy(_, b)) => comment!(a, b),
        (Item::Statistics(a), Item::Statistics(b)) => comment!(a, b),
        (Item::EventTrigger(a), Item::EventTrigger(b)) => comment!(a, b),
        _ => {}
    }
}

/// Grants on columns that are taken away together with that on the whole, and are to stay.
fn granted_again<'s>(
    found: &mut Found<'s>,
    to: Item<'s>,
    (old, new): (&Privileges, &Privileges),
    columns: impl Iterator<Item = (&'s str, &'s Privileges)>,
) {
    let taken: Vec<&Grant> = old.granted.difference(&new.granted).collect();
    if taken.is_empty() {
        return;
    }
    for (column, privileges) in columns {
        let is_taken =
            |grant: &&Grant| taken.iter().any(|it| it.grantee == grant.grantee && it.privilege == grant.privilege);
        let left = privileges.granted.iter().filter(|grant| !is_taken(grant)).cloned().collect();
        let left = Privileges { granted: left, ..privileges.clone() };
        found.add(ChangePrivileges::detect(|| grant_target(to), Some(column), &left, privileges));
    }
}

fn table<'s>(found: &mut Found<'s>, a: &'s Table, b: &'s Table) {
    let head = || format!("ALTER TABLE {}", b.name);
    found.add(ChangePartition::detect(&b.name, &a.partition_of, &b.partition_of));
    found.add(ChangeInheritance::detect(a, b));
    found.add(ChangePersistence::detect("TABLE", &b.name, a.persistence, b.persistence));
    found.add(ChangeOptions::detect(head, &a.storage_parameters, &b.storage_parameters));
    found.add(MoveTablespace::detect(head, &a.tablespace, &b.tablespace));
    found.add(ChangeRowSecurity::detect((a.row_security, a.force_row_security), b));
    found.add(ChangeReplicaIdentity::detect(&b.name, &a.replica_identity, &b.replica_identity));
    found.add(ChangeClustering::detect(head, &a.clustered_on, &b.clustered_on));
}

fn column<'s>(found: &mut Found<'s>, table: &'s QualifiedName, a: &'s Column, b: &'s Column) {
    found.add(DropExpression::detect(table, a, b));
    // An identity goes before the type and NOT NULL on which it insists, and comes after them.
    let identity = ChangeIdentity::detect(table, a, b);
    let (goes, comes) = if b.identity.is_none() { (identity, None) } else { (None, identity) };
    found.add(goes);
    found.add(ChangeColumnType::detect(table, a, b));
    found.add(ChangeNullability::detect(table, a, b));
    found.add(ChangeNotNull::detect(table, a, b));
    found.add(comes);
    found.add(ChangeColumnSettings::detect(table, Some(a), b));
}

fn index<'s>(found: &mut Found<'s>, owner: &'s QualifiedName, a: &'s Index, b: &'s Index) {
    let name = owner.sibling(&b.name);
    let head = || format!("ALTER INDEX {name}");
    found.add(ChangeOptions::detect(head, &a.options, &b.options));
    found.add(MoveTablespace::detect(head, &a.tablespace, &b.tablespace));
    found.add(AttachIndex::detect(owner, a, b));
    for (at, (old, new)) in a.keys.iter().zip(&b.keys).enumerate() {
        let head = || format!("ALTER INDEX {name} ALTER COLUMN {}", at + 1);
        found.add(SetStatisticsTarget::detect(head, old.statistics, new.statistics));
    }
}

fn view<'s>(found: &mut Found<'s>, a: &'s View, b: &'s View) {
    found.add(ReplaceView::detect(a, b));
    found.add(ChangeOptions::detect(|| format!("ALTER VIEW {}", b.name), &a.options, &b.options));
    view_columns(found, "VIEW", &b.name, &a.columns, &b.columns);
}

fn materialised_view<'s>(found: &mut Found<'s>, a: &'s MaterialisedView, b: &'s MaterialisedView) {
    let head = || format!("ALTER MATERIALIZED VIEW {}", b.name);
    found.add(ChangeOptions::detect(head, &a.storage_parameters, &b.storage_parameters));
    found.add(MoveTablespace::detect(head, &a.tablespace, &b.tablespace));
    found.add(ChangeClustering::detect(head, &a.clustered_on, &b.clustered_on));
    view_columns(found, "MATERIALIZED VIEW", &b.name, &a.columns, &b.columns);
}

pub(super) fn view_columns<'s>(
    found: &mut impl Extend<Change<'s>>,
    kind: &'static str,
    view: &'s QualifiedName,
    from: &'s [ViewColumn],
    to: &'s [ViewColumn],
) {
    for column in to {
        let old = from.iter().find(|it| it.name == column.name);
        let none = ViewColumn::default();
        let before = old.unwrap_or(&none);
        let comment = || format!("COLUMN {view}.{}", sql::name(&column.name));
        found.extend(ChangeViewColumn::detect(kind, view, old, column).map(Change::from));
        found.extend(SetComment::detect(comment, &before.comment, &column.comment).map(Change::from));
        let grants = ChangePrivileges::detect(
            || format!("TABLE {view}"),
            Some(&column.name),
            &before.privileges,
            &column.privileges,
        );
        found.extend(grants.map(Change::from));
    }
}

impl<'s> Extend<Change<'s>> for Found<'s> {
    fn extend<I: IntoIterator<Item = Change<'s>>>(&mut self, changes: I) {
        self.0.extend(changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Grantee, Identity, SequenceOptions};

    fn texts(from: Item<'_>, to: Item<'_>) -> Vec<String> {
        alterations(from, to).iter().flat_map(Change::statements).map(|it| it.text()).collect()
    }

    #[test]
    fn an_identity_comes_after_the_type_that_it_needs_and_goes_before() {
        let table = Table::new(QualifiedName::public("t"));
        let sequence = QualifiedName::public("t_a_seq");
        let identity = Identity { always: true, sequence, options: SequenceOptions::of_type("bigint") };
        let plain = Column::new("a", "text");
        let counted = Column { not_null: true, identity: Some(identity), ..Column::new("a", "bigint") };
        let there = texts(Item::Column(&table, &plain), Item::Column(&table, &counted));
        let place = |texts: &[String], word: &str| texts.iter().position(|it| it.contains(word)).expect("it is said");
        assert!(place(&there, "TYPE bigint") < place(&there, "ADD GENERATED ALWAYS AS IDENTITY"), "{there:?}");
        let back = texts(Item::Column(&table, &counted), Item::Column(&table, &plain));
        assert!(place(&back, "DROP IDENTITY") < place(&back, "TYPE text"), "{back:?}");
    }

    #[test]
    fn a_grant_on_a_column_survives_that_on_the_table() {
        let grant =
            Grant { grantee: Grantee::Role("reader".to_owned()), privilege: "SELECT".to_owned(), grantable: false };
        let granted = Privileges { granted: [grant].into_iter().collect(), ..Privileges::default() };
        let column = Column { privileges: granted.clone(), ..Column::new("a", "text") };
        let to = Table { columns: vec![column], ..Table::new(QualifiedName::public("t")) };
        let from = Table { privileges: granted, ..to.clone() };
        // Taking SELECT from the table takes it from its columns.
        assert_eq!(
            texts(Item::Table(&from), Item::Table(&to)),
            ["REVOKE SELECT ON TABLE public.t FROM reader", "GRANT SELECT (a) ON TABLE public.t TO reader"]
        );
    }

    #[test]
    fn objects_of_two_kinds_have_nothing_to_alter() {
        let (table, sequence) =
            (Table::new(QualifiedName::public("x")), crate::schema::Sequence::new(QualifiedName::public("x")));
        assert!(alterations(Item::Table(&table), Item::Sequence(&sequence)).is_empty());
    }
}
