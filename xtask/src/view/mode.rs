//! Whether a refresh can leave readers alone.

use std::fmt;

use super::MaterializedView;

/// How a view is refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`: readers go on reading the old rows.
    Concurrently,
    /// `REFRESH MATERIALIZED VIEW`: readers wait until it is done.
    Plain(PlainReason),
}

/// Why not concurrently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainReason {
    /// Somebody wants it so.
    Asked,
    /// There are no old rows that could be read.
    NotPopulated,
    /// No index forbids duplicates.
    NoUniqueIndex,
    /// Each unique index has something that the server cannot use.
    Unusable(Vec<(String, IndexFault)>),
}

/// What keeps a unique index from telling one row from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexFault {
    /// Its build failed or goes on.
    Invalid,
    /// It has a `WHERE`.
    Partial,
    /// It is over an expression.
    Expression,
    /// It is checked only at the end of a transaction.
    Deferred,
}

impl Mode {
    /// The better one of the two, unless `concurrently` is false. The conditions are those of
    /// `is_usable_unique_index` in the server's `src/backend/commands/matview.c`.
    pub fn of(view: &MaterializedView, concurrently: bool) -> Self {
        if !view.populated {
            return Self::Plain(PlainReason::NotPopulated);
        }
        if !concurrently {
            return Self::Plain(PlainReason::Asked);
        }
        let mut faults = Vec::new();
        for index in view.indexes.iter().filter(|index| index.unique) {
            let fault = match index {
                index if !index.valid => IndexFault::Invalid,
                index if index.partial => IndexFault::Partial,
                index if index.expression => IndexFault::Expression,
                index if !index.immediate => IndexFault::Deferred,
                _ => return Self::Concurrently,
            };
            faults.push((index.name.clone(), fault));
        }
        let reason = if faults.is_empty() { PlainReason::NoUniqueIndex } else { PlainReason::Unusable(faults) };
        Self::Plain(reason)
    }

    /// One word: as it is stored and given as JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Concurrently => "concurrently",
            Self::Plain(_) => "plain",
        }
    }

    /// Why not concurrently.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Concurrently => None,
            Self::Plain(reason) => Some(reason.to_string()),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concurrently => formatter.write_str("concurrently"),
            Self::Plain(reason) => write!(formatter, "plain: {reason}"),
        }
    }
}

impl fmt::Display for PlainReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => formatter.write_str("--no-concurrently"),
            Self::NotPopulated => formatter.write_str("it was not populated"),
            Self::NoUniqueIndex => formatter.write_str("it has no unique index"),
            Self::Unusable(indexes) => {
                let each: Vec<String> =
                    indexes.iter().map(|(name, fault)| format!("unique index {name} {fault}")).collect();
                formatter.write_str(&each.join(", "))
            }
        }
    }
}

impl fmt::Display for IndexFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Invalid => "is invalid",
            Self::Partial => "is partial",
            Self::Expression => "is over an expression",
            Self::Deferred => "is not checked at once",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ViewIndex;

    fn index(name: &str, change: fn(&mut ViewIndex)) -> ViewIndex {
        let mut index =
            ViewIndex { name: name.to_owned(), unique: true, valid: true, immediate: true, ..ViewIndex::default() };
        change(&mut index);
        index
    }

    fn mode(populated: bool, indexes: Vec<ViewIndex>) -> String {
        Mode::of(&MaterializedView { populated, indexes, ..MaterializedView::default() }, true).to_string()
    }

    #[test]
    fn one_good_unique_index_is_enough() {
        let bad = index("a", |index| index.partial = true);
        assert_eq!(mode(true, vec![bad, index("b", |_| ())]), "concurrently");
    }

    #[test]
    fn each_reason_is_named() {
        assert_eq!(mode(false, vec![index("a", |_| ())]), "plain: it was not populated");
        assert_eq!(mode(true, vec![index("a", |index| index.unique = false)]), "plain: it has no unique index");
        let bad = vec![
            index("a", |index| index.partial = true),
            index("b", |index| index.expression = true),
            index("c", |index| index.valid = false),
            index("d", |index| index.immediate = false),
        ];
        assert_eq!(
            mode(true, bad),
            "plain: unique index a is partial, unique index b is over an expression, unique index c is invalid, \
             unique index d is not checked at once"
        );
        let view =
            MaterializedView { populated: true, indexes: vec![index("a", |_| ())], ..MaterializedView::default() };
        assert_eq!(Mode::of(&view, false).to_string(), "plain: --no-concurrently");
    }
}
