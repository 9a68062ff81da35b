//! What the engine does when a container has ended.

use super::service::Service;

/// A restart policy, as the engine takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Nothing.
    #[default]
    No,
    /// Starts it again, also after the engine itself was started.
    Always,
    /// As [`Restart::Always`], unless somebody stopped it.
    UnlessStopped,
    /// Starts it again if it has failed.
    OnFailure {
        /// So many times; 0 for ever.
        attempts: u64,
    },
}

impl Restart {
    /// Reads `restart`, such as `on-failure:3`, or the condition of `deploy.restart_policy`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, attempts) = text.split_once(':').unwrap_or((text, ""));
        match (name, attempts) {
            ("" | "no" | "none", "") => Some(Self::No),
            ("always" | "any", "") => Some(Self::Always),
            ("unless-stopped", "") => Some(Self::UnlessStopped),
            ("on-failure", "") => Some(Self::OnFailure { attempts: 0 }),
            ("on-failure", number) => Some(Self::OnFailure { attempts: number.parse().ok()? }),
            _ => None,
        }
    }
}

impl Service {
    /// The policy that holds: that of `deploy.restart_policy`, else `restart`.
    pub fn restart_policy(&self) -> Restart {
        let Some(policy) = self.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref()) else {
            return self.restart.as_deref().and_then(Restart::parse).unwrap_or_default();
        };
        // Without a condition, compose gives the engine none.
        match policy.condition.as_deref().and_then(Restart::parse) {
            Some(Restart::OnFailure { .. }) => Restart::OnFailure { attempts: policy.max_attempts.unwrap_or(0) },
            other => other.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_in_both_languages() {
        let cases = [
            ("no", Some(Restart::No)),
            ("none", Some(Restart::No)),
            ("any", Some(Restart::Always)),
            ("unless-stopped", Some(Restart::UnlessStopped)),
            ("on-failure:3", Some(Restart::OnFailure { attempts: 3 })),
            ("on-failure", Some(Restart::OnFailure { attempts: 0 })),
            ("on-failure:x", None),
            ("always:3", None),
            ("sometimes", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Restart::parse(text), expected, "{text}");
        }
    }
}
