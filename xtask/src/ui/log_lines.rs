//! Lines of logs, each behind the name of the container that wrote it.

use std::collections::BTreeMap;

use console::{Color, style};
use serde_json::json;

use super::Ui;
use crate::event::{Channel, LogLine};

/// The colours of names, in the order in which they are given out. Red is for what goes wrong.
const COLORS: [Color; 5] = [Color::Cyan, Color::Yellow, Color::Green, Color::Magenta, Color::Blue];

/// Prints lines of logs, as they come.
pub struct LogLines<'a> {
    ui: &'a Ui,
    colors: BTreeMap<String, Color>,
    /// How long the longest name has been so far, so that the lines stand below each other.
    width: usize,
    has_names: bool,
    has_times: bool,
}

impl Ui {
    /// For lines of several containers. Their names, where they are known beforehand, decide how wide the column in front is.
    pub fn log_lines<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        has_names: bool,
        has_times: bool,
    ) -> LogLines<'_> {
        let mut lines = LogLines { ui: self, colors: BTreeMap::new(), width: 0, has_names, has_times };
        for name in names {
            lines.color(name);
        }
        lines
    }
}

impl LogLines<'_> {
    /// Prints one line: as it is, behind its container's name, or as one JSON value.
    pub fn print(&mut self, line: &LogLine) {
        if self.ui.is_json() {
            let channel = if line.channel == Channel::Error { "stderr" } else { "stdout" };
            let value = json!({
                "service": line.service, "container": line.container, "time": line.time, "stream": channel, "line": line.text,
            });
            return self.ui.line(value.to_string());
        }
        let time = if self.has_times { format!("{} ", line.time) } else { String::new() };
        if !self.has_names {
            return self.ui.line(format!("{time}{}", line.text));
        }
        let color = self.color(&line.container);
        let name = style(format!("{:width$} |", line.container, width = self.width)).fg(color);
        self.ui.line(format!("{name} {time}{}", line.text));
    }

    fn color(&mut self, name: &str) -> Color {
        self.width = self.width.max(name.chars().count());
        let next = COLORS[self.colors.len() % COLORS.len()];
        *self.colors.entry(name.to_owned()).or_insert(next)
    }
}
