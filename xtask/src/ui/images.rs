//! Images while they are pulled and built.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, bytes, progress, seconds};
use crate::event::{ImageEnd, ImageWork};

/// How often somebody who reads a log is told how far a long download is.
const NOW_AND_THEN: Duration = Duration::from_secs(15);

/// Columns from which on there is room for a bar.
const WIDE: usize = 65;

/// The longest amount: `1023.9 MB of 1023.9 MB`.
const AMOUNT: usize = 22;

/// One line for each image that is worked on; without a terminal, one line as each begins and ends.
#[derive(Default)]
pub(super) struct ImageLines {
    all: Option<MultiProgress>,
    running: BTreeMap<String, Running>,
}

struct Running {
    bar: Option<ProgressBar>,
    last_told: Instant,
}

impl ImageLines {
    pub(super) fn begin(&mut self, ui: &Ui, image: String, work: ImageWork) {
        let verb = match work {
            ImageWork::Pull => "Pulling",
            ImageWork::Build => "Building",
        };
        let bar = if ui.shows_progress() {
            let all = self.all.get_or_insert_with(|| MultiProgress::with_draw_target(progress::target()));
            let (name, template) = layout(&image, work, verb, progress::columns());
            let bar = all.add(line(&template));
            bar.set_prefix(name);
            Some(bar)
        } else {
            ui.action(verb, &image);
            None
        };
        self.running.insert(image, Running { bar, last_told: Instant::now() });
    }

    pub(super) fn progress(&mut self, ui: &Ui, image: &str, done: u64, total: u64) {
        let Some(running) = self.running.get_mut(image) else { return };
        let amount = match done < total {
            true => format!("{} of {}", bytes(done), bytes(total)),
            false => format!("{}, unpacking", bytes(total)),
        };
        match &running.bar {
            Some(bar) => {
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(amount);
            }
            None if running.last_told.elapsed() > NOW_AND_THEN => {
                running.last_told = Instant::now();
                ui.action("Pulling", format!("{image}: {amount}"));
            }
            None => {}
        }
    }

    pub(super) fn output(&mut self, ui: &Ui, image: &str, text: &str) {
        match self.running.get(image).and_then(|running| running.bar.as_ref()) {
            Some(bar) => bar.set_message(text.trim().to_owned()),
            // Builds that run at the same time are told apart by the name.
            None => ui.status(format!("{image} | {text}")),
        }
    }

    pub(super) fn end(&mut self, ui: &Ui, image: &str, end: &ImageEnd) {
        if let Some(bar) = self.running.remove(image).and_then(|running| running.bar) {
            bar.finish_and_clear();
        }
        self.above(|| match end {
            ImageEnd::Pulled { bytes: size, took } => {
                ui.action("Pulled", format!("{image} ({}, {})", bytes(*size), seconds(*took)));
            }
            ImageEnd::Current => ui.action("Up to date", image),
            ImageEnd::Built { took } => ui.action("Built", format!("{image} ({})", seconds(*took))),
            // The error tells why, below.
            ImageEnd::Failed { .. } => ui.setback("Failed", image),
        });
        if self.running.is_empty() {
            self.rest();
        }
    }

    /// Takes the lines away.
    pub(super) fn rest(&mut self) {
        for running in std::mem::take(&mut self.running).into_values() {
            running.bar.iter().for_each(ProgressBar::finish_and_clear);
        }
        self.all = None;
    }

    /// Prints above the lines that move.
    pub(super) fn above<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.all {
            Some(all) => all.suspend(print),
            None => print(),
        }
    }
}

/// What stands in front, and how the line is laid out, in so many columns.
fn layout(image: &str, work: ImageWork, verb: &str, columns: usize) -> (String, String) {
    // Where there is room for little, the name and how far it is are worth it.
    if columns < WIDE {
        let name = progress::ending(image, columns.saturating_sub(AMOUNT + 1));
        return (name, "{prefix} {wide_msg}".to_owned());
    }
    let front = (columns / 2).clamp(32, 60);
    let name = format!("{verb} {}", progress::ending(image, front - verb.len() - 1));
    let rest = match work {
        ImageWork::Pull => "{wide_bar} {msg}",
        ImageWork::Build => "{wide_msg}",
    };
    (name, format!("{{prefix:{front}}} {rest} {{elapsed}}"))
}

fn line(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_in_any_width() {
        let of = |columns| layout("registry.example/team/shop-worker:1", ImageWork::Pull, "Pulling", columns);
        let (wide, template) = of(117);
        assert_eq!(wide, "Pulling registry.example/team/shop-worker:1");
        assert_eq!(template, "{prefix:58} {wide_bar} {msg} {elapsed}");
        assert_eq!(of(77).0, "Pulling …ry.example/team/shop-worker:1");
        assert_eq!(of(37), ("…shop-worker:1".to_owned(), "{prefix} {wide_msg}".to_owned()));
    }
}
