//! Parts of tables that come later or go earlier than these, because they would make a circle with them.

use std::collections::HashMap;

use super::direction::Direction;
use super::hosts::{Phase, Step, referenced_table};
use super::order::Circle;
use crate::diff::{ChangeColumnType, Item};
use crate::schema::{ObjectId, QualifiedName, Table};

impl Direction<'_> {
    /// What cuts the circles: of each, foreign keys, checks and defaults of its tables; foreign keys to others of these tables first,
    /// and all the others only where that is not enough.
    pub(super) fn expellable(&self, circles: &[Circle<Step>]) -> Vec<Step> {
        let steps = circles.iter().enumerate().flat_map(|(at, Circle(steps))| steps.iter().map(move |step| (step, at)));
        let circle_of: HashMap<&Step, usize> = steps.collect();
        let circle_at =
            |phase: Phase, table: &QualifiedName| circle_of.get(&(phase, ObjectId::Table(table.clone()))).copied();
        let mut candidates: Vec<Vec<Step>> = vec![Vec::new(); circles.len()];
        for id in self.fates.keys() {
            for phase in [Phase::Drop, Phase::Create] {
                let step = (phase, id.clone());
                let circle = self.host_that_may_wait(&step).and_then(|table| circle_at(phase, table));
                if let Some(circle) = circle.filter(|_| !self.expelled.contains(&step)) {
                    candidates[circle].push(step);
                }
            }
        }
        let cut = candidates.into_iter().enumerate().flat_map(|(circle, candidates)| {
            let closes = |step: &&Step| match self.item(step).and_then(referenced_table) {
                // The partitions of a table that refers to itself wait for that reference.
                Some((table, other)) => {
                    (table != other || self.is_partitioned(table)) && circle_at(step.0, other) == Some(circle)
                }
                None => false,
            };
            let foreign: Vec<Step> = candidates.iter().filter(closes).cloned().collect();
            if foreign.is_empty() { candidates } else { foreign }
        });
        cut.collect()
    }

    /// The columns whose values may wait as text between two types of which one waits for the other.
    pub(super) fn may_wait(&self, circles: &[Circle<Step>]) -> Vec<ObjectId> {
        let steps = circles.iter().flat_map(|Circle(steps)| steps);
        let columns = steps.filter(|(phase, id)| *phase == Phase::Alter && !self.waiting.contains(id));
        let through_text = columns.filter(|(_, id)| match (self.from.get(id), self.to.get(id)) {
            (Some(Item::Column(_, from)), Some(Item::Column(_, to))) => ChangeColumnType::goes_through_text(from, to),
            _ => false,
        });
        through_text.map(|(_, id)| id.clone()).collect()
    }

    /// The table with which a part comes or goes, where it could do so by itself as well.
    fn host_that_may_wait<'i>(&self, step: &'i Step) -> Option<&'i QualifiedName> {
        match &step.1 {
            ObjectId::Constraint(owner, _) => {
                let is_inherited = matches!(self.item(step), Some(Item::Constraint(_, it)) if it.inherited);
                (!is_inherited).then_some(owner)
            }
            ObjectId::Default(owner, _) => (step.0 == Phase::Create).then_some(owner),
            _ => None,
        }
    }

    fn is_partitioned(&self, name: &QualifiedName) -> bool {
        let sides = [self.from.schema, self.to.schema];
        sides.iter().any(|side| side.tables.get(name).is_some_and(Table::is_partitioned))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::super::answers::Answers;
    use crate::schema::{Column, Constraint, ConstraintKind, ForeignKey, QualifiedName, Schema, Table};

    /// Two tables that refer to each other, so often.
    fn couples(count: usize) -> Schema {
        let table = |name: String, other: String| {
            let key = ForeignKey {
                columns: vec!["other".to_owned()],
                table: QualifiedName::public(other),
                referenced: vec!["id".to_owned()],
                ..ForeignKey::default()
            };
            let columns = vec![Column::new("id", "integer"), Column::new("other", "integer")];
            let mut table = Table { columns, ..Table::new(QualifiedName::public(name)) };
            table.constraints.insert(Constraint::new("fk", ConstraintKind::ForeignKey(key)));
            table
        };
        let names = |at: usize| (format!("a{at:03}"), format!("b{at:03}"));
        let tables = (0..count).map(names).flat_map(|(a, b)| [table(a.clone(), b.clone()), table(b, a)]);
        Schema { tables: tables.collect(), ..Schema::default() }
    }

    #[test]
    fn keys_of_tables_that_refer_to_each_other_come_by_themselves() {
        let to = couples(3);
        let plan = Plan::between(&Schema::default(), &to, &Answers::default()).expect("the circles are cut");
        let texts: Vec<String> = plan.up.statements().map(|it| it.text()).collect();
        let keys = texts.iter().filter(|it| it.contains("ADD CONSTRAINT fk FOREIGN KEY")).count();
        assert_eq!((texts.len(), keys), (12, 6), "{texts:#?}");
        let last_table = texts.iter().rposition(|it| it.starts_with("CREATE TABLE"));
        let first_key = texts.iter().position(|it| it.contains("ADD CONSTRAINT"));
        assert!(last_table < first_key, "{texts:#?}");
    }
}
