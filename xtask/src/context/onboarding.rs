//! The steps from nothing to a working database. Each looks first, and says "already" where there is nothing to do.

use camino::Utf8PathBuf;

use super::images::ImageWish;
use super::{Context, Wish};
use crate::config::Backend;
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::files::digest;
use crate::postgres::{Address, Database, Seeded};
use crate::revision::RevisionScript;
use crate::server::How;

const NAMED_DATABASE: Code = Code::new("database-named");
const SEED_FAILED: Code = Code::new("seed-failed");

impl Context {
    /// Makes sure that the images of the services are there, where they run in Docker.
    pub(crate) async fn ensure_service_images(&self) -> Result<()> {
        if !self.is_service_meant()? || self.settle_backend().await? == Backend::Local {
            return Ok(());
        }
        let view = self.docker_view().await?;
        if !self.ensure_images(&view.services, &view.chosen(), ImageWish::default()).await? {
            self.ui.action("Already", "there: every image");
        }
        Ok(())
    }

    /// Makes sure that the project's services run; nothing where another database is named.
    pub(crate) async fn ensure_services(&self) -> Result<()> {
        if !self.is_service_meant()? {
            return Ok(());
        }
        match self.settle_backend().await? {
            Backend::Docker => {
                let wish = Wish { wait: Some(self.config.services.wait_timeout), ..Wish::default() };
                self.start_in_docker(&wish).await
            }
            Backend::Local => {
                let server = self.local_server()?;
                let started = self.start_database().await?;
                self.tell_started(started, &server);
                if started.how != How::Already {
                    self.tell_left_out();
                }
                Ok(())
            }
        }
    }

    /// Makes sure that the database answers: the project's own, or the one that was named.
    pub(crate) async fn ensure_database(&self) -> Result<()> {
        let target = self.target().await?;
        let database = self.connect("up").await?;
        if !target.is_service() {
            let Address { shown, origin, .. } = &target.address;
            self.ui.action("Already", format!("there: {shown}, named by {origin}"));
        }
        database.close().await;
        Ok(())
    }

    /// The files of the sample rows, in the order in which they are loaded.
    pub(crate) fn seed_files(&self) -> Result<Vec<Utf8PathBuf>> {
        let found = self.config.seed.files.iter().map(|pattern| self.project.matching(pattern));
        Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Loads files of sample rows, and records that.
    pub(crate) async fn load_seed(&self, database: &mut Database, files: &[Utf8PathBuf]) -> Result<()> {
        let (person, mut is_recorded) = (self.person(), true);
        for file in files {
            let started = std::time::Instant::now();
            let bytes = self.project.read_bytes(file)?;
            let script = RevisionScript::parse(file, &bytes).map_err(|mut errors| errors.remove(0))?;
            let ran = database.run_file(&script).await;
            ran.map_err(|error| seed_failed(error.diagnose()))?;
            let took = started.elapsed();
            self.ui.action("Loaded", format!("{file} ({:.2} s)", took.as_secs_f64()));
            let seeded = Seeded { file: file.as_str(), checksum: &digest(&bytes), took, by: &person };
            is_recorded = database.record_seeded(&seeded).await? && is_recorded;
        }
        if !is_recorded {
            self.ui.status("What was loaded cannot be recorded: the role may not write to xtask.seed");
        }
        database.flush_statistics().await;
        Ok(())
    }

    /// The files of sample rows that are not loaded as they are now.
    pub(crate) async fn unloaded_seed(&self, database: &mut Database) -> Result<Vec<Utf8PathBuf>> {
        let seeded = database.seeded().await?;
        let mut files = self.seed_files()?;
        let mut read = Ok(());
        files.retain(|file| match self.project.read_bytes(file) {
            Ok(bytes) => seeded.get(file.as_str()) != Some(&digest(&bytes)),
            Err(error) => {
                read = Err(error);
                true
            }
        });
        read?;
        Ok(files)
    }

    /// Commands that manage the project's own service have nothing to do with a database that was named.
    pub(crate) fn require_service(&self) -> Result<()> {
        let Some(target) = self.named_target()? else { return Ok(()) };
        let Address { shown, origin, .. } = target.address;
        Err(Diagnostic::error(
            NAMED_DATABASE,
            Exit::Conflict,
            format!("the database in use is {shown}, not the project's own service"),
        )
        .because(format!("it is named by {origin}"))
        .advise(
            "Take that away to work with the project's own database: the commands for services do not touch any other",
        )
        .into())
    }
}

/// The failure of a file that is no revision.
fn seed_failed(failure: Diagnostic) -> Report {
    let evidence = failure.evidence.into_iter().map(|line| line.replace("of this revision", "of this file"));
    Diagnostic { code: SEED_FAILED, evidence: evidence.collect(), ..failure }
        .try_command("Correct the file, then load the rows again", "cargo xtask seed")
        .into()
}
