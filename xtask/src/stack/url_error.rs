//! What can be wrong with a database URL. No message shows a password.

use super::url_parameters::SSL_MODES;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::secret::mask_urls;

const INVALID: Code = Code::new("url-invalid");
const SCHEME_UNSUPPORTED: Code = Code::new("url-scheme-unsupported");
const SEVERAL_HOSTS: Code = Code::new("url-several-hosts");

/// Why a text is no URL of a PostgreSQL database. Where it was written is added by whoever read it there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// A part of it cannot be understood.
    #[error("{url} is not a database URL: {problem}")]
    Invalid {
        /// The text, masked.
        url: String,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        advice: String,
    },
    /// The URL of another kind of database, or of Java.
    #[error("{url} is not the URL of a PostgreSQL database: its scheme is {scheme}")]
    Scheme {
        /// The text, masked.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A list of hosts to try.
    #[error("{url} names several hosts")]
    SeveralHosts {
        /// The text, masked.
        url: String,
    },
}

impl UrlError {
    fn invalid(text: &str, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Invalid { url: mask_urls(text), problem: problem.into(), advice: advice.into() }
    }

    /// A text without `://`: it is shown only where it cannot be a password.
    pub(super) fn no_url(text: &str) -> Self {
        let advice = "Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE";
        let shown = if text.is_empty() { "An empty text" } else { "A text without ://" };
        Self::Invalid { url: shown.to_owned(), problem: "it has no scheme".to_owned(), advice: advice.to_owned() }
    }

    pub(super) fn scheme(text: &str, scheme: &str) -> Self {
        Self::Scheme { url: mask_urls(text), scheme: scheme.to_owned() }
    }

    pub(super) fn several_hosts(text: &str) -> Self {
        Self::SeveralHosts { url: mask_urls(text) }
    }

    pub(super) fn bare_ipv6(text: &str, address: &str) -> Self {
        let advice = format!("If `{address}` is an IPv6 address, put it in brackets: [{address}]");
        Self::invalid(text, "its host has more than one colon", advice)
    }

    pub(super) fn bad_port(text: &str, port: &str) -> Self {
        let advice = "Give a number from 1 to 65535; where the password has a `:`, `/`, `?` or `@`, write it as \
                      %3A, %2F, %3F or %40";
        Self::invalid(text, format!("`{port}` is not a port"), advice)
    }

    pub(super) fn not_utf8(text: &str) -> Self {
        Self::invalid(text, "its percent-encoded bytes are not UTF-8", "Encode the UTF-8 bytes of the text")
    }

    pub(super) fn ssl_mode(text: &str, mode: &str) -> Self {
        let problem = format!("`{mode}` is not an sslmode");
        Self::invalid(text, problem, format!("Use one of {}", SSL_MODES.join(", ")))
    }
}

impl Diagnose for UrlError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Invalid { advice, .. } => Diagnostic::error(INVALID, Exit::Usage, self.to_string()).advise(advice),
            Self::Scheme { scheme, .. } => {
                let error = Diagnostic::error(SCHEME_UNSUPPORTED, Exit::Usage, self.to_string())
                    .because("schemes understood: postgresql, postgres, and either with +DRIVER behind it");
                match scheme.starts_with("jdbc:") {
                    true => error.advise("Leave out `jdbc:` and put user and password before the host"),
                    false => error.advise("Give the URL of the PostgreSQL database that the migrations are for"),
                }
            }
            Self::SeveralHosts { .. } => Diagnostic::error(SEVERAL_HOSTS, Exit::Usage, self.to_string())
                .because("migrations must know which server they run on")
                .advise("Name the one host that takes writes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::url::DatabaseUrl;
    use super::*;

    fn error(text: &str) -> Diagnostic {
        DatabaseUrl::parse(text).expect_err(text).diagnose()
    }

    #[test]
    fn each_kind_is_told_without_the_password() {
        let cases = [
            ("hunter2", "url-invalid"),
            ("postgres://me:hunter2@h:port/db", "url-invalid"),
            ("postgres://me:hunter2@::1/db", "url-invalid"),
            ("postgres://me:hunter2@h/%ff", "url-invalid"),
            ("postgres://me:hunter2@h/db?sslmode=maybe", "url-invalid"),
            ("mysql://me:hunter2@h/db", "url-scheme-unsupported"),
            ("jdbc:postgresql://h/db?password=hunter2", "url-scheme-unsupported"),
            ("postgres://me:hunter2@a,b/db", "url-several-hosts"),
            ("postgres://me:hunter2@/db?host=a&host=b", "url-several-hosts"),
        ];
        for (text, code) in cases {
            let diagnostic = error(text);
            assert_eq!(diagnostic.code.as_str(), code, "{text}");
            assert!(!format!("{diagnostic:?}").contains("hunter2"), "{diagnostic:?}");
            assert!(!diagnostic.next.is_empty());
        }
    }
}
