//! What revisions find in a new database of the project, because its server or its Compose file puts it there.

use crate::schema::Schema;
use crate::sql::identifier;

/// SQL for the extensions and schemas of a database that no script creates itself.
pub fn surroundings(there: &Schema, scripts: &[&str]) -> String {
    let made: Vec<(String, String)> = scripts.iter().flat_map(|script| created(script)).collect();
    let is_made = |kind: &str, name: &str| made.iter().any(|(of, it)| of == kind && *it == name.to_lowercase());
    let mut text = String::new();
    for namespace in there.namespaces.iter().filter(|it| it.name != "public" && !is_made("schema", &it.name)) {
        text += &format!("CREATE SCHEMA IF NOT EXISTS {};\n", identifier(&namespace.name));
    }
    for extension in there.extensions.iter().filter(|it| !is_made("extension", &it.name)) {
        let (name, schema) = (identifier(&extension.name), identifier(&extension.schema));
        if !extension.schema.starts_with("pg_") {
            text += &format!("CREATE SCHEMA IF NOT EXISTS {schema};\n");
        }
        text += &format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema} CASCADE;\n");
    }
    text
}

/// The schemas and extensions that a script creates, in lower case.
fn created(script: &str) -> Vec<(String, String)> {
    let lower = script.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is_kind = |two: &&[&str]| two[0] == "create" && matches!(two[1], "schema" | "extension");
    let found = words.windows(2).enumerate().filter(|(_, two)| is_kind(two));
    found
        .filter_map(|(at, two)| {
            let name = words[at + 2..].iter().find(|word| !matches!(**word, "if" | "not" | "exists"))?;
            Some((two[1].to_owned(), name.trim_matches(['"', ';', '\'']).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Extension, Namespace};

    #[test]
    fn what_no_script_makes_is_there_before() {
        let mut there = Schema::default();
        for name in ["public", "lab", "api"] {
            there.namespaces.insert(Namespace { name: name.to_owned(), ..Namespace::default() });
        }
        for name in ["postgis", "uuid-ossp"] {
            there.extensions.insert(Extension {
                name: name.to_owned(),
                schema: "public".to_owned(),
                ..Extension::default()
            });
        }
        let scripts =
            ["create table t (a int);\nCREATE SCHEMA lab;", "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\";\n"];
        let expected = "CREATE SCHEMA IF NOT EXISTS \"api\";\nCREATE SCHEMA IF NOT EXISTS \"public\";\n\
                        CREATE EXTENSION IF NOT EXISTS \"postgis\" SCHEMA \"public\" CASCADE;\n";
        assert_eq!(surroundings(&there, &scripts), expected);
    }
}
