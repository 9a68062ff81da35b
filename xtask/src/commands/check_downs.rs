//! `check-downs`: whether down scripts bring back what was there before, and what completes those that do not.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::context::{CheckedDown, Context, DownVerdict, DownsWish, Repair};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::diff::{Gap, listed};

const DIFFER: Code = Code::new("check-downs-differ");

const EXAMPLES: &str = "\
Examples:
  cargo xtask check-downs                     every revision
  cargo xtask check-downs head                the last one
  cargo xtask check-downs --repair            and complete the scripts that lose something
  cargo xtask check-downs --repair --dry-run  see what would be added";

/// Check, for CI: each down script brings back what was there before
///
/// Every revision is applied to a scratch database, and taken back alone on a copy of it; then the schema must be as it was
/// before. Rows are not compared. With --repair the SQL that is missing is written at the end of the down file, after it was
/// proved that with it everything is as before. Where it would drop something that the script leaves behind, that is done only for
/// revisions that are named.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only these: revisions, beginnings of their ids, `head`, `-1`, or a range FROM:TO
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Complete the down files that do not bring everything back
    #[arg(long)]
    repair: bool,
    /// Show what would be written, and write nothing
    #[arg(long, requires = "repair")]
    dry_run: bool,
    /// What the database has before the first revision: SQL that is run first
    #[arg(long, value_name = "FILE")]
    on: Option<Utf8PathBuf>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let mut named = BTreeSet::new();
    for name in &args.revisions {
        named.extend(ctx.find_named(&revisions, name, "check-downs").await?.ids);
    }
    if named.is_empty() && !args.revisions.is_empty() {
        ctx.ui.status(format!("`{}` stands for no revision: there is no script to check", args.revisions.join(" ")));
        return Ok(());
    }
    let wish = DownsWish { named, repair: args.repair, on: args.on };
    let checked = ctx.check_downs(&wish).await?;
    if !args.dry_run {
        let proved = |it: &CheckedDown| proved(it).map(|text| (it.file.clone(), text.to_owned()));
        ctx.project.write_together(&checked.iter().filter_map(proved).collect::<Vec<_>>())?;
    }
    match ctx.ui.is_json() {
        true => ctx.ui.json(&checked.iter().map(as_json).collect::<Vec<Value>>()),
        false => checked.iter().for_each(|it| tell(ctx, it, args.dry_run)),
    }
    let open: Vec<&CheckedDown> = checked.iter().filter(|it| is_open(it)).collect();
    if open.is_empty() {
        ctx.ui.status(all_right(&checked));
        return Ok(());
    }
    Err(differ(&open, args.repair).into())
}

/// The text that completes a file.
fn proved(checked: &CheckedDown) -> Option<&str> {
    match &checked.verdict {
        DownVerdict::Differs(_, Repair::Proved(text)) => Some(text),
        _ => None,
    }
}

/// Whether something is left to be done. A script that says that there is no way back is as its author wants it.
fn is_open(checked: &CheckedDown) -> bool {
    match &checked.verdict {
        DownVerdict::Restores | DownVerdict::Refuses(_) => false,
        DownVerdict::Differs(..) => proved(checked).is_none(),
        DownVerdict::Fails(_) | DownVerdict::Waits => true,
    }
}

fn tell(ctx: &Context, checked: &CheckedDown, is_dry_run: bool) {
    let (revision, file) = (&checked.revision, &checked.file);
    match &checked.verdict {
        DownVerdict::Restores => {}
        DownVerdict::Differs(gap, repair) => {
            ctx.ui.line(format!("{revision}: {}", in_words(gap)));
            match repair {
                Repair::Unasked => {}
                Repair::Unnamed => {
                    ctx.ui.line(format!("{revision}: not completed, since that would drop what it leaves"))
                }
                Repair::None(why) => ctx.ui.line(format!("{revision}: cannot be completed: {why}")),
                Repair::Proved(text) if is_dry_run => ctx.ui.text(format!("\n-- {file}\n\n{text}")),
                Repair::Proved(_) => ctx.ui.action("Completed", format!("{file}: all of it comes back now")),
            }
        }
        DownVerdict::Fails(why) => ctx.ui.line(format!("{revision}: fails: {why}")),
        DownVerdict::Refuses(why) => ctx.ui.line(format!("{revision}: has no way back, as it says: {why}")),
        DownVerdict::Waits => ctx.ui.line(format!("{revision}: waits for a person: {file}")),
    }
}

fn in_words(gap: &Gap) -> String {
    let parts = [("loses", &gap.lost), ("leaves", &gap.left), ("changes", &gap.changed)];
    let told = parts.iter().filter(|(_, what)| !what.is_empty());
    told.map(|(verb, what)| format!("{verb} {}", listed(what))).collect::<Vec<_>>().join("; ")
}

fn all_right(checked: &[CheckedDown]) -> String {
    let of = |test: fn(&CheckedDown) -> bool| checked.iter().filter(|it| test(it)).count();
    let (restores, repaired) = (of(|it| matches!(it.verdict, DownVerdict::Restores)), of(|it| proved(it).is_some()));
    let refuses = of(|it| matches!(it.verdict, DownVerdict::Refuses(_)));
    let mut text = format!("{restores} of {} down scripts bring back what was there before", checked.len());
    if repaired > 0 {
        text += &format!(", {repaired} do so once completed");
    }
    if refuses > 0 {
        text += &format!(", {refuses} say that there is no way back");
    }
    text
}

fn differ(open: &[&CheckedDown], repairs: bool) -> Diagnostic {
    let title = match open.len() {
        1 => "1 down script does not bring back what was there before its revision".to_owned(),
        count => format!("{count} down scripts do not bring back what was there before their revisions"),
    };
    let mut found = Diagnostic::error(DIFFER, Exit::Differences, title);
    let ids: Vec<&str> = open.iter().map(|it| it.revision.as_str()).collect();
    found = found.because(format!("these are {}", ids.join(", ")));
    let would_drop = |it: &&&CheckedDown| match &it.verdict {
        DownVerdict::Differs(gap, Repair::Unasked | Repair::Unnamed) => !gap.left.is_empty(),
        _ => false,
    };
    let dropping: Vec<&str> = open.iter().filter(would_drop).map(|it| it.revision.as_str()).collect();
    let can_be_completed = |it: &&&CheckedDown| matches!(&it.verdict, DownVerdict::Differs(_, Repair::Unasked));
    if !repairs && open.iter().filter(can_be_completed).count() > dropping.len() {
        found = found.try_command("Complete those that lose something", "cargo xtask check-downs --repair");
    }
    if !dropping.is_empty() {
        let command = format!("cargo xtask check-downs --repair {}", dropping.join(" "));
        found = found.try_command("Let scripts drop what they leave, if that is meant", command);
    }
    found.advise("Or correct the down files by hand: unlike up files, they may be changed at any time")
}

fn as_json(checked: &CheckedDown) -> Value {
    let (verdict, gap, repair, why) = match &checked.verdict {
        DownVerdict::Restores => ("restores", None, None, None),
        DownVerdict::Differs(gap, repair) => {
            let (word, why) = match repair {
                Repair::Unasked => (None, None),
                Repair::Unnamed => (Some("unnamed"), None),
                Repair::Proved(_) => (Some("proved"), None),
                Repair::None(why) => (Some("none"), Some(why)),
            };
            ("differs", Some(gap), word, why)
        }
        DownVerdict::Fails(why) => ("fails", None, None, Some(why)),
        DownVerdict::Refuses(why) => ("refuses", None, None, Some(why)),
        DownVerdict::Waits => ("waits", None, None, None),
    };
    json!({
        "revision": checked.revision, "file": checked.file, "verdict": verdict, "gap": gap, "repair": repair, "why": why,
        "sql": proved(checked),
    })
}
