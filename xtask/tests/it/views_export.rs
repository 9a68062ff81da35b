//! `views export`: the views of a database as files, from which the same views are made again.

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

/// A project that states its tables in `models/schema.sql`; its database has these and views.
struct Project {
    project: TestProject,
    database: TestDatabase,
}

const TABLES: &str = "create schema lab;\ncreate table runs (id bigint primary key, reactor text, yield numeric);\n\
                      create table \"Site A\" (\"Name\" text, at timestamptz default now());\n";

/// Views of many kinds. Those of earlier names read those of later ones.
const VIEWS: &str = "
    create view z_base as select id, reactor, yield from runs where yield > 0 and (reactor = 'a' or reactor = 'b');
    create materialized view lab.totals with (fillfactor = 70) as
        select reactor, count(*), sum(yield) as \"Sum of yield\" from z_base group by reactor;
    create unique index uq_totals on lab.totals (reactor);
    create index ix_sum on lab.totals ((\"Sum of yield\" * 2)) where reactor is not null;
    comment on materialized view lab.totals is 'It''s the totals';
    comment on column lab.totals.count is 'rows';
    create materialized view lab.empty as select * from lab.totals with no data;
    create view \"A first\" with (security_barrier = true) as select count from lab.totals;
    create view checked as select id, reactor from runs where id > 0 with local check option;
    alter view checked alter column reactor set default 'r1';
    create view renamed (one, \"Two\") as select id, reactor from runs;
    alter view renamed rename column one to first;
    create view united as select id, 'x' as kind from runs union all select 1, 'y' order by 1;
    create view rewritten as select id from runs;
    create rule put as on insert to rewritten do instead insert into runs (id) values (new.id);
    create recursive view counted (n) as values (1) union all select n + 1 from counted where n < 5;
    create view \"SITE a\" as select s.*, extract(year from s.at) as \"year\" from \"Site A\" s;
    create view \"site A\" as select 1 as one, null as nothing, 'text' as text, '{}'::int[] as list;
    grant select on lab.totals, \"A first\" to public;
    grant select (first) on renamed to public;
    alter materialized view lab.totals alter column reactor set statistics 50;
    cluster lab.totals using uq_totals;";

impl Project {
    /// `None` where there is no PostgreSQL.
    fn new(hint: &str, views: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let project = Self { project: TestProject::new(), database: postgres::database(hint) };
        project.write("xtask.toml", "[models]\nsource = \"sql\"\n");
        project.write("models/schema.sql", TABLES);
        project.database.psql(TABLES);
        project.database.psql(views);
        Some(project)
    }

    fn xtask(&self, arguments: &[&str]) -> Run {
        self.project.run_on(&self.database.url(), arguments)
    }

    fn write(&self, file: &str, text: &str) {
        self.project.write(file, text);
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.project.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[track_caller]
    fn agrees(&self) {
        let diff = self.xtask(&["schema", "diff", "--no-renames"]).expect(0);
        assert_eq!(diff.stdout, "", "{}", diff.stderr);
        assert!(diff.stderr.contains("database and models agree"), "{}", diff.stderr);
    }
}

#[test]
fn what_is_exported_makes_the_same_views() {
    let Some(project) = Project::new("export", VIEWS) else { return };
    let run = project.xtask(&["views", "export", "--format", "json"]).expect(0).json();
    let files: Vec<&str> =
        run.as_array().expect("a list").iter().map(|it| it["file"].as_str().expect("a path")).collect();
    assert_eq!(
        files,
        [
            "views/lab/empty.sql",
            "views/lab/totals.sql",
            "views/public/A_first.sql",
            "views/public/SITE_a.sql",
            "views/public/checked.sql",
            "views/public/counted.sql",
            "views/public/renamed.sql",
            "views/public/rewritten.sql",
            // Some systems hold SITE_a and site_A for the same file.
            "views/public/site_A_2.sql",
            "views/public/united.sql",
            "views/public/z_base.sql",
        ]
    );
    project.agrees();
    // Before version 16 the server says of which table each column is.
    let text =
        project.read("views/lab/totals.sql").replace("z_base.reactor", "reactor").replace("z_base.yield", "yield");
    assert_eq!(
        text,
        "CREATE MATERIALIZED VIEW lab.totals WITH (fillfactor=70) AS\n\
         SELECT reactor,\n    count(*) AS count,\n    sum(yield) AS \"Sum of yield\"\n   FROM public.z_base\n  GROUP BY reactor\n\
         WITH DATA;\n\n\
         COMMENT ON MATERIALIZED VIEW lab.totals IS 'It''s the totals';\n\n\
         GRANT SELECT ON TABLE lab.totals TO PUBLIC;\n\n\
         ALTER MATERIALIZED VIEW lab.totals ALTER COLUMN reactor SET STATISTICS 50;\n\n\
         COMMENT ON COLUMN lab.totals.count IS 'rows';\n\n\
         CREATE INDEX ix_sum ON lab.totals ((\"Sum of yield\" * (2)::numeric)) WHERE (reactor IS NOT NULL);\n\n\
         CREATE UNIQUE INDEX uq_totals ON lab.totals (reactor);\n\n\
         ALTER MATERIALIZED VIEW lab.totals CLUSTER ON uq_totals;\n"
    );
    assert!(project.read("views/lab/empty.sql").ends_with("WITH NO DATA;\n"));
    let again = project.xtask(&["views", "export"]).expect(0);
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("", "     Already stated: all 11 views\n"));
}

#[test]
fn a_file_that_makes_the_same_view_stays_as_it_is_and_another_is_replaced_after_asking() {
    let Some(project) =
        Project::new("export_again", "create view seen as select id from runs; create view more as select 1 as n")
    else {
        return;
    };
    let own = "-- What people see.\n\nCREATE VIEW seen (id) AS\n  SELECT (runs.id) FROM public.runs;\n";
    project.write("views/mine.sql", own);
    let run = project.xtask(&["views", "export", "seen"]).expect(0);
    // The words differ, and the server reads the same in them.
    assert_eq!(run.stderr, "     Already stated: public.seen in views/mine.sql\n");
    let stated = "views/mine.sql";
    assert_eq!(project.read(stated), own);
    project.write(stated, "-- What people see.\n\nCREATE VIEW seen AS SELECT id, 1 AS n FROM runs;\n");
    let before = project.read(stated);
    let refused = project.xtask(&["views", "export"]).expect(8);
    assert!(refused.stderr.contains("1 file makes another view than the database has"), "{}", refused.stderr);
    assert!(refused.stderr.contains(stated), "{}", refused.stderr);
    assert_eq!(project.read(stated), before);
    assert!(!project.project.path("views/public/more.sql").exists(), "nothing is written");

    let dry = project.xtask(&["views", "export", "--dry-run"]).expect(0);
    assert!(
        dry.stdout.contains("-CREATE VIEW seen AS SELECT id, 1 AS n FROM runs;\n+CREATE VIEW public.seen AS\n"),
        "{}",
        dry.stdout
    );
    assert!(dry.stdout.contains("-- views/public/more.sql\n\nCREATE VIEW public.more AS\n"), "{}", dry.stdout);
    assert_eq!(project.read(stated), before);

    project.xtask(&["views", "export", "--yes"]).expect(0);
    let text = project.read(stated).replace("SELECT runs.id", "SELECT id");
    assert_eq!(text, "-- What people see.\n\nCREATE VIEW public.seen AS\nSELECT id\n   FROM public.runs;\n");
    project.agrees();
}

#[test]
fn a_file_with_more_in_it_is_never_replaced() {
    let Some(project) = Project::new("export_shared", "create view a as select 1 as n; create view b as select 2 as n")
    else {
        return;
    };
    let both = "create view a as select 5 as n;\ncreate view b as select 2 as n;\n";
    project.write("views/both.sql", both);
    project.xtask(&["views", "export", "b"]).expect(0);
    let refused = project.xtask(&["views", "export", "--yes"]).expect(5);
    assert!(
        refused.stderr.contains("error[view-file-shared]: views/both.sql is not the file of public.a alone"),
        "{}",
        refused.stderr
    );
    assert_eq!(project.read("views/both.sql"), both);
    let unknown = project.xtask(&["views", "export", "nothing", "--url", &project.database.url()]).expect(2);
    assert!(unknown.stderr.contains("error[view-unknown]: no view is called `nothing`"), "{}", unknown.stderr);
    // A folder of another kind holds none of them.
    let elsewhere = project.xtask(&["views", "export", "--dir", "out", "A"]).expect(0);
    assert!(elsewhere.stderr.contains("Wrote public.a as out/public/a.sql"), "{}", elsewhere.stderr);
}
