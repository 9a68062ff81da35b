//! Names that a container resolves by its own list.

use std::collections::BTreeMap;

/// `extra_hosts`: addresses by host name. `host-gateway` stands for the address of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraHosts(pub BTreeMap<String, Vec<String>>);

impl ExtraHosts {
    /// Each pair as text, sorted: `name=address` in files, `name:address` for the engine.
    pub fn pairs(&self, separator: char) -> Vec<String> {
        let pair = |(name, addresses): (&String, &Vec<String>)| -> Vec<String> {
            addresses.iter().map(|address| format!("{name}{separator}{address}")).collect()
        };
        let mut pairs: Vec<String> = self.0.iter().flat_map(pair).collect();
        pairs.sort();
        pairs
    }
}
