//! The env file in `up`: copied from its example, asked for, remembered, and refused where nobody can be asked.

use crate::support::project::{Run, TestProject};

const COMPOSE: &str = "services:\n  db:\n    image: postgres:17\n    environment:\n      \
    POSTGRES_PASSWORD: ${DB_PASSWORD:?choose one}\n      ZONE: ${ZONE:-UTC}\n    ports: [\"127.0.0.1:${PORT:-5439}:5432\"]\n";

const EXAMPLE: &str = "# Where the database listens.\nPORT=5439\n\n# The password of the database's owner.\n\
    DB_PASSWORD=changeme\nZONE=<zone>\n\n# From https://portal.example, \"My keys\".\nexport API_KEY=your-api-key # soon\n";

fn project() -> TestProject {
    let project = TestProject::new();
    project.write("compose.yaml", COMPOSE);
    project.write(".env.example", EXAMPLE);
    project
}

fn env(project: &TestProject) -> String {
    std::fs::read_to_string(project.path(".env")).expect("the env file")
}

fn up_env(project: &TestProject, variables: &[(&str, &str)]) -> Run {
    Run::of(project.command(&["up", "--only", "env"]).envs(variables.iter().copied()))
}

#[test]
fn without_a_terminal_the_values_are_listed_and_nothing_is_written() {
    let project = project();
    let run = project.run(&["up", "--only", "env"]).expect(8);
    assert!(
        run.stderr.starts_with("error[env-values-needed]: .env needs values that only you know: DB_PASSWORD, API_KEY"),
        "{}",
        run.stderr
    );
    for part in
        ["The password of the database's owner.", "DB_PASSWORD=… API_KEY=… cargo xtask up", "cp .env.example .env"]
    {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!project.path(".env").exists());
}

#[test]
fn values_of_the_shell_are_written_down_and_everything_else_stays() {
    let project = project();
    let run = up_env(&project, &[("DB_PASSWORD", "it's $5"), ("API_KEY", "k-1"), ("OTHER", "x")]).expect(0);
    assert!(run.stderr.contains("from the shell: DB_PASSWORD, API_KEY"), "{}", run.stderr);
    assert!(run.stderr.contains("the Compose file has the default UTC"), "{}", run.stderr);
    assert!(!run.stderr.contains("k-1"), "{}", run.stderr);
    let expected =
        EXAMPLE.replace("=changeme", "=\"it's \\$5\"").replace("=<zone>", "=").replace("=your-api-key", "=k-1");
    assert_eq!(env(&project), expected);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = std::fs::metadata(project.path(".env")).expect("the env file").permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
    }
    let again = project.run(&["up", "--only", "env"]).expect(0);
    assert_eq!(again.stderr.trim(), "Already there: .env");
    assert_eq!(env(&project), expected);
}

#[test]
fn what_the_example_has_gained_is_taken_over() {
    let project = project();
    project.write(".env", "DB_PASSWORD=mine\n# PORT=1\nZONE=\n");
    let run = project.run(&["up", "--only", "env"]).expect(8);
    assert!(run.stderr.contains(".env needs values that only you know: API_KEY"), "{}", run.stderr);
    assert_eq!(env(&project), "DB_PASSWORD=mine\n# PORT=1\nZONE=\n", "nothing was changed");
    let run = up_env(&project, &[("API_KEY", "k-1")]).expect(0);
    assert!(run.stderr.contains("new in .env.example: API_KEY"), "{}", run.stderr);
    let added = "\n# From https://portal.example, \"My keys\".\nexport API_KEY=k-1 # soon\n";
    assert_eq!(env(&project), format!("DB_PASSWORD=mine\n# PORT=1\nZONE=\n{added}"));
}

#[test]
fn doctor_says_what_the_env_file_lacks_and_what_the_shell_overrides() {
    let project = project();
    project.write(".env", "DB_PASSWORD=\nPORT=5439\nZONE=\n");
    let run = Run::of(project.command(&["doctor", "--format", "json"]).env("PORT", "5440"));
    let rows = run.json()["rows"].clone();
    let found = |what: &str| {
        let row = rows.as_array().expect("rows").iter().find(|row| row["what"] == what).expect(what);
        (row["verdict"].as_str().unwrap_or_default().to_owned(), row["found"].as_str().unwrap_or_default().to_owned())
    };
    let warning = |text: &str| ("warning".to_owned(), text.to_owned());
    assert_eq!(
        found("env file"),
        warning(".env lacks API_KEY, which .env.example has, and has no value yet for DB_PASSWORD, API_KEY")
    );
    assert_eq!(found("shell"), warning("the value of the shell, not of .env, in force for PORT"));
    assert_eq!(found("compose file").0, "warning", "`up` asks for the value");
}

#[test]
fn a_broken_env_file_is_told_with_its_line_and_kept() {
    let project = project();
    project.write(".env", "A=1\nB=\"x\n");
    let run = project.run(&["up", "--only", "env"]).expect(2);
    assert!(run.stderr.contains("compose-env-file-invalid") && run.stderr.contains(".env:2"), "{}", run.stderr);
    assert_eq!(env(&project), "A=1\nB=\"x\n");
}

#[cfg(unix)]
mod on_a_terminal {
    use rexpect::session::PtySession;

    use super::*;

    fn up(project: &TestProject) -> PtySession {
        let script = format!("'{}' up --only env; echo \"status $?\"", env!("CARGO_BIN_EXE_cargo-xtask"));
        let mut command = project.other_command("sh");
        command.args(["-c", &script]).env("TERM", "xterm");
        rexpect::session::spawn_command(command, Some(30_000)).expect("a pseudo-terminal")
    }

    #[test]
    fn each_value_is_asked_for_once() {
        let project = project();
        let mut session = up(&project);
        session.exp_string("The password of the database's owner.").expect("what it is");
        session.exp_string("DB_PASSWORD").expect("the question");
        session.send_line("changeme").expect("no answer");
        session.exp_string("only holds the place of a value").expect("asked again");
        session.send_line("se cret").expect("an answer");
        session.exp_string("ZONE [UTC]").expect("with its default");
        session.send_line("").expect("an answer");
        session.exp_string("API_KEY").expect("the question");
        session.send_line("k#1").expect("an answer");
        let shown = session.exp_eof().expect("the end");
        assert!(shown.contains("status 0") && !shown.contains("k#1"), "{shown}");
        let expected =
            EXAMPLE.replace("=changeme", "='se cret'").replace("=<zone>", "=").replace("=your-api-key", "='k#1'");
        assert_eq!(env(&project), expected);
        assert!(up(&project).exp_eof().expect("the end").contains("there: .env"));
    }

    #[test]
    fn what_was_answered_before_ctrl_c_is_kept() {
        let project = project();
        let mut session = up(&project);
        session.exp_string("DB_PASSWORD").expect("the question");
        session.send_line("secret").expect("an answer");
        session.exp_string("ZONE [UTC]").expect("the next question");
        session.send_control('c').expect("Ctrl-C");
        assert!(session.exp_eof().expect("the end").contains("status 130"));
        assert!(env(&project).contains("DB_PASSWORD=secret\n"));
        let mut session = up(&project);
        session.exp_string("API_KEY").expect("what is left");
        session.send_line("k").expect("an answer");
        assert!(session.exp_eof().expect("the end").contains("status 0"));
    }
}
