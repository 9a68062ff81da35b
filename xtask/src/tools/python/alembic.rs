//! Alembic itself: run by an interpreter of the project and talked to, line by line.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::{PythonError, last_lines};
use crate::tools::{Talking, talk_to};

/// What is run: it loads Alembic and does what it is asked.
const SCRIPT: &str = include_str!("alembic_scripts.py");

/// How much is kept of what scripts print.
const KEPT: usize = 4096;

/// Alembic in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Alembic {
    python: Utf8PathBuf,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    said: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
    child: Child,
    version: String,
}

/// What Alembic, or a script that it runs, says of its failure.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Refusal {
    /// The exception, as Python writes it.
    pub said: String,
    /// The line of the script that it came through last.
    pub line: Option<usize>,
}

/// What is known when it has started.
#[derive(Deserialize)]
struct Started {
    python: String,
    alembic: Option<String>,
    failure: Option<Refusal>,
}

/// An answer: of the form that was asked for, or a failure.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Failure { failure: Refusal },
    Done(T),
}

impl Alembic {
    /// Starts it, in the folder `top`. `about` is what the script says of its first argument.
    ///
    /// # Errors
    /// The interpreter cannot be run, has no Alembic, or ends.
    pub async fn start(python: &Utf8Path, top: &Utf8Path, about: &Value) -> Result<Self, PythonError> {
        let mut command = Command::new(python);
        command.current_dir(top).args(["-X", "utf8", "-c", SCRIPT, &about.to_string()]);
        let Talking { stdin, stdout, stderr, child } = talk_to(command).map_err(PythonError::Run)?;
        let said = Arc::new(Mutex::new(String::new()));
        let reader = tokio::spawn(keep(stderr, Arc::clone(&said)));
        let answers = BufReader::new(stdout).lines();
        let mut alembic =
            Self { python: python.to_owned(), stdin, answers, said, reader, child, version: String::new() };
        let started: Started = alembic.answer().await?;
        match (started.alembic, started.failure) {
            (Some(version), None) => Ok(Self { version, ..alembic }),
            (_, failure) => Err(PythonError::NoAlembic {
                python: python.to_owned(),
                version: started.python,
                said: failure.map(|it| it.said).unwrap_or_default(),
            }),
        }
    }

    /// `Alembic 1.20.1`
    pub fn name(&self) -> String {
        format!("Alembic {}", self.version)
    }

    /// Asks for something. What it refuses is no error.
    ///
    /// # Errors
    /// The process ended, or its answer is of another form.
    pub async fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> Result<Result<T, Refusal>, PythonError> {
        let line = format!("{request}\n");
        let sent = self.stdin.write_all(line.as_bytes()).await;
        if sent.is_err() || self.stdin.flush().await.is_err() {
            return Err(self.ended().await);
        }
        Ok(match self.answer().await? {
            Answer::Done(value) => Ok(value),
            Answer::Failure { failure } => Err(failure),
        })
    }

    /// Ends it. Its end is waited for: the signal that tells of it would interrupt a question.
    pub async fn close(self) {
        let Self { stdin, mut child, .. } = self;
        drop(stdin);
        let _ = child.wait().await;
    }

    async fn answer<T: DeserializeOwned>(&mut self) -> Result<T, PythonError> {
        match self.answers.next_line().await {
            Ok(Some(line)) => serde_json::from_str(&line)
                .map_err(|error| PythonError::Answer { python: self.python.clone(), said: error.to_string() }),
            _ => Err(self.ended().await),
        }
    }

    async fn ended(&mut self) -> PythonError {
        let code = self.child.wait().await.ok().and_then(|status| status.code()).unwrap_or(1);
        // What it said last is still on its way to us; a process that it has left behind may hold the line open.
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.reader).await;
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        PythonError::Ended { python: self.python.clone(), code, said: last_lines(&said) }
    }
}

/// Keeps the end of what is printed, and reads all of it, so that printing never waits.
async fn keep(stderr: ChildStderr, said: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(&line);
        said.push('\n');
        let excess = said.len().saturating_sub(KEPT);
        let start = (excess..said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(0);
        said.drain(..start);
    }
}
