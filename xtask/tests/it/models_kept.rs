//! What models state is the same whether all of it is made, or only what changed since the template that is kept.

use crate::autogenerate_models::{Project, project};

const FIRST: &str = "
class Mood(str, Enum):
    sad = 'sad'
    ok = 'ok'

class Site(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    lead_id: Optional[int] = Field(default=None, foreign_key='person.id')

class Person(SQLModel, table=True):
    __table_args__ = (sa.CheckConstraint(\"length(name) > 1\", name='long_enough'), {'comment': 'Somebody'})
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str
    feels: Mood = Mood.ok
    site_id: Optional[int] = Field(default=None, foreign_key='site.id')
    above_id: Optional[int] = Field(default=None, foreign_key='person.id')

class Run(SQLModel, table=True):
    number: int = Field(sa_column=Column(sa.Integer, sa.Sequence('numbers'), server_default=text(\"nextval('numbers')\"), primary_key=True))
    site_id: int = Field(foreign_key='site.id', ondelete='CASCADE')
    state: Mood = Mood.sad
    note: Optional[str] = Field(default=None, sa_column=Column(Text, comment='What was seen'))

class Log(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    text: str

class NightLog(SQLModel, table=True):
    __tablename__ = 'night_log'
    __table_args__ = {'postgresql_inherits': 'log'}
    id: Optional[int] = Field(default=None, primary_key=True)
    hour: int
";

const VIEWS: &[(&str, &str)] = &[
    (
        "views/runs_of_people.sql",
        "CREATE VIEW runs_of_people AS SELECT p.name, r.number, r.state FROM person p JOIN run r USING (site_id);\n",
    ),
    (
        "views/loud.sql",
        "CREATE MATERIALIZED VIEW loud AS SELECT upper(name) AS name, count(*) AS runs FROM runs_of_people GROUP BY 1;\n\
         CREATE UNIQUE INDEX loud_name ON loud (name);\nCOMMENT ON MATERIALIZED VIEW loud IS 'Who did most';\n",
    ),
    ("views/texts.sql", "CREATE VIEW texts AS SELECT text FROM log;\n"),
];

/// What is written instead of what, and what the edit is.
const EDITS: &[(&str, &str, &str)] = &[
    (
        "a column that others refer past",
        "    name: str = Field(index=True)\n",
        "    name: str = Field(index=True, max_length=80)\n    code: Optional[str] = None\n",
    ),
    (
        "a column at the end, with a key and an index",
        "    note: Optional[str] = Field(default=None, sa_column=Column(Text, comment='What was seen'))\n",
        "    note: Optional[str] = Field(default=None, sa_column=Column(Text, comment='What was seen'))\n    seen_id: Optional[int] = Field(default=None, foreign_key='person.id', index=True)\n",
    ),
    ("a value of an enum", "    ok = 'ok'\n", "    ok = 'ok'\n    happy = 'happy'\n"),
    ("the parent of another table", "    text: str\n", "    text: str\n    at: Optional[int] = None\n"),
    (
        "a foreign key goes",
        "    lead_id: Optional[int] = Field(default=None, foreign_key='person.id')\n",
        "    lead_id: Optional[int] = None\n",
    ),
    ("a check and a comment", "length(name) > 1", "length(name) > 2 and name <> ''"),
    ("a sequence", "sa.Sequence('numbers')", "sa.Sequence('numbers', start=7, increment=3)"),
    (
        "a schema",
        "    __tablename__ = 'night_log'\n    __table_args__ = {'postgresql_inherits': 'log'}\n",
        "    __tablename__ = 'night_log'\n    __table_args__ = {'schema': 'lab'}\n",
    ),
];

fn stated(project: &Project) -> String {
    project.xtask(&["schema", "dump", "models"]).expect(0).stdout
}

/// The templates that were made of models, by what is noted of them.
fn kept(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.project.path(".xtask/cache/models")).expect("notes");
    let mut names: Vec<String> =
        folder.map(|entry| entry.expect("a note").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Without what is kept everything is made.
fn forget(project: &Project) {
    let _ = std::fs::remove_dir_all(project.project.path(".xtask/cache"));
}

#[test]
fn an_edit_is_made_over_what_is_kept() {
    let Some(project) = project("models_kept", FIRST) else { return };
    for (file, text) in VIEWS {
        project.project.write(file, text);
    }
    stated(&project);
    let mut text = FIRST.to_owned();
    for (edit, old, new) in EDITS {
        assert!(text.contains(old), "{edit}");
        text = text.replace(old, new);
        project.models(&text);
        let before = kept(&project);
        let over = stated(&project);
        assert_eq!(kept(&project), before, "{edit}: nothing was made but what changed");
        forget(&project);
        assert_eq!(over, stated(&project), "{edit}");
        // The next edit begins with what the first models made.
        project.models(FIRST);
        forget(&project);
        stated(&project);
        project.models(&text);
    }
}

#[test]
fn an_edit_of_a_view_makes_it_anew_with_those_that_read_it() {
    let Some(project) = project("models_kept_views", FIRST) else { return };
    VIEWS.iter().for_each(|(file, text)| project.project.write(file, text));
    let first = stated(&project);
    let before = kept(&project);
    let edits = [
        ("views/runs_of_people.sql", Some("CREATE VIEW runs_of_people AS SELECT p.name FROM person p;\n")),
        ("views/sites.sql", Some("CREATE VIEW sites AS SELECT name FROM site;\n")),
        // What is no view alone is made each time, over all others.
        (
            "views/noisy.sql",
            Some("CREATE FUNCTION noisy() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM loud';\n"),
        ),
        ("views/texts.sql", None),
    ];
    let mut whole = Vec::new();
    for (file, text) in edits {
        match text {
            Some(text) => project.project.write(file, text),
            None => std::fs::remove_file(project.project.path(file)).expect("removed"),
        }
        whole.push(stated(&project));
        assert_eq!(kept(&project), before, "{file}: nothing was made but what changed");
    }
    forget(&project);
    assert_eq!(whole.pop().expect("dumps"), stated(&project));
    assert!(whole.iter().all(|it| *it != first));

    // What takes all columns takes a new one, too, in a table that stays.
    project.project.write("views/all_runs.sql", "CREATE VIEW all_runs AS SELECT * FROM run;\n");
    forget(&project);
    stated(&project);
    let before = kept(&project);
    let seen = "note: Optional[str] = Field(default=None, sa_column=Column(Text, comment='What was seen'))\n";
    assert!(FIRST.contains(seen));
    project.models(&FIRST.replace(seen, &format!("{seen}    place: Optional[str] = None\n")));
    let over = stated(&project);
    assert_eq!(kept(&project), before);
    forget(&project);
    assert_eq!(over, stated(&project));
    assert_eq!(over.matches("place").count(), 3, "in the table, and in the view and its columns: {over}");
    project.models(FIRST);

    // A file that must come before the views is no error.
    project.project.write("views/a.sql", "ALTER TABLE log ALTER COLUMN text TYPE varchar(80);\n");
    project.project.write("views/texts.sql", "CREATE VIEW texts AS SELECT text FROM log;\n");
    let over = stated(&project);
    forget(&project);
    assert_eq!(over, stated(&project));

    // Views that need another file cannot be kept, and are right nevertheless.
    forget(&project);
    project.project.write("views/deaf.sql", "CREATE VIEW deaf AS SELECT noisy() AS runs;\n");
    let made = stated(&project);
    assert!(made.contains("noisy() AS runs"), "{made}");
    let before = kept(&project);
    project.models(&FIRST.replace("    text: str\n", "    text: str\n    at: Optional[int] = None\n"));
    let over = stated(&project);
    assert_eq!(kept(&project), before);
    forget(&project);
    assert_eq!(over, stated(&project));
}

#[test]
fn what_is_wrong_is_told_as_if_all_were_made() {
    let Some(project) = project("models_kept_wrong", FIRST) else { return };
    stated(&project);
    project.models(&FIRST.replace("length(name) > 1", "length(nobody) > 1"));
    let over = project.xtask(&["schema", "dump", "models"]).expect(1).stderr;
    forget(&project);
    let whole = project.xtask(&["schema", "dump", "models"]).expect(1).stderr;
    assert!(over.contains("column \"nobody\" does not exist"), "{over}");
    assert_eq!(over, whole);
    project.models(FIRST);
    project.project.write("views/wrong.sql", "CREATE VIEW wrong AS SELECT nothing FROM run;\n");
    let found = project.xtask(&["schema", "dump", "models"]).expect(1).stderr;
    assert!(found.contains("views/wrong.sql:1"), "{found}");
}

/// A table of which rows can only be made in a rehearsal: a copy of the template would say that it has none.
#[test]
fn a_proof_is_rehearsed_in_the_template() {
    let Some(project) = project("models_kept_rehearsed", "") else { return };
    project.project.write("xtask.toml", "[models]\nsource = \"sql\"\ndir = \"sql\"\n");
    let schema = "CREATE FUNCTION where_it_runs() RETURNS text LANGUAGE plpgsql AS $$ BEGIN\n\
                  IF current_setting('application_name') <> 'xtask rehearsal' THEN RAISE 'no rehearsal'; END IF;\n\
                  RETURN 'x'; END $$;\n\
                  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n\
                  PERFORM where_it_runs(); RETURN new; END $$;\n\
                  CREATE TABLE run (id serial PRIMARY KEY, note text);\n\
                  CREATE TRIGGER only_rehearsed BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION refuse();\n";
    project.project.write("sql/schema.sql", schema);
    project.autogenerate("first", &[]).expect(0);
    project.xtask(&["migrate"]).expect(0);
    let wider = schema.replace("note text", "note text, place text");
    project.project.write("sql/schema.sql", &wider);
    for _ in 0..2 {
        let told = project.autogenerate("wider", &["--dry-run"]).expect(0).stderr;
        assert!(told.contains("its sample rows survive"), "{told}");
    }

    // What cannot be in one transaction is tried in a copy, where this table refuses rows.
    let enums =
        format!("CREATE TYPE mood AS ENUM ('sad', 'ok');\n{}", wider.replace("place text", "place text, feels mood"));
    project.project.write("sql/schema.sql", &enums);
    project.autogenerate("mood", &[]).expect(0);
    project.xtask(&["migrate"]).expect(0);
    let more = enums.replace("'ok')", "'ok', 'happy')").replace("feels mood", "feels mood DEFAULT 'happy'");
    project.project.write("sql/schema.sql", &more);
    let told = project.autogenerate("happy", &["--dry-run"]).expect(0).stderr;
    assert!(told.contains("no sample row can be made: no rehearsal"), "{told}");
}

/// Materialised views that revisions leave empty hold rows in any database in use.
#[test]
fn views_that_were_refreshed_are_what_revisions_make() {
    let Some(project) = project("models_kept_refreshed", "") else { return };
    project.project.write("xtask.toml", "[models]\nsource = \"sql\"\ndir = \"sql\"\n");
    let tables = "CREATE TABLE run (id int PRIMARY KEY, note text);\n";
    project.project.write("sql/a.sql", tables);
    let notes = "CREATE MATERIALIZED VIEW notes AS SELECT note FROM run WITH NO DATA;\n";
    // Which of them is refreshed first cannot be seen from their names.
    let all = "CREATE MATERIALIZED VIEW all_notes AS SELECT count(*) AS number FROM notes WITH NO DATA;\n";
    let idle = "CREATE MATERIALIZED VIEW idle AS SELECT id FROM run;\n";
    project.project.write("sql/b.sql", &format!("{notes}{all}{idle}"));
    project.autogenerate("first", &[]).expect(0);
    project.xtask(&["migrate"]).expect(0);
    project.xtask(&["refresh-views"]).expect(0);
    project.xtask(&["psql", "--", "-qc", "REFRESH MATERIALIZED VIEW idle WITH NO DATA"]).expect(0);
    let said = "not just what its revisions make";

    // In a rehearsal, and in copies, where a script is no transaction.
    let longer = all.replace("AS number", "AS number, max(note) AS longest");
    project.project.write("sql/b.sql", &format!("{notes}{longer}{idle}"));
    let told = project.autogenerate("longer", &[]).expect(0).stderr;
    assert!(told.contains("Proved") && !told.contains(said), "{told}");
    project.xtask(&["migrate"]).expect(0);
    project.xtask(&["refresh-views"]).expect(0);
    let outside = "CREATE TYPE mood AS ENUM ('sad', 'ok');\n";
    project.project.write("sql/a.sql", &format!("{tables}{outside}"));
    project.autogenerate("mood", &[]).expect(0);
    project.xtask(&["migrate"]).expect(0);
    project.project.write("sql/a.sql", &format!("{tables}{}", outside.replace("'ok')", "'ok', 'happy')")));
    let told = project.autogenerate("happy", &["--dry-run"]).expect(0).stderr;
    assert!(told.contains("Proved") && !told.contains(said), "{told}");

    // A table that no revision makes is told of.
    project.xtask(&["psql", "--", "-qc", "CREATE TABLE by_hand (id int)"]).expect(0);
    let told = project.autogenerate("happy", &["--dry-run"]).expect(0).stderr;
    assert!(told.contains(said), "{told}");
}
