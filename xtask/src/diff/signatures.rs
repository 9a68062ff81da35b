//! Functions whose arguments or result have a type that is renamed, or the type of the rows of a table that is.

use std::collections::BTreeMap;

use crate::schema::{Dependencies, Function, ObjectId, QualifiedName, Schema, Signature};

/// Renames the type where functions name it. Their bodies stay: the server does not read these.
pub(super) fn rename_in_signatures(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let (old, new) = (from.to_string(), to.to_string());
    let named: Vec<Signature> = schema.functions.names().filter(|it| names(&it.arguments, &old)).cloned().collect();
    let mut renamed: BTreeMap<Signature, Signature> = BTreeMap::new();
    for signature in named {
        let Some(function) = schema.functions.remove(&signature) else { continue };
        let name = Signature { arguments: replaced(&signature.arguments, &old, &new), ..signature.clone() };
        renamed.insert(signature, name.clone());
        schema.functions.insert(Function { name, ..function });
    }
    for function in schema.functions.iter_mut() {
        function.arguments = replaced(&function.arguments, &old, &new);
        function.result = function.result.take().map(|result| replaced(&result, &old, &new));
        let head = function.definition.find("\nAS ").unwrap_or_default();
        let (before, body) = function.definition.split_at(head);
        function.definition = replaced(before, &old, &new) + body;
    }
    if !renamed.is_empty() {
        let new_id = |id: &ObjectId| match id {
            ObjectId::Function(signature) => ObjectId::Function(renamed.get(signature).unwrap_or(signature).clone()),
            other => other.clone(),
        };
        let mut dependencies = Dependencies::default();
        for edge in schema.dependencies.iter() {
            dependencies.insert(new_id(&edge.dependent), new_id(&edge.on));
        }
        schema.dependencies = dependencies;
    }
}

fn names(text: &str, name: &str) -> bool {
    replaced(text, name, "") != text
}

/// The text with another name wherever this one stands by itself.
fn replaced(text: &str, name: &str, other: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || "_$\".".contains(letter);
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        found.push_str(before);
        found.push_str(if is_whole { other } else { name });
        rest = after;
    }
    found + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{FunctionKind, Privileges};

    #[test]
    fn a_function_over_rows_is_found_under_its_new_signature() {
        let name =
            Signature { name: QualifiedName::public("f"), arguments: "public.run, public.run_kind[]".to_owned() };
        let function = Function {
            name: name.clone(),
            kind: FunctionKind::Function,
            definition: "CREATE FUNCTION f(r public.run, k public.run_kind[])\nAS $$ SELECT 1 FROM public.run $$"
                .to_owned(),
            result: Some("SETOF public.run".to_owned()),
            arguments: "r public.run, k public.run_kind[]".to_owned(),
            comment: None,
            privileges: Privileges::default(),
        };
        let mut schema = Schema { functions: [function].into_iter().collect(), ..Schema::default() };
        let table = ObjectId::Table(QualifiedName::public("run"));
        schema.dependencies.insert(ObjectId::Function(name), table.clone());
        rename_in_signatures(&mut schema, &QualifiedName::public("run"), &QualifiedName::new("lab", "trial"));
        let found = schema.functions.iter().next().expect("it is there");
        assert_eq!(found.name.arguments, "lab.trial, public.run_kind[]");
        assert_eq!(found.arguments, "r lab.trial, k public.run_kind[]");
        assert_eq!(found.result.as_deref(), Some("SETOF lab.trial"));
        let definition = "CREATE FUNCTION f(r lab.trial, k public.run_kind[])\nAS $$ SELECT 1 FROM public.run $$";
        assert_eq!(found.definition, definition);
        let on: Vec<&ObjectId> = schema.dependencies.on(&table).collect();
        assert_eq!(on, [&ObjectId::Function(found.name.clone())]);
    }
}
