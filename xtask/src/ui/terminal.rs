//! The terminal of this process, handed to a program in a container: every key goes there.

use std::io::IsTerminal as _;

use super::Ui;
use crate::event::Channel;

/// While this lives, keys are neither shown nor understood here, Ctrl-C included.
#[derive(Debug)]
pub struct RawTerminal {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl RawTerminal {
    /// Takes the terminal; `None` where there is none, or where this system gives it to nobody whole.
    #[cfg(unix)]
    pub fn enter() -> Option<Self> {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return None;
        }
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).ok()?;
        Some(Self { before })
    }

    /// Takes the terminal; `None` where there is none, or where this system gives it to nobody whole.
    #[cfg(not(unix))]
    pub fn enter() -> Option<Self> {
        None
    }
}

#[cfg(unix)]
impl Drop for RawTerminal {
    fn drop(&mut self) {
        // A terminal that has gone need not be put right.
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &self.before);
    }
}

/// Whether a program in a container can be given this process's terminal.
pub fn has_terminal_to_give() -> bool {
    cfg!(unix) && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Columns and rows of the terminal.
pub fn terminal_size() -> Option<(u16, u16)> {
    console::Term::stdout().size_checked().map(|(rows, columns)| (columns, rows))
}

impl Ui {
    /// What a program has written, byte for byte.
    pub fn bytes(&self, channel: Channel, bytes: &[u8]) {
        match channel {
            Channel::Output => self.out.bytes(bytes),
            Channel::Error => self.err.bytes(bytes),
        }
    }
}
