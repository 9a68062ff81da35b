//! `--rename old:new`, read against the schema that it is about.

use super::rename::Renamed;
use crate::schema::{ObjectId, QualifiedName, Schema};

/// Reads `table:new`, `schema.table:schema.new`, `table.column:new`, `schema.table.column:new`, `enum:new` and
/// `enum.value:new`. A name without a schema is looked for in `public` first, and then in all schemas.
///
/// # Errors
/// Why it cannot be understood, as the end of a sentence.
pub fn told_rename(text: &str, schema: &Schema) -> Result<Renamed, String> {
    let (old, new) = text.split_once(':').ok_or("it has no colon: write old:new")?;
    if old.is_empty() || new.is_empty() {
        return Err("one of the names is empty".to_owned());
    }
    if let Some(table) = QualifiedName::meant(old, schema.tables.names()) {
        return Ok(Renamed::Object(ObjectId::Table(table.clone()), new_name(new, table)));
    }
    if let Some(name) = QualifiedName::meant(old, schema.enums.names()) {
        return Ok(Renamed::Object(ObjectId::Type(name.clone()), new_name(new, name)));
    }
    let Some((owner, part)) = old.rsplit_once('.') else {
        return Err(format!("the database has no table or enum {old}"));
    };
    let new_part = new.rsplit('.').next().unwrap_or(new).to_owned();
    if let Some(table) = QualifiedName::meant(owner, schema.tables.names()) {
        let has = schema.tables.get(table).is_some_and(|it| it.column(part).is_some());
        let has_constraint = schema.tables.get(table).is_some_and(|it| it.constraints.contains(part));
        return match (has, has_constraint) {
            (true, _) => Ok(Renamed::Part(ObjectId::Column(table.clone(), part.to_owned()), new_part)),
            (_, true) => Ok(Renamed::Part(ObjectId::Constraint(table.clone(), part.to_owned()), new_part)),
            _ => Err(format!("the table {table} has no column {part}")),
        };
    }
    if let Some(name) = QualifiedName::meant(owner, schema.enums.names()) {
        let has = schema.enums.get(name).is_some_and(|it| it.values.iter().any(|value| value == part));
        let renamed = Renamed::Value(name.clone(), part.to_owned(), new.to_owned());
        return if has { Ok(renamed) } else { Err(format!("the enum {name} has no value {part}")) };
    }
    Err(format!("the database has no table or enum {old}"))
}

fn new_name(new: &str, old: &QualifiedName) -> QualifiedName {
    match new.split_once('.') {
        Some((schema, name)) => QualifiedName::new(schema, name),
        None => old.sibling(new),
    }
}

/// What a rename that was told leads to and is not wanted, as the end of a sentence. The names that models give to constraints
/// may be wanted or not: a model that gives none leaves it to the database.
pub fn not_wanted(renamed: &Renamed, wanted: &Schema) -> Option<String> {
    match renamed {
        Renamed::Object(ObjectId::Table(_), to) if !wanted.tables.contains(to) => {
            Some(format!("no table {to} is wanted"))
        }
        Renamed::Object(ObjectId::Type(_), to) if !wanted.enums.contains(to) => Some(format!("no enum {to} is wanted")),
        Renamed::Part(ObjectId::Column(owner, _), to) => match wanted.tables.get(owner) {
            Some(table) if table.column(to).is_some() => None,
            Some(_) => Some(format!("the wanted table {owner} has no column {to}")),
            None => Some(format!("no table {owner} is wanted")),
        },
        Renamed::Value(name, _, to) => match wanted.enums.get(name) {
            Some(found) if found.values.contains(to) => None,
            Some(_) => Some(format!("the wanted enum {name} has no value {to}")),
            None => Some(format!("no enum {name} is wanted")),
        },
        _ => None,
    }
}

/// The rename as `--rename` takes it.
pub fn as_told(renamed: &Renamed) -> String {
    match renamed {
        Renamed::Object(ObjectId::Table(from) | ObjectId::Type(from), to) => {
            format!("{}.{}:{}.{}", from.schema, from.name, to.schema, to.name)
        }
        Renamed::Part(ObjectId::Column(owner, from) | ObjectId::Constraint(owner, from), to) => {
            format!("{}.{}.{from}:{to}", owner.schema, owner.name)
        }
        Renamed::Value(name, from, to) => format!("{}.{}.{from}:{to}", name.schema, name.name),
        Renamed::Object(id, to) => format!("{id}:{to}"),
        Renamed::Part(id, to) => format!("{id}:{to}"),
        Renamed::Namespace(from, to) => format!("{from}:{to}"),
    }
}

/// The rename as a question: "column a of public.t became b".
pub fn in_words(renamed: &Renamed) -> String {
    match renamed {
        Renamed::Object(id, to) => format!("{id} became {to}"),
        Renamed::Part(ObjectId::Column(owner, from), to) => format!("column {from} of {owner} became {to}"),
        Renamed::Part(id, to) => format!("{id} became {to}"),
        Renamed::Value(name, from, to) => format!("the value '{from}' of {name} became '{to}'"),
        Renamed::Namespace(from, to) => format!("the schema {from} became {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, EnumType, Table};

    fn schema() -> Schema {
        let mut table = Table::new(QualifiedName::new("lab", "runs"));
        table.columns = vec![Column::new("reactor", "text")];
        let mood = EnumType { name: QualifiedName::public("mood"), values: vec!["sad".into()], ..EnumType::default() };
        Schema { tables: [table].into_iter().collect(), enums: [mood].into_iter().collect(), ..Schema::default() }
    }

    #[test]
    fn what_is_told_is_read_against_the_schema() {
        let told = |text: &str| told_rename(text, &schema()).map(|renamed| as_told(&renamed));
        assert_eq!(told("runs:batches").as_deref(), Ok("lab.runs:lab.batches"));
        assert_eq!(told("lab.runs:public.runs").as_deref(), Ok("lab.runs:public.runs"));
        assert_eq!(told("runs.reactor:vessel").as_deref(), Ok("lab.runs.reactor:vessel"));
        assert_eq!(told("mood.sad:blue").as_deref(), Ok("public.mood.sad:blue"));
        assert_eq!(told("runs.colour:x"), Err("the table lab.runs has no column colour".to_owned()));
        assert!(told("nothing:x").is_err() && told("runs").is_err() && told(":x").is_err());
    }

    #[test]
    fn what_a_rename_leads_to_must_be_wanted() {
        let why = |old: &str, new: &str| {
            let renamed = told_rename(&format!("{old}:{new}"), &schema()).expect("the old name is there");
            not_wanted(&renamed, &schema())
        };
        assert_eq!(why("runs", "runs"), None);
        assert_eq!(why("runs.reactor", "reactor"), None);
        assert_eq!(why("mood.sad", "sad"), None);
        assert_eq!(why("runs", "batches").as_deref(), Some("no table lab.batches is wanted"));
        assert_eq!(why("runs.reactor", "vessel").as_deref(), Some("the wanted table lab.runs has no column vessel"));
        assert_eq!(why("mood", "feeling").as_deref(), Some("no enum public.feeling is wanted"));
        assert_eq!(why("mood.sad", "blue").as_deref(), Some("the wanted enum public.mood has no value blue"));
    }
}
