//! `REPLICA IDENTITY`
//!
//! after: `alter table t replica identity full`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{QualifiedName, ReplicaIdentity};
use crate::sql;

/// What logical replication tells of a changed row.
#[derive(Clone, Debug)]
pub struct ChangeReplicaIdentity<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// After.
    pub to: &'s ReplicaIdentity,
}

impl<'s> ChangeReplicaIdentity<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: &ReplicaIdentity, to: &'s ReplicaIdentity) -> Option<Self> {
        (from != to).then_some(Self { table, to })
    }
}

impl Operation for ChangeReplicaIdentity<'_> {
    fn title(&self) -> String {
        "replica identity".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let what = match self.to {
            ReplicaIdentity::Default => "DEFAULT".to_owned(),
            ReplicaIdentity::Full => "FULL".to_owned(),
            ReplicaIdentity::Nothing => "NOTHING".to_owned(),
            ReplicaIdentity::Index(index) => format!("USING INDEX {}", sql::name(index)),
        };
        vec![Statement::on_table(self.table, format!("REPLICA IDENTITY {what}"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_words() {
        let table = QualifiedName::public("t");
        let text = |to: &ReplicaIdentity| ChangeReplicaIdentity { table: &table, to }.statements()[0].text();
        assert_eq!(text(&ReplicaIdentity::Full), "ALTER TABLE public.t REPLICA IDENTITY FULL");
        assert_eq!(
            text(&ReplicaIdentity::Index("Ix".to_owned())),
            "ALTER TABLE public.t REPLICA IDENTITY USING INDEX \"Ix\""
        );
        assert!(ChangeReplicaIdentity::detect(&table, &ReplicaIdentity::Full, &ReplicaIdentity::Full).is_none());
    }
}
