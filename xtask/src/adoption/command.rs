//! What the command of a task is here.

use std::cell::RefCell;

use camino::Utf8Path;

use super::compose_command::{Composed, composed};
use super::tasks::Task;
use super::words::{Line, lines};
use crate::diagnostic::shell_word;

/// What stands beside a task in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// These commands, in order.
    Commands(Vec<String>),
    /// It touches services or the database, and is not understood: why.
    Eye(String),
    /// It has nothing to do with services or the database.
    Unrelated,
}

/// Words that tell that something is about services or the database.
const TELLTALES: [&str; 18] = [
    "docker-compose",
    "docker compose",
    "docker exec",
    "alembic",
    "migrat",
    "psql",
    "pgcli",
    "pg_dump",
    "pg_restore",
    "postgres",
    "database",
    "pgschema",
    "sqlalchemy",
    "sqlmodel",
    "psycopg",
    "asyncpg",
    "matview",
    "materialized view",
];

/// What stands before a path that may begin in any folder.
pub const ANYWHERE: &str = "**/";

/// Tasks that call each other are followed this far.
const DEPTH: usize = 8;

/// A variable as a shell sets it. The driver in a URL is Python's own.
fn assigned(variable: &str) -> String {
    let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
    let value = match value.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("postgresql+") => format!("postgresql://{rest}"),
        _ => value.to_owned(),
    };
    format!("{name}={}", if value.is_empty() { value } else { shell_word(&value) })
}

/// What a task is here.
pub fn counterpart(task: &Task, around: &Around<'_>) -> Counterpart {
    let mut found = Vec::new();
    // What it runs before and that has no like here is run as it was.
    let mut others = Vec::new();
    for name in &task.depends_on {
        let Some(other) = around.tasks.iter().find(|it| it.name == *name && it.name != task.name) else { continue };
        match counterpart_of(other, around) {
            Counterpart::Commands(commands) => found.extend(commands),
            _ => others.push((found.len(), format!("pixi run {name}"))),
        }
    }
    if !found.is_empty() {
        others.into_iter().rev().for_each(|(at, command)| found.insert(at, command));
    }
    match counterpart_of(task, around) {
        Counterpart::Commands(commands) => found.extend(commands),
        Counterpart::Eye(reason) if found.is_empty() => return Counterpart::Eye(reason),
        Counterpart::Eye(reason) => {
            return Counterpart::Eye(format!("{reason}; before it runs `{}`", found.join(" && ")));
        }
        Counterpart::Unrelated if found.is_empty() => return Counterpart::Unrelated,
        Counterpart::Unrelated if task.command.is_empty() => {}
        Counterpart::Unrelated => found.push(format!("{} (as before)", task.command)),
    }
    Counterpart::Commands(found)
}

fn counterpart_of(task: &Task, around: &Around<'_>) -> Counterpart {
    let scene = Scene {
        all: around.tasks,
        read: around.read,
        compose: around.compose,
        depth: DEPTH,
        unlike: RefCell::default(),
    };
    let (mut commands, mut is_known) = (Vec::new(), !task.lines.is_empty());
    for line in &task.lines {
        match scene.line(line) {
            Some(found) => commands.extend(found),
            None => is_known = false,
        }
    }
    if is_known {
        return Counterpart::Commands(commands);
    }
    match scene.unlike.take().or_else(|| scene.evidence(task)) {
        Some(reason) => Counterpart::Eye(reason),
        None => Counterpart::Unrelated,
    }
}

struct Scene<'a> {
    all: &'a [Task],
    read: &'a dyn Fn(&str) -> Option<String>,
    /// The Compose file that the project has here, where it is not found by itself.
    compose: Option<&'a Utf8Path>,
    depth: usize,
    /// What was found that has no like here.
    unlike: RefCell<Option<String>>,
}

/// What a project has that its tasks speak of.
pub struct Around<'a> {
    /// All tasks.
    pub tasks: &'a [Task],
    /// The Compose file, where it is not found by itself.
    pub compose: Option<&'a Utf8Path>,
    /// The text of a file; of one that begins with [`ANYWHERE`], of all that end so.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

impl Scene<'_> {
    /// The commands of one line; nothing where it is not understood.
    fn line(&self, line: &Line) -> Option<Vec<String>> {
        if line.is_more {
            return None;
        }
        // What Python is told by them means nothing here.
        let set = line.variables.iter().filter(|it| !it.starts_with("PYTHON"));
        let set: String = set.map(|it| format!("{} ", assigned(it))).collect();
        Some(self.command(line)?.into_iter().map(|it| format!("{set}{it}")).collect())
    }

    fn command(&self, line: &Line) -> Option<Vec<String>> {
        let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
        match words[..] {
            ["pixi", "run", ref rest @ ..] => self.pixi(rest),
            ["uv" | "poetry" | "pdm" | "hatch", "run", ref rest @ ..] => self.again(rest),
            ["bash" | "sh" | "/bin/bash" | "/bin/sh", "-c" | "-lc", inner] => {
                let found: Option<Vec<_>> = lines(inner).iter().map(|line| self.line(line)).collect();
                Some(found?.concat())
            }
            ["docker", "compose", ref rest @ ..] | ["docker-compose", ref rest @ ..] => self.compose(rest),
            ["python" | "python3", "-m", "alembic", ref rest @ ..] | ["alembic", ref rest @ ..] => alembic(rest),
            ["python" | "python3", "-c", text] if text.to_lowercase().contains("refresh") && text.contains("view") => {
                Some(vec![ours(&[], "refresh-views", &[])])
            }
            ["psql" | "pgcli", ref rest @ ..] => Some(vec![psql(rest)?]),
            ["pg_isready", ..] => Some(vec![ours(&[], "status db", &[])]),
            _ => None,
        }
    }

    fn again(&self, words: &[&str]) -> Option<Vec<String>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        self.line(&Line::of_words(&words))
    }

    /// `pixi run TASK …`: that task with more words, or a program.
    fn pixi(&self, words: &[&str]) -> Option<Vec<String>> {
        let words = match words {
            ["-e" | "--environment", _, rest @ ..] => rest,
            other => other,
        };
        let (name, more) = words.split_first()?;
        let Some(task) = self.all.iter().find(|it| it.name == *name) else { return self.again(words) };
        let (last, first) = task.lines.split_last()?;
        let depth = self.depth.checked_sub(1)?;
        let inner = Scene { depth, unlike: RefCell::default(), ..*self };
        let mut found = Vec::new();
        for line in first {
            found.extend(inner.line(line)?);
        }
        let words: Vec<String> = last.words.iter().cloned().chain(more.iter().map(|it| (*it).to_owned())).collect();
        found.extend(inner.line(&Line { words, ..last.clone() })?);
        Some(found)
    }

    fn compose(&self, words: &[&str]) -> Option<Vec<String>> {
        let inside = match composed(words, self.compose) {
            Ok(Composed::Is(command)) => return Some(vec![command]),
            Ok(Composed::Inside(inside)) => inside,
            Err(why) => {
                self.unlike.borrow_mut().get_or_insert(why);
                return None;
            }
        };
        let words: Vec<&str> = inside.command.iter().map(String::as_str).collect();
        Some(match words[..] {
            ["psql", ref rest @ ..] if !inside.sets_environment() => vec![psql(rest)?],
            ["pg_isready", ..] => vec![ours(&[], "status", &[&inside.service])],
            ["alembic", ref rest @ ..] if !inside.sets_environment() => alembic(rest)?,
            [] if inside.verb == "exec" => vec![format!("{} -- COMMAND", inside.ours())],
            _ => vec![inside.ours()],
        })
    }

    /// Why a task seems to touch services or the database: by its own words, or by those of the scripts that it runs.
    fn evidence(&self, task: &Task) -> Option<String> {
        for text in [&task.command, &task.name, &task.description] {
            if let Some(word) = telltale(text) {
                return Some(format!("it speaks of `{word}`"));
            }
        }
        let scripts = task.lines.iter().flat_map(|line| scripts_of(&line.words, task.folder.as_deref()));
        scripts.into_iter().find_map(|script| {
            let word = telltale(&(self.read)(&script)?)?;
            Some(format!("{} speaks of `{word}`", script.trim_start_matches(ANYWHERE)))
        })
    }
}

fn telltale(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    TELLTALES.into_iter().find(|word| text.contains(*word))
}

/// The project's files that a command may run: scripts, `python -m a.b`, `uvicorn a.b:app`. Modules may lie below any folder.
fn scripts_of(words: &[String], folder: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_module = at > 0 && words[at - 1] == "-m";
        let module = word.split_once(':').map_or(word.as_str(), |(module, _)| module);
        let looks_like_module = module.contains('.') && module.split('.').all(is_identifier);
        if word.ends_with(".py") || word.ends_with(".sh") {
            found.push(folder.map_or_else(|| word.clone(), |folder| format!("{folder}/{word}")));
        } else if is_module || (word.contains(':') && looks_like_module) {
            let path = module.replace('.', "/");
            let files = ["{}.py", "{}/__main__.py", "{}/__init__.py"];
            found.extend(files.map(|it| format!("{ANYWHERE}{}", it.replace("{}", &path))));
        }
    }
    found
}

fn is_identifier(word: &str) -> bool {
    word.chars().all(|it| it.is_alphanumeric() || it == '_') && !word.starts_with(|it: char| it.is_ascii_digit())
}
/// Our command, with what stands before it and behind it.
pub(super) fn ours(globals: &[&str], command: &str, words: &[&str]) -> String {
    let quoted = |words: &[&str]| words.iter().map(|word| format!(" {}", shell_word(word))).collect::<String>();
    format!("cargo xtask{} {command}{}", quoted(globals), quoted(words))
}

/// `psql` here knows user, password and host; a database or statements of its own are passed on. One for another machine is
/// for a person: here it would speak with the project's database.
fn psql(words: &[&str]) -> Option<String> {
    let (mut kept, mut rest) = (Vec::new(), words);
    while let [word, tail @ ..] = rest {
        rest = match *word {
            "-U" | "--username" | "-p" | "--port" => tail.get(1..).unwrap_or_default(),
            "-h" | "--host" if is_near(tail.first()?) => &tail[1..],
            "-h" | "--host" => return None,
            other => match other.split_once("://") {
                Some((_, address)) if is_near(host(address)) => tail,
                Some(_) => return None,
                None => {
                    kept.push(*word);
                    tail
                }
            },
        };
    }
    let asks = kept.iter().any(|word| word.contains("pg_matviews"));
    Some(match (asks, kept.is_empty()) {
        (true, _) => ours(&[], "views", &[]),
        (false, true) => ours(&[], "psql", &[]),
        (false, false) => ours(&[], "psql --", &kept),
    })
}

fn is_near(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]" | "")
}

/// The host of `user:password@host:port/database`.
fn host(address: &str) -> &str {
    let place = address.split(['/', '?']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => place,
    }
}

/// Commands of Alembic have the same names here, but for `upgrade` and `revision --autogenerate`.
fn alembic(words: &[&str]) -> Option<Vec<String>> {
    let mut rest = words;
    while let [option, tail @ ..] = rest {
        rest = match *option {
            "-c" | "--config" => tail.get(1..)?,
            option if option.starts_with('-') => return None,
            _ => break,
        };
    }
    let (verb, rest) = rest.split_first()?;
    Some(vec![match (*verb, rest) {
        ("upgrade", ["head"] | []) => ours(&[], "migrate", &[]),
        ("upgrade", rest) => ours(&[], "migrate", rest),
        ("revision", rest) if rest.contains(&"--autogenerate") => {
            let rest: Vec<&str> = rest.iter().copied().filter(|it| *it != "--autogenerate").collect();
            let rest: Vec<&str> = if rest.is_empty() { vec!["-m", "…"] } else { rest };
            ours(&[], "migrate-autogenerate", &rest)
        }
        (
            "downgrade" | "revision" | "current" | "history" | "heads" | "branches" | "show" | "merge" | "stamp"
            | "check" | "edit" | "ensure_version",
            rest,
        ) => ours(&[], verb, rest),
        _ => return None,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::tasks::read_tasks;
    use super::*;

    fn all(text: &str) -> Vec<(String, Counterpart)> {
        let tasks = read_tasks("pixi.toml".into(), &format!("[tasks]\n{text}")).expect("TOML");
        let read = |path: &str| (path == "scripts/admin.py").then(|| "import sqlalchemy".to_owned());
        let compose = Some(Utf8Path::new("x/docker-compose.yml"));
        let around = Around { tasks: &tasks, compose, read: &read };
        tasks.iter().map(|task| (task.name.clone(), counterpart(task, &around))).collect()
    }

    fn commands(text: &str) -> Vec<String> {
        let shown = |(name, found): (String, Counterpart)| match found {
            Counterpart::Commands(commands) => format!("{name}: {}", commands.join(" && ")),
            Counterpart::Eye(reason) => format!("{name}? {reason}"),
            Counterpart::Unrelated => format!("{name} -"),
        };
        all(text).into_iter().map(shown).collect()
    }

    #[test]
    fn services_have_their_commands() {
        let found = commands(
            "a = 'docker-compose -f x/docker-compose.yml up -d'\nb = 'docker compose down -v'\n\
             c = 'docker compose --profile dev logs -f api'\nd = 'docker compose exec db'\n\
             e = 'docker compose exec db psql -U me -d app'\nf = 'docker compose exec db pg_isready -U me'\n\
             g = \"docker compose exec api /bin/bash -c 'x && y'\"\nh = 'docker compose build --no-cache'\n",
        );
        let expected = [
            "a: cargo xtask start-services",
            "b: cargo xtask teardown --volumes",
            "c: cargo xtask --profile dev logs --follow api",
            "d: cargo xtask exec db -- COMMAND",
            "e: cargo xtask psql -- -d app",
            "f: cargo xtask status db",
            "g: cargo xtask exec api -- /bin/bash -c \"x && y\"",
            "h: cargo xtask build --no-cache",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn variables_and_what_is_run_before_stay() {
        let found = commands(
            "a = 'PYTHONPATH=. DATABASE_URL=postgresql+psycopg2://h/d alembic upgrade head'\n\
             b = { cmd = 'alembic current', env = { PGHOST = 'a b' } }\nc = { depends-on = ['l', 'a'] }\nd = { depends-on = ['l'] }\n\
             e = 'docker exec -it db bash'\nl = 'ruff check'\n",
        );
        let expected = [
            "a: DATABASE_URL=postgresql://h/d cargo xtask migrate",
            "b: PGHOST=\"a b\" cargo xtask current",
            "c: pixi run l && DATABASE_URL=postgresql://h/d cargo xtask migrate",
            "d -",
            "e? it speaks of `docker exec`",
            "l -",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn migrations_and_views_have_their_commands() {
        let found = commands(
            "a = 'alembic upgrade head'\nb = 'alembic -c x.ini downgrade -1'\nc = 'python -m alembic revision --autogenerate'\n\
             d = \"python -c 'from app.views import refresh_all_views; refresh_all_views()'\"\n\
             e = 'docker compose run --rm setup alembic revision --autogenerate -m \"First one\"'\n\
             f = 'pixi run g -c \"SELECT * FROM pg_matviews\"'\ng = 'psql postgresql://me:x@localhost:5432/d'\n\
             far = 'psql postgresql://me@h/d'\nfarther = 'psql -h db.example.org d'\nh = 'pixi run a && pixi run d'\n",
        );
        let expected = [
            "a: cargo xtask migrate",
            "b: cargo xtask downgrade -1",
            "c: cargo xtask migrate-autogenerate -m '…'",
            "d: cargo xtask refresh-views",
            "e: cargo xtask migrate-autogenerate -m \"First one\"",
            "f: cargo xtask views",
            "far? it speaks of `psql`",
            "farther? it speaks of `psql`",
            "g: cargo xtask psql",
            "h: cargo xtask migrate && cargo xtask refresh-views",
        ];
        assert_eq!(found.map_quotes(), expected.map(str::to_owned).to_vec().map_quotes());
    }

    trait Quotes {
        fn map_quotes(self) -> Vec<String>;
    }

    impl Quotes for Vec<String> {
        fn map_quotes(self) -> Vec<String> {
            self.into_iter().map(|it| it.replace('\'', "\"")).collect()
        }
    }

    #[test]
    fn what_is_not_understood_is_for_a_person_and_the_rest_is_left_out() {
        let found = commands(
            "a = 'pytest'\nb = 'python scripts/admin.py'\nc = { cmd = 'python x.py', depends-on = ['d'] }\n\
             d = 'docker compose up'\ne = 'pg_dump app > x.sql'\nf = 'alembic -x a=b upgrade head'\n",
        );
        let expected = [
            "a -",
            "b? scripts/admin.py speaks of `sqlalchemy`",
            "c: cargo xtask start-services && python x.py (as before)",
            "d: cargo xtask start-services",
            "e? it speaks of `pg_dump`",
            "f? it speaks of `alembic`",
        ];
        assert_eq!(found, expected);
    }
}
