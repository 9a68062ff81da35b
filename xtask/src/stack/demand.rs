//! What a Compose file asks of its variables: which it cannot do without, and which have defaults.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::interpolate::{Without, interpolate, uses};
use super::{StackError, Variables, tree};

/// What the public images of PostgreSQL refuse to start without.
const DATABASE_PASSWORD: &str = "POSTGRES_PASSWORD";

/// The variables of a Compose file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    demands: BTreeMap<String, Demand>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Demand {
    is_required: bool,
    reason: Option<String>,
    /// The defaults of its uses, where each has one.
    defaults: Vec<Option<String>>,
}

impl Demands {
    /// Reads the text of a Compose file and adds what it asks for.
    ///
    /// # Errors
    /// It is not YAML.
    pub fn read(&mut self, path: impl AsRef<Utf8Path>, text: &str, variables: &Variables) -> Result<(), StackError> {
        let texts = tree::texts(path.as_ref(), text)?;
        for found in texts.iter().flat_map(|text| uses(text)) {
            let demand = self.demands.entry(found.name.to_owned()).or_default();
            let expand = |text: &str| interpolate(text, &|name| variables.owned(name)).ok().map(|result| result.text);
            demand.is_required |= found.name == DATABASE_PASSWORD && found.without == Without::Empty;
            match found.without {
                Without::Empty => demand.defaults.push(None),
                Without::Default(text) => demand.defaults.push(expand(text).filter(|text| !text.is_empty())),
                Without::Refuse(text) => {
                    demand.is_required = true;
                    demand.defaults.push(None);
                    demand.reason = demand.reason.take().or_else(|| expand(text).filter(|text| !text.is_empty()));
                }
            }
        }
        Ok(())
    }

    /// The variables that it cannot do without: `${NAME:?…}`, and the password of the database.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.demands.iter().filter(|(_, demand)| demand.is_required).map(|(name, _)| name.as_str())
    }

    /// Whether it cannot do without this variable.
    pub fn requires(&self, name: &str) -> bool {
        self.demands.get(name).is_some_and(|demand| demand.is_required)
    }

    /// Whether it uses this variable at all.
    pub fn uses(&self, name: &str) -> bool {
        self.demands.contains_key(name)
    }

    /// What the file says why it needs a variable.
    pub fn reason(&self, name: &str) -> Option<&str> {
        self.demands.get(name)?.reason.as_deref()
    }

    /// The value that holds where the variable has none, if every use of it gives the same: `${NAME:-default}`.
    pub fn default_of(&self, name: &str) -> Option<&str> {
        let defaults = &self.demands.get(name)?.defaults;
        let first = defaults.first()?.as_deref()?;
        defaults.iter().all(|default| default.as_deref() == Some(first)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_and_what_has_a_default() {
        let text = "services:\n  db:\n    image: postgres:${TAG:-17}\n    environment:\n      A: ${KEY:?get one}\n      \
                    B: ${KEY}\n      POSTGRES_PASSWORD: $POSTGRES_PASSWORD\n      C: ${USER_NAME:-me}\n      \
                    D: ${USER_NAME:-you}\n      E: ${FREE}\n      # ${COMMENT:?never}\n      F: ${P:-x$TAG}\n";
        let variables = Variables::new([("TAG".to_owned(), "1".to_owned())]);
        let mut demands = Demands::default();
        demands.read("compose.yaml", text, &variables).expect("YAML");
        assert_eq!(demands.required().collect::<Vec<_>>(), ["KEY", "POSTGRES_PASSWORD"]);
        assert_eq!((demands.reason("KEY"), demands.reason("POSTGRES_PASSWORD")), (Some("get one"), None));
        let defaults = ["TAG", "P", "USER_NAME", "FREE", "KEY"].map(|name| demands.default_of(name));
        assert_eq!(defaults, [None, Some("x1"), None, None, None]);
        assert!(demands.uses("FREE") && !demands.uses("COMMENT"));
    }
}
