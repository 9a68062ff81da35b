//! Services while they are brought up or taken down.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Ui, progress, seconds};
use crate::event::{Deed, Part, ServiceEvent};

/// A line for each thing that was done; where somebody watches, one more that says what goes on.
#[derive(Default)]
pub(super) struct ServiceLines {
    going_on: BTreeMap<Part, &'static str>,
    bar: Option<ProgressBar>,
}

/// As much of what goes on as one line can hold.
const SHOWN: usize = 3;

impl ServiceLines {
    pub(super) fn tell(&mut self, ui: &Ui, event: &ServiceEvent) {
        match event.deed {
            Deed::Begun(what) => {
                self.going_on.insert(event.part.clone(), what);
            }
            _ => {
                self.going_on.remove(&event.part);
            }
        }
        if let Some((verb, text, is_good)) = told(event) {
            let print = || if is_good { ui.action(verb, &text) } else { ui.setback(verb, &text) };
            match &self.bar {
                Some(bar) => bar.suspend(print),
                None => print(),
            }
        }
        self.redraw(ui);
    }

    /// Takes the line away.
    pub(super) fn rest(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn redraw(&mut self, ui: &Ui) {
        if self.going_on.is_empty() || !ui.shows_progress() {
            return self.rest();
        }
        let mut shown: Vec<String> =
            self.going_on.iter().take(SHOWN).map(|(part, what)| format!("{part}: {what}")).collect();
        if self.going_on.len() > SHOWN {
            shown.push(format!("and {} more", self.going_on.len() - SHOWN));
        }
        self.bar.get_or_insert_with(bar).set_message(shown.join(", "));
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, progress::target());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// The verb, the rest of the line, and whether it is good news; nothing for what only goes on.
fn told(event: &ServiceEvent) -> Option<(&'static str, String, bool)> {
    let part = event.part.to_string();
    let good = |verb, text| Some((verb, text, true));
    match &event.deed {
        Deed::Begun(_) | Deed::Over => None,
        Deed::Created => good("Created", part),
        Deed::Recreated { why } => good("Recreated", because(&part, why)),
        Deed::Started => good("Started", part),
        Deed::Restarted => good("Restarted", part),
        Deed::Stopped => good("Stopped", part),
        Deed::Removed => good("Removed", part),
        Deed::Renamed => good("Renamed", part),
        Deed::Unchanged { how } => good("Already", format!("{how}: {part}")),
        Deed::Healthy { took } => good("Healthy", format!("{part} ({})", seconds(*took))),
        Deed::Answers { took } => good("Ready", format!("{part} ({})", seconds(*took))),
        Deed::Running => good("Running", part),
        Deed::Done { took } => good("Done", format!("{part} ({})", seconds(*took))),
        Deed::Restarts { times } => {
            Some(("Restarting", format!("{part}, time {times}: it ended with a failure"), false))
        }
        Deed::Failed { why } => Some(("Failed", format!("{part}: {why}"), false)),
    }
}

/// One difference stands on the line, several below it.
fn because(part: &str, why: &[String]) -> String {
    match why {
        [] => part.to_owned(),
        [one] => format!("{part}: {one}"),
        many => {
            let lines: Vec<String> = many.iter().map(|line| format!("\n{:13}{line}", "")).collect();
            format!("{part}:{}", lines.concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(deed: Deed) -> Option<String> {
        let event = ServiceEvent { part: Part::Service("db".into()), deed };
        told(&event).map(|(verb, text, _)| format!("{verb} {text}"))
    }

    #[test]
    fn the_reason_stands_beside_or_below() {
        let recreated = |why: &[&str]| line(Deed::Recreated { why: why.iter().map(|it| (*it).to_owned()).collect() });
        assert_eq!(recreated(&["image: a → b"]).as_deref(), Some("Recreated db: image: a → b"));
        let two = "Recreated db:\n             image: a → b\n             user: (none) → x";
        assert_eq!(recreated(&["image: a → b", "user: (none) → x"]).as_deref(), Some(two));
    }

    #[test]
    fn what_only_goes_on_has_no_line_of_its_own() {
        assert_eq!(line(Deed::Begun("stopping")), None);
        assert_eq!(line(Deed::Unchanged { how: "running" }).as_deref(), Some("Already running: db"));
        assert_eq!(line(Deed::Healthy { took: Duration::from_millis(2140) }).as_deref(), Some("Healthy db (2.1 s)"));
    }
}
