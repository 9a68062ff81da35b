//! Why a project cannot be adopted.

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const NOTHING: Code = Code::new("adopt-no-alembic");
const SETTINGS: Code = Code::new("adopt-settings");
const SEVERAL: Code = Code::new("adopt-unsure");
const NO_SCRIPTS: Code = Code::new("adopt-no-scripts");
const CHANGED: Code = Code::new("adopt-script-changed");

/// Why a project cannot be adopted, or what a person should know of it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AdoptionError {
    /// There is no Alembic here.
    #[error("there is no Alembic project in {root}")]
    Nothing {
        /// Where it was looked for.
        root: Utf8PathBuf,
    },
    /// The settings do not say where the scripts are.
    #[error("{file} does not say where the scripts are")]
    NoLocation {
        /// The file.
        file: Utf8PathBuf,
    },
    /// The settings cannot be read.
    #[error("{file} is no TOML: {problem}")]
    NotToml {
        /// The file.
        file: Utf8PathBuf,
        /// What the parser says.
        problem: String,
        /// Where.
        place: Box<Place>,
    },
    /// The file is not Alembic's.
    #[error("{file} has no section [alembic]")]
    NoSection {
        /// The file.
        file: Utf8PathBuf,
    },
    /// The folder of the scripts is empty or missing.
    #[error("there is no revision script in {}", folders.join(", "))]
    NoScripts {
        /// The file that names the folders.
        file: Utf8PathBuf,
        /// The folders.
        folders: Vec<String>,
    },
    /// Something that a person has to decide.
    #[error("it is not clear {what}")]
    Unsure {
        /// `which settings of Alembic are meant`
        what: &'static str,
        /// What it could be.
        choices: Vec<String>,
        /// The option that tells.
        option: &'static str,
    },
    /// A script is not what it was when it was converted.
    #[error("{script} was changed after it was converted")]
    Changed {
        /// The script.
        script: Utf8PathBuf,
        /// What it was converted to.
        up_file: Utf8PathBuf,
    },
}

impl AdoptionError {
    /// A file whose text the parser refuses.
    pub(super) fn not_toml(file: &Utf8Path, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        let place = Box::new(Place::span(file, &text.into(), span, ""));
        Self::NotToml { file: file.to_owned(), problem: error.message().to_owned(), place }
    }
}

impl Diagnose for AdoptionError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        match self {
            Self::Nothing { .. } => error(NOTHING)
                .because(
                    "looked for alembic.ini, and for [tool.alembic] in pyproject.toml, here and in the folders below",
                )
                .try_command("Name the file, where it has another name", "cargo xtask adopt --ini FILE")
                .try_command(
                    "Start a project without Alembic: an empty xtask.toml, and",
                    "cargo xtask revision -m \"…\"",
                ),
            Self::NoLocation { file } => error(SETTINGS)
                .at(Place::file(file))
                .because("script_location is missing")
                .advise("Write script_location = FOLDER, as Alembic needs it itself"),
            Self::NotToml { place, .. } => {
                error(SETTINGS).at((**place).clone()).advise("Correct it; nothing of it can be read before")
            }
            Self::NoSection { file } => {
                error(SETTINGS).at(Place::file(file)).try_command("Name the right file", "cargo xtask adopt --ini FILE")
            }
            Self::NoScripts { file, .. } => error(NO_SCRIPTS)
                .at(Place::file(file))
                .advise("Correct script_location or version_locations, or bring the scripts back"),
            Self::Unsure { choices, option, .. } => {
                let found = error(SEVERAL).because(format!("it could be:\n{}", choices.join("\n")));
                let first = choices.first().map_or("…", String::as_str);
                found.try_command("Say which one", format!("cargo xtask adopt {option} {first}"))
            }
            Self::Changed { script, up_file } => Diagnostic::warning(CHANGED, self.to_string())
                .at(Place::file(script))
                .because(format!("{up_file} keeps what the script was before; databases may have applied it"))
                .advise(format!("Compare the two; remove both files of {up_file} and adopt again to convert it anew")),
        }
    }
}
