//! Settings of the server in the command of a database service: `postgres -c key=value`.

/// What a command tells the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// Settings that mean the same on any machine, in their order; a later one wins.
    pub portable: Vec<(String, String)>,
    /// Settings that only mean something inside the container: addresses it listens on, and paths.
    pub container: Vec<(String, String)>,
    /// The port on which the server listens, where the command gives one.
    pub port: Option<u16>,
}

/// Options of one letter that stand for a setting (PostgreSQL's `postgres` reference page).
const SHORT: [(char, &str); 6] = [
    ('B', "shared_buffers"),
    ('N', "max_connections"),
    ('S', "work_mem"),
    ('h', "listen_addresses"),
    ('k', "unix_socket_directories"),
    ('p', "port"),
];

/// Options of one letter without a value that stand for a setting.
const FLAGS: [(&str, &str, &str); 3] = [("-F", "fsync", "off"), ("-l", "ssl", "on"), ("-i", "listen_addresses", "*")];

/// Settings that name an address or a file of the container, or need one (`ssl` needs a certificate).
fn is_of_container(name: &str) -> bool {
    name.ends_with("_file")
        || name.ends_with("_directory")
        || name.ends_with("_directories")
        || name.ends_with("_path")
        || matches!(
            name,
            "ssl" | "listen_addresses" | "archive_command" | "restore_command" | "archive_cleanup_command"
        )
}

impl ServerSettings {
    /// Reads the words of a command. A command that does not run `postgres` itself (a shell, a script) tells
    /// nothing.
    pub fn from_command(words: &[String]) -> Self {
        let mut settings = Self::default();
        let mut words = words.iter().map(String::as_str).skip_while(|word| word.ends_with("docker-entrypoint.sh"));
        let Some(first) = words.next() else { return settings };
        let is_server = first == "postgres" || first.ends_with("/postgres");
        // The entrypoint of the image puts `postgres` before a command that begins with an option.
        if !is_server && !first.starts_with('-') {
            return settings;
        }
        let mut words = (!is_server).then_some(first).into_iter().chain(words);
        while let Some(word) = words.next() {
            settings.option(word, &mut words);
        }
        settings
    }

    fn option<'w>(&mut self, word: &'w str, rest: &mut impl Iterator<Item = &'w str>) {
        if let Some((_, name, value)) = FLAGS.into_iter().find(|(flag, ..)| *flag == word) {
            self.set(name, value);
        } else if let Some(long) = word.strip_prefix("--") {
            self.assignment(long);
        } else if let Some(behind) = word.strip_prefix("-c") {
            self.assignment(if behind.is_empty() { rest.next().unwrap_or_default() } else { behind });
        } else if let Some((letter, name)) = SHORT.into_iter().find(|(letter, _)| is_short(word, *letter)) {
            let behind = &word[1 + letter.len_utf8()..];
            self.set(name, if behind.is_empty() { rest.next().unwrap_or_default() } else { behind });
        }
    }

    /// `name=value`; a name alone is switched on.
    fn assignment(&mut self, text: &str) {
        let (name, value) = text.split_once('=').unwrap_or((text, "on"));
        self.set(&name.trim().to_lowercase().replace('-', "_"), value);
    }

    fn set(&mut self, name: &str, value: &str) {
        if name == "port" {
            self.port = value.trim().parse().ok();
        } else if is_of_container(name) {
            self.container.push((name.to_owned(), value.to_owned()));
        } else if !name.is_empty() {
            self.portable.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn is_short(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(letter))
}

#[cfg(test)]
mod tests {
    use super::super::shellwords;
    use super::*;

    fn check(command: &str, portable: &str, container: &str, port: Option<u16>) {
        let words = shellwords::split(command).expect(command).words;
        let settings = ServerSettings::from_command(&words);
        let text = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            (text(&settings.portable).as_str(), text(&settings.container).as_str(), settings.port),
            (portable, container, port),
            "{command}"
        );
    }

    #[test]
    fn all_ways_to_write_a_setting_are_read() {
        check(
            "postgres -c fsync=off -cwork_mem=64MB --max-connections=50",
            "fsync=off work_mem=64MB max_connections=50",
            "",
            None,
        );
        check("-c shared_preload_libraries='a,b'", "shared_preload_libraries=a,b", "", None);
        check(
            "docker-entrypoint.sh postgres -N 20 -B1GB -F",
            "max_connections=20 shared_buffers=1GB fsync=off",
            "",
            None,
        );
        check("postgres -c log_statement=all -c log_statement=none", "log_statement=all log_statement=none", "", None);
    }

    #[test]
    fn what_only_the_container_knows_stands_apart() {
        check(
            "postgres -c config_file=/etc/p.conf -c listen_addresses='*' -c ssl=on",
            "",
            "config_file=/etc/p.conf listen_addresses=* ssl=on",
            None,
        );
        check("postgres -p 5433", "", "", Some(5433));
        check("postgres --port=5434", "", "", Some(5434));
    }

    #[test]
    fn other_programs_tell_nothing() {
        check("sh -c 'postgres -c fsync=off'", "", "", None);
        check("", "", "", None);
        check("postgres -c", "", "", None);
    }
}
