//! `[models] files`: what models cannot state, in `.sql` files beside them.

use crate::autogenerate_models::{Project, project};

const MODELS: &str = "
class Run(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    reactor: str
    yield_kg: float
";

const TOUCH: &str = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;\n\
                     CREATE TRIGGER touch BEFORE UPDATE ON run FOR EACH ROW EXECUTE FUNCTION touch();\n";

const ALL: &str = "CREATE SCHEMA lab;\nCREATE DOMAIN lab.kilograms AS float8 CHECK (value >= 0);\n\
                   CREATE SEQUENCE lab.labels START WITH 100;\n\
                   CREATE PROCEDURE lab.clean() LANGUAGE sql AS 'DELETE FROM public.run WHERE yield_kg < 0';\n\
                   ALTER TABLE run ENABLE ROW LEVEL SECURITY;\nCREATE POLICY seen ON run USING (yield_kg > 0);\n\
                   COMMENT ON PROCEDURE lab.clean() IS 'Away with it';\nGRANT USAGE ON SCHEMA lab TO PUBLIC;\n\
                   CREATE STATISTICS run_pairs (dependencies) ON reactor, yield_kg FROM run;\n";

/// A project with two of the files; what nobody states is in its database.
fn with_files(hint: &str) -> Option<Project> {
    let project = project(hint, MODELS)?;
    project.project.write("xtask.toml", "[models]\nfiles = [\"database\", \"lab.sql\"]\n");
    project.project.write("database/functions/touch.sql", TOUCH);
    project.project.write("lab.sql", ALL);
    project.database.psql("create function by_hand() returns int language sql as 'select 1'");
    Some(project)
}

#[test]
fn what_files_state_beside_models_is_wanted() {
    let Some(project) = with_files("models_files") else { return };
    let up = project.evolve("first", &[]);
    let parts = [
        "FUNCTION public.touch()",
        "CREATE TRIGGER touch",
        "CREATE DOMAIN lab.kilograms",
        "CREATE SEQUENCE lab.labels",
        "PROCEDURE lab.clean()",
        "ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY seen",
        "'Away with it'",
        "GRANT USAGE ON SCHEMA lab",
        "CREATE STATISTICS public.run_pairs",
    ];
    for part in parts {
        assert!(up.contains(part), "{part} is not in\n{up}");
    }
    assert!(!up.contains("by_hand"), "{up}");
    assert_eq!(project.database.psql("insert into run (reactor, yield_kg) values ('a', 1); select by_hand()"), "1");

    // One statement of each is another, and only that is changed.
    let before = project.dump();
    project
        .project
        .write("database/functions/touch.sql", &TOUCH.replace("RETURN new", "new.reactor = 'b'; RETURN new"));
    project.project.write("lab.sql", &ALL.replace("(yield_kg > 0)", "(yield_kg > 1)").replace(">= 0", ">= 1"));
    let up = project.evolve("changed", &[]);
    assert!(up.contains("CREATE OR REPLACE FUNCTION public.touch()"), "{up}");
    assert!(up.contains("POLICY seen") && up.contains("VALUE >= (1)"), "{up}");
    for part in ["TABLE public.run ADD", "TRIGGER", "PROCEDURE", "SEQUENCE", "by_hand", "DROP FUNCTION"] {
        assert!(!up.contains(part), "{part} is in\n{up}");
    }
    assert_eq!(project.database.psql("update run set yield_kg = 2; select reactor from run"), "b");
    project.xtask(&["check"]).expect(0);
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    assert_eq!(project.dump(), before);
}

#[test]
fn what_is_no_longer_stated_stays_and_a_folder_that_is_not_there_is_told() {
    let Some(project) = with_files("models_files_gone") else { return };
    project.evolve("first", &[]);
    project.project.write("lab.sql", "CREATE SCHEMA lab;\n");
    let nothing = project.autogenerate("nothing", &[]).expect(0);
    assert!(nothing.stderr.contains("Models and database agree"), "{}", nothing.stderr);
    project.project.write("xtask.toml", "[models]\nfiles = [\"databse\"]\n");
    let missing = project.autogenerate("missing", &[]).expect(2);
    assert!(missing.stderr.contains("there is no .sql file at databse"), "{}", missing.stderr);
    assert!(missing.stderr.contains("[models] files"), "{}", missing.stderr);
}
