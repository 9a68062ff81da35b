//! `config`: the Compose file as it is understood.

use serde_json::{Value, json};

use crate::context::{Context, active_profiles};
use crate::diagnostic::Result;
use crate::secret::{MASK, is_secret_name, mask_urls};
use crate::stack::dialect::Dialect;
use crate::ui::yaml;

/// Show the Compose file as it is understood: merged, with its variables replaced
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these and what they depend on; all where none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// The config hash of each service, by which a changed one is known
    #[arg(long)]
    hash: bool,
    /// The names of the services alone
    #[arg(long = "services", conflicts_with = "hash")]
    services_only: bool,
    /// Passwords as they are, to be compared with what compose writes
    #[arg(long)]
    show_secrets: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let services = ctx.services()?;
    ctx.warn_of_compose(&services.compose);
    let dialect = Dialect::of_version(&services.identity.version).unwrap_or(Dialect::NEWEST);
    let profiles = active_profiles(&ctx.selection.profiles, &services.compose.variables);
    let stack = &services.stack;
    let selection = stack.select(&profiles, &args.services)?;
    let names = selection.services.iter().map(|service| service.name.as_str());
    if args.services_only {
        list(ctx, names.map(|name| (name, None)).collect());
    } else if args.hash {
        let hashes = selection.services.iter().map(|service| service.config_hash(dialect).value);
        list(ctx, names.zip(hashes).map(|(name, hash)| (name, Some(hash))).collect());
    } else {
        let text = stack.canonical(&selection, dialect);
        let text = if args.show_secrets { text } else { masked(&text) };
        match serde_json::from_str::<Value>(&text) {
            Ok(value) if !ctx.ui.is_json() => ctx.ui.line(yaml(&value)),
            _ => ctx.ui.line(text.trim_end()),
        }
    }
    Ok(())
}

/// A service a line, with its hash where that is wanted.
fn list(ctx: &Context, entries: Vec<(&str, Option<String>)>) {
    if ctx.ui.is_json() {
        let entry = |(name, hash): &(&str, Option<String>)| match hash {
            Some(hash) => json!({ "service": name, "hash": hash }),
            None => json!(name),
        };
        ctx.ui.json(&entries.iter().map(entry).collect::<Vec<_>>());
        return;
    }
    for (name, hash) in entries {
        ctx.ui.line(format!("{name} {}", hash.unwrap_or_default()).trim_end());
    }
}

/// The text without passwords: each entry of an object stands on a line of its own.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        let name = line.trim_start().strip_prefix('"').and_then(|rest| rest.split_once("\": \""));
        match name {
            Some((name, _)) if is_secret_name(name) => {
                let indent = &line[..line.len() - line.trim_start().len()];
                let comma = if line.ends_with(',') { "," } else { "" };
                format!("{indent}\"{name}\": \"{MASK}\"{comma}")
            }
            _ => mask_urls(line),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown_and_the_text_stays_json() {
        let text = "{\n  \"a\": {\n    \"DB_PASSWORD\": \"x\\\"y\",\n    \"URL\": \"postgres://me:pw@h/db\"\n  }\n}";
        let masked = masked(text);
        let value: Value = serde_json::from_str(&masked).expect("JSON");
        assert_eq!(value, json!({ "a": { "DB_PASSWORD": "***", "URL": "postgres://me:***@h/db" } }));
    }
}
