//! Who holds a port of this machine, and which one is free.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use camino::Utf8PathBuf;

/// The process that listens on a port, as far as this account may know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortHolder {
    /// Its number.
    pub pid: Option<u32>,
    /// Its command line, cut to 100 characters.
    pub program: Option<String>,
    /// The account that it runs under.
    pub account: Option<String>,
    /// The project whose local server it is, where it is one of this tool's.
    pub project: Option<Utf8PathBuf>,
}

impl std::fmt::Display for PortHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.program, self.pid) {
            (Some(program), Some(pid)) => write!(f, "{program} (process {pid})")?,
            (Some(program), None) => f.write_str(program)?,
            (None, Some(pid)) => write!(f, "process {pid}")?,
            (None, None) => f.write_str("a process that this account may not see")?,
        }
        if let Some(account) = &self.account {
            write!(f, ", account {account}")?;
        }
        match &self.project {
            Some(project) => write!(f, ", the local server of the project {project}"),
            None => Ok(()),
        }
    }
}

/// Who listens at an address; `None` where nobody does.
///
/// It is tried with a connection, not by listening: that would get in the way of a server which is just starting.
pub fn port_holder(address: SocketAddr) -> Option<PortHolder> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()?;
    // A connection to a free port in the ephemeral range may, rarely, reach itself.
    if stream.local_addr().ok() == stream.peer_addr().ok() {
        return None;
    }
    drop(stream);
    Some(port_user(address.port(), Transport::Tcp).unwrap_or_default())
}

/// What a port is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Of TCP.
    Tcp,
    /// Of UDP.
    Udp,
}

/// Who has a port at whatever address; `None` where the system shows nobody.
///
/// Nothing is tried: this is for a port that is known to be taken, where nobody may answer, as with UDP, or at another address only.
pub fn port_user(port: u16, transport: Transport) -> Option<PortHolder> {
    look_up(port, transport)
}

/// The first free TCP port above another one; `None` where the next two hundred are taken.
pub fn free_port_after(host: IpAddr, port: u16) -> Option<u16> {
    free_port_but(host, port, Transport::Tcp, |_| false)
}

/// The first free port above another one that nobody else is to have.
pub(crate) fn free_port_but(
    host: IpAddr,
    port: u16,
    transport: Transport,
    is_meant_for_others: impl Fn(u16) -> bool,
) -> Option<u16> {
    let is_free = |port: &u16| {
        let address = SocketAddr::new(host, *port);
        match transport {
            Transport::Tcp => TcpListener::bind(address).is_ok() && port_holder(address).is_none(),
            Transport::Udp => UdpSocket::bind(address).is_ok(),
        }
    };
    (port.checked_add(1)?..=port.saturating_add(200)).filter(|port| !is_meant_for_others(*port)).find(is_free)
}

/// A port that the system chooses, for a server that nobody is to find.
pub(crate) fn any_free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The project of a cluster whose data directory is `data`.
#[cfg(unix)]
fn project_of(data: &camino::Utf8Path) -> Option<Utf8PathBuf> {
    let base = data.parent()?;
    let state_dir = match std::fs::read_to_string(base.join("project")) {
        Ok(state_dir) => state_dir.trim().into(),
        Err(_) if base.ends_with(".xtask/postgres") => base.parent()?.to_owned(),
        Err(_) => return None,
    };
    Some(state_dir.parent()?.to_owned())
}

/// Reads `/proc`: the listening sockets with their inode and account, then which process has that inode open.
#[cfg(target_os = "linux")]
fn look_up(port: u16, transport: Transport) -> Option<PortHolder> {
    let tables = match transport {
        Transport::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
        Transport::Udp => ["/proc/net/udp", "/proc/net/udp6"],
    };
    let tables = tables.map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let socket = tables.iter().find_map(|table| listening_socket(table, port, transport))?;
    let account = std::fs::read_to_string("/etc/passwd").ok().and_then(|passwd| {
        let mut accounts = passwd.lines().map(|line| line.split(':'));
        accounts.find_map(|mut fields| {
            let name = fields.next()?;
            (fields.nth(1)? == socket.account).then(|| name.to_owned())
        })
    });
    let account = account.or(Some(socket.account));
    let Some(pid) = owner_of(&socket.inode) else { return Some(PortHolder { account, ..PortHolder::default() }) };
    let program = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let program = String::from_utf8_lossy(&program).replace('\0', " ");
    // A program given on the command line may have lines of its own.
    let words: Vec<&str> = program.split_whitespace().collect();
    let program: String = words.join(" ").chars().take(100).collect();
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).ok().and_then(|cwd| Utf8PathBuf::from_path_buf(cwd).ok());
    Some(PortHolder {
        pid: Some(pid),
        program: Some(program).filter(|program| !program.is_empty()),
        account,
        project: cwd.and_then(|cwd| project_of(&cwd)),
    })
}

#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq)]
struct Socket {
    account: String,
    inode: String,
}

/// A line of `/proc/net/tcp` has the local address second, the state fourth (`0A` is LISTEN; a socket of UDP that waits for
/// anybody is `07`), the account's id eighth and the inode tenth (`man 5 proc_net`).
#[cfg(target_os = "linux")]
fn listening_socket(table: &str, port: u16, transport: Transport) -> Option<Socket> {
    let port = format!(":{port:04X}");
    let waiting = if transport == Transport::Tcp { "0A" } else { "07" };
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, account, _, inode, ..] = fields[..] else { return None };
        let listens = state == waiting && local.ends_with(&port);
        listens.then(|| Socket { account: account.to_owned(), inode: inode.to_owned() })
    })
}

#[cfg(target_os = "linux")]
fn owner_of(inode: &str) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|pid| {
        let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut links = descriptors.filter_map(|entry| std::fs::read_link(entry.path()).ok());
        links.any(|link| link.to_str() == Some(&wanted))
    })
}

/// Asks `lsof`, which macOS and the BSDs carry.
#[cfg(all(unix, not(target_os = "linux")))]
fn look_up(port: u16, transport: Transport) -> Option<PortHolder> {
    let mut lsof = std::process::Command::new("lsof");
    lsof.args(["-nP", "-FpcLn"]);
    match transport {
        Transport::Tcp => lsof.args([&format!("-iTCP:{port}"), "-sTCP:LISTEN"]),
        Transport::Udp => lsof.arg(format!("-iUDP:{port}")),
    };
    let finished = super::run(&mut lsof).ok()?;
    // One field a line; the letter before it names it (`man lsof`, "OUTPUT FOR OTHER PROGRAMS").
    let field = |letter: char| finished.stdout.lines().find_map(|line| line.strip_prefix(letter)).map(str::to_owned);
    let pid = Some(field('p')?.parse().ok()?);
    let cwd = pid.and_then(|pid: u32| {
        let mut lsof = std::process::Command::new("lsof");
        let finished = super::run(lsof.args(["-a", "-d", "cwd", "-p", &pid.to_string(), "-Fn"])).ok()?;
        finished.stdout.lines().find_map(|line| line.strip_prefix('n')).map(Utf8PathBuf::from)
    });
    Some(PortHolder { pid, program: field('c'), account: field('L'), project: cwd.and_then(|cwd| project_of(&cwd)) })
}

/// Asks `netstat` for the process and `tasklist` for its name.
#[cfg(not(unix))]
fn look_up(port: u16, transport: Transport) -> Option<PortHolder> {
    let mut netstat = std::process::Command::new("netstat");
    let name = if transport == Transport::Tcp { "TCP" } else { "UDP" };
    let finished = super::run(netstat.args(["-ano", "-p", name])).ok()?;
    let suffix = format!(":{port}");
    let pid = finished.stdout.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ([_, local, _, "LISTENING", pid] | [_, local, "*:*", pid]) = fields[..] else { return None };
        local.ends_with(&suffix).then(|| pid.parse::<u32>().ok())?
    });
    let program = pid.and_then(|pid| {
        let mut tasks = std::process::Command::new("tasklist");
        let listed = super::run(tasks.args(["/NH", "/FO", "CSV", "/FI", &format!("PID eq {pid}")])).ok()?;
        let line = listed.stdout.lines().find(|line| line.contains(&format!("\"{pid}\"")))?;
        Some(line.split(',').next()?.trim_matches('"').to_owned())
    });
    pid.map(|pid| PortHolder { pid: Some(pid), program, ..PortHolder::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_process_is_named() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let holder = port_holder(address).expect("we hold it");
        if cfg!(target_os = "linux") {
            assert_eq!(holder.pid, Some(std::process::id()));
            assert!(holder.program.as_deref().is_some_and(|program| program.contains("xtask")), "{holder:?}");
        }
        drop(listener);
        assert_eq!(port_holder(address), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_waits_for_datagrams_is_named() {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a free port");
        let port = socket.local_addr().expect("bound").port();
        let found = port_user(port, Transport::Udp).expect("we have it");
        assert_eq!(found.pid, Some(std::process::id()));
        assert_ne!(free_port_but([127, 0, 0, 1].into(), port - 1, Transport::Udp, |_| false), Some(port));
    }

    #[test]
    fn a_port_that_is_meant_for_others_is_passed_over() {
        let host = [127, 0, 0, 1].into();
        let first = free_port_after(host, 21_000).expect("one is free");
        let second = free_port_but(host, 21_000, Transport::Tcp, |port| port == first).expect("another one is free");
        assert!(second > first);
    }

    #[test]
    fn the_next_free_port_passes_over_a_taken_one() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let free = free_port_after(address.ip(), address.port() - 1).expect("one is free");
        assert!(free > address.port());
        assert_eq!(free_port_after(address.ip(), u16::MAX), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_local_server_of_a_project_is_recognised() {
        use camino::Utf8Path;

        let project = project_of(Utf8Path::new("/home/a/p/.xtask/postgres/data"));
        assert_eq!(project.as_deref(), Some(Utf8Path::new("/home/a/p")));
        assert_eq!(project_of(Utf8Path::new("/var/lib/postgresql/15/main")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000  101  0 111 1 0 100 0 0 10 0\n\
            1: 0100007F:1538 0100007F:9999 01 00000000:00000000 00:00000000 00000000  101  0 222 1 0 100 0 0 10 0\n\
            2: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000  102  0 333 1 0 100 0 0 10 0\n";
        let socket = listening_socket(table, 5432, Transport::Tcp);
        assert_eq!(socket, Some(Socket { account: "102".into(), inode: "333".into() }));
        assert_eq!(listening_socket(table, 80, Transport::Tcp), None);
    }
}
