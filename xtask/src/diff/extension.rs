//! `ALTER EXTENSION`
//!
//! after: `alter extension citext set schema s2`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Extension;
use crate::sql;

/// An extension moves to another schema.
#[derive(Clone, Debug)]
pub struct ChangeExtension<'s> {
    /// After.
    pub to: &'s Extension,
}

impl<'s> ChangeExtension<'s> {
    /// What differs. The version is the server's matter: which ones there are differs from machine to machine.
    pub fn detect(from: &Extension, to: &'s Extension) -> Option<Self> {
        (from.schema != to.schema).then_some(Self { to })
    }
}

impl Operation for ChangeExtension<'_> {
    fn title(&self) -> String {
        format!("moved to the schema {}", sql::name(&self.to.schema))
    }

    fn statements(&self) -> Vec<Statement> {
        let (name, schema) = (sql::name(&self.to.name), sql::name(&self.to.schema));
        vec![Statement::whole(format!("ALTER EXTENSION {name} SET SCHEMA {schema}"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_and_keeps_its_version() {
        let from = Extension { name: "uuid-ossp".to_owned(), schema: "public".to_owned(), version: "1.0".to_owned() };
        let to = Extension { schema: "Lab".to_owned(), ..from.clone() };
        let change = ChangeExtension::detect(&from, &to).expect("they differ");
        assert_eq!(change.statements()[0].text(), "ALTER EXTENSION \"uuid-ossp\" SET SCHEMA \"Lab\"");
        assert_eq!(change.title(), "moved to the schema \"Lab\"");
        let newer = Extension { version: "1.1".to_owned(), ..from.clone() };
        assert!(ChangeExtension::detect(&from, &newer).is_none(), "which version there is, is the server's matter");
    }
}
