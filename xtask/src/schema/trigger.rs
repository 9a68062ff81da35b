//! Triggers, rules and event triggers: what runs when something happens.

use serde::{Deserialize, Serialize};

use super::Signature;
use super::objects::named;

/// A trigger of a table or view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The whole statement as `pg_get_triggerdef` prints it.
    pub definition: String,
    /// When it fires.
    #[serde(skip_serializing_if = "Firing::is_origin")]
    pub firing: Firing,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A rewrite rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The whole statement as `pg_get_ruledef` prints it, without the semicolon at its end.
    pub definition: String,
    /// When it fires.
    #[serde(skip_serializing_if = "Firing::is_origin")]
    pub firing: Firing,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// `CREATE EVENT TRIGGER`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventTrigger {
    /// Its name.
    pub name: String,
    /// `ddl_command_start`, `sql_drop` …
    pub event: String,
    /// `WHEN TAG IN (…)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What it calls.
    pub function: Signature,
    /// When it fires.
    #[serde(skip_serializing_if = "Firing::is_origin")]
    pub firing: Firing,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// When a trigger or rule fires, by `session_replication_role`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Firing {
    /// In ordinary sessions.
    #[default]
    Origin,
    /// Never: `DISABLE`.
    Disabled,
    /// `ENABLE REPLICA`.
    Replica,
    /// `ENABLE ALWAYS`.
    Always,
}

impl Firing {
    /// Whether it is the ordinary one.
    pub fn is_origin(&self) -> bool {
        *self == Self::Origin
    }

    /// As SQL, before `TRIGGER` or `RULE`.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Origin => "ENABLE",
            Self::Disabled => "DISABLE",
            Self::Replica => "ENABLE REPLICA",
            Self::Always => "ENABLE ALWAYS",
        }
    }
}

named!(Trigger: String, Rule: String, EventTrigger: String);
