//! The configuration files of an adopted project.

use camino::Utf8PathBuf;

use super::models::ModelPlace;

/// What was found or chosen, for `xtask.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The Compose file, where it is not found by itself.
    pub compose: Option<Utf8PathBuf>,
    /// The example of the env file, where it is not beside the Compose file.
    pub env_example: Option<Utf8PathBuf>,
    /// The database, where no Compose file has it and its URL is no secret.
    pub url: Option<String>,
    /// The schema of `alembic_version`.
    pub version_table_schema: Option<String>,
    /// The folder for the revisions.
    pub migrations: Utf8PathBuf,
    /// The folder for the views.
    pub views: Utf8PathBuf,
    /// The models.
    pub models: ModelPlace,
    /// What autogenerate leaves alone.
    pub exclude: Vec<String>,
}

/// The text of `xtask.toml`: what is not the default.
pub fn config_text(choices: &Choices) -> String {
    let mut text =
        "# Where things are in this project; written by `cargo xtask adopt`. Paths start at the folder of this file.\n"
            .to_owned();
    let mut table = |name: &str, lines: Vec<Option<String>>| {
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        if !lines.is_empty() {
            text += &format!("\n[{name}]\n{}\n", lines.join("\n"));
        }
    };
    let path =
        |key: &str, path: &Option<Utf8PathBuf>| path.as_ref().map(|it| format!("{key} = {}", string(it.as_str())));
    table("compose", vec![path("file", &choices.compose), path("env-example", &choices.env_example)]);
    let schema = choices.version_table_schema.as_ref();
    let url = choices.url.as_ref().map(|it| format!("url = {}", string(it)));
    table("database", vec![url, schema.map(|it| format!("version-table-schema = {}", string(it)))]);
    table("migrations", vec![Some(format!("dir = {}", string(choices.migrations.as_str())))]);
    let models = &choices.models;
    let roots: Vec<String> = models.roots.iter().map(ToString::to_string).collect();
    table("models", vec![path("dir", &models.dir), list("roots", &roots), list("modules", &models.modules)]);
    table("views", vec![Some(format!("dir = {}", string(choices.views.as_str())))]);
    table("autogenerate", vec![list("exclude", &choices.exclude)]);
    text
}

fn list(key: &str, items: &[String]) -> Option<String> {
    let items_text: Vec<String> = items.iter().map(|item| string(item)).collect();
    (!items.is_empty()).then(|| format!("{key} = [{}]", items_text.join(", ")))
}

fn string(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

const ALIAS: &str = "xtask = \"run --quiet --package xtask --\"\n";

/// `.cargo/config.toml` with the alias; `None` where it has one already.
pub fn alias_text(before: &str) -> Option<String> {
    let has = |line: &str| line.trim_start().starts_with("xtask") && line.contains('=');
    if before.lines().any(has) {
        return None;
    }
    let header = "[alias]\n";
    Some(match before.find(header) {
        Some(at) => format!("{}{ALIAS}{}", &before[..at + header.len()], &before[at + header.len()..]),
        None if before.is_empty() => format!("{header}{ALIAS}"),
        None => format!("{}\n\n{header}{ALIAS}", before.trim_end()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_written_is_read_back() {
        let choices = Choices {
            compose: Some("docker/docker-compose.yml".into()),
            version_table_schema: Some("app".into()),
            migrations: "migrations".into(),
            views: "views".into(),
            models: ModelPlace { dir: Some("src/app".into()), roots: vec!["src".into()], modules: Vec::new() },
            exclude: vec!["tmp_*".into()],
            env_example: None,
            url: Some("postgresql://me@h/d".into()),
        };
        let (config, errors) = Config::parse("xtask.toml", &config_text(&choices));
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!((config.compose.file, config.models.dir), (choices.compose, "src/app".into()));
        assert_eq!(config.database.url.map(|it| it.expose().to_owned()), choices.url);
        assert_eq!((config.autogenerate.exclude, config.models.roots), (choices.exclude, vec!["src".into()]));
    }

    #[test]
    fn an_alias_is_added_once() {
        let text = alias_text("[alias]\nb = \"build\"\n").expect("added");
        assert_eq!(text, format!("[alias]\n{ALIAS}b = \"build\"\n"));
        assert_eq!(alias_text(&text), None);
        assert_eq!(alias_text(""), Some(format!("[alias]\n{ALIAS}")));
    }
}
