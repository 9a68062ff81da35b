//! `migrate-autogenerate --watch`: the difference as files are saved.
#![cfg(unix)]

use std::io::BufRead as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::autogenerate_models::{Project, project};
use crate::cli::json::Documented;

const MODELS: &str = "
class Run(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    reactor: str
";

/// The command at work, and the lines that it prints.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    /// What it writes beside them.
    said: Option<JoinHandle<String>>,
}

impl Watching {
    fn start(project: &Project, more: &[&str]) -> Self {
        let mut command = project.project.command(&[&["migrate-autogenerate", "--watch"], more].concat());
        command.env("DATABASE_URL", project.database.url()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let (sender, lines) = channel();
        let mut stderr = child.stderr.take().expect("piped");
        let said = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = std::io::Read::read_to_string(&mut stderr, &mut text);
            text
        });
        let stdout = std::io::BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, said: Some(said) }
    }

    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("a line comes")
    }

    #[track_caller]
    fn json(&self) -> Value {
        let look = serde_json::from_str(&self.line()).expect("an object a line");
        assert_eq!(Documented::read().complaints(&look, "look", "look"), [""; 0]);
        look
    }

    /// Ctrl-C; gives the exit status.
    fn end(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        self.child.wait().expect("it ends").code()
    }

    /// What it wrote beside its lines, once it has ended.
    fn said(&mut self) -> String {
        self.said.take().expect("asked once").join().expect("it is read")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_save_is_shown_and_ctrl_c_leaves_nothing() {
    let Some(project) = project("watch", MODELS) else { return };
    project.evolve("first", &[]);
    let files = project.project.migrations();
    let mut watching = Watching::start(&project, &["--format", "json"]);
    assert_eq!(watching.json()["state"], "agree");

    project.models(&format!("{MODELS}    label: Optional[str] = None\n"));
    let differ = watching.json();
    assert_eq!(differ["state"], "differ");
    assert_eq!(differ["changes"][0]["title"], "public.run: column label added");
    assert_eq!(differ["may_be_renames"], serde_json::json!([]));
    // What may be a rename is told, and nobody is asked.
    project.models(&MODELS.replace("reactor", "vessel"));
    let renamed = watching.json();
    assert_eq!(renamed["may_be_renames"][0], "column reactor of public.run became vessel");
    // Models that cannot be read do not end it.
    project.models("class Run(SQLModel, table=True:\n");
    let broken = watching.json();
    assert_eq!(broken["state"], "error");
    assert!(
        broken["errors"][0]["places"][0].as_str().is_some_and(|it| it.starts_with("models/tables.py:")),
        "{broken}"
    );
    // Files that were not there are seen, too.
    project.models(MODELS);
    assert_eq!(watching.json()["state"], "agree");
    project.project.write("views/reactors.sql", "CREATE VIEW reactors AS SELECT reactor FROM run;\n");
    assert_eq!(watching.json()["changes"][0]["title"], "public.reactors: view added");

    // Another terminal writes the revision and applies it.
    project.autogenerate("reactors", &[]).expect(0);
    assert_eq!(watching.json()["errors"][0]["code"], "autogenerate-behind");
    project.xtask(&["migrate"]).expect(0);
    assert_eq!(watching.json()["state"], "agree");

    let id = watching.child.id();
    assert_eq!(watching.end(), Some(0));
    let left = format!("select count(*) from pg_database where datname ~ '^xtask_scratch_.*_{id}_'");
    assert_eq!(project.database.psql(&left), "0");
    assert_eq!(project.project.migrations().len(), files.len() + 2, "it wrote none itself");
}

#[test]
fn people_see_the_sql_and_a_screen_is_cleared_only_on_a_terminal() {
    let Some(project) = project("watch_people", MODELS) else { return };
    let mut watching = Watching::start(&project, &[]);
    let first: Vec<String> = (0..4).map(|_| watching.line()).collect();
    assert!(first[0].starts_with("-- public.run: table added"), "{first:?}");
    assert_eq!(watching.end(), Some(0));
    let said = watching.said();
    assert!(said.contains("public.run: table added") && !said.contains('\u{1b}'), "{said}");
    for wrong in [["--message", "x"].as_slice(), &["--dry-run"]] {
        let refused = project.xtask(&[&["migrate-autogenerate", "--watch"], wrong].concat()).expect(2);
        assert!(refused.stderr.contains("cannot be used with"), "{}", refused.stderr);
    }
    project.xtask(&["migrate-autogenerate"]).expect(2);
}
