//! A project that lives on Alembic, understood from its texts: its settings, its tasks, and the files that it becomes here.
//!
//! Nothing is run: `alembic.ini`, `pyproject.toml`, `env.py`, the scripts and `pixi.toml` are read, and what becomes of them
//! is a value. The caller reads and writes the disk.

mod command;
mod compose_command;
mod env_script;
mod error;
mod ini;
mod models;
mod numbering;
mod proof;
mod report;
mod scripts;
mod sealed;
mod settings;
mod surroundings;
mod table_modules;
mod taken;
mod tasks;
mod views;
mod words;
mod written;

pub use command::{ANYWHERE, Around, Counterpart, counterpart};
pub use env_script::EnvScript;
pub use error::AdoptionError;
pub use models::{ModelPlace, may_state_tables, states_tables};
pub use numbering::Versions;
pub use proof::{Back, Difference, Equal, Lost, Proof, Refused, Rows, Step, with_proof};
pub use report::{Adopted, report};
pub use scripts::{Origin, draft_of, files_of};
pub use sealed::{is_as_written, is_open};
pub use settings::{NamedDatabase, Settings, Top};
pub use surroundings::surroundings;
pub use table_modules::{PythonFiles, table_modules};
pub use taken::{Fate, Rendering, Taken, rendered_sql};
pub use tasks::{Task, read_tasks};
pub use views::{ViewFile, view_files};
pub use written::{Choices, alias_text, config_text};
