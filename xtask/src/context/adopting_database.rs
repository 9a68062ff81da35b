//! The database of an adoption, as the settings of Alembic name it.

use crate::adoption::{NamedDatabase, Settings};

/// The URL for `xtask.toml`, and what a person should know of the database; where nothing else names one.
pub(super) fn database(settings: &Settings, is_named: bool) -> (Option<String>, Option<String>) {
    let file = &settings.file;
    match settings.named_database() {
        Some(NamedDatabase::Other(kind)) => {
            (None, Some(format!("`{file}` names a database of {kind}; this tool is for PostgreSQL, and so is its SQL")))
        }
        Some(NamedDatabase::Url(url)) if !is_named => (Some(url), None),
        Some(NamedDatabase::Secret) if !is_named => {
            let note = format!(
                "the URL in `{file}` has a password, so it was not copied: put it into the env file as DATABASE_URL, without `+driver`"
            );
            (None, Some(note))
        }
        // What names no database is filled by `env.py`.
        None if !is_named => {
            let note = "neither a Compose file nor the URL of a database was found: set DATABASE_URL, or [database] url in xtask.toml";
            (None, Some(note.to_owned()))
        }
        _ => (None, None),
    }
}

/// What a person should know where the settings are for several.
pub(super) fn several_databases(settings: &Settings) -> Option<String> {
    (settings.databases.len() > 1).then(|| {
        format!(
            "`{}` is for several databases ({}), a project of this tool for one: their scripts, which ask for the name of a database, are left to a person",
            settings.file,
            settings.databases.join(", ")
        )
    })
}
