//! Removing the cluster.

use std::io::ErrorKind;

use super::layout;
use super::stop::{StopMode, stop_in};
use super::{LocalServer, ServerError};
use crate::event::Listener;

impl LocalServer {
    /// Stops the server and destroys the cluster with all its databases, and the log; nothing happens where there is
    /// none. Asking is the caller's: [`LocalServer::size`] tells what is lost. Returns the bytes that were freed.
    ///
    /// # Errors
    /// Where the server cannot be stopped, or files cannot be removed.
    pub fn remove(&self, listener: &dyn Listener) -> Result<u64, ServerError> {
        let layout = self.layout()?;
        if !layout.base.exists() {
            return Ok(0);
        }
        let _lock = self.lock(&layout, listener)?;
        let data = layout.data();
        layout::data_major(&data)?;
        for dir in layout.leftovers().iter().chain([&data]) {
            stop_in(dir, StopMode::Immediate, listener)?;
        }
        let size = layout::size(&layout.base).map_err(|source| ServerError::io("measure", &layout.base, source))?;
        // An interrupted removal must not leave a cluster with holes under the name of a whole one.
        let gone = layout.base.join(format!("data.gone-{}", std::process::id()));
        match std::fs::rename(&data, &gone) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(ServerError::io("remove", &data, error)),
            _ => {}
        }
        layout.remove_ours().map_err(|source| ServerError::io("remove", &layout.base, source))?;
        let _ = std::fs::remove_file(layout.location_note());
        Ok(size)
    }
}
