//! `ALTER INDEX … ATTACH PARTITION`
//!
//! after: the index of a partition is part of that of the partitioned table

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Index, QualifiedName};
use crate::sql;

/// An index becomes part of the index of the partitioned table.
#[derive(Clone, Debug)]
pub struct AttachIndex<'s> {
    /// The table of the index.
    pub owner: &'s QualifiedName,
    /// The index.
    pub index: &'s Index,
    /// The other one.
    pub parent: &'s QualifiedName,
}

impl<'s> AttachIndex<'s> {
    /// What differs.
    pub fn detect(owner: &'s QualifiedName, from: &Index, to: &'s Index) -> Option<Self> {
        let parent = to.partition_of.as_ref()?;
        (from.partition_of.is_none()).then_some(Self { owner, index: to, parent })
    }
}

impl Operation for AttachIndex<'_> {
    fn title(&self) -> String {
        format!("index {} attached", sql::name(&self.index.name))
    }

    fn statements(&self) -> Vec<Statement> {
        let index = self.owner.sibling(&self.index.name);
        vec![Statement::whole(format!("ALTER INDEX {} ATTACH PARTITION {index}", self.parent))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_attached_once() {
        let (owner, parent) = (QualifiedName::new("lab", "ev_1"), QualifiedName::new("lab", "ev_ix"));
        let alone = Index::new("Ix");
        let part = Index { partition_of: Some(parent), ..alone.clone() };
        let change = AttachIndex::detect(&owner, &alone, &part).expect("they differ");
        assert_eq!(change.statements()[0].text(), "ALTER INDEX lab.ev_ix ATTACH PARTITION lab.\"Ix\"");
        assert_eq!(change.title(), "index \"Ix\" attached");
        assert!(AttachIndex::detect(&owner, &part, &part).is_none());
        assert!(AttachIndex::detect(&owner, &part, &alone).is_none(), "nothing takes it away again but its table");
    }
}
