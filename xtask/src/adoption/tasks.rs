//! The tasks of `pixi.toml`, or of `[tool.pixi]` in `pyproject.toml`.

use camino::Utf8Path;
use toml::{Table, Value};

use super::error::AdoptionError;
use super::words::{Line, lines};

/// One task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// What it does, as it is written.
    pub command: String,
    pub(super) lines: Vec<Line>,
    /// Tasks that are run before it.
    pub depends_on: Vec<String>,
    /// What it says of itself.
    pub description: String,
    /// The folder that it is run in, where that is not the project's.
    pub folder: Option<String>,
}

/// All tasks of a file, in the order of its tables.
///
/// # Errors
/// It is no TOML, and about pixi.
pub fn read_tasks(file: &Utf8Path, text: &str) -> Result<Vec<Task>, AdoptionError> {
    let document = match text.parse::<Table>() {
        Ok(document) => document,
        // Where it is not about pixi, others will tell.
        Err(_) if file.file_name() == Some("pyproject.toml") && !text.contains("[tool.pixi") => return Ok(Vec::new()),
        Err(error) => return Err(AdoptionError::not_toml(file, text, &error)),
    };
    let tool = document.get("tool").and_then(|tool| tool.get("pixi")).and_then(Value::as_table);
    let mut tasks = Vec::new();
    for top in [Some(&document), tool].into_iter().flatten() {
        if tool.is_none() || !std::ptr::eq(top, &document) {
            collect(top, &mut tasks);
        }
    }
    Ok(tasks)
}

fn collect(table: &Table, tasks: &mut Vec<Task>) {
    let found = table.get("tasks").and_then(Value::as_table);
    for (name, value) in found.into_iter().flatten() {
        tasks.push(task(name, value));
    }
    for group in ["feature", "target"] {
        for (_, inner) in table.get(group).and_then(Value::as_table).into_iter().flatten() {
            inner.as_table().into_iter().for_each(|inner| collect(inner, tasks));
        }
    }
}

fn task(name: &str, value: &Value) -> Task {
    let named = |value: &Value| value.as_str().or_else(|| value.get("task")?.as_str()).map(str::to_owned);
    let names = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(named).collect(),
        other => named(other).into_iter().collect::<Vec<_>>(),
    };
    let mut task = Task { name: name.to_owned(), ..Task::default() };
    match value {
        Value::Array(_) => task.depends_on = names(value),
        Value::String(command) => task.say(command),
        other => {
            task.description = other.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            task.folder = other.get("cwd").and_then(Value::as_str).map(str::to_owned);
            let depends = other.get("depends-on").or_else(|| other.get("depends_on"));
            task.depends_on = depends.map(names).unwrap_or_default();
            match other.get("cmd") {
                Some(Value::String(command)) => task.say(command),
                Some(Value::Array(words)) => {
                    let words: Vec<String> = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                    let line = Line::of_words(&words);
                    task.command.clone_from(&line.text);
                    task.lines = vec![line];
                }
                _ => {}
            }
            let env = other.get("env").and_then(Value::as_table).into_iter().flatten();
            let set = |(name, value): (&String, &Value)| Some(format!("{name}={}", value.as_str()?));
            let variables: Vec<String> = env.filter_map(set).collect();
            task.lines.iter_mut().for_each(|line| drop(line.variables.splice(0..0, variables.iter().cloned())));
        }
    }
    task
}

impl Task {
    fn say(&mut self, command: &str) {
        command.trim().clone_into(&mut self.command);
        self.lines = lines(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_read_in_all_their_forms() {
        let read = |text: &str| read_tasks("pixi.toml".into(), text).expect("TOML");
        let found = read(
            "[tasks]\na = \"alembic upgrade head\"\nb = { cmd = [\"docker-compose\", \"up\", \"-d\"], description = \"Up.\" }\n\
             c = { depends-on = [\"a\", { task = \"b\" }] }\nd = [\"a\", \"b\"]\n[feature.x.tasks.e]\ncmd = \"pytest\"\n",
        );
        let shown: Vec<_> =
            found.iter().map(|it| (it.name.as_str(), it.command.as_str(), it.depends_on.len())).collect();
        let expected = [
            ("a", "alembic upgrade head", 0),
            ("b", "docker-compose up -d", 0),
            ("c", "", 2),
            ("d", "", 2),
            ("e", "pytest", 0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(read("[tool.pixi.tasks]\nx = \"true\"\n")[0].name, "x");
        let set = &read("[tasks]\na = { cmd = \"B=2 alembic heads\", env = { A = \"1\" } }\n")[0].lines[0];
        assert_eq!((&set.variables[..], set.words.len()), (&["A=1".to_owned(), "B=2".to_owned()][..], 2));
        assert!(read_tasks("pixi.toml".into(), "[tasks]\nx = [").is_err());
        assert!(read_tasks("pyproject.toml".into(), "x = [").is_ok());
    }
}
