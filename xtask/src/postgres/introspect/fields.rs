//! The fields of one row, read from left to right.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::{Row, ValueRef};

/// Why a field cannot be read.
pub(super) type Fault = String;

/// The fields of one row. All values come as text, since the simple protocol sends them so.
pub(super) struct Fields<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Fields<'r> {
    pub(super) fn of(row: &'r PgRow) -> Self {
        Self { row, next: 0 }
    }

    /// A text that may be NULL.
    pub(super) fn optional(&mut self) -> Result<Option<&'r str>, Fault> {
        let at = self.next;
        self.next += 1;
        let value = self.row.try_get_raw(at).map_err(|error| error.to_string())?;
        if value.is_null() {
            return Ok(None);
        }
        value.as_str().map(Some).map_err(|error| error.to_string())
    }

    /// A text that is there.
    pub(super) fn text(&mut self) -> Result<&'r str, Fault> {
        self.optional()?.ok_or_else(|| format!("field {} is NULL", self.next))
    }

    /// A text of its own, which may be NULL.
    pub(super) fn owned(&mut self) -> Result<Option<String>, Fault> {
        Ok(self.optional()?.map(str::to_owned))
    }

    /// A number that is there.
    pub(super) fn number<N: FromStr>(&mut self) -> Result<N, Fault> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("field {}, \"{text}\", is no number", self.next))
    }

    /// A number that may be NULL.
    pub(super) fn optional_number<N: FromStr>(&mut self) -> Result<Option<N>, Fault> {
        let Some(text) = self.optional()? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("field {}, \"{text}\", is no number", self.next))
    }

    /// A truth value; NULL is false.
    pub(super) fn flag(&mut self) -> Result<bool, Fault> {
        Ok(self.optional()? == Some("t"))
    }

    /// One letter of the catalogue.
    pub(super) fn letter(&mut self) -> Result<char, Fault> {
        Ok(self.optional()?.and_then(|text| text.chars().next()).unwrap_or(' '))
    }

    /// Numbers in a row, as `int2vector` and `oidvector` come; NULL is none.
    pub(super) fn numbers<N: FromStr>(&mut self) -> Result<Vec<N>, Fault> {
        let Some(text) = self.optional()? else { return Ok(Vec::new()) };
        let words = text.split(' ').filter(|word| !word.is_empty());
        let numbers: Result<Vec<N>, _> = words.map(str::parse).collect();
        numbers.map_err(|_| format!("field {}, \"{text}\", holds no numbers", self.next))
    }

    /// JSON; NULL is what the type has where nothing is said.
    pub(super) fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T, Fault> {
        let Some(text) = self.optional()? else { return Ok(T::default()) };
        serde_json::from_str(text).map_err(|error| format!("field {}, {text}: {error}", self.next))
    }
}
