//! A command line of `docker compose` as one of ours. An option that has no like here is never left out in silence.

use camino::Utf8Path;

use super::command::ours;
use crate::config::COMPOSE_FILES;

/// What a command line of Compose is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Composed {
    /// This command.
    Is(String),
    /// A command in the container of a service.
    Inside(Inside),
}

/// `exec` or `run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    pub(super) verb: &'static str,
    pub(super) service: String,
    pub(super) command: Vec<String>,
    /// The options, as they are here.
    options: Vec<String>,
    /// What stands before our command.
    globals: Vec<String>,
}

impl Inside {
    /// Whether it is told more than the service and the command.
    pub(super) fn sets_environment(&self) -> bool {
        self.options.iter().any(|it| it == "--env")
    }

    /// The command here, with these words for the program.
    pub(super) fn ours(&self) -> String {
        let service = std::slice::from_ref(&self.service);
        let separator: &[String] = if self.command.is_empty() { &[] } else { &["--".to_owned()] };
        written(&self.globals, self.verb, &[&self.options, service, separator, &self.command].concat())
    }
}

/// An option of Compose: how it is said there, whether a value follows, and what it is here.
struct Like(&'static [&'static str], bool, Here);

/// What an option is here.
enum Here {
    /// Things are so anyway.
    Usual,
    /// This option.
    Is(&'static str),
    /// This option, with a number of seconds.
    Seconds(&'static str),
    /// `--pull always`, and other words that are no difference.
    Pull,
}

const UP: &[Like] = &[
    Like(
        &["-d", "--detach", "--wait", "--quiet-pull", "-y", "--yes", "--no-color", "--no-log-prefix"],
        false,
        Here::Usual,
    ),
    Like(&["--build"], false, Here::Is("--build")),
    Like(&["--force-recreate"], false, Here::Is("--force-recreate")),
    Like(&["--remove-orphans"], false, Here::Is("--remove-orphans")),
    Like(&["--pull"], true, Here::Pull),
    Like(&["--wait-timeout"], true, Here::Seconds("--wait-timeout")),
];

const DOWN: &[Like] = &[
    Like(&["-v", "--volumes"], false, Here::Is("--volumes")),
    Like(&["--remove-orphans"], false, Here::Is("--remove-orphans")),
    Like(&["-t", "--timeout"], true, Here::Seconds("--timeout")),
];

const STOP: &[Like] = &[Like(&["-t", "--timeout"], true, Here::Seconds("--timeout"))];

const PS: &[Like] = &[Like(&["-a", "--all", "--no-trunc"], false, Here::Usual)];

const LOGS: &[Like] = &[
    Like(&["-f", "--follow"], false, Here::Is("--follow")),
    Like(&["-n", "--tail"], true, Here::Is("--tail")),
    Like(&["--since"], true, Here::Is("--since")),
    Like(&["-t", "--timestamps"], false, Here::Is("--timestamps")),
    Like(&["--no-log-prefix"], false, Here::Is("--no-log-prefix")),
    Like(&["--no-color"], false, Here::Usual),
];

const BUILD: &[Like] = &[
    Like(&["--no-cache"], false, Here::Is("--no-cache")),
    Like(&["--pull"], false, Here::Is("--pull")),
    Like(&["--parallel", "-q", "--quiet"], false, Here::Usual),
    Like(&["--progress"], true, Here::Usual),
];

const PULL: &[Like] = &[Like(&["-q", "--quiet"], false, Here::Usual)];

const CONFIG: &[Like] =
    &[Like(&["-q", "--quiet"], false, Here::Usual), Like(&["--services"], false, Here::Is("--services"))];

const INSIDE: &[Like] = &[
    Like(&["-i", "-t", "-it", "-ti", "--interactive", "--tty", "--rm"], false, Here::Usual),
    Like(&["-T", "--no-tty"], false, Here::Is("--no-tty")),
    Like(&["-e", "--env"], true, Here::Is("--env")),
    Like(&["-u", "--user"], true, Here::Is("--user")),
    Like(&["-w", "--workdir"], true, Here::Is("--workdir")),
];

const EXEC: &[Like] = &[
    Like(&["-d", "--detach"], false, Here::Is("--detach")),
    Like(&["--privileged"], false, Here::Is("--privileged")),
    Like(&["--index"], true, Here::Is("--index")),
];

const RUN: &[Like] = &[
    Like(&["--no-deps"], false, Here::Is("--no-deps")),
    Like(&["--entrypoint"], true, Here::Is("--entrypoint")),
    Like(&["--build", "--quiet-pull", "--remove-orphans"], false, Here::Usual),
];

/// The words behind `docker compose`. `adopted` is the Compose file that the project has here, where it is not found by itself.
pub(super) fn composed(words: &[&str], adopted: Option<&Utf8Path>) -> Result<Composed, String> {
    let (globals, rest) = globals(words, adopted)?;
    let Some((verb, rest)) = rest.split_first() else { return Err("`docker compose` is given no command".to_owned()) };
    let whole = |command: &str, known: &[Like]| {
        let (options, names) = translated(verb, rest, &[known], false)?;
        Ok(Composed::Is(written(&globals, command, &[options, names].concat())))
    };
    match *verb {
        "up" => whole("start-services", UP),
        "start" => whole("start-services", &[]),
        "down" => whole("teardown", DOWN),
        "stop" => whole("stop", STOP),
        "ps" => whole("status", PS),
        "logs" => whole("logs", LOGS),
        "restart" => whole("restart", &[]),
        "build" => whole("build", BUILD),
        "pull" => whole("pull", PULL),
        "config" => whole("config", CONFIG),
        "exec" => inside("exec", rest, EXEC, globals),
        "run" => inside("run", rest, RUN, globals),
        other => Err(format!("`docker compose {other}` has no like here")),
    }
}

fn inside(verb: &'static str, words: &[&str], known: &[Like], globals: Vec<String>) -> Result<Composed, String> {
    let (options, words) = translated(verb, words, &[INSIDE, known], true)?;
    let mut words = words.into_iter();
    let Some(service) = words.next() else { return Err(format!("`docker compose {verb}` is given no service")) };
    Ok(Composed::Inside(Inside { verb, service, command: words.collect(), options, globals }))
}

/// The options before the command: files and names of projects stand there with us, too.
fn globals<'w>(words: &'w [&'w str], adopted: Option<&Utf8Path>) -> Result<(Vec<String>, &'w [&'w str]), String> {
    let (mut kept, mut files, mut rest) = (Vec::new(), Vec::new(), words);
    while let Some((word, tail)) = rest.split_first().filter(|(word, _)| word.starts_with('-')) {
        let (name, value, behind) = match word.split_once('=') {
            Some((name, value)) => (name, value, tail),
            None => (*word, tail.first().copied().unwrap_or_default(), tail.get(1..).unwrap_or_default()),
        };
        rest = behind;
        match name {
            "-f" | "--file" => files.push(value),
            "-p" | "--project-name" => kept.extend(["--project-name".to_owned(), value.to_owned()]),
            "--profile" => kept.extend(["--profile".to_owned(), value.to_owned()]),
            "--ansi" | "--progress" | "--parallel" => {}
            other => return Err(format!("`{other}` of `docker compose` has no like here")),
        }
    }
    let is_ours = |file: &str| match adopted {
        Some(adopted) => Utf8Path::new(file.trim_start_matches("./")) == adopted,
        None => COMPOSE_FILES.contains(&file.trim_start_matches("./")),
    };
    // One file that is the project's own is what is meant anyway.
    if !matches!(files[..], [one] if is_ours(one)) {
        let named = files.iter().flat_map(|file| ["--file".to_owned(), (*file).to_owned()]);
        kept.splice(0..0, named);
    }
    Ok((kept, rest))
}

/// The options of a command as they are here, and its other words. With `ends`, the first of those ends the options.
fn translated(verb: &str, words: &[&str], known: &[&[Like]], ends: bool) -> Result<(Vec<String>, Vec<String>), String> {
    let (mut options, mut names, mut rest) = (Vec::new(), Vec::new(), words);
    while let Some((word, tail)) = rest.split_first() {
        rest = tail;
        if !word.starts_with('-') {
            names.push((*word).to_owned());
            if ends {
                names.extend(rest.iter().map(|it| (*it).to_owned()));
                break;
            }
            continue;
        }
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (*word, None),
        };
        let like = known.iter().flat_map(|it| it.iter()).find(|it| it.0.contains(&name));
        let Some(Like(_, takes_value, here)) = like else {
            return Err(format!("`{name}` of `docker compose {verb}` has no like here"));
        };
        let value = match (takes_value, attached) {
            (false, _) => "",
            (true, Some(value)) => value,
            (true, None) => {
                rest = tail.get(1..).unwrap_or_default();
                tail.first().copied().unwrap_or_default()
            }
        };
        match here {
            Here::Usual => {}
            Here::Is(option) if *takes_value => options.extend([(*option).to_owned(), value.to_owned()]),
            Here::Is(option) => options.push((*option).to_owned()),
            Here::Seconds(option) => options.extend([(*option).to_owned(), format!("{value}s")]),
            Here::Pull if value == "always" => options.push("--pull".to_owned()),
            Here::Pull if value == "missing" => {}
            Here::Pull => return Err(format!("`--pull {value}` of `docker compose {verb}` has no like here")),
        }
    }
    Ok((options, names))
}

fn written(globals: &[String], command: &str, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let globals: Vec<&str> = globals.iter().map(String::as_str).collect();
    ours(&globals, command, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        match composed(&words, Some(Utf8Path::new("infra/compose.yml"))) {
            Ok(Composed::Is(command)) => command,
            Ok(Composed::Inside(inside)) => inside.ours(),
            Err(why) => format!("? {why}"),
        }
    }

    #[test]
    fn options_are_kept_or_named() {
        let cases = [
            ("up -d --force-recreate foo", "cargo xtask start-services --force-recreate foo"),
            (
                "up --build --pull=always --wait-timeout 60 a b",
                "cargo xtask start-services --build --pull --wait-timeout 60s a b",
            ),
            ("up --scale web=3", "? `--scale` of `docker compose up` has no like here"),
            ("up --pull never", "? `--pull never` of `docker compose up` has no like here"),
            ("down -v --remove-orphans -t 5", "cargo xtask teardown --volumes --remove-orphans --timeout 5s"),
            ("down --rmi all", "? `--rmi` of `docker compose down` has no like here"),
            ("logs -f --tail=20 api", "cargo xtask logs --follow --tail 20 api"),
            ("restart -t 3", "? `-t` of `docker compose restart` has no like here"),
            (
                "exec -T -u postgres db createdb x -O me",
                "cargo xtask exec --no-tty --user postgres db -- createdb x -O me",
            ),
            ("run --rm --entrypoint sh api", "cargo xtask run --entrypoint sh api"),
            ("run --service-ports api", "? `--service-ports` of `docker compose run` has no like here"),
            ("top", "? `docker compose top` has no like here"),
            ("exec -T", "? `docker compose exec` is given no service"),
        ];
        for (before, now) in cases {
            assert_eq!(shown(before), now, "{before}");
        }
    }

    #[test]
    fn files_projects_and_profiles_stand_before_our_command() {
        let cases = [
            ("-f ./infra/compose.yml up -d", "cargo xtask start-services"),
            (
                "--file=infra/compose.yml -f test.yml up",
                "cargo xtask --file infra/compose.yml --file test.yml start-services",
            ),
            ("-f other.yml ps", "cargo xtask --file other.yml status"),
            ("-p shop --profile dev logs", "cargo xtask --project-name shop --profile dev logs"),
            ("--env-file x up", "? `--env-file` of `docker compose` has no like here"),
            ("", "? `docker compose` is given no command"),
        ];
        for (before, now) in cases {
            assert_eq!(shown(before), now, "{before}");
        }
    }
}
