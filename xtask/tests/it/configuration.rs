//! The documentation of `xtask.toml` is that of the code.

use std::path::Path;

/// Set to anything, the page is written instead of compared.
const UPDATE: &str = "XTASK_UPDATE_DOCS";

#[test]
fn the_page_is_current() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md"));
    let wanted = xtask::config::reference();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, &wanted).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let page = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(page.replace("\r\n", "\n") == wanted, "docs/configuration.md is not current: run with {UPDATE}=1");
}
