//! From the pieces of a log to its lines, each with its time.

use std::mem;

use crate::docker::multiplexed::Multiplexed;
use crate::event::Channel;

/// A line of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// When it was written: RFC 3339 with nanoseconds, in UTC, so that texts sort as times do.
    pub(super) time: String,
    pub(super) channel: Channel,
    pub(super) text: String,
}

/// Makes lines of what arrives.
#[derive(Debug)]
pub(super) enum Lines {
    /// A container with a terminal has one stream, as it was written there; each line begins with its time.
    Terminal(Vec<u8>),
    /// Else there are pieces. Each begins with a time; a line that is longer than the engine's buffer is several of them.
    Pieces { pieces: Multiplexed, begun: [Option<(String, Vec<u8>)>; 2] },
}

impl Lines {
    pub(super) fn new(has_terminal: bool) -> Self {
        match has_terminal {
            true => Self::Terminal(Vec::new()),
            false => Self::Pieces { pieces: Multiplexed::default(), begun: [None, None] },
        }
    }

    /// Takes bytes, and gives the lines that are whole now.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Line> {
        match self {
            Self::Terminal(unread) => {
                unread.extend_from_slice(bytes);
                let mut lines = Vec::new();
                while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = unread.drain(..=end).collect();
                    lines.push(timed(&line, Channel::Output));
                }
                lines
            }
            Self::Pieces { pieces, begun } => {
                pieces.take(bytes).into_iter().filter_map(|(channel, piece)| joined(begun, channel, &piece)).collect()
            }
        }
    }

    /// What is left at the end: lines without an end.
    pub(super) fn rest(&mut self) -> Vec<Line> {
        match self {
            Self::Terminal(unread) if unread.is_empty() => Vec::new(),
            Self::Terminal(unread) => vec![timed(&mem::take(unread), Channel::Output)],
            Self::Pieces { begun, .. } => {
                let channels = [Channel::Output, Channel::Error].into_iter().zip(begun);
                channels.filter_map(|(channel, begun)| begun.take().map(|begun| line(begun, channel))).collect()
            }
        }
    }
}

/// Joins a piece to what came before it of the same line.
fn joined(begun: &mut [Option<(String, Vec<u8>)>; 2], channel: Channel, piece: &[u8]) -> Option<Line> {
    let begun = &mut begun[usize::from(channel == Channel::Error)];
    let (time, text) = split_time(piece);
    let (_, bytes) = begun.get_or_insert_with(|| (time, Vec::new()));
    bytes.extend_from_slice(text);
    if !text.ends_with(b"\n") {
        return None;
    }
    begun.take().map(|begun| line(begun, channel))
}

fn line((time, bytes): (String, Vec<u8>), channel: Channel) -> Line {
    let text = String::from_utf8_lossy(&bytes);
    Line { time, channel, text: text.trim_end_matches(['\r', '\n']).to_owned() }
}

fn timed(bytes: &[u8], channel: Channel) -> Line {
    let (time, text) = split_time(bytes);
    line((time, text.to_vec()), channel)
}

/// The time at the begin, and the rest. A terminal whose last line had no end has none.
fn split_time(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().take(40).position(|byte| *byte == b' ').unwrap_or(0);
    match std::str::from_utf8(&bytes[..end]) {
        Ok(time) if is_time(time) => (normal(time), &bytes[end + 1..]),
        _ => (String::new(), bytes),
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z') && text.as_bytes()[0].is_ascii_digit()
}

/// With nine digits behind the second, always: some drivers leave zeros out, and texts would not sort.
fn normal(time: &str) -> String {
    let bare = time.trim_end_matches('Z');
    let (second, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    format!("{second}.{fraction:0<9}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(channel: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).expect("short").to_be_bytes();
        [&[channel, 0, 0, 0][..], &length, text.as_bytes()].concat()
    }

    fn shown(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| format!("{} {:?} {}", line.time, line.channel, line.text)).collect()
    }

    #[test]
    fn pieces_become_lines() {
        let mut lines = Lines::new(false);
        let sent = [
            piece(1, "2026-01-01T00:00:00.5Z out\n"),
            piece(1, "2026-01-01T00:00:01.000000001Z lo"),
            piece(2, "2026-01-01T00:00:02.000000000Z err\r\n"),
            piece(1, "2026-01-01T00:00:01.000000002Z ng\n"),
            piece(1, "2026-01-01T00:00:03Z \n"),
            piece(2, "2026-01-01T00:00:04Z no end"),
        ];
        assert_eq!(
            shown(&lines.take(&sent.concat())),
            [
                "2026-01-01T00:00:00.500000000Z Output out",
                "2026-01-01T00:00:02.000000000Z Error err",
                "2026-01-01T00:00:01.000000001Z Output long",
                "2026-01-01T00:00:03.000000000Z Output ",
            ]
        );
        assert_eq!(shown(&lines.rest()), ["2026-01-01T00:00:04.000000000Z Error no end"]);
        assert!(lines.rest().is_empty());
    }

    #[test]
    fn a_terminal_has_lines_already() {
        let mut lines = Lines::new(true);
        assert!(lines.take(b"2026-01-01T00:00:00.000000001Z a").is_empty());
        let wanted = ["2026-01-01T00:00:00.000000001Z Output ab", " Output without time"];
        assert_eq!(shown(&lines.take(b"b\r\nwithout time\n")), wanted);
        lines.take(b"2026-01-01T00:00:00.000000001Z $ ");
        assert_eq!(shown(&lines.rest()), ["2026-01-01T00:00:00.000000001Z Output $ "]);
    }
}
