//! The local backend: server binaries of this machine, and the private server.

use super::Verdict;
use super::row::Row;
use crate::context::server_in_words;
use crate::server::{LocalServer, State};
use crate::tools;

/// The server binaries that would be used.
pub(super) fn binaries(server: &LocalServer) -> Row {
    let wanted = server.spec().wanted_major;
    let install = || tools::PackageManager::detect().map(|manager| manager.install_postgresql(wanted));
    let found = match server.installations() {
        Ok(found) => found,
        Err(error) => return Row::of("PostgreSQL server", Verdict::Missing, &error.into()),
    };
    let Some(best) = found.first() else {
        let offer = server.fetch_offer().ok().flatten();
        let row = Row::missing("PostgreSQL server", "no server binaries on this machine");
        return match (offer, install()) {
            // `up` asks, and goes on.
            (Some(offer), _) => Row::warning("PostgreSQL server", row.found)
                .fix(format!("cargo xtask up (offers to fetch {})", offer.what)),
            (None, Some(command)) => row.fix(command),
            (None, None) => row.fix("install PostgreSQL"),
        };
    };
    let text = format!("PostgreSQL {} in {}", best.major, best.bin);
    match wanted {
        Some(wanted) if wanted != best.major => {
            Row::warning("PostgreSQL server", format!("{text}; the Compose file names {wanted}"))
        }
        _ => Row::ok("PostgreSQL server", text),
    }
}

/// The private server's state.
pub(super) fn service(server: &LocalServer) -> Row {
    match server.state() {
        Ok(state @ (State::ForeignPort { .. } | State::OtherMajor { .. } | State::Unresponsive { .. })) => {
            Row::missing("database service", server_in_words(&state)).fix("cargo xtask start-services (says more)")
        }
        Ok(state @ State::HalfMade { .. }) => {
            Row::warning("database service", server_in_words(&state)).fix("cargo xtask up")
        }
        Ok(state) => Row::ok("database service", server_in_words(&state)),
        Err(error) => Row::of("database service", Verdict::Missing, &error.into()),
    }
}
