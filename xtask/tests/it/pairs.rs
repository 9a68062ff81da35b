//! Pairs of schemas made by a seed: one is migrated into the other and back, and each is printed and made again from its print.
//!
//! A seed gives the same pair always. A pair that fails is made smaller as long as the same goes wrong, and printed with its
//! seed. `XTASK_PAIRS` says how many pairs are tried, `XTASK_PAIRS_FROM` with which seed to begin.

mod choices;
mod inheritance;
mod relations;
mod shrinking;
mod tables;
mod types;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use xtask::plan::{Answers, Plan, dump};

use self::shrinking::{Pair, smallest};
use self::world::World;
use crate::introspection::create_role;
use crate::support::migrating::{Bench, Migration, same};
use crate::support::postgres::{database, present};
use crate::support::session::wait;
use crate::support::{lacks, say};

/// What a server can do of what pairs are made of.
struct Server {
    major: u32,
    /// Whether it has the extension that lets exclusion constraints compare plain values.
    has_gist: bool,
}

impl Server {
    /// What both sides have.
    fn base(&self) -> &'static str {
        if self.has_gist { "CREATE EXTENSION btree_gist;" } else { "" }
    }

    /// The statements without what it cannot do.
    fn known(&self, statements: Vec<String>) -> Vec<String> {
        let plain = |statement: String| match self.major {
            15.. => statement,
            14 => statement.replace("NULLS NOT DISTINCT ", ""),
            // Rows have no hash.
            _ => statement.replace("NULLS NOT DISTINCT ", "").replace(" USING hash (", " ("),
        };
        let is_known = |statement: &String| self.has_gist || !statement.contains(" WITH =, ");
        statements.into_iter().filter(is_known).map(plain).collect()
    }
}

/// Pairs that are tried where nobody says how many.
const PAIRS: u64 = 16;

fn told(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// How it begins where the server refuses the pair itself; nothing is made smaller then.
const NO_PAIR: &str = "no pair: ";

/// What goes wrong with a pair.
async fn tried(bench: &mut Bench, server: &Server, pair: &Pair, takes_renames: bool) -> Result<(), String> {
    let (from, to) = pair.scripts();
    let invalid = |error: String| format!("{NO_PAIR}{error}");
    let current = bench.schema_of(&[server.base(), &from]).await.map_err(invalid)?;
    let wanted = bench.schema_of(&[server.base(), &to]).await.map_err(invalid)?;
    let printed = dump(&current).map_err(|error| format!("dump: {error}"))?.text();
    let again = bench.schema_of(&[&printed]).await.map_err(|error| format!("the dump fails: {error}\n{printed}"))?;
    same("after the dump", &current, &again).map_err(|error| format!("{error}\n{printed}"))?;
    let answers = if takes_renames { Answers::yes_to_all(&current, &wanted) } else { Answers::default() };
    let plan = Plan::between(&current, &wanted, &answers).map_err(|error| format!("plan: {error}"))?;
    let migration = Migration { there: &[server.base(), &from], ..Migration::default() };
    let outcome = bench.there_and_back(&migration, (&current, &wanted), &plan).await;
    outcome.map_err(|error| format!("{error}\n--- up\n{}\n--- down\n{}", plan.up.text(), plan.down.text()))
}

/// What must be the same for two failures to be the same: what failed, and the code of the server.
fn kind(error: &str) -> (String, String) {
    let line = error.lines().next().unwrap_or_default();
    let code = line.rsplit_once("SQLSTATE ").map_or(String::new(), |(_, code)| code.to_owned());
    (line.split([':', '(', '"']).next().unwrap_or_default().to_owned(), code)
}

async fn check(bench: &mut Bench, server: &Server, seed: u64) -> Result<(), String> {
    let [from, to] = [0, 1].map(|side| server.known(World::statements(seed, side)));
    let pair = Pair { from, to };
    let takes_renames = seed.is_multiple_of(3);
    let Err(error) = tried(bench, server, &pair, takes_renames).await else { return Ok(()) };
    if error.starts_with(NO_PAIR) {
        let (from, to) = pair.scripts();
        return Err(format!("seed {seed}: {error}\n=== from\n{from}=== to\n{to}"));
    }
    let small = smallest(pair, async |smaller: &Pair| {
        tried(bench, server, smaller, takes_renames).await.is_err_and(|other| kind(&other) == kind(&error))
    });
    let small = small.await;
    let (from, to) = small.scripts();
    let error = tried(bench, server, &small, takes_renames).await.err().unwrap_or(error);
    Err(format!("seed {seed}, renames taken: {takes_renames}\n=== from\n{from}=== to\n{to}=== {error}"))
}

#[test]
fn a_schema_that_a_seed_gives_is_migrated_there_and_back_and_survives_being_printed() {
    if !present() {
        return;
    }
    let probe = database("pairs_role");
    create_role(&probe, "diff_reader");
    let has_gist = match probe.try_psql("CREATE EXTENSION btree_gist") {
        Ok(_) => true,
        Err(error) if lacks(&error) => false,
        Err(error) => panic!("{error}"),
    };
    let server = Server { major: probe.major_version(), has_gist };
    let (first, count) = (told("XTASK_PAIRS_FROM", 1), told("XTASK_PAIRS", PAIRS));
    let (next, failed) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                wait(async {
                    let mut bench = Bench::open("pairs").await;
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= first + count {
                            break;
                        }
                        if let Err(why) = check(&mut bench, &server, seed).await {
                            say(&format!("FAIL {why}"));
                            failed.lock().expect("nobody panics").push(seed);
                        }
                    }
                });
            });
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    assert!(failed.is_empty(), "{} of {count} pairs fail; their seeds: {failed:?}", failed.len());
}
