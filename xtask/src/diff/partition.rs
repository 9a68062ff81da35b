//! `ATTACH PARTITION` and `DETACH PARTITION`
//!
//! before: `ev_24 partition of ev` · after: `ev_24` by itself

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{PartitionOf, QualifiedName};

/// A table becomes a partition, of another table or with other bounds, or is none any more.
#[derive(Clone, Debug)]
pub struct ChangePartition<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before.
    pub from: Option<&'s PartitionOf>,
    /// After.
    pub to: Option<&'s PartitionOf>,
}

impl<'s> ChangePartition<'s> {
    /// What differs.
    pub fn detect(
        table: &'s QualifiedName,
        from: &'s Option<PartitionOf>,
        to: &'s Option<PartitionOf>,
    ) -> Option<Self> {
        (from != to).then_some(Self { table, from: from.as_ref(), to: to.as_ref() })
    }
}

impl Operation for ChangePartition<'_> {
    fn title(&self) -> String {
        match (self.from, self.to) {
            (None, Some(_)) => "attached as a partition",
            (Some(_), None) => "detached",
            _ => "other bounds",
        }
        .to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let detach = self.from.map(|it| format!("ALTER TABLE {} DETACH PARTITION {}", it.parent, self.table));
        let attach =
            self.to.map(|it| format!("ALTER TABLE {} ATTACH PARTITION {} {}", it.parent, self.table, it.bound));
        let attach = attach.map(|sql| {
            Statement::whole(sql).remark(format!("lock: reads all of {}, which must fit into the bounds", self.table))
        });
        detach.map(Statement::whole).into_iter().chain(attach).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_detached_and_attached() {
        let (table, bound) = (QualifiedName::public("p"), "FOR VALUES IN (1)".to_owned());
        let part = Some(PartitionOf { parent: QualifiedName::public("t"), bound });
        let texts = |from: &Option<PartitionOf>, to: &Option<PartitionOf>| {
            let change = ChangePartition::detect(&table, from, to).expect("they differ");
            change.statements().iter().map(Statement::text).collect::<Vec<_>>()
        };
        assert_eq!(texts(&part, &None), ["ALTER TABLE public.t DETACH PARTITION public.p"]);
        assert_eq!(texts(&None, &part), ["ALTER TABLE public.t ATTACH PARTITION public.p FOR VALUES IN (1)"]);
        assert!(ChangePartition::detect(&table, &part, &part).is_none());
    }
}
