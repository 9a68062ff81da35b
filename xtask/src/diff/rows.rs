//! Rows set aside while their table is made anew, and brought back.
//!
//! before: `create table t (…) partition by range (day)` · after: `create table t (…) partition by list (kind)`

use super::conversion::Conversion;
use super::destroyed::values_of;
use super::identity::continue_behind;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName, Sequence, Table};
use crate::sql;

/// The rows of a table are put into another one, before it is dropped.
#[derive(Clone, Debug)]
pub struct SetRowsAside<'s> {
    /// The table as it was.
    pub from: &'s Table,
    /// The table as it will be.
    pub to: &'s Table,
    /// Where they are put.
    pub aside: QualifiedName,
    /// Columns whose type is made anew meanwhile: their values wait as text.
    pub as_text: Vec<&'s str>,
    /// Sequences of its columns that stay, and would go with it.
    pub sequences: Vec<&'s Sequence>,
}

/// Rows come back into the table that was made anew.
#[derive(Clone, Debug)]
pub struct BringRowsBack<'s> {
    /// The table as it was.
    pub from: &'s Table,
    /// The table as it is now.
    pub to: &'s Table,
    /// Where they are.
    pub aside: QualifiedName,
    /// Columns whose values waited as text.
    pub as_text: Vec<&'s str>,
    /// What rows get in columns that refuse NULL, as SQL.
    pub backfills: Vec<(&'s str, String)>,
    /// The sequences that came with the table, by column.
    pub sequences: Vec<(&'s str, &'s Sequence)>,
    /// The sequences that stayed, as they belong to it again.
    pub kept: Vec<&'s Sequence>,
}

/// Columns that both tables have, and into which rows can be written.
fn common<'s>(from: &'s Table, to: &'s Table) -> impl Iterator<Item = (&'s Column, &'s Column)> {
    to.columns.iter().filter(|it| it.generated.is_none()).filter_map(|new| Some((from.column(&new.name)?, new)))
}

impl Operation for SetRowsAside<'_> {
    fn title(&self) -> String {
        "rows set aside".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let value = |(old, _): (&Column, &Column)| {
            let name = sql::name(&old.name);
            if self.as_text.contains(&&*old.name) { format!("{name}::text AS {name}") } else { name.into_owned() }
        };
        let names: Vec<String> = common(self.from, self.to).map(value).collect();
        // Those of tables that inherit from it stay where they are.
        let only = if self.from.is_partitioned() { "" } else { "ONLY " };
        let (aside, from, names) = (&self.aside, &self.from.name, names.join(", "));
        let mut statement = Statement::whole(format!("CREATE TABLE {aside} AS SELECT {names} FROM {only}{from}"))
            .remark(format!("lock: copies all rows of {from}, twice; nobody can use it meanwhile"));
        for gone in self.from.columns.iter().filter(|it| it.generated.is_none() && self.to.column(&it.name).is_none()) {
            statement = statement.destroys(values_of(from, &gone.name));
        }
        let released =
            self.sequences.iter().map(|it| Statement::whole(format!("ALTER SEQUENCE {} OWNED BY NONE", it.name)));
        std::iter::once(statement).chain(released).collect()
    }
}

impl BringRowsBack<'_> {
    fn backfill(&self, column: &str) -> Option<&String> {
        self.backfills.iter().find(|(name, _)| *name == column).map(|(_, value)| value)
    }

    fn insert(&self) -> Statement {
        let (mut names, mut values, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        for (old, new) in common(self.from, self.to) {
            let name = sql::name(&new.name).into_owned();
            let same = old.type_name == new.type_name;
            let using = Conversion::of(&name, &old.type_name, &new.type_name).using.filter(|_| !same);
            let typed = self.as_text.contains(&&*new.name).then(|| format!("{name}::{}", new.type_name));
            let value = typed.or(using).unwrap_or_else(|| name.clone());
            let filled = self.backfill(&new.name).filter(|_| new.not_null && !old.not_null);
            values.push(filled.map_or(value.clone(), |backfill| format!("coalesce({value}, {backfill})")));
            names.push(name);
        }
        let given = |it: &&Column| it.default.is_some() || it.identity.is_some() || it.generated.is_some();
        let new = self.to.columns.iter().filter(|it| it.not_null && self.from.column(&it.name).is_none());
        for column in new.filter(|it| !given(it)) {
            match self.backfill(&column.name) {
                Some(value) => {
                    names.push(sql::name(&column.name).into_owned());
                    values.push(value.clone());
                }
                None => lacking.push(sql::name(&column.name).into_owned()),
            }
        }
        let is_counted = self.to.columns.iter().any(|it| it.identity.as_ref().is_some_and(|identity| identity.always));
        let overriding = if is_counted { " OVERRIDING SYSTEM VALUE" } else { "" };
        let (to, aside, names, values) = (&self.to.name, &self.aside, names.join(", "), values.join(", "));
        let mut insert =
            Statement::whole(format!("INSERT INTO {to} ({names}){overriding}\nSELECT {values} FROM {aside}"));
        if self.to.is_partitioned() {
            insert = insert.remark(format!("fails as long as a row fits into no partition of {to}"));
        }
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            insert =
                insert.remark(format!("backfill: this fails as long as there is a row: write what {lacking} gets"));
        }
        insert
    }

    /// New sequences count on behind the rows.
    fn counts_on(&self) -> impl Iterator<Item = Statement> {
        let identities = self.to.columns.iter().filter_map(|column| {
            let identity = column.identity.as_ref()?;
            Some((column.name.as_str(), &identity.sequence, &identity.options))
        });
        let serials = self.sequences.iter().map(|(column, it)| (*column, &it.name, &it.options));
        identities.chain(serials).map(|(column, sequence, options)| {
            Statement::whole(continue_behind(sequence, options, &self.to.name, &sql::name(column)))
        })
    }
}

impl Operation for BringRowsBack<'_> {
    fn title(&self) -> String {
        "rows brought back".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let drop = Statement::whole(format!("DROP TABLE {}", self.aside));
        let owned = self.kept.iter().filter_map(|it| {
            let owner = it.owned_by.as_ref()?;
            let column = format!("{}.{}", owner.table, sql::name(&owner.column));
            Some(Statement::whole(format!("ALTER SEQUENCE {} OWNED BY {column}", it.name)))
        });
        std::iter::once(self.insert()).chain(self.counts_on()).chain(owned).chain([drop]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_round_with_the_columns_that_stay() {
        let (mut from, mut to) = (Table::new(QualifiedName::public("t")), Table::new(QualifiedName::public("t")));
        from.columns = vec![Column::new("a", "text"), Column::new("gone", "text"), Column::new("b", "integer")];
        let required = Column { not_null: true, ..Column::new("c", "integer") };
        to.columns =
            vec![Column::new("a", "integer"), Column { not_null: true, ..Column::new("b", "integer") }, required];
        to.partition_key = Some("LIST (b)".into());
        let aside = QualifiedName::public("t_rows");
        let away =
            SetRowsAside { from: &from, to: &to, aside: aside.clone(), as_text: Vec::new(), sequences: Vec::new() }
                .statements();
        assert_eq!(away[0].text(), "CREATE TABLE public.t_rows AS SELECT a, b FROM ONLY public.t");
        assert_eq!(away[0].destroys, ["the column public.t.gone and its values"]);
        let backfills = vec![("b", "7".to_owned())];
        let back = BringRowsBack {
            from: &from,
            to: &to,
            aside,
            as_text: Vec::new(),
            backfills,
            sequences: Vec::new(),
            kept: Vec::new(),
        };
        let texts: Vec<String> = back.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "INSERT INTO public.t (a, b)\nSELECT a::integer, coalesce(b, 7) FROM public.t_rows",
                "DROP TABLE public.t_rows"
            ]
        );
        assert!(back.statements()[0].remarks[1].starts_with("backfill: "));
    }
}
