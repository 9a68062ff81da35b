//! Scripts for somebody else to run: what `migrate --sql`, `downgrade --sql` and `stamp --sql` write.

use super::{Context, Revisions, Work};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::postgres::{CREATE_HISTORY, CREATE_SCHEMA, OWN_SETTINGS, SESSION, VersionTable, row_op};
use crate::revision::graph::{Direction, Plan, RowOp};

const NO_RANGE: Code = Code::new("downgrade-range-missing");

impl Context {
    /// The table that a script names: in the configured schema, else in `public`, which is where the search path of a
    /// new database begins for other than its owner's own schema.
    pub(crate) fn offline_table(&self) -> VersionTable {
        VersionTable::in_schema(
            self.config.database.version_table_schema.clone().unwrap_or_else(|| "public".to_owned()),
        )
    }

    /// `migrate --sql [FROM:]TO`.
    pub(crate) fn upgrade_script(&self, revisions: &Revisions, target: &str) -> Result<()> {
        let (from, to) = target.split_once(':').map_or((None, target), |(from, to)| (Some(from), to));
        let to = if to.is_empty() { "head" } else { to };
        let rows = starting_rows(revisions, from)?;
        let plan = revisions.graph.upgrade(&rows, to)?;
        self.print(revisions, &rows, plan)
    }

    /// `downgrade --sql FROM:TO`.
    pub(crate) fn downgrade_script(&self, revisions: &Revisions, target: &str) -> Result<()> {
        let Some((from, to)) = target.split_once(':') else { return Err(no_range(target)) };
        let rows = starting_rows(revisions, Some(from))?;
        let plan = revisions.graph.downgrade(&rows, to)?;
        self.print(revisions, &rows, plan)
    }

    /// `stamp --sql REVISION…`.
    pub(crate) fn stamp_script(&self, revisions: &Revisions, targets: &[String]) -> Result<()> {
        let from = targets.first().and_then(|target| target.split_once(':')).map(|(from, _)| from);
        let rows = starting_rows(revisions, from)?;
        let targets: Vec<&str> =
            targets.iter().map(|target| target.split_once(':').map_or(target.as_str(), |(_, to)| to)).collect();
        let plan = revisions.graph.stamp(&rows, &targets)?;
        let table = self.offline_table();
        self.ui.line("BEGIN;");
        if rows.is_empty() {
            self.ui.line(table.create());
        }
        for step in &plan.steps {
            self.row_ops(&table, &step.row_ops);
        }
        self.ui.line("COMMIT;");
        Ok(())
    }

    fn print(&self, revisions: &Revisions, rows: &[String], plan: Plan<'_>) -> Result<()> {
        let table = self.offline_table();
        let work = self.work(revisions, plan)?;
        self.ui.line("-- Run it with psql -v ON_ERROR_STOP=1 -f");
        self.ui.line("BEGIN;");
        if rows.is_empty() {
            self.ui.line(table.create());
        }
        self.ui.text(CREATE_SCHEMA);
        self.ui.text(CREATE_HISTORY);
        self.ui.line("COMMIT;\n");
        for work in &work {
            self.print_step(&table, work);
        }
        Ok(())
    }

    fn print_step(&self, table: &VersionTable, work: &Work<'_>) {
        let script = work.script();
        // psql comes with settings of its own and keeps those of the script before; online, sessions always begin like this.
        self.ui.line(format!("{OWN_SETTINGS}{SESSION}"));
        let verb = match work.step.direction {
            Direction::Up => "Apply",
            Direction::Down => "Take back",
        };
        self.ui.line(format!("-- {verb} {} {}", work.revision.id, work.revision.message));
        if script.transactional {
            self.ui.line("BEGIN;");
        }
        self.ui.line(script.text.trim_end());
        // A last statement without its semicolon would swallow what follows.
        let ends = script
            .script
            .statements
            .last()
            .is_none_or(|last| script.text[last.span.end..].trim_start().starts_with(';'));
        if !ends {
            self.ui.line(";");
        }
        if !script.transactional {
            self.ui.line("BEGIN;");
        }
        self.ui.line(OWN_SETTINGS);
        self.row_ops(table, &work.step.row_ops);
        self.ui.line(work.entry(self.person()).insert_done());
        self.ui.line("COMMIT;\n");
    }

    fn row_ops(&self, table: &VersionTable, ops: &[RowOp<'_>]) {
        for op in ops {
            self.ui.line(row_op(op, table));
        }
    }
}

fn starting_rows(revisions: &Revisions, from: Option<&str>) -> Result<Vec<String>> {
    Ok(revisions.graph.starting_rows(from)?.into_iter().map(|vertex| vertex.id().to_owned()).collect())
}

fn no_range(target: &str) -> Report {
    Diagnostic::error(NO_RANGE, Exit::Usage, "a script that takes revisions back needs to know where it begins")
        .because("there is no database to ask: give FROM:TO")
        .try_command("For example", format!("cargo xtask downgrade --sql head:{target}"))
        .into()
}
