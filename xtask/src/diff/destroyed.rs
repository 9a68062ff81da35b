//! How it is said what a statement destroys, where others ask for it.

use crate::schema::QualifiedName;
use crate::sql;

/// A table that goes.
pub fn rows_of(table: &QualifiedName) -> String {
    format!("the table {table} and its rows")
}

/// A column that goes.
pub fn values_of(table: &QualifiedName, column: &str) -> String {
    format!("the column {table}.{} and its values", sql::name(column))
}
