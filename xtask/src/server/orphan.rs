//! What is left of a server whose first process was killed: its other processes, which end by themselves unless they
//! are in the middle of a statement. As long as one lives, no new server starts in the data directory.

use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::stop::signal;
use crate::event::{Event, Listener};

/// Ends the processes that a killed server left in this data directory: waits for a moment, then asks them to quit,
/// as the server itself does after a crash, then kills them. Their shared memory is lost with the server anyway.
pub(super) fn end(data: &Utf8Path, listener: &dyn Listener) {
    let begun = Instant::now();
    let mut step = 0;
    loop {
        let orphans = find(data);
        if orphans.is_empty() || begun.elapsed() > Duration::from_secs(12) {
            return;
        }
        let due = match step {
            0 => Duration::from_secs(1),
            1 => Duration::from_secs(6),
            _ => Duration::MAX,
        };
        if begun.elapsed() > due {
            let name = if step == 0 { "QUIT" } else { "KILL" };
            listener.on(Event::Notice {
                what: format!("ending {} processes that the killed server left: SIG{name}", orphans.len()),
            });
            orphans.iter().for_each(|&pid| signal(pid, name));
            step += 1;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The server's processes whose working directory is the data directory.
#[cfg(target_os = "linux")]
fn find(data: &Utf8Path) -> Vec<u32> {
    use super::postmaster::{Process, process};

    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let here = |pid: &u32| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data)
            && process(*pid, data) == Process::Ours
    };
    numbers.filter(here).collect()
}

/// Elsewhere the server's own message names what is in the way.
#[cfg(not(target_os = "linux"))]
fn find(_data: &Utf8Path) -> Vec<u32> {
    Vec::new()
}
