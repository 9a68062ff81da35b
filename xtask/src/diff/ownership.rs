//! `OWNED BY`
//!
//! after: `alter sequence t_id_seq owned by t.id`

use super::identity::continue_behind;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{OwnedBy, Sequence};
use crate::sql;

/// The column with which a sequence is dropped changes.
#[derive(Clone, Debug)]
pub struct ChangeOwnership<'s> {
    /// The sequence.
    pub sequence: &'s Sequence,
    /// The column; `None` for no column any more.
    pub owner: Option<&'s OwnedBy>,
    /// Whether it is new for a column that may have values already.
    pub counts_on: bool,
}

impl<'s> ChangeOwnership<'s> {
    /// What differs.
    pub fn detect(from: &Option<OwnedBy>, sequence: &'s Sequence) -> Option<Self> {
        (*from != sequence.owned_by).then_some(Self { sequence, owner: sequence.owned_by.as_ref(), counts_on: false })
    }
}

impl Operation for ChangeOwnership<'_> {
    fn title(&self) -> String {
        match self.owner {
            Some(owner) => format!("belongs to {}.{}", owner.table, sql::name(&owner.column)),
            None => "belongs to no column".to_owned(),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        let name = &self.sequence.name;
        let Some(owner) = self.owner else {
            return vec![Statement::whole(format!("ALTER SEQUENCE {name} OWNED BY NONE"))];
        };
        let column = sql::name(&owner.column);
        let mut statements = vec![Statement::whole(format!("ALTER SEQUENCE {name} OWNED BY {}.{column}", owner.table))];
        if self.counts_on {
            statements.push(Statement::whole(continue_behind(name, &self.sequence.options, &owner.table, &column)));
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::QualifiedName;

    #[test]
    fn a_sequence_that_counts_rows_goes_on_behind_them() {
        let mut sequence = Sequence::new(QualifiedName::public("t_id_seq"));
        let texts = |change: ChangeOwnership<'_>| change.statements().iter().map(Statement::text).collect::<Vec<_>>();
        let owner = Some(OwnedBy { table: QualifiedName::public("t"), column: "Id".to_owned() });
        let gone = ChangeOwnership::detect(&owner, &sequence).expect("they differ");
        assert_eq!(texts(gone), ["ALTER SEQUENCE public.t_id_seq OWNED BY NONE"]);
        sequence.owned_by = owner;
        assert_eq!(
            texts(ChangeOwnership {
                counts_on: true,
                ..ChangeOwnership::detect(&None, &sequence).expect("they differ")
            }),
            [
                "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.\"Id\"",
                "SELECT setval('public.t_id_seq', max(\"Id\")) FROM public.t HAVING max(\"Id\") IS NOT NULL",
            ]
        );
    }
}
