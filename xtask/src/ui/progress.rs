//! Where lines that move are drawn, and how long a name in them may be.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Columns that stay free at the end of each line. The terminal itself writes `^C` there, and what would reach into the next line could
/// not be taken away any more.
const MARGIN: u16 = 3;

/// How often a second lines are drawn at most.
const RATE: u8 = 20;

/// Whether a line stands there now.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// The terminal behind the standard error, a little narrower than it is.
pub(super) fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(Narrowed::new(Term::buffered_stderr())), RATE)
}

/// Whether a line stands there that will be taken away, with what a key has left behind it.
pub(super) fn is_drawn() -> bool {
    IS_DRAWN.load(Ordering::Relaxed)
}

/// How many columns a line has.
pub(super) fn columns() -> usize {
    usize::from(Narrowed::new(Term::stderr()).width())
}

/// The end of a name that is too long: what tells images of one registry apart stands there.
pub(super) fn ending(name: &str, room: usize) -> String {
    let count = name.chars().count();
    if count <= room {
        return name.to_owned();
    }
    let kept: String = name.chars().skip(count - room.saturating_sub(1)).collect();
    format!("…{kept}")
}

/// A terminal that gives away less than it has.
#[derive(Debug)]
struct Narrowed {
    terminal: Term,
    /// Whether a line was written that another one may follow.
    is_full: AtomicBool,
}

impl Narrowed {
    fn new(terminal: Term) -> Self {
        Self { terminal, is_full: AtomicBool::new(false) }
    }
}

impl TermLike for Narrowed {
    fn width(&self) -> u16 {
        self.terminal.size().1.saturating_sub(MARGIN).max(1)
    }

    fn height(&self) -> u16 {
        self.terminal.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.terminal.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.terminal.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.terminal.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.terminal.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        IS_DRAWN.store(true, Ordering::Relaxed);
        self.terminal.write_line(text)
    }

    /// Lines come each with blanks behind it up to the width, so that the next one begins below. Here a line break does that.
    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.bytes().all(|byte| byte == b' ') {
            self.is_full.store(true, Ordering::Relaxed);
            return Ok(());
        }
        IS_DRAWN.store(true, Ordering::Relaxed);
        if self.is_full.swap(false, Ordering::Relaxed) {
            self.terminal.write_str("\n")?;
        }
        self.terminal.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        IS_DRAWN.store(false, Ordering::Relaxed);
        self.terminal.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.is_full.store(false, Ordering::Relaxed);
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_name_the_end_is_kept() {
        assert_eq!(ending("postgres:17", 11), "postgres:17");
        assert_eq!(ending("ghcr.io/a/service-api:1", 14), "…service-api:1");
        assert_eq!(ending("é:1", 2), "…1");
    }
}
