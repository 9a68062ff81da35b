//! The refresh of materialised views while it goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, number, progress, seconds};
use crate::event::ViewEnd;

/// One line for each view that runs, below one for all of them; without a terminal, one line as each ends.
#[derive(Default)]
pub(super) struct ViewLines {
    shown: Option<Shown>,
    count: usize,
    ended: usize,
}

struct Shown {
    all: MultiProgress,
    head: ProgressBar,
    running: BTreeMap<String, ProgressBar>,
}

impl ViewLines {
    pub(super) fn begin(&mut self, ui: &Ui, count: usize) {
        self.count = count;
        self.ended = 0;
        if ui.shows_progress() && count > 0 {
            let all = MultiProgress::with_draw_target(progress::target());
            let head = all.add(line("{msg} {elapsed}"));
            head.set_message(self.heading());
            self.shown = Some(Shown { all, head, running: BTreeMap::new() });
        }
    }

    pub(super) fn begin_one(&mut self, view: String) {
        if let Some(shown) = &mut self.shown {
            let bar = shown.all.add(line("  {spinner} {msg} {elapsed}"));
            bar.set_message(view.clone());
            shown.running.insert(view, bar);
        }
    }

    pub(super) fn waits(&mut self, ui: &Ui, view: &str, holder: &str) {
        self.above(ui, |ui| ui.action("Waiting", format!("{view} waits for a lock of {holder}")));
    }

    pub(super) fn end_one(&mut self, ui: &Ui, view: &str, end: &ViewEnd) {
        self.ended += 1;
        if let Some(bar) = self.shown.as_mut().and_then(|shown| shown.running.remove(view)) {
            bar.finish_and_clear();
        }
        let (verb, text) = told(view, end);
        match (end, &self.shown) {
            // Whoever watched it saw it end; the result has it too.
            (ViewEnd::Refreshed { .. }, Some(_)) => {}
            (ViewEnd::Refreshed { .. }, None) => ui.action(verb, text),
            _ => self.above(ui, |ui| ui.setback(verb, text)),
        }
        match &self.shown {
            Some(shown) if self.ended < self.count => shown.head.set_message(self.heading()),
            _ => self.rest(),
        }
    }

    /// Takes the lines away.
    pub(super) fn rest(&mut self) {
        if let Some(shown) = self.shown.take() {
            for bar in shown.running.values().chain([&shown.head]) {
                bar.finish_and_clear();
            }
        }
    }

    fn heading(&self) -> String {
        format!("Refreshing views, {} of {} done", self.ended, self.count)
    }

    fn above(&self, ui: &Ui, print: impl FnOnce(&Ui)) {
        match &self.shown {
            Some(shown) => shown.all.suspend(|| print(ui)),
            None => print(ui),
        }
    }
}

fn line(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn told(view: &str, end: &ViewEnd) -> (&'static str, String) {
    match end {
        ViewEnd::Refreshed { mode, rows, took } => {
            let rows = rows.map_or_else(String::new, |rows| format!("{} rows, ", number(rows)));
            ("Refreshed", format!("{view} ({mode}): {rows}{}", seconds(*took)))
        }
        ViewEnd::Failed { reason } => ("Failed", format!("{view}: {reason}")),
        ViewEnd::Skipped { because } => ("Skipped", format!("{view}: it reads {because}")),
        ViewEnd::Interrupted => ("Interrupted", format!("{view}: it holds what it held before")),
    }
}
