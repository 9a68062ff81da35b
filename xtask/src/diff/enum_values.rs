//! `ALTER TYPE … ADD VALUE`
//!
//! before: `enum ('sad', 'ok')` · after: `enum ('sad', 'meh', 'ok')`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::EnumType;
use crate::sql;

/// An enum gets new values, in their places.
#[derive(Clone, Debug)]
pub struct AddEnumValues<'s> {
    /// Before.
    pub from: &'s EnumType,
    /// After.
    pub to: &'s EnumType,
}

impl<'s> AddEnumValues<'s> {
    /// What differs, where values were only added.
    pub fn detect(from: &'s EnumType, to: &'s EnumType) -> Option<Self> {
        (from.values != to.values && keeps_values(from, to)).then_some(Self { from, to })
    }

    /// The new values.
    pub fn values(&self) -> impl Iterator<Item = &'s String> {
        let from = self.from;
        self.to.values.iter().filter(|value| !from.values.contains(value))
    }
}

/// Whether all values are still there, in the same order.
pub(super) fn keeps_values(from: &EnumType, to: &EnumType) -> bool {
    let mut later = to.values.iter();
    from.values.iter().all(|value| later.any(|other| other == value))
}

impl Operation for AddEnumValues<'_> {
    fn title(&self) -> String {
        let values: Vec<String> = self.values().map(|value| sql::literal(value)).collect();
        format!("{} added", values.join(", "))
    }

    fn statements(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (at, value) in self.to.values.iter().enumerate() {
            if self.from.values.contains(value) {
                continue;
            }
            // Before a value that was there, behind the one just added, or at the end.
            let next = self.to.values[at + 1..].iter().find(|value| self.from.values.contains(value));
            let place = next.map_or(String::new(), |next| format!(" BEFORE {}", sql::literal(next)));
            let statement = format!("ALTER TYPE {} ADD VALUE {}{place}", self.to.name, sql::literal(value));
            statements.push(Statement { commits_first: true, ..Statement::whole(statement) });
        }
        statements
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    fn mood(values: &[&str]) -> EnumType {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        EnumType { name: QualifiedName::public("mood"), values, ..EnumType::default() }
    }

    #[test]
    fn values_are_added_in_their_places() {
        let (from, to) = (mood(&["sad", "ok"]), mood(&["awful", "sad", "meh", "fine", "ok", "happy"]));
        let change = AddEnumValues::detect(&from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "ALTER TYPE public.mood ADD VALUE 'awful' BEFORE 'sad'",
                "ALTER TYPE public.mood ADD VALUE 'meh' BEFORE 'ok'",
                "ALTER TYPE public.mood ADD VALUE 'fine' BEFORE 'ok'",
                "ALTER TYPE public.mood ADD VALUE 'happy'",
            ]
        );
    }

    #[test]
    fn another_order_is_not_an_addition() {
        assert!(AddEnumValues::detect(&mood(&["a", "b"]), &mood(&["b", "a", "c"])).is_none());
        assert!(AddEnumValues::detect(&mood(&["a", "b"]), &mood(&["a"])).is_none());
    }
}
