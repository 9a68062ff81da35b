//! The order in which a person would write steps that do not depend on each other.

use super::direction::Direction;
use super::hosts::{Phase, Step, is_foreign_key};
use crate::diff::{Item, whole};
use crate::schema::ObjectId;

/// Stage, object under which it is gathered, place under that, and for columns their place in the table.
pub(super) type Rank = (u8, String, u8, usize);

impl Direction<'_> {
    /// What hangs on tables goes first; then types, tables one by one, and what hangs on them; what goes for good is last.
    pub(super) fn rank(&self, step: &Step) -> Rank {
        let (stage, place) = match step.0 {
            Phase::Drop => self.rank_of_drop(&step.1),
            Phase::Create => self.rank_of_create(&step.1),
            Phase::Alter => self.rank_of_alter(&step.1),
            Phase::Release => (38, 0),
            Phase::Own => (42, 0),
            Phase::Leave => (40, 5),
            Phase::Wait => (40, 28),
            Phase::Fill => (44, 0),
        };
        (stage, self.gathered_under(step), place, self.place_in_table(step))
    }

    /// The place of a column in its table; the first for everything else.
    fn place_in_table(&self, step: &Step) -> usize {
        match self.item(step) {
            Some(Item::Column(table, column) | Item::Default(table, column)) => {
                table.columns.iter().position(|it| it.name == column.name).unwrap_or_default()
            }
            _ => 0,
        }
    }

    /// The name under which changes of this object are told together.
    pub(super) fn gathered_under(&self, step: &Step) -> String {
        self.item(step).map(whole).unwrap_or_default()
    }

    /// The object of a step.
    pub(super) fn item(&self, step: &Step) -> Option<Item<'_>> {
        match step.0 {
            Phase::Drop | Phase::Leave => self.from.get(&step.1),
            _ => self.to.get(&step.1),
        }
    }

    fn rank_of_drop(&self, id: &ObjectId) -> (u8, u8) {
        match id {
            ObjectId::EventTrigger(_) => (8, 0),
            ObjectId::Trigger(..) | ObjectId::Rule(..) | ObjectId::Policy(..) => (10, 0),
            ObjectId::View(_) | ObjectId::MaterialisedView(_) => (10, 5),
            ObjectId::Constraint(..) if matches!(self.from.get(id), Some(Item::DomainCheck(..))) => (20, 0),
            ObjectId::Constraint(..) if is_foreign_key(self.from.get(id)) => (40, 10),
            ObjectId::Constraint(..) => (40, 14),
            ObjectId::Index(_) | ObjectId::Statistics(_) => (40, 12),
            ObjectId::Default(..) => (40, 16),
            ObjectId::Column(..) => (40, 20),
            ObjectId::Table(_) => (80, 0),
            ObjectId::Function(_) => (82, 0),
            ObjectId::Sequence(_) => (84, 0),
            ObjectId::Type(_) => (86, 0),
            ObjectId::Collation(_) => (87, 0),
            ObjectId::Extension(_) => (88, 0),
            ObjectId::Namespace(_) => (90, 0),
        }
    }

    fn rank_of_create(&self, id: &ObjectId) -> (u8, u8) {
        match id {
            ObjectId::Namespace(_) => (12, 0),
            ObjectId::Extension(_) => (14, 0),
            ObjectId::Collation(_) => (16, 0),
            ObjectId::Type(_) => (18, 0),
            ObjectId::Constraint(..) if matches!(self.to.get(id), Some(Item::DomainCheck(..))) => (21, 0),
            ObjectId::Sequence(_) => (30, 0),
            ObjectId::Table(_) => (40, 0),
            ObjectId::Column(..) => (40, 40),
            ObjectId::Default(..) => (40, 50),
            ObjectId::Constraint(..) if is_foreign_key(self.to.get(id)) => (45, 0),
            ObjectId::Constraint(..) => (40, 60),
            ObjectId::Index(_) if matches!(self.to.get(id), Some(Item::Index(owner, _)) if self.is_view(owner)) => {
                (60, 5)
            }
            ObjectId::Index(_) => (40, 70),
            ObjectId::Function(_) => (50, 0),
            ObjectId::View(_) | ObjectId::MaterialisedView(_) => (60, 0),
            ObjectId::Statistics(_) => (62, 0),
            ObjectId::Rule(..) => (64, 0),
            ObjectId::Trigger(..) => (66, 0),
            ObjectId::Policy(..) => (68, 0),
            ObjectId::EventTrigger(_) => (70, 0),
        }
    }

    fn is_view(&self, owner: &crate::schema::QualifiedName) -> bool {
        self.to.schema.materialised_views.contains(owner)
    }

    fn rank_of_alter(&self, id: &ObjectId) -> (u8, u8) {
        match id {
            ObjectId::Table(name) => (40, if self.arrives(name) { 95 } else { 55 }),
            ObjectId::Column(..) => (40, 30),
            ObjectId::Default(..) => (40, 35),
            other => self.rank_of_create(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::super::answers::Answers;
    use crate::schema::{Column, EnumType, Namespace, QualifiedName, Schema, Table, View};

    fn schema() -> Schema {
        let column = Column::new("a", "text");
        let table = |name| Table { columns: vec![column.clone()], ..Table::new(QualifiedName::new("lab", name)) };
        let view =
            View { name: QualifiedName::new("lab", "a_view"), definition: " SELECT 1".to_owned(), ..View::default() };
        let values = vec!["x".to_owned()];
        Schema {
            namespaces: [Namespace { name: "lab".to_owned(), ..Namespace::default() }].into_iter().collect(),
            enums: [EnumType { name: QualifiedName::new("lab", "z_kind"), values, ..EnumType::default() }]
                .into_iter()
                .collect(),
            tables: [table("b"), table("a")].into_iter().collect(),
            views: [view].into_iter().collect(),
            ..Schema::default()
        }
    }

    #[test]
    fn it_is_written_as_a_person_would_read_it() {
        let plan = Plan::between(&Schema::default(), &schema(), &Answers::default()).expect("no circle");
        let titles =
            |script: &super::super::Script| script.blocks.iter().map(|it| it.title.clone()).collect::<Vec<_>>();
        assert_eq!(
            titles(&plan.up),
            [
                "lab: schema added",
                "lab.z_kind: enum added",
                "lab.a: table added",
                "lab.b: table added",
                "lab.a_view: view added"
            ]
        );
        assert_eq!(
            titles(&plan.down),
            [
                "lab.a_view: view dropped",
                "lab.a: table dropped",
                "lab.b: table dropped",
                "lab.z_kind: enum dropped",
                "lab: schema dropped"
            ]
        );
    }

    #[test]
    fn columns_are_added_in_the_order_of_the_table() {
        let from = schema();
        let mut to = from.clone();
        let table = to.tables.get_mut(&QualifiedName::new("lab", "a")).expect("it is there");
        table.columns.extend(["z", "m", "b"].map(|name| Column::new(name, "text")));
        let plan = Plan::between(&from, &to, &Answers::default()).expect("no circle");
        let added: Vec<String> = plan.up.statements().map(|it| it.text()).collect();
        assert_eq!(added, ["z", "m", "b"].map(|name| format!("ALTER TABLE lab.a ADD COLUMN {name} text")));
    }
}
