//! Which step must run before which.

use std::collections::BTreeMap;

use super::direction::Direction;
use super::hosts::{Phase, Step, references_to};
use super::order::Order;
use crate::diff::{Fate, Inventory, Item};
use crate::schema::{ConstraintKind, ObjectId, QualifiedName, Table};

impl Direction<'_> {
    /// All steps, with what must run before what.
    pub(super) fn order(&self) -> Order<Step> {
        let mut order = Order::of(self.steps());
        self.add_drops(&mut order);
        self.add_creations(&mut order);
        for (id, fate) in &self.fates {
            if *fate == Fate::Recreated {
                self.before(&mut order, (Phase::Drop, id.clone()), (Phase::Create, id.clone()));
            }
        }
        for id in &self.waiting {
            self.before(&mut order, (Phase::Wait, id.clone()), (Phase::Alter, id.clone()));
        }
        self.add_names(&mut order);
        self.add_places(&mut order);
        self.add_references(&mut order);
        self.add_indexes_of_partitions(&mut order);
        self.add_owners(&mut order);
        self.add_persistence(&mut order);
        self.add_inherited(&mut order);
        self.add_backfills(&mut order);
        self.add_fills(&mut order);
        order
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (id, fate) in &self.fates {
            let phases: &[Phase] = match fate {
                Fate::Dropped => &[Phase::Drop],
                Fate::Created => &[Phase::Create],
                Fate::Recreated => &[Phase::Drop, Phase::Create],
                Fate::Altered | Fate::Reshaped => &[Phase::Alter],
            };
            steps.extend(phases.iter().filter_map(|phase| self.settled((*phase, id.clone()))));
        }
        let leaving = self.from.schema.tables.names().filter(|name| self.leaves(name) || self.is_cut_off(name));
        steps.extend(leaving.map(|name| (Phase::Leave, ObjectId::Table(name.clone()))));
        for sequence in &self.to.schema.sequences {
            steps.extend(self.ownership_steps(sequence));
        }
        steps.extend(self.made_anew().map(|id| (Phase::Fill, id.clone())));
        steps.extend(self.waiting.iter().map(|id| (Phase::Wait, id.clone())));
        steps
    }

    /// `must_run(first).before(second)`, for whoever does these steps.
    pub(super) fn before(&self, order: &mut Order<Step>, first: Step, second: Step) {
        if let (Some(first), Some(second)) = (self.settled(first), self.settled(second)) {
            order.must_run(&first).before(&second);
        }
    }

    pub(super) fn goes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Dropped | Fate::Recreated))
    }

    pub(super) fn comes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Created | Fate::Recreated))
    }

    /// The step with which an object is no longer what it was.
    fn altering(&self, id: &ObjectId) -> Step {
        (if self.waiting.contains(id) { Phase::Wait } else { Phase::Alter }, id.clone())
    }

    fn changes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Altered | Fate::Reshaped))
    }

    /// Dependants go before what they stand on goes or changes.
    fn add_drops(&self, order: &mut Order<Step>) {
        for (dependant, on) in self.from.edges() {
            if !self.fates.contains_key(dependant) {
                continue;
            }
            let (drop, alter) = ((Phase::Drop, dependant.clone()), self.altering(dependant));
            if self.goes(dependant) && self.goes(on) {
                self.before(order, drop.clone(), (Phase::Drop, on.clone()));
            }
            // With an old domain its checks stay aside, which stand on the old type.
            let stays_aside = self.goes_with_old_type(dependant) && self.is_remade_type(on);
            if self.goes(dependant) && self.changes(on) && !is_whole(on) && !stays_aside {
                for on in self.with_followed(on) {
                    self.before(order, drop.clone(), self.altering(&on));
                }
            }
            let is_swapped = self.is_remade_type(on);
            let is_away = || !self.to.edges().contains(&(dependant.clone(), on.clone()));
            if self.changes(dependant) && is_swapped && is_away() {
                self.before(order, alter.clone(), (Phase::Alter, on.clone()));
            }
            if self.changes(dependant) && self.goes(on) {
                let leaves = matches!(dependant, ObjectId::Table(name) if self.leaves(name));
                let first = if leaves { (Phase::Leave, dependant.clone()) } else { alter };
                self.before(order, first, (Phase::Drop, on.clone()));
            }
        }
    }

    /// What others stand on comes, or has changed, before they come.
    fn add_creations(&self, order: &mut Order<Step>) {
        for (dependant, on) in self.to.edges() {
            let earlier = match self.fates.get(on) {
                Some(Fate::Created | Fate::Recreated) => Phase::Create,
                Some(Fate::Altered | Fate::Reshaped) if !is_whole(on) => Phase::Alter,
                _ => continue,
            };
            let later = [
                self.comes(dependant).then_some(Phase::Create),
                self.changes(dependant).then_some(Phase::Alter),
                matches!(dependant, ObjectId::Sequence(_)).then_some(Phase::Own),
            ];
            for later in later.into_iter().flatten() {
                self.before(order, (earlier, on.clone()), (later, dependant.clone()));
            }
        }
    }

    /// A name is free before another object takes it, and a table has one primary key at a time.
    fn add_names(&self, order: &mut Order<Step>) {
        let mut gone: BTreeMap<QualifiedName, Vec<&ObjectId>> = BTreeMap::new();
        for id in self.fates.keys().filter(|id| self.goes(id)) {
            if let Some(name) = relation_name(id, &self.from) {
                gone.entry(name).or_default().push(id);
            }
        }
        for id in self.fates.keys().filter(|id| self.comes(id)) {
            let Some(name) = relation_name(id, &self.to) else { continue };
            for old in gone.get(&name).into_iter().flatten() {
                self.before(order, (Phase::Drop, (*old).clone()), (Phase::Create, id.clone()));
            }
        }
        let key = |side: &Inventory<'_>, id: &ObjectId| match side.get(id) {
            Some(Item::Constraint(table, it)) if matches!(it.kind, ConstraintKind::PrimaryKey(_)) => {
                Some(table.name.clone())
            }
            _ => None,
        };
        let dropped: BTreeMap<QualifiedName, &ObjectId> =
            self.fates.keys().filter(|id| self.goes(id)).filter_map(|id| Some((key(&self.from, id)?, id))).collect();
        for id in self.fates.keys().filter(|id| self.comes(id)) {
            if let Some(old) = key(&self.to, id).and_then(|table| dropped.get(&table)) {
                self.before(order, (Phase::Drop, (*old).clone()), (Phase::Create, id.clone()));
            }
        }
    }

    /// What a table that leaves or arrives consists of, and what its parents consist of.
    fn add_parts(&self, order: &mut Order<Step>) {
        let mut leaving: BTreeMap<&QualifiedName, Vec<&Table>> = BTreeMap::new();
        for table in self.from.schema.tables.iter().filter(|table| self.leaves(&table.name)) {
            let parents = table.inherits.iter().chain(table.partition_of.as_ref().map(|part| &part.parent));
            parents.chain([&table.name]).for_each(|owner| leaving.entry(owner).or_default().push(table));
        }
        for id in self.fates.keys() {
            let Some(owner) = self.from.get(id).or(self.to.get(id)).and_then(owner_of) else { continue };
            let parts = [Phase::Drop, Phase::Alter, Phase::Create].map(|phase| (phase, id.clone()));
            for part in &parts {
                for table in leaving.get(owner).into_iter().flatten() {
                    self.before(order, (Phase::Leave, ObjectId::Table(table.name.clone())), part.clone());
                }
                if self.arrives(owner) {
                    self.before(order, part.clone(), (Phase::Alter, ObjectId::Table(owner.clone())));
                }
            }
        }
    }

    /// Keys that refer to a partitioned table refer to each partition as well: they go first, or the partition is detached.
    fn add_references(&self, order: &mut Order<Step>) {
        let partitions = self.from.schema.tables.iter().filter(|table| self.goes(&ObjectId::Table(table.name.clone())));
        for partition in partitions {
            let Some(part) = &partition.partition_of else { continue };
            let id = ObjectId::Table(partition.name.clone());
            for key in references_to(&self.references[0], &part.parent).filter(|key| self.goes(key)) {
                self.before(order, (Phase::Drop, key.clone()), (Phase::Drop, id.clone()));
            }
            for key in references_to(&self.references[1], &part.parent).filter(|key| self.comes(key)) {
                self.before(order, (Phase::Drop, id.clone()), (Phase::Create, key.clone()));
            }
            self.before(order, (Phase::Leave, id.clone()), (Phase::Drop, id));
        }
    }

    /// A table leaves its parents before it and they change, and gets others when it has what these demand. The place of a
    /// partition is free before another one takes it.
    fn add_places(&self, order: &mut Order<Step>) {
        self.add_parts(order);
        let parent = |side: &Inventory<'_>, id: &ObjectId| match side.get(id) {
            Some(Item::Table(table)) => table.partition_of.as_ref().map(|part| part.parent.clone()),
            _ => None,
        };
        let mut left: BTreeMap<QualifiedName, Vec<Step>> = BTreeMap::new();
        let mut taken: Vec<(QualifiedName, Step)> = Vec::new();
        for id in self.fates.keys() {
            let ObjectId::Table(name) = id else { continue };
            let goes = if self.leaves(name) { Some(Phase::Leave) } else { self.goes(id).then_some(Phase::Drop) };
            if let Some((phase, place)) = goes.zip(parent(&self.from, id)) {
                left.entry(place).or_default().push((phase, id.clone()));
            }
            let comes = if self.arrives(name) { Some(Phase::Alter) } else { self.comes(id).then_some(Phase::Create) };
            if let Some((phase, place)) = comes.zip(parent(&self.to, id)) {
                taken.push((place, (phase, id.clone())));
            }
            self.before(order, (Phase::Leave, id.clone()), (Phase::Alter, id.clone()));
        }
        for (place, comes) in taken {
            for goes in left.get(&place).into_iter().flatten() {
                self.before(order, goes.clone(), comes.clone());
            }
        }
    }
}

/// The table of which an object is a part that a parent may have as well.
fn owner_of<'s>(item: Item<'s>) -> Option<&'s QualifiedName> {
    match item {
        Item::Column(table, _) | Item::Default(table, _) | Item::Constraint(table, _) => Some(&table.name),
        Item::Index(owner, _) => Some(owner),
        _ => None,
    }
}

/// Whether changes of the object itself say nothing about its parts: the settings of a table, the grants of a schema.
fn is_whole(id: &ObjectId) -> bool {
    matches!(id, ObjectId::Table(_) | ObjectId::Namespace(_) | ObjectId::MaterialisedView(_))
}

/// The name among tables, views, sequences, indexes and types, of which no two can be the same.
fn relation_name(id: &ObjectId, side: &Inventory<'_>) -> Option<QualifiedName> {
    match id {
        ObjectId::Table(name)
        | ObjectId::View(name)
        | ObjectId::MaterialisedView(name)
        | ObjectId::Sequence(name)
        | ObjectId::Index(name)
        | ObjectId::Type(name) => Some(name.clone()),
        ObjectId::Constraint(table, name) => match side.get(id) {
            Some(Item::Constraint(_, it)) if it.has_index() => Some(table.sibling(name)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::super::answers::Answers;
    use crate::schema::{
        Column, Constraint, ConstraintKind, Key, ObjectId, OwnedBy, QualifiedName, Schema, Sequence, Table, View,
    };

    fn statements(from: &Schema, to: &Schema) -> Vec<String> {
        let plan = Plan::between(from, to, &Answers::default()).expect("no circle");
        plan.up.statements().map(|it| it.text()).collect()
    }

    fn place(statements: &[String], begin: &str) -> usize {
        let found = statements.iter().position(|it| it.starts_with(begin));
        found.unwrap_or_else(|| panic!("{begin} is not among {statements:?}"))
    }

    fn table(name: &str, type_name: &str) -> Table {
        Table { columns: vec![Column::new("a", type_name)], ..Table::new(QualifiedName::public(name)) }
    }

    #[test]
    fn a_view_goes_before_the_column_below_it_changes_and_comes_after() {
        let schema = |type_name: &str| {
            let view =
                View { name: QualifiedName::public("v"), definition: " SELECT a FROM t".to_owned(), ..View::default() };
            let mut schema = Schema {
                tables: [table("t", type_name)].into_iter().collect(),
                views: [view].into_iter().collect(),
                ..Schema::default()
            };
            let column = ObjectId::Column(QualifiedName::public("t"), "a".to_owned());
            schema.dependencies.insert(ObjectId::View(QualifiedName::public("v")), column);
            schema
        };
        let found = statements(&schema("integer"), &schema("bigint"));
        let altered = place(&found, "ALTER TABLE public.t ALTER COLUMN a TYPE");
        assert!(place(&found, "DROP VIEW") < altered && altered < place(&found, "CREATE VIEW"), "{found:?}");
    }

    #[test]
    fn a_name_is_free_before_another_object_takes_it() {
        let view = View { name: QualifiedName::public("x"), definition: " SELECT 1".to_owned(), ..View::default() };
        let viewed = Schema { views: [view].into_iter().collect(), ..Schema::default() };
        let stored = Schema { tables: [table("x", "text")].into_iter().collect(), ..Schema::default() };
        let found = statements(&stored, &viewed);
        assert!(place(&found, "DROP TABLE") < place(&found, "CREATE VIEW"), "{found:?}");
        let found = statements(&viewed, &stored);
        assert!(place(&found, "DROP VIEW") < place(&found, "CREATE TABLE"), "{found:?}");
    }

    #[test]
    fn a_table_has_one_primary_key_at_a_time() {
        let schema = |name: &str, column: &str| {
            let mut table = table("t", "text");
            table.columns.push(Column::new("b", "text"));
            let key = Key { columns: vec![column.to_owned()], ..Key::default() };
            table.constraints.insert(Constraint::new(name, ConstraintKind::PrimaryKey(key)));
            Schema { tables: [table].into_iter().collect(), ..Schema::default() }
        };
        let found = statements(&schema("z_old", "a"), &schema("a_new", "b"));
        assert!(
            place(&found, "ALTER TABLE public.t DROP CONSTRAINT")
                < place(&found, "ALTER TABLE public.t ADD CONSTRAINT")
        );
    }

    #[test]
    fn a_sequence_leaves_a_table_before_that_goes() {
        let schema = |owner: &str| {
            let owned_by = Some(OwnedBy { table: QualifiedName::public(owner), column: "a".to_owned() });
            let sequence = Sequence { owned_by, ..Sequence::new(QualifiedName::public("ticket")) };
            Schema {
                tables: [table(owner, "bigint")].into_iter().collect(),
                sequences: [sequence].into_iter().collect(),
                ..Schema::default()
            }
        };
        let found = statements(&schema("old"), &schema("new"));
        let released = place(&found, "ALTER SEQUENCE public.ticket OWNED BY NONE");
        assert!(released < place(&found, "DROP TABLE"), "{found:?}");
        assert!(
            place(&found, "CREATE TABLE") < place(&found, "ALTER SEQUENCE public.ticket OWNED BY public.new.a"),
            "{found:?}"
        );
    }
}
