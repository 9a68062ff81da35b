//! Steps, and those that are done by another step: a column comes with its new table, and goes with its old one.

use std::collections::BTreeMap;

use super::direction::Direction;
use crate::diff::{Fate, Inventory, Item};
use crate::schema::{
    Column, Constraint, ConstraintKind, Index, ObjectId, Persistence, QualifiedName, Schema, Sequence, SequenceOptions,
    Table, index_name,
};

/// What a step does with its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// It goes.
    Drop,
    /// A table leaves the one that it is a partition of, or inherits from.
    Leave,
    /// A column leaves its type, and its values wait as text.
    Wait,
    /// It is changed where it stands.
    Alter,
    /// It comes.
    Create,
    /// A sequence is taken from a column that goes.
    Release,
    /// A sequence is given to its column.
    Own,
    /// Rows come back into a table that was made anew.
    Fill,
}

/// One step of a direction.
pub(super) type Step = (Phase, ObjectId);

/// Who does a step.
pub(super) enum Host {
    /// Itself.
    Own,
    /// Another one.
    Other(Step),
    /// Nobody: the server does it by itself.
    Server,
}

impl Direction<'_> {
    /// The step that does this one; `None` where the server does it by itself.
    pub(super) fn settled(&self, step: Step) -> Option<Step> {
        let mut step = step;
        loop {
            match self.host(&step) {
                Host::Own => return Some(step),
                Host::Server => return None,
                Host::Other(other) => step = other,
            }
        }
    }

    /// Whether a table that stays is no partition any more, of this table or with these bounds, or loses a parent.
    pub(super) fn leaves(&self, name: &QualifiedName) -> bool {
        let Some((from, to)) = self.stays(name) else { return false };
        from.partition_of.is_some() && from.partition_of != to.partition_of
            || from.inherits.iter().any(|parent| !to.inherits.contains(parent))
    }

    /// Whether a table that stays becomes a partition, of another table or with other bounds, or gets a parent.
    pub(super) fn arrives(&self, name: &QualifiedName) -> bool {
        let Some((from, to)) = self.stays(name) else { return false };
        to.partition_of.is_some() && from.partition_of != to.partition_of
            || to.inherits.iter().any(|parent| !from.inherits.contains(parent))
    }

    /// Whether a partition goes while a foreign key to its table stays, which it must not be part of then.
    pub(super) fn is_cut_off(&self, name: &QualifiedName) -> bool {
        let part = self.from.schema.tables.get(name).and_then(|table| table.partition_of.as_ref());
        let parent = part.map(|part| &part.parent).filter(|_| self.is_gone(&ObjectId::Table(name.clone())));
        parent.is_some_and(|parent| references_to(&self.references[0], parent).any(|key| !self.is_gone(key)))
    }

    /// A table before and after, unless it is made anew.
    fn stays(&self, name: &QualifiedName) -> Option<(&Table, &Table)> {
        let is_new = self.is_new(&ObjectId::Table(name.clone()));
        self.from.schema.tables.get(name).zip(self.to.schema.tables.get(name)).filter(|_| !is_new)
    }

    fn is_gone(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Dropped | Fate::Recreated))
    }

    fn is_new(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Created | Fate::Recreated))
    }

    fn host(&self, step: &Step) -> Host {
        if self.expelled.contains(step) {
            return Host::Own;
        }
        match step.0 {
            Phase::Drop => self.host_of_drop(&step.1),
            Phase::Create => self.host_of_create(&step.1),
            Phase::Own => self.host_of_owning(&step.1),
            Phase::Leave | Phase::Wait | Phase::Release | Phase::Fill => Host::Own,
            Phase::Alter => match self.swapped_type(&step.1) {
                Some(id) if !self.has_alterations(&step.1) => Host::Other((Phase::Alter, id)),
                _ => Host::Own,
            },
        }
    }

    fn host_of_drop(&self, id: &ObjectId) -> Host {
        let with = |whole: ObjectId| {
            if self.is_gone(&whole) { Host::Other((Phase::Drop, whole)) } else { Host::Own }
        };
        match (id, self.from.get(id)) {
            (_, Some(Item::Column(table, column))) => {
                let stays = !self.is_gone(&ObjectId::Table(table.name.clone())) && !self.leaves(&table.name);
                if column.inherited && stays {
                    return Host::Server;
                }
                with(ObjectId::Table(table.name.clone()))
            }
            // The rows of its partitions are set aside with those of a table that is made anew.
            (_, Some(Item::Table(table))) => {
                match table.partition_of.as_ref().map(|it| ObjectId::Table(it.parent.clone())) {
                    Some(parent) if self.fates.get(&parent) == Some(&Fate::Recreated) => {
                        Host::Other((Phase::Drop, parent))
                    }
                    _ => Host::Own,
                }
            }
            (ObjectId::Default(table, column), _) => match self.serial_step(id) {
                Some(step) => Host::Other(step),
                None => with(ObjectId::Column(table.clone(), column.clone())),
            },
            (_, Some(Item::Constraint(table, constraint))) => match with(ObjectId::Table(table.name.clone())) {
                Host::Own if constraint.inherited && !self.leaves(&table.name) => Host::Server,
                host => host,
            },
            (ObjectId::Constraint(domain, _), Some(Item::DomainCheck(..))) => self.with_domain(domain),
            (_, Some(Item::Index(owner, index))) => {
                let wholes = [ObjectId::Table(owner.clone()), ObjectId::MaterialisedView(owner.clone())];
                match wholes.into_iter().find(|whole| self.is_gone(whole)) {
                    Some(whole) => Host::Other((Phase::Drop, whole)),
                    None if !self.leaves(owner) => match &index.partition_of {
                        Some(parent) if self.is_gone(&ObjectId::Index(parent.clone())) => {
                            Host::Other((Phase::Drop, ObjectId::Index(parent.clone())))
                        }
                        Some(_) => Host::Server,
                        None => Host::Own,
                    },
                    None => Host::Own,
                }
            }
            (_, Some(Item::Rule(owner, _) | Item::Trigger(owner, _) | Item::Policy(owner, _))) => {
                let wholes = [ObjectId::Table(owner.clone()), ObjectId::View(owner.clone())];
                match wholes.into_iter().find(|whole| self.is_gone(whole)) {
                    Some(whole) => Host::Other((Phase::Drop, whole)),
                    None => Host::Own,
                }
            }
            (_, Some(Item::Statistics(it))) => with(ObjectId::Table(it.table.clone())),
            (_, Some(Item::Sequence(it))) => match (self.serial_step(id), &it.owned_by) {
                (Some(step), _) => Host::Other(step),
                (None, Some(owner)) => with(ObjectId::Column(owner.table.clone(), owner.column.clone())),
                (None, None) => Host::Own,
            },
            _ => Host::Own,
        }
    }

    /// A check that changes together with its domain.
    fn with_domain(&self, domain: &QualifiedName) -> Host {
        let id = ObjectId::Type(domain.clone());
        match self.fates.get(&id) {
            Some(Fate::Reshaped) => Host::Other((Phase::Alter, id)),
            Some(Fate::Dropped) => Host::Other((Phase::Drop, id)),
            Some(Fate::Created) => Host::Other((Phase::Create, id)),
            _ => Host::Own,
        }
    }

    fn host_of_create(&self, id: &ObjectId) -> Host {
        let with = |whole: ObjectId| {
            if self.is_new(&whole) { Host::Other((Phase::Create, whole)) } else { Host::Own }
        };
        match (id, self.to.get(id)) {
            (_, Some(Item::Column(table, column))) => {
                if self.comes_with_parent(table, column) {
                    let says_more = !self.own_of_inherited(table, column).is_empty();
                    return if says_more { Host::Own } else { Host::Server };
                }
                with(ObjectId::Table(table.name.clone()))
            }
            (ObjectId::Default(table, column), _) => match self.serial_step(id) {
                Some(step) => Host::Other(step),
                None => with(ObjectId::Column(table.clone(), column.clone())),
            },
            // A table that is attached must have the checks already; the rest is made for it.
            (_, Some(Item::Constraint(table, it))) if it.inherited && self.arrives(&table.name) => {
                if matches!(it.kind, ConstraintKind::Check(_)) { Host::Own } else { Host::Server }
            }
            (_, Some(Item::Constraint(_, constraint))) if constraint.inherited => Host::Server,
            (_, Some(Item::Constraint(_, constraint))) if constraint.not_valid => Host::Own,
            (_, Some(Item::Constraint(table, _))) => with(ObjectId::Table(table.name.clone())),
            (ObjectId::Constraint(domain, _), Some(Item::DomainCheck(_, check))) if !check.not_valid => {
                self.with_domain(domain)
            }
            (_, Some(Item::Index(owner, index))) if index.partition_of.is_some() => {
                self.index_of_partition(owner, index)
            }
            (_, Some(Item::Sequence(it))) => match (self.serial_step(id), self.serial_column(it)) {
                (Some(step), _) => Host::Other(step),
                (None, Some(column)) => Host::Other((Phase::Create, column)),
                (None, None) => Host::Own,
            },
            _ => Host::Own,
        }
    }

    /// The index of a partition comes with that of the partitioned table, or with the partition itself. If it has another name
    /// than the server would give it, it is made before, and found by the server.
    fn index_of_partition(&self, owner: &QualifiedName, index: &Index) -> Host {
        let parent = index.partition_of.as_ref().map(|name| ObjectId::Index(name.clone()));
        match parent.filter(|id| self.is_new(id)) {
            Some(parent) if self.is_pieced(&parent) || index.name != index_name(&owner.name, index) => Host::Own,
            Some(parent) => Host::Other((Phase::Create, parent)),
            None => Host::Server,
        }
    }

    fn host_of_owning(&self, id: &ObjectId) -> Host {
        let Some(Item::Sequence(it)) = self.to.get(id) else { return Host::Server };
        match (self.serial_step(id), self.serial_column(it)) {
            (Some(step), _) => Host::Other(step),
            (None, Some(column)) => Host::Other((Phase::Create, column)),
            (None, None) => Host::Own,
        }
    }

    /// The new column that is `serial` with this new sequence.
    pub(super) fn serial_column(&self, sequence: &Sequence) -> Option<ObjectId> {
        let owner = sequence.owned_by.as_ref()?;
        let id = ObjectId::Column(owner.table.clone(), owner.column.clone());
        let Some(Item::Column(table, column)) = self.to.get(&id) else { return None };
        let is_new = self.is_new(&id) && self.is_new(&ObjectId::Sequence(sequence.name.clone()));
        // What `serial` makes in an unlogged table depends on the minor version where the table is there already.
        let is_alike = sequence.persistence == table.persistence;
        let is_sure = table.persistence == Persistence::Permanent || self.is_new(&ObjectId::Table(table.name.clone()));
        let is_plain = is_alike && is_sure && sequence.comment.is_none() && sequence.privileges.is_default();
        (is_new && is_plain && !column.inherited && serial(table.name.clone(), column, sequence).is_some())
            .then_some(id)
    }

    /// The step that turns a serial column into an identity column or back, for its default and its sequence.
    fn serial_step(&self, id: &ObjectId) -> Option<Step> {
        let column = match id {
            ObjectId::Default(table, column) => ObjectId::Column(table.clone(), column.clone()),
            ObjectId::Sequence(name) => {
                let of = |side: &Inventory<'_>| side.counted_by(side.schema.sequences.get(name)?);
                of(&self.from).or_else(|| of(&self.to))?
            }
            _ => return None,
        };
        self.counter_change(&column).is_some().then_some((Phase::Alter, column))
    }

    fn has_alterations(&self, id: &ObjectId) -> bool {
        let sides = self.from.get(id).zip(self.to.get(id));
        sides.is_some_and(|(old, new)| !crate::diff::alterations(old, new).is_empty())
    }

    /// The type that this column has before and after, and that is made anew below it.
    pub(super) fn swapped_type(&self, id: &ObjectId) -> Option<ObjectId> {
        if self.fates.get(id) != Some(&Fate::Reshaped) {
            return None;
        }
        let (Some(Item::Column(_, column)), Some(Item::Column(_, wanted))) = (self.from.get(id), self.to.get(id))
        else {
            return None;
        };
        if wanted.type_name != column.type_name || wanted.collation != column.collation {
            return None;
        }
        self.reshaped_types.get(column.type_name.trim_end_matches("[]")).cloned()
    }
}

/// `serial` and its like, where this is what makes just this column and this sequence.
pub(super) fn serial(table: QualifiedName, column: &Column, sequence: &Sequence) -> Option<&'static str> {
    let word = match column.type_name.as_str() {
        "smallint" => "smallserial",
        "integer" => "serial",
        "bigint" => "bigserial",
        _ => return None,
    };
    let name = table.sibling(format!("{}_{}_seq", table.name, column.name));
    let fits = sequence.name == name
        && name.name.len() <= 63
        && column.not_null
        && column.required.as_ref().is_none_or(|it| it.is_usual(&table, &column.name))
        && column.counts_with(&name)
        && sequence.options == SequenceOptions::of_type(&column.type_name);
    fits.then_some(word)
}

/// Foreign keys by the tables that they refer to.
pub(super) type References<'s> = BTreeMap<&'s QualifiedName, Vec<ObjectId>>;

/// The foreign keys of a schema, but for those that come from parents.
pub(super) fn references(schema: &Schema) -> References<'_> {
    let mut references = References::new();
    for table in &schema.tables {
        for constraint in &table.constraints {
            if let (ConstraintKind::ForeignKey(key), false) = (&constraint.kind, constraint.inherited) {
                let id = ObjectId::Constraint(table.name.clone(), constraint.name.clone());
                references.entry(&key.table).or_default().push(id);
            }
        }
    }
    references
}

/// Foreign keys that refer to a table.
pub(super) fn references_to<'r>(
    references: &'r References<'_>,
    name: &QualifiedName,
) -> impl Iterator<Item = &'r ObjectId> {
    references.get(name).into_iter().flatten()
}

/// The table of a foreign key, and the one that it refers to.
pub(super) fn referenced_table<'s>(item: Item<'s>) -> Option<(&'s QualifiedName, &'s QualifiedName)> {
    match item {
        Item::Constraint(table, Constraint { kind: ConstraintKind::ForeignKey(key), .. }) => {
            Some((&table.name, &key.table))
        }
        _ => None,
    }
}

/// Whether a constraint is a foreign key.
pub(super) fn is_foreign_key(item: Option<Item<'_>>) -> bool {
    matches!(item, Some(Item::Constraint(_, it)) if matches!(it.kind, ConstraintKind::ForeignKey(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_is_said_only_where_it_makes_just_this() {
        let table = QualifiedName::public("t");
        let mut sequence = Sequence::new(QualifiedName::public("t_id_seq"));
        sequence.options = SequenceOptions::of_type("integer");
        let default = Some("nextval('public.t_id_seq'::regclass)".to_owned());
        let column = Column { not_null: true, default, ..Column::new("id", "integer") };
        assert_eq!(serial(table.clone(), &column, &sequence), Some("serial"));
        assert_eq!(serial(table.clone(), &Column { not_null: false, ..column.clone() }, &sequence), None);
        assert_eq!(serial(table.clone(), &Column { default: None, ..column.clone() }, &sequence), None);
        sequence.options.increment = 5;
        assert_eq!(serial(table, &column, &sequence), None);
    }
}
