//! Events as lines, and as a spinner where somebody watches.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::images::ImageLines;
use super::services::ServiceLines;
use super::views::ViewLines;
use super::{Ui, progress};
use crate::event::{Event, Listener};

/// Shows events on the status stream.
pub(super) struct Shown<'a> {
    ui: &'a Ui,
    spinner: Mutex<Option<ProgressBar>>,
    views: Mutex<ViewLines>,
    images: Mutex<ImageLines>,
    services: Mutex<ServiceLines>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            spinner: Mutex::new(None),
            views: Mutex::default(),
            images: Mutex::default(),
            services: Mutex::default(),
        }
    }

    fn working(&self, what: String) {
        if !self.ui.shows_progress() {
            return;
        }
        let mut spinner = self.spinner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bar = spinner.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, progress::target());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(what);
    }

    fn views(&self) -> std::sync::MutexGuard<'_, ViewLines> {
        self.views.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn images(&self) -> std::sync::MutexGuard<'_, ImageLines> {
        self.images.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn services(&self) -> std::sync::MutexGuard<'_, ServiceLines> {
        self.services.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn rest(&self) {
        let spinner = self.spinner.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(bar) = spinner {
            bar.finish_and_clear();
        }
    }
}

impl Listener for Shown<'_> {
    fn on(&self, event: Event) {
        match event {
            Event::Working { what } => self.working(what),
            Event::Done { what } => {
                self.rest();
                self.images().above(|| self.ui.status(what));
            }
            Event::Notice { what } => {
                self.rest();
                self.images().above(|| self.ui.status(format!("Note: {what}")));
            }
            Event::LockAwaited { holder, at_most } => {
                self.rest();
                let holder = holder.unwrap_or_else(|| "held by a session that has just ended".to_owned());
                self.ui.status(format!("Waiting at most {at_most:.0?} for the lock of this database, {holder}"));
            }
            Event::Service(event) => {
                self.rest();
                self.services().tell(self.ui, &event);
            }
            Event::ViewsBegun { count } => {
                self.rest();
                self.views().begin(self.ui, count);
            }
            Event::ViewBegun { view } => self.views().begin_one(view),
            Event::ViewWaits { view, holder } => self.views().waits(self.ui, &view, &holder),
            Event::ViewEnded { view, end } => self.views().end_one(self.ui, &view, &end),
            Event::ImageBegun { image, work } => {
                self.rest();
                self.images().begin(self.ui, image, work);
            }
            Event::ImageProgress { image, done, total } => self.images().progress(self.ui, &image, done, total),
            Event::ImageOutput { image, line } => self.images().output(self.ui, &image, &line),
            Event::ImageEnded { image, end } => self.images().end(self.ui, &image, &end),
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.rest();
        self.views().rest();
        self.images().rest();
        self.services().rest();
    }
}
