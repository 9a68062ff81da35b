//! The changes that a step consists of.

use std::collections::BTreeMap;

use super::direction::Direction;
use super::hosts::{Phase, Step, serial};
use crate::diff::{
    Change, ChangeColumnType, ChangeInheritance, ChangeOwnership, ChangePartition, Create, Drop, Fate,
    IdentityToSerial, Item, NewColumn, Rename, Renamed, SerialToIdentity, SwapType, alterations, settings_of_index,
    settings_of_new, settings_of_view_index, verdict,
};
use crate::schema::{Column, ObjectId, QualifiedName, Sequence, Table, index_name};

impl<'s> Direction<'s> {
    /// The changes of a step, in order.
    pub(super) fn changes_of(&self, step: &Step) -> Vec<Change<'s>> {
        let (phase, id) = step;
        match phase {
            Phase::Drop => {
                let comes_back = self.fates.get(id) == Some(&Fate::Recreated);
                let drop = self.from.get(id).map(|item| {
                    let takes_null_on = self.taking_null_first(id);
                    self.alone(item, true).unwrap_or_else(|| Drop { item, comes_back, takes_null_on }.into())
                });
                self.rows_aside(id).into_iter().chain(drop).chain(self.required_again(&self.keepers(id))).collect()
            }
            Phase::Create => self.to.get(id).map(|item| self.created(id, item)).unwrap_or_default(),
            Phase::Leave => self.left(id),
            Phase::Wait => match (self.from.get(id), self.to.get(id)) {
                (Some(Item::Column(table, from)), Some(Item::Column(_, to))) => {
                    vec![ChangeColumnType { table: &table.name, from, to, only_to_text: true }.into()]
                }
                _ => Vec::new(),
            },
            Phase::Alter => self.altered(id),
            Phase::Fill => self.rows_back(id).into_iter().collect(),
            Phase::Release => match self.to.get(id) {
                Some(Item::Sequence(sequence)) => {
                    vec![ChangeOwnership { sequence, owner: None, counts_on: false }.into()]
                }
                _ => Vec::new(),
            },
            Phase::Own => match self.to.get(id) {
                Some(Item::Sequence(sequence)) => {
                    let counts_on = self.comes(id) && self.counts_rows(sequence);
                    vec![ChangeOwnership { sequence, owner: sequence.owned_by.as_ref(), counts_on }.into()]
                }
                _ => Vec::new(),
            },
        }
    }

    /// Whether a new sequence gives values to a column that was there, and may have some.
    fn counts_rows(&self, sequence: &Sequence) -> bool {
        let Some(owner) = &sequence.owned_by else { return false };
        let column = ObjectId::Column(owner.table.clone(), owner.column.clone());
        match self.to.get(&column) {
            Some(Item::Column(_, it)) => !self.comes(&column) && it.counts_with(&sequence.name),
            _ => false,
        }
    }

    fn created(&self, id: &ObjectId, item: Item<'s>) -> Vec<Change<'s>> {
        if let Some(default) = self.alone(item, false) {
            return vec![default];
        }
        if let Item::Column(table, column) = item
            && self.comes_with_parent(table, column)
        {
            return self.own_of_inherited(table, column);
        }
        let mut create = Create::of(item);
        create.is_back = self.fates.get(id) == Some(&Fate::Recreated);
        create.is_other = self.from.get(id).is_some_and(|before| is_other(before, item));
        create.is_unused = match item {
            Item::Index(owner, _) => self.comes_whole(owner),
            Item::Constraint(table, _) => self.comes_whole(&table.name),
            _ => false,
        };
        let mut later = Vec::new();
        match item {
            Item::Table(table) => {
                let own = |it: &&Column| !(it.inherited);
                create.columns = table.columns.iter().filter(own).map(|it| self.new_column(table, it)).collect();
                create.required = self.required_by_itself(table);
                create.constraints = table
                    .constraints
                    .iter()
                    .filter(|it| {
                        let part = ObjectId::Constraint(table.name.clone(), it.name.clone());
                        self.settled((Phase::Create, part)) == Some((Phase::Create, id.clone()))
                    })
                    .collect();
                let inherited = table.columns.iter().filter(|column| column.inherited);
                later = inherited.flat_map(|column| self.unlike_parents(table, column)).collect();
                later.extend(self.other_index_names(table));
            }
            Item::Column(table, column) => create.column = Some(self.new_column(table, column)),
            Item::Index(owner, index) => {
                create.is_pieced = self.is_pieced(id);
                later = self.pieces(id);
                later.extend(self.settings_of_index(owner, &index.name));
            }
            Item::Constraint(table, constraint) => later = self.settings_of_index(&table.name, &constraint.name),
            _ => {}
        }
        std::iter::once(Change::from(create)).chain(later).collect()
    }

    /// Indexes that a new partition gets with it, and that are called in another way than the server calls them.
    fn other_index_names(&self, table: &'s Table) -> Vec<Change<'s>> {
        let given = table.indexes.iter().filter(|index| {
            index.partition_of.as_ref().is_some_and(|parent| !self.comes(&ObjectId::Index(parent.clone())))
        });
        let chosen = given.map(|index| (index, index_name(&table.name.name, index)));
        let renamed = chosen.filter(|(index, chosen)| index.name != *chosen).map(|(index, chosen)| {
            Renamed::Object(ObjectId::Index(table.name.sibling(chosen)), table.name.sibling(&index.name))
        });
        renamed.map(|renamed| Rename { renamed, is_domain: false }.into()).collect()
    }

    /// Whether the table or materialised view of this name is made in this plan.
    fn comes_whole(&self, name: &QualifiedName) -> bool {
        self.comes(&ObjectId::Table(name.clone())) || self.comes(&ObjectId::MaterialisedView(name.clone()))
    }

    fn settings_of_index(&self, owner: &QualifiedName, index: &str) -> Vec<Change<'s>> {
        let schema = self.to.schema;
        match (schema.tables.get(owner), schema.materialised_views.get(owner)) {
            (Some(table), _) => settings_of_index(table, index),
            (None, Some(view)) => settings_of_view_index(view, index),
            (None, None) => Vec::new(),
        }
    }

    fn new_column(&self, table: &Table, column: &'s Column) -> NewColumn<'s> {
        let id = ObjectId::Column(table.name.clone(), column.name.clone());
        let default = (Phase::Create, ObjectId::Default(table.name.clone(), column.name.clone()));
        let word = self.to.sequence_of(&table.name, &column.name).and_then(|sequence| {
            let is_its = self.serial_column(sequence).as_ref() == Some(&id);
            is_its.then(|| serial(table.name.clone(), column, sequence)).flatten()
        });
        let backfill = self.answers.backfills.get(&(table.name.clone(), column.name.clone())).cloned();
        let is_named = self.shares_name(table, column);
        NewColumn {
            is_named,
            serial: word,
            without_default: self.expelled.contains(&default),
            backfill,
            ..NewColumn::of(column)
        }
    }

    fn altered(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let (Some(from), Some(to)) = (self.from.get(id), self.to.get(id)) else { return Vec::new() };
        if let (ObjectId::Type(_), Some(Fate::Reshaped)) = (id, self.fates.get(id)) {
            return self.swapped(id, from, to);
        }
        let mut counter = self.counter_change(id);
        match &mut counter {
            Some(Change::SerialToIdentity(it)) => it.aside = self.spare(&it.sequence.name, "_old"),
            Some(Change::IdentityToSerial(it)) => it.aside = self.spare(&it.identity.sequence, "_old"),
            _ => {}
        }
        let mut changes: Vec<Change<'s>> = Vec::new();
        let (goes, comes) = match counter {
            Some(change @ Change::IdentityToSerial(_)) => (Some(change), None),
            other => (None, other),
        };
        let is_counted = goes.is_some() || comes.is_some();
        changes.extend(goes);
        for mut change in alterations(from, to) {
            match &mut change {
                Change::Identity(_) if is_counted => continue,
                // What it was part of has been left before.
                Change::Partition(it) if it.to.is_none() => continue,
                Change::Partition(it) => it.from = None,
                Change::Inheritance(it) if it.joins.is_empty() => continue,
                Change::Inheritance(it) => it.leaves.clear(),
                Change::AttachIndex(it) if self.attaches_by_itself(it.owner, it.parent) => continue,
                Change::Clustering(it) if it.to.is_some_and(|index| self.is_new_index(id, index)) => continue,
                Change::ReplicaIdentity(it) => {
                    if let crate::schema::ReplicaIdentity::Index(index) = it.to
                        && self.is_new_index(id, index)
                    {
                        continue;
                    }
                }
                Change::Persistence(it) if it.kind == "TABLE" => it.unmoved = self.unmoved_sequences(it.name),
                Change::NotNull(it) if self.is_done_before(it) => continue,
                Change::NotNull(it) => {
                    it.is_renamed &= self.may_rename(it);
                    it.backfill = self.answers.backfills.get(&(it.table.clone(), it.column.to_owned())).cloned();
                }
                Change::ColumnType(_) if self.followed(id).is_some() => continue,
                Change::Nullability(it) if self.follows_nullability(id, it) => continue,
                Change::Constraint(it) if it.from.inherited && it.to.inherited && !self.leaves(it.table) => continue,
                Change::Default(it) => it.is_alone = self.default_alone(it.table, it.column),
                Change::Nullability(it) => {
                    let key = (it.table.clone(), it.column.name.clone());
                    it.backfill = self.answers.backfills.get(&key).cloned();
                }
                _ => {}
            }
            changes.push(change);
        }
        changes.extend(comes);
        let nullability = changes.iter_mut().find_map(|it| match it {
            Change::Nullability(it) => Some(it),
            _ => None,
        });
        match nullability {
            Some(it) if !it.column.not_null => changes.extend(self.still_required(id)),
            // Where a parent begins to demand it as well, that has been done with the parent.
            Some(it) if !self.followed(id).is_some_and(|parent| self.begins_to_demand(&parent)) => {
                let first = self.done_before(id);
                it.is_named = !first.is_empty();
                changes.splice(..0, first);
            }
            _ => {}
        }
        changes
    }

    /// The parents that a table leaves, before it or they change.
    fn left(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let Some(Item::Table(from)) = self.from.get(id) else { return Vec::new() };
        if from.partition_of.is_some() {
            return vec![ChangePartition { table: &from.name, from: from.partition_of.as_ref(), to: None }.into()];
        }
        let Some(Item::Table(to)) = self.to.get(id) else { return Vec::new() };
        let left = ChangeInheritance::detect(from, to).map(|it| ChangeInheritance { joins: Vec::new(), ..it });
        left.into_iter().map(Change::from).collect()
    }

    /// Whether the server attaches an index: because its table is attached, or because the other index is made when this one is
    /// there.
    fn attaches_by_itself(&self, owner: &QualifiedName, parent: &QualifiedName) -> bool {
        self.arrives(owner) || self.comes(&ObjectId::Index(parent.clone()))
    }

    /// Whether the index or the constraint of this name comes in this plan, and says then what refers to it.
    fn is_new_index(&self, id: &ObjectId, index: &str) -> bool {
        let (ObjectId::Table(table) | ObjectId::MaterialisedView(table)) = id else { return false };
        self.comes(&ObjectId::Index(table.sibling(index)))
            || self.comes(&ObjectId::Constraint(table.clone(), index.to_owned()))
    }

    fn swapped(&self, id: &ObjectId, from: Item<'s>, to: Item<'s>) -> Vec<Change<'s>> {
        let ObjectId::Type(name) = id else { return Vec::new() };
        let columns = self.swapped_columns.get_or_init(|| self.columns_of_swapped_types());
        let columns = columns.get(id).cloned().unwrap_or_default();
        let name = self.to_type_name(name);
        let released = self.releases.get().and_then(|releases| releases.get(id));
        let swap = name.map(|name| SwapType {
            name,
            aside: self.spare(name, "_old"),
            from,
            to,
            columns,
            is_kept: released.is_some_and(|released| !released.contains(id)),
            drops: released.into_iter().flatten().filter(|it| *it != id).filter_map(|it| self.old_type(it)).collect(),
            gone_below: self.values_gone_below(id),
            remade: self.reshaped_types.keys().cloned().collect(),
        });
        swap.map(Change::from).into_iter().chain(settings_of_new(to)).collect()
    }

    /// A type as it was, and what it is called while it waits to be dropped.
    fn old_type(&self, id: &ObjectId) -> Option<(Item<'s>, QualifiedName)> {
        let ObjectId::Type(name) = id else { return None };
        Some((self.from.get(id)?, self.spare(name, "_old")))
    }

    /// The columns that change with a type that is made anew.
    fn columns_of_swapped_types(&self) -> BTreeMap<ObjectId, Vec<(&'s Table, &'s Column)>> {
        let mut columns: BTreeMap<ObjectId, Vec<(&'s Table, &'s Column)>> = BTreeMap::new();
        for table in &self.to.schema.tables {
            for column in &table.columns {
                let its = ObjectId::Column(table.name.clone(), column.name.clone());
                if let Some(id) = self.swapped_type(&its)
                    && self.followed(&its).is_none()
                {
                    columns.entry(id).or_default().push((table, column));
                }
            }
        }
        columns
    }

    fn to_type_name(&self, name: &QualifiedName) -> Option<&'s QualifiedName> {
        let schema = self.to.schema;
        None.or_else(|| schema.enums.get(name).map(|it| &it.name))
            .or_else(|| schema.domains.get(name).map(|it| &it.name))
            .or_else(|| schema.composite_types.get(name).map(|it| &it.name))
            .or_else(|| schema.range_types.get(name).map(|it| &it.name))
    }

    /// The change of a column from serial to identity or back. A sequence that others have before or after is none of the column's.
    pub(super) fn counter_change(&self, id: &ObjectId) -> Option<Change<'s>> {
        let (Some(Item::Column(old_table, old)), Some(Item::Column(table, new))) = (self.from.get(id), self.to.get(id))
        else {
            return None;
        };
        let sequence_of = |inventory: &crate::diff::Inventory<'s>, table: &Table, column: &Column| {
            inventory.sequence_of(&table.name, &column.name).filter(|it| column.counts_with(&it.name))
        };
        match (&old.identity, &new.identity) {
            (None, Some(identity)) => {
                let sequence = sequence_of(&self.from, old_table, old)
                    .filter(|it| !self.to.schema.sequences.contains(&it.name))?;
                let aside = sequence.name.aside("_old");
                Some(SerialToIdentity { table: &table.name, from: old, column: new, sequence, identity, aside }.into())
            }
            (Some(identity), None) => {
                let sequence =
                    sequence_of(&self.to, table, new).filter(|it| !self.from.schema.sequences.contains(&it.name))?;
                let aside = identity.sequence.aside("_old");
                Some(IdentityToSerial { table: &table.name, from: old, column: new, identity, sequence, aside }.into())
            }
            _ => None,
        }
    }
}

/// Whether an object that comes back is another one. A view is not, where only the types of its columns are.
fn is_other(before: Item<'_>, after: Item<'_>) -> bool {
    match (before, after) {
        (Item::View(a), Item::View(b)) => a.definition != b.definition,
        (Item::MaterialisedView(a), Item::MaterialisedView(b)) => a.definition != b.definition,
        _ => verdict(before, after).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::super::answers::Answers;
    use crate::schema::{Column, Index, IndexKey, PartitionOf, QualifiedName, Schema, Table};

    fn up(from: &Schema, to: &Schema) -> Vec<String> {
        let plan = Plan::between(from, to, &Answers::default()).expect("no circle");
        plan.up.statements().map(|it| it.text()).collect()
    }

    fn partition(name: &str, default: Option<&str>) -> Table {
        let parent = QualifiedName::public("ev");
        let of_parent = Column { inherited: true, of_parent: true, ..column(default) };
        let place = PartitionOf { parent, bound: "FOR VALUES IN (1)".to_owned() };
        Table { columns: vec![of_parent], partition_of: Some(place), ..Table::new(QualifiedName::public(name)) }
    }

    fn column(default: Option<&str>) -> Column {
        Column { default: default.map(str::to_owned), ..Column::new("a", "integer") }
    }

    fn whole(default: Option<&str>) -> Table {
        let key = Some("LIST (a)".to_owned());
        Table { columns: vec![column(default)], partition_key: key, ..Table::new(QualifiedName::public("ev")) }
    }

    fn index(name: &str, parent: Option<&str>) -> Index {
        Index { keys: vec![IndexKey::column("a")], partition_of: parent.map(QualifiedName::public), ..Index::new(name) }
    }

    fn schema<const N: usize>(tables: [Table; N]) -> Schema {
        Schema { tables: tables.into_iter().collect(), ..Schema::default() }
    }

    #[test]
    fn a_new_partition_says_what_it_has_in_another_way() {
        let mut own = partition("ev_1", Some("1"));
        own.indexes.insert(index("Mine", Some("ev_ix")));
        let mut whole = whole(None);
        whole.indexes.insert(index("ev_ix", None));
        assert_eq!(
            up(&schema([whole.clone()]), &schema([whole, own])),
            [
                "CREATE TABLE public.ev_1 PARTITION OF public.ev FOR VALUES IN (1)",
                "ALTER TABLE public.ev_1 ALTER COLUMN a SET DEFAULT 1",
                "ALTER INDEX public.ev_1_a_idx RENAME TO \"Mine\"",
            ]
        );
    }

    #[test]
    fn a_partition_keeps_its_own_default_and_its_own_index() {
        let (from, mut own) = (whole(None), partition("ev_1", Some("1")));
        own.indexes.insert(index("own", None));
        let (mut to, mut with) = (whole(Some("0")), own.clone());
        to.indexes.insert(index("ev_ix", None));
        with.indexes.insert(index("ev_1_a_idx", Some("ev_ix")));
        assert_eq!(
            up(&schema([from, own]), &schema([to, with])),
            [
                "ALTER TABLE ONLY public.ev ALTER COLUMN a SET DEFAULT 0",
                "CREATE INDEX ev_1_a_idx ON public.ev_1 (a)",
                "CREATE INDEX ev_ix ON ONLY public.ev (a)",
                "ALTER INDEX public.ev_ix ATTACH PARTITION public.ev_1_a_idx",
            ]
        );
    }

    #[test]
    fn columns_of_partitions_follow_those_of_the_whole() {
        let of = |mut table: Table, key: &str, type_name: &str| {
            table.partition_key = table.partition_key.map(|_| format!("LIST ({key})"));
            table.columns[0].type_name = type_name.to_owned();
            table
        };
        let both =
            |key, type_name| schema([of(whole(None), key, type_name), of(partition("ev_1", None), key, type_name)]);
        assert_eq!(
            up(&both("b", "integer"), &both("b", "bigint")),
            ["ALTER TABLE public.ev ALTER COLUMN a TYPE bigint"]
        );
        // The server changes no column that rows are placed by.
        let anew = up(&both("a", "integer"), &both("a", "bigint"));
        assert!(anew[0].starts_with("CREATE TABLE public.ev_rows AS SELECT a FROM public.ev"), "{anew:?}");
    }
}
