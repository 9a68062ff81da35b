//! Who runs this process.

/// The numeric id of the user whose rights this process has; `None` where the system has no such ids.
#[cfg(unix)]
pub fn effective_user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;

    // Linux shows each process as a directory that belongs to its effective user: no other process is needed.
    if let Ok(metadata) = std::fs::metadata("/proc/self") {
        return Some(metadata.uid());
    }
    super::run(std::process::Command::new("id").arg("-u")).ok()?.stdout.trim().parse().ok()
}

/// The numeric id of the user whose rights this process has; `None` where the system has no such ids.
#[cfg(not(unix))]
pub fn effective_user() -> Option<u32> {
    None
}

/// Whether this process runs as root, as it does in most containers.
pub fn is_root() -> bool {
    effective_user() == Some(0)
}
