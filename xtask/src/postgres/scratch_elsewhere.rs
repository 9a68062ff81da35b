//! Scratch databases on another server than that of the project's database, made like it.

use std::any::Any;

use sqlx::Row as _;

use super::connect::{Address, Database};
use super::error::PostgresError;
use super::scratch::ScratchServer;
use super::scratch_error::ScratchError;
use crate::sql::identifier;

impl Database {
    /// The role of this session.
    ///
    /// # Errors
    /// Where the session is lost.
    pub async fn role(&mut self) -> Result<String, PostgresError> {
        let rows = self.rows("SELECT current_user::text AS role").await?;
        Ok(rows.first().map(|row| row.get("role")).unwrap_or_default())
    }

    /// Why the role of this session cannot create databases; `None` where it can.
    ///
    /// # Errors
    /// Where the session is lost.
    pub async fn may_not_create_databases(&mut self) -> Result<Option<ScratchError>, PostgresError> {
        let sql = "SELECT rolname::text AS role, rolcreatedb OR rolsuper AS may, pg_is_in_recovery() AS is_standby \
                   FROM pg_roles WHERE rolname = current_user";
        let rows = self.rows(sql).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let message = match (row.get("may"), row.get("is_standby")) {
            (_, true) => "the server is a standby, on which nothing can be created",
            (false, _) => "the role does not have the attribute CREATEDB",
            (true, false) => return Ok(None),
        };
        Ok(Some(ScratchError::MayNotCreate { role: row.get("role"), message: message.to_owned(), instead: None }))
    }
}

impl ScratchServer {
    /// On the server at this address, with the encoding, locale and roles of the other one's. `keeper` is kept as long as the
    /// server is used, and dropped after its last session.
    ///
    /// # Errors
    /// Extensions of the database that this server lacks.
    pub async fn elsewhere(
        model: &mut Database,
        address: &Address,
        keeper: Box<dyn Any>,
    ) -> Result<Self, ScratchError> {
        let options = Self::options_of(model).await?;
        let mut admin = Database::connect(address, "xtask scratch").await?;
        let lacks = lacking_extensions(model, &mut admin).await?;
        if !lacks.is_empty() {
            return Err(ScratchError::Lacks { what: format!("the extension {}", lacks.join(", ")) });
        }
        for role in roles(model).await? {
            admin.run(&format!("CREATE ROLE {}", identifier(&role))).await?;
        }
        Ok(Self::kept(admin, options, keeper))
    }
}

/// Extensions of a database, with their versions, that another server does not have.
async fn lacking_extensions(model: &mut Database, other: &mut Database) -> Result<Vec<String>, PostgresError> {
    let used = model.rows("SELECT extname || ' ' || extversion AS it FROM pg_extension ORDER BY 1").await?;
    let there = other.rows("SELECT name || ' ' || version AS it FROM pg_available_extension_versions").await?;
    let there: Vec<&str> = there.iter().map(|row| row.get("it")).collect();
    let used = used.iter().map(|row| row.get::<&str, _>("it"));
    // It comes with every server, and nobody names its version.
    let lacking = used.filter(|it| !it.starts_with("plpgsql ") && !there.contains(it));
    Ok(lacking.map(str::to_owned).collect())
}

/// The roles that grants, policies and default privileges may name.
async fn roles(model: &mut Database) -> Result<Vec<String>, PostgresError> {
    let sql = "SELECT rolname::text AS role FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> current_user";
    Ok(model.rows(sql).await?.iter().map(|row| row.get("role")).collect())
}
