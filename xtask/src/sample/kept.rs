//! Rows before and after a change compared: none may be missing, and what was to be kept must be there.

use super::followed::{Followed, Kept};

/// Rows of a table: the values of the columns that are followed, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// How many there are.
    pub count: u64,
    /// The rows; not all, where there are very many.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    fn are_whole(&self) -> bool {
        u64::try_from(self.rows.len()) == Ok(self.count)
    }
}

/// What was lost, behind the name of the table; `None` where all is there. With `exactly`, rows too many are wrong as well.
pub fn lost(columns: &[Followed], before: &Rows, after: &Rows, exactly: bool) -> Option<String> {
    let (had, has) = (before.count, after.count);
    if has < had || (exactly && has > had) {
        return Some(format!("had {had} sample rows and has {has}"));
    }
    if !before.are_whole() || !after.are_whole() || columns.is_empty() {
        return None;
    }
    let missing = unmatched(&before.rows, &after.rows, |old, new| {
        columns.iter().enumerate().all(|(at, column)| survives(column, value(old, at), value(new, at)))
    })?;
    let changed = columns.iter().enumerate().find_map(|(at, column)| {
        let row = unmatched(&before.rows, &after.rows, |old, new| survives(column, value(old, at), value(new, at)))?;
        Some((column, value(row, at), after.rows.iter().map(|new| shown(value(new, at))).collect::<Vec<_>>()))
    });
    Some(match changed {
        Some((column, was, now)) => {
            format!("lost the value {} of the column {}; there is now: {}", shown(was), column.after, now.join(", "))
        }
        None => {
            let row: Vec<String> = (0..columns.len()).map(|at| shown(value(missing, at))).collect();
            format!("lost the row ({}): its values stand in other rows", row.join(", "))
        }
    })
}

fn value(row: &[Option<String>], at: usize) -> Option<&str> {
    row.get(at).and_then(Option::as_deref)
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), crate::sql::literal)
}

/// The first row that finds no other one like it, each being taken once.
fn unmatched<'r>(
    before: &'r [Vec<Option<String>>],
    after: &[Vec<Option<String>>],
    is_like: impl Fn(&[Option<String>], &[Option<String>]) -> bool,
) -> Option<&'r [Option<String>]> {
    let mut open: Vec<&Vec<Option<String>>> = after.iter().collect();
    for row in before {
        match open.iter().position(|other| is_like(row, other)) {
            Some(at) => drop(open.swap_remove(at)),
            None => return Some(row),
        }
    }
    None
}

fn survives(column: &Followed, old: Option<&str>, new: Option<&str>) -> bool {
    match (&column.kept, old, new) {
        (_, None, new) => column.is_filled || new.is_none(),
        (_, Some(_), None) => false,
        (Kept::Presence, Some(_), Some(_)) => true,
        (Kept::Value(renamed), Some(old), Some(new)) => {
            old == new || renamed.iter().any(|(from, to)| from == old && to == new)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kept: Kept) -> Followed {
        Followed { before: name.into(), after: name.into(), kept, is_filled: false }
    }

    fn rows(rows: &[&[Option<&str>]]) -> Rows {
        let rows: Vec<Vec<Option<String>>> =
            rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect()).collect();
        Rows { count: rows.len() as u64, rows }
    }

    #[test]
    fn a_value_that_is_gone_is_told() {
        let columns = [column("id", Kept::Value(Vec::new())), column("vessel", Kept::Value(Vec::new()))];
        let before = rows(&[&[Some("1"), Some("a")], &[Some("2"), Some("b")]]);
        let swapped = rows(&[&[Some("1"), Some("b")], &[Some("2"), Some("a")]]);
        let emptied = rows(&[&[Some("1"), None], &[Some("2"), None]]);
        assert_eq!(lost(&columns, &before, &before, true), None);
        assert_eq!(
            lost(&columns, &before, &emptied, true).as_deref(),
            Some("lost the value 'a' of the column vessel; there is now: NULL, NULL")
        );
        assert!(lost(&columns, &before, &swapped, true).is_some_and(|told| told.contains("other rows")));
        assert_eq!(lost(&columns, &before, &rows(&[]), true).as_deref(), Some("had 2 sample rows and has 0"));
    }

    #[test]
    fn rows_may_be_filled_converted_and_added_where_that_is_meant() {
        let filled = Followed { is_filled: true, ..column("grade", Kept::Value(Vec::new())) };
        let (empty, full) = (rows(&[&[None]]), rows(&[&[Some("3")]]));
        assert_eq!(lost(&[filled], &empty, &full, true), None);
        assert!(lost(&[column("grade", Kept::Value(Vec::new()))], &empty, &full, true).is_some());
        let text = rows(&[&[Some("3.0")]]);
        assert_eq!(lost(&[column("grade", Kept::Presence)], &full, &text, true), None);
        assert!(lost(&[column("grade", Kept::Presence)], &full, &empty, true).is_some());
        let renamed = Kept::Value(vec![("3".into(), "three".into())]);
        assert_eq!(lost(&[column("grade", renamed)], &full, &rows(&[&[Some("three")]]), true), None);
        let two = rows(&[&[Some("3")], &[Some("4")]]);
        assert!(lost(&[column("grade", Kept::Presence)], &full, &two, true).is_some());
        assert_eq!(lost(&[column("grade", Kept::Presence)], &full, &two, false), None);
    }
}
