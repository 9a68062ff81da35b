//! Materialised views that a scratch database fills or empties, so that they stand as those of the project do.

use std::collections::BTreeMap;

use super::connect::Database;
use super::error::PostgresError;
use crate::schema::QualifiedName;

impl Database {
    /// Refreshes these materialised views with their rows, or empties them (`false`). Gives whether that was possible: a view
    /// that reads one which stays empty cannot be refreshed.
    ///
    /// # Errors
    /// Where the session is lost.
    pub async fn populate(&mut self, views: &BTreeMap<QualifiedName, bool>) -> Result<bool, PostgresError> {
        let mut open: Vec<String> = views.iter().map(|(view, is_filled)| refresh_of(view, *is_filled)).collect();
        while !open.is_empty() {
            // A view can be refreshed once those are that it reads.
            let mut failed = Vec::new();
            for statement in &open {
                self.begin_part().await?;
                match self.run(statement).await {
                    Ok(()) => self.end_part().await?,
                    Err(error) if error.sql().is_some() => {
                        self.undo_part().await?;
                        failed.push(statement.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
            if failed.len() == open.len() {
                return Ok(false);
            }
            open = failed;
        }
        Ok(true)
    }
}

fn refresh_of(view: &QualifiedName, is_filled: bool) -> String {
    format!("REFRESH MATERIALIZED VIEW {view}{}", if is_filled { "" } else { " WITH NO DATA" })
}
