//! The settings that the specification asks for, as a file that `postgresql.conf` includes.

use std::fmt::Write;

use camino::Utf8Path;

use super::account::{self, Account};
use super::{ServerError, ServerSpec};

const FILE: &str = "xtask.conf";

/// The line that `postgresql.conf` ends with.
pub(super) const INCLUDE: &str = "\n# The settings of the project's Compose file.\ninclude_if_exists = 'xtask.conf'\n";

/// The line that `pg_hba.conf` ends with: `listen_addresses` decides who gets this far.
pub(super) const HBA: &str = "\nhost all all all scram-sha-256\n";

/// The text of the file. The address and the port come last, where nothing overrides them: the rest of the tool
/// relies on them. There is no Unix socket, since its path may have 107 bytes at most and projects lie deeper.
pub(super) fn render(spec: &ServerSpec) -> String {
    let mut text = "# Written by cargo xtask at each start; change the Compose file instead.\n".to_owned();
    let listen = if spec.host.is_unspecified() { "*".to_owned() } else { spec.host.to_string() };
    let port = spec.port.to_string();
    let ours = [("unix_socket_directories", ""), ("listen_addresses", &listen), ("port", &port)];
    let theirs = spec.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in theirs.chain(ours) {
        // On the command line `-c shared-buffers=1GB` is right, too; in a file it is not.
        let _ = writeln!(text, "{} = '{}'", name.replace('-', "_"), value.replace('\'', "''"));
    }
    text
}

/// Whether the server in this data directory was started with the settings of the specification.
pub(super) fn is_current(spec: &ServerSpec, data: &Utf8Path) -> bool {
    std::fs::read_to_string(data.join(FILE)).is_ok_and(|text| text == render(spec))
}

/// Writes the file.
pub(super) fn write(spec: &ServerSpec, data: &Utf8Path, account: Option<&Account>) -> Result<(), ServerError> {
    account::write_private(&data.join(FILE), &render(spec), account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_comes_last_and_quotes_are_doubled() {
        let mut spec = ServerSpec::new("/p/.xtask", "x");
        spec.settings = vec![("log-line-prefix".into(), "it's %m".into()), ("port".into(), "1".into())];
        let text = render(&spec);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "log_line_prefix = 'it''s %m'",
                "port = '1'",
                "unix_socket_directories = ''",
                "listen_addresses = '127.0.0.1'",
                "port = '5432'",
            ]
        );
    }
}
