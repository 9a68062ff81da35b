//! A row that is to be inserted, and what is tried next where the database refuses it.

use crate::schema::QualifiedName;
use crate::sql;

/// How often a row is tried.
const TRIES: usize = 40;

/// What a row is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Its values suit both schemas.
    Fitting,
    /// Without a value where the other schema wants one.
    Empty,
    /// With the values of another row, which the other schema wants to be different.
    Twin,
    /// With values that the other type may not hold.
    Extreme,
    /// Refers to nothing, where the other schema wants a reference.
    Stray,
}

impl RowKind {
    /// What is special about such a row, behind "a row".
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Fitting => "like any other",
            Self::Empty => "that has no value",
            Self::Twin => "that has the same values as another one",
            Self::Extreme => "whose value does not fit the new type",
            Self::Stray => "that refers to nothing",
        }
    }
}

/// A column that gets a value, with the values that are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) column: String,
    /// Expressions, the best first; never empty.
    pub(super) candidates: Vec<String>,
    /// Which is taken.
    pub(super) at: usize,
    /// Whether another one is tried where nobody says which column is wrong.
    pub(super) is_doubtful: bool,
}

impl Cell {
    fn expression(&self) -> &str {
        self.candidates.get(self.at).map_or("NULL", String::as_str)
    }
}

/// Columns that get their values from a row of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) table: QualifiedName,
    pub(super) columns: Vec<LinkedColumn>,
}

/// A column that refers to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkedColumn {
    pub(super) column: String,
    pub(super) referenced: String,
    /// Behind the value, where its type is another one: `::text::integer`.
    pub(super) cast: String,
    /// What is taken where the other table has no row.
    pub(super) otherwise: Option<Otherwise>,
}

/// A value for a reference to a row that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// That of a column of the same row.
    Own(String),
    /// An expression.
    Value(String),
}

/// What the other schema demands of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// The name of the check.
    pub(super) name: String,
    /// The condition, in terms of the table as it is.
    pub(super) expression: String,
}

/// A row that is to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is there for.
    pub kind: RowKind,
    pub(super) table: QualifiedName,
    /// Which row of its table, from 0: it refers to others of the same number.
    pub(super) number: usize,
    pub(super) cells: Vec<Cell>,
    pub(super) links: Vec<Link>,
    /// Constraints by name, with the columns that they are about.
    pub(super) constraints: Vec<(String, Vec<String>)>,
    pub(super) demands: Vec<Demand>,
    pub(super) tries: usize,
}

/// Why the database refused a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The five characters.
    pub sqlstate: String,
    /// The constraint, where the server names one.
    pub constraint: Option<String>,
}

impl Draft {
    /// The statement that inserts it.
    pub fn insert(&self) -> String {
        let (mut columns, mut values, mut sources) = (Vec::new(), Vec::new(), String::new());
        for cell in &self.cells {
            columns.push(sql::name(&cell.column).into_owned());
            values.push(cell.expression().to_owned());
        }
        for (at, link) in self.links.iter().enumerate() {
            sources.push_str(&self.source(at, link));
            for it in &link.columns {
                columns.push(sql::name(&it.column).into_owned());
                let value = format!("r{at}.{}{}", sql::name(&it.referenced), it.cast);
                values.push(match self.otherwise(it) {
                    Some(otherwise) => format!("coalesce({value}, {otherwise})"),
                    None => value,
                });
            }
        }
        if columns.is_empty() {
            return format!("INSERT INTO {} DEFAULT VALUES", self.table);
        }
        let (columns, values) = (columns.join(", "), values.join(", "));
        format!("INSERT INTO {} ({columns}) SELECT {values} FROM (VALUES (1)) AS one{sources}", self.table)
    }

    /// The row of another table that this one refers to.
    fn source(&self, at: usize, link: &Link) -> String {
        let names: Vec<String> = link.columns.iter().map(|it| sql::name(&it.referenced).into_owned()).collect();
        let there: Vec<String> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
        let (table, names, there, number) = (&link.table, names.join(", "), there.join(" AND "), self.number);
        format!(
            " LEFT JOIN LATERAL (SELECT {names} FROM {table} WHERE {there} ORDER BY tableoid, ctid \
             OFFSET {number} % greatest(1, (SELECT count(*) FROM {table} WHERE {there})) LIMIT 1) AS r{at} ON true"
        )
    }

    fn otherwise(&self, column: &LinkedColumn) -> Option<String> {
        match column.otherwise.as_ref()? {
            Otherwise::Value(expression) => Some(expression.clone()),
            Otherwise::Own(own) => {
                self.cells.iter().find(|cell| cell.column == *own).map(|cell| cell.expression().to_owned())
            }
        }
    }

    /// A query that names the checks which the row does not pass yet; `None` where there are none.
    pub fn unmet(&self) -> Option<String> {
        let queries: Vec<String> = self
            .demands
            .iter()
            .map(|it| {
                let (name, condition) = (sql::literal(&it.name), &it.expression);
                format!("SELECT {name} AS name WHERE EXISTS (SELECT FROM ONLY {} WHERE NOT ({condition}))", self.table)
            })
            .collect();
        (!queries.is_empty()).then(|| queries.join(" UNION ALL "))
    }

    /// Asks no longer that it passes what is only demanded later.
    pub fn without_demands(&mut self) {
        self.demands.clear();
    }

    /// Takes other values after a refusal; `false` where there are none that could help.
    pub fn after(&mut self, refusal: &Refusal) -> bool {
        self.tries += 1;
        if self.tries > TRIES {
            return false;
        }
        let named = refusal.constraint.as_ref().and_then(|name| self.constraints.iter().find(|(it, _)| it == name));
        let concerned: Vec<usize> = match named {
            Some((_, columns)) => self.places(|cell| columns.contains(&cell.column)),
            None => self.places(|cell| cell.is_doubtful),
        };
        // A number that the database gives out is another one at the next try.
        let counts = refusal.sqlstate == "23505";
        self.turn(&concerned) || (counts && concerned.is_empty())
    }

    fn places(&self, which: impl Fn(&Cell) -> bool) -> Vec<usize> {
        (0..self.cells.len()).filter(|at| self.cells.get(*at).is_some_and(&which)).collect()
    }

    /// The next combination of values, as the wheels of a counter turn: the last column first.
    fn turn(&mut self, places: &[usize]) -> bool {
        for &place in places.iter().rev() {
            let Some(cell) = self.cells.get_mut(place) else { continue };
            if cell.at + 1 < cell.candidates.len() {
                cell.at += 1;
                return true;
            }
            cell.at = 0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(columns: &[(&str, &[&str])], constraints: &[(&str, &[&str])]) -> Draft {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let cell = |(column, candidates): &(&str, &[&str])| Cell {
            column: (*column).to_owned(),
            candidates: own(candidates),
            at: 0,
            is_doubtful: false,
        };
        Draft {
            kind: RowKind::Fitting,
            table: QualifiedName::public("t"),
            number: 1,
            cells: columns.iter().map(cell).collect(),
            links: Vec::new(),
            constraints: constraints.iter().map(|(name, columns)| ((*name).to_owned(), own(columns))).collect(),
            demands: Vec::new(),
            tries: 0,
        }
    }

    fn refused(constraint: &str) -> Refusal {
        Refusal { sqlstate: "23514".into(), constraint: Some(constraint.into()) }
    }

    #[test]
    fn the_columns_of_the_constraint_that_refused_take_other_values() {
        let mut row = draft(&[("a", &["1", "2"]), ("b", &["3", "4"]), ("c", &["5", "6"])], &[("ck", &["a", "b"])]);
        let mut tried = vec![row.insert()];
        while row.after(&refused("ck")) {
            tried.push(row.insert());
        }
        let all: Vec<String> = ["1, 3, 5", "1, 4, 5", "2, 3, 5", "2, 4, 5"]
            .iter()
            .map(|values| format!("INSERT INTO public.t (a, b, c) SELECT {values} FROM (VALUES (1)) AS one"))
            .collect();
        assert_eq!(tried, all);
        assert!(!row.after(&refused("another")), "nothing else could help");
    }

    #[test]
    fn what_is_counted_by_the_database_is_tried_again() {
        let taken = Refusal { sqlstate: "23505".into(), constraint: Some("t_pkey".into()) };
        let mut row = draft(&[], &[("t_pkey", &["id"])]);
        assert_eq!(row.insert(), "INSERT INTO public.t DEFAULT VALUES");
        assert!(row.after(&taken));
        assert!(!draft(&[], &[]).after(&refused("ck")));
    }

    #[test]
    fn a_row_refers_to_one_of_the_same_number_or_to_itself() {
        let mut row = draft(&[("id", &["7"])], &[]);
        let column = LinkedColumn {
            column: "parent".into(),
            referenced: "id".into(),
            cast: String::new(),
            otherwise: Some(Otherwise::Own("id".into())),
        };
        row.links.push(Link { table: QualifiedName::public("t"), columns: vec![column] });
        let insert = row.insert();
        assert!(insert.contains("(id, parent) SELECT 7, coalesce(r0.id, 7) FROM"), "{insert}");
        assert!(insert.contains("OFFSET 1 % greatest"), "{insert}");
    }
}
