//! `migrate-autogenerate`, `schema diff` and `check` on projects whose tables stand in Python models.

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

/// A project with models in `models/`, and a database of its own.
pub(crate) struct Project {
    pub(crate) project: TestProject,
    pub(crate) database: TestDatabase,
}

impl Project {
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Run {
        self.project.run_on(&self.database.url(), arguments)
    }

    pub(crate) fn autogenerate(&self, message: &str, more: &[&str]) -> Run {
        self.xtask(&[&["migrate-autogenerate", "-m", message], more].concat())
    }

    pub(crate) fn models(&self, text: &str) {
        self.project.write("models/tables.py", &format!("{IMPORTS}\n{text}"));
    }

    /// Writes the revision, applies it, and finds nothing more to write. Gives the up script.
    pub(crate) fn evolve(&self, message: &str, more: &[&str]) -> String {
        let written = self.autogenerate(message, more).expect(0);
        assert!(written.stderr.contains("Proved"), "{}", written.stderr);
        let up = self.newest_up();
        self.xtask(&["migrate"]).expect(0);
        let again = self.autogenerate("again", &[]).expect(0);
        assert!(again.stderr.contains("Models and database agree"), "{}", again.stderr);
        up
    }

    pub(crate) fn newest_up(&self) -> String {
        let names = self.project.migrations();
        let name = names.iter().rfind(|name| name.ends_with(".up.sql")).expect("a revision");
        std::fs::read_to_string(self.project.path(&format!("migrations/{name}"))).expect("a file")
    }

    /// Removes the files of a revision that is not applied.
    pub(crate) fn forget(&self, name: &str) {
        for file in self.project.migrations().iter().filter(|file| file.contains(name)) {
            std::fs::remove_file(self.project.path(&format!("migrations/{file}"))).expect("removed");
        }
    }

    /// The whole schema, as `schema dump` prints it.
    pub(crate) fn dump(&self) -> String {
        self.xtask(&["schema", "dump"]).expect(0).stdout
    }
}

const IMPORTS: &str = "\
from enum import Enum
from typing import Optional
import sqlalchemy as sa
from sqlalchemy import Column, Text, text
from sqlmodel import Field, SQLModel
";

/// `None` where there is no PostgreSQL.
pub(crate) fn project(hint: &str, models: &str) -> Option<Project> {
    if !postgres::present() {
        return None;
    }
    let project = Project { project: TestProject::new(), database: postgres::database(hint) };
    project.project.write("xtask.toml", "");
    project.models(models);
    Some(project)
}

const SITES: &str = "
class Site(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(index=True)

class Run(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    site_id: int = Field(foreign_key='site.id')
    yield_kg: float
";

#[test]
fn what_models_cannot_state_stays() {
    let Some(project) = project("models_stay", SITES) else { return };
    project.evolve("first", &[]);
    project.database.psql(
        "create function touch() returns trigger language plpgsql as 'begin return new; end';
         create trigger touch before update on run for each row execute function touch();
         create view per_site as select site_id, sum(yield_kg) as kg from run group by site_id;
         create materialized view best as select max(kg) as kg from per_site;
         create unique index on best (kg);
         create sequence labels;
         create type unused as enum ('a');
         create domain kilograms as float8 check (value >= 0);
         create statistics run_pairs (dependencies) on site_id, yield_kg from run;
         create policy own on run using (site_id > 0);
         alter table run enable row level security;
         alter table run set (fillfactor = 70);
         alter table run alter column yield_kg set statistics 500;
         alter table run replica identity full;
         comment on index ix_site_name is 'by name';
         comment on schema public is 'ours';
         grant select on run to public;
         alter table run rename constraint run_pkey to an_old_name;
         alter sequence site_id_seq rename to an_old_counter",
    );
    project.xtask(&["check"]).expect(0);
    let nothing = project.autogenerate("nothing", &[]).expect(0);
    assert!(nothing.stderr.contains("Models and database agree"), "{}", nothing.stderr);

    project.models(&format!("{SITES}    notes: Optional[str] = Field(default=None, max_length=500)\n"));
    let up = project.evolve("notes", &[]);
    assert!(up.contains("ALTER TABLE public.run ADD COLUMN notes character varying(500);"), "{up}");
    assert_eq!(up.matches(';').count(), 1, "{up}");
    assert_eq!(project.database.psql("select count(*) from pg_trigger where tgname = 'touch'"), "1");

    project.database.psql("alter default privileges grant select on tables to public");
    let label = "class Label(SQLModel, table=True):\n    name: str = Field(primary_key=True)\n";
    project.models(&format!("{label}{SITES}    notes: Optional[str] = Field(default=None, max_length=500)\n"));
    let up = project.evolve("labels", &[]);
    assert!(up.contains("GRANT SELECT ON TABLE public.label TO PUBLIC"), "{up}");
}

#[test]
fn a_new_enum_is_made_with_its_column_and_goes_with_it() {
    let Some(project) = project("models_enum", SITES) else { return };
    project.evolve("first", &[]);
    let before = project.dump();
    let column = "    state: Optional[State] = None\n";
    let with = format!("class State(str, Enum):\n    new = 'new'\n    old = 'old'\n{SITES}{column}");
    project.models(&with);
    let up = project.evolve("state", &[]);
    assert!(up.contains("CREATE TYPE public.state AS ENUM ('new', 'old')"), "{up}");
    project.models(SITES);
    let up = project.evolve("no state", &[]);
    assert!(up.contains("DROP COLUMN state") && up.contains("DROP TYPE public.state"), "{up}");
    assert_eq!(project.dump(), before);
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    assert_eq!(project.dump(), before);
}

#[test]
fn view_files_come_after_what_they_read() {
    let Some(project) = project("models_views", SITES) else { return };
    project
        .project
        .write("views/a_totals.sql", "create materialized view totals as select sum(kg) as kg from z_kilograms;\n");
    project.project.write("views/z_kilograms.sql", "create view z_kilograms as select yield_kg as kg from run;\n");
    project.evolve("first", &[]);
    project.xtask(&["check"]).expect(0);
    project.project.write("views/z_kilograms.sql", "create view z_kilograms as select yield_kg * 2 as kg from run;\n");
    let differs = project.xtask(&["check"]).expect(7);
    assert!(differs.stderr.contains("public.z_kilograms"), "{}", differs.stderr);
    let up = project.evolve("twice", &[]);
    assert!(up.contains("CREATE OR REPLACE VIEW public.z_kilograms") && !up.contains("DROP"), "{up}");
}

#[test]
fn models_that_cannot_be_read_end_the_command_with_all_that_is_wrong() {
    let Some(project) = project("models_wrong", SITES) else { return };
    project.evolve("first", &[]);
    let wrong = "
class A(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    a: unknown_name
class B(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    b: another_unknown_name
";
    project.models(wrong);
    let failed = project.xtask(&["check"]);
    assert_ne!(failed.code, 0);
    assert!(
        failed.stderr.contains("unknown_name") && failed.stderr.contains("another_unknown_name"),
        "{}",
        failed.stderr
    );
    project.models("");
    let none = project.autogenerate("nothing", &[]).expect(2);
    assert!(none.stderr.contains("wanted-missing"), "{}", none.stderr);
}

#[test]
fn a_view_without_a_file_is_carried_over_what_changes_below_it() {
    let Some(project) = project("models_carried", SITES) else { return };
    project.evolve("first", &[]);
    project.database.psql(
        "insert into site (name) values ('a');
         create view names as select name from site where name in ('a', 'b');
         create materialized view longest as select max(length(name)) as longest from names;
         create unique index on longest (longest)",
    );
    let before = project.dump();
    project.models(&SITES.replace("name: str = Field(index=True)", "name: str = Field(index=True, max_length=500)"));
    let up = project.evolve("narrower", &[]);
    assert!(up.contains("ALTER COLUMN name TYPE character varying(500)"), "{up}");
    assert!(up.contains("DROP VIEW public.names") && up.contains("CREATE VIEW public.names"), "{up}");
    assert_eq!(project.database.psql("select longest from longest"), "1");
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    assert_eq!(project.dump(), before);
    project.forget("_narrower.");

    project.models(&SITES.replace("name: str", "title: str"));
    let renamed = project.autogenerate("title", &["--rename", "site.name:title"]).expect(0);
    assert!(renamed.stderr.contains("Proved"), "{}", renamed.stderr);
    let up = project.newest_up();
    assert!(up.contains("RENAME COLUMN name TO title") && !up.contains("DROP COLUMN"), "{up}");

    project.models(&SITES.replace("    name: str = Field(index=True)\n", ""));
    project.forget("_title.");
    let refused = project.autogenerate("no name", &[]).expect(8);
    assert!(refused.stderr.contains("view public.names needs column public.site.name"), "{}", refused.stderr);
}

#[test]
fn a_default_of_python_is_offered_to_the_rows_that_are_there() {
    let run = "class Run(SQLModel, table=True):\n    id: Optional[int] = Field(default=None, primary_key=True)\n";
    let Some(project) = project("models_python_default", run) else { return };
    project.evolve("first", &[]);
    project.database.psql("insert into run default values");
    let more = "class State(str, Enum):\n    new = 'N'\n    done = 'D'\n";
    let fields = "    state: State = State.new\n    grade: int = 3\n    note: str\n    order: int = 7\n";
    project.models(&format!("{more}{run}{fields}"));
    let told = project.autogenerate("fields", &["--dry-run"]).expect(0);
    assert!(told.stderr.contains("--backfill \"run.state='new'\""), "{}", told.stderr);
    assert!(told.stderr.contains("--backfill \"run.grade=3\""), "{}", told.stderr);
    assert!(!told.stderr.contains("--backfill \"run.note"), "{}", told.stderr);
    assert!(told.stderr.contains("--backfill \"run.order=7\""), "as it is taken, without quotes: {}", told.stderr);
    let taken = project.autogenerate("fields", &["--dry-run", "--backfill", "run.order=7"]).expect(0);
    assert!(taken.stdout.contains("SET \"order\" = 7"), "{}", taken.stdout);
    assert!(!told.stdout.contains("SET grade = 3"), "nothing is taken without a yes: {}", told.stdout);
    project.evolve("fields", &["--yes", "--backfill", "run.note='x'"]);
    assert_eq!(project.database.psql("select state, grade, note, \"order\" from run"), "new|3|x|7");
}
