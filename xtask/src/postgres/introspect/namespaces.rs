//! Comments, schemas, extensions, collations and operator classes: what everything else is told apart and named by.

use super::draft::{Draft, Oid, OperatorClassRow, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, privileges};
use crate::schema::{Collation, Extension, Namespace, ObjectId, Options, QualifiedName};

/// Objects from this number on were made by people; below are those of `initdb`.
const PUBLIC_COMMENT: &str = "standard public schema";

pub(super) fn queries(server: &Server) -> Vec<Query> {
    vec![
        Query::new("comments", comments(), read_comment),
        Query::new("schemas", namespaces(), read_namespace),
        Query::new("extensions", EXTENSIONS.to_owned(), read_extension),
        Query::new("collation names", COLLATION_NAMES.to_owned(), read_collation_name),
        Query::new("collations", collations(server), read_collation),
        Query::new("operator classes", OPERATOR_CLASSES.to_owned(), read_operator_class),
    ]
}

fn comments() -> String {
    format!(
        "SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_description d \
         WHERE (d.objoid >= 16384 OR d.classoid = {}) AND d.classoid <> {} AND NOT EXISTS (SELECT FROM pg_depend e \
         WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')",
        class::NAMESPACE,
        class::EXTENSION
    )
}

fn read_comment(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let key = (fields.number()?, fields.number()?, fields.number()?);
    draft.comments.insert(key, fields.text()?.to_owned());
    Ok(())
}

fn namespaces() -> String {
    let born_with = format!(
        "coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = {} AND i.objoid = n.oid), {})",
        class::NAMESPACE,
        privileges::usual('n', "n.nspowner")
    );
    format!(
        "SELECT n.oid, n.nspname, {} FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND {}",
        privileges::asked("n.nspacl", &born_with, "n.nspowner"),
        not_of_an_extension(class::NAMESPACE, "n.oid")
    )
}

fn read_namespace(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, name): (Oid, _) = (fields.number()?, fields.text()?.to_owned());
    if draft.scope.leaves_out_schema(&name) {
        return Ok(());
    }
    let comment = draft.comment(class::NAMESPACE, oid).filter(|comment| name != "public" || comment != PUBLIC_COMMENT);
    draft.namespaces.insert(oid, name.clone());
    draft.identify(class::NAMESPACE, oid, ObjectId::Namespace(name.clone()));
    draft.schema.namespaces.insert(Namespace { name, comment, privileges: privileges::read(fields)? });
    Ok(())
}

const EXTENSIONS: &str = "SELECT e.oid, e.extname, n.nspname, e.extversion FROM pg_extension e \
     JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= 16384";

fn read_extension(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let oid = fields.number()?;
    let [name, schema, version] = [fields.text()?, fields.text()?, fields.text()?].map(str::to_owned);
    draft.identify(class::EXTENSION, oid, ObjectId::Extension(name.clone()));
    draft.schema.extensions.insert(Extension { name, schema, version });
    Ok(())
}

/// The names of those collations that indexes use; there are a thousand others.
const COLLATION_NAMES: &str = "SELECT c.oid, n.nspname, c.collname FROM pg_collation c \
     JOIN pg_namespace n ON n.oid = c.collnamespace \
     WHERE c.oid IN (SELECT unnest(i.indcollation::oid[]) FROM pg_index i WHERE i.indrelid >= 16384)";

fn read_collation_name(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let oid = fields.number()?;
    draft.collations.insert(oid, QualifiedName::new(fields.text()?, fields.text()?));
    Ok(())
}

fn collations(server: &Server) -> String {
    let locale = match server.version {
        170_000.. => "c.colllocale",
        150_000.. => "c.colliculocale",
        _ => "NULL::text",
    };
    let rules = if server.version >= 160_000 { "c.collicurules" } else { "NULL::text" };
    format!(
        "SELECT c.oid, c.collnamespace, c.collname, c.collprovider, c.collisdeterministic, c.collcollate, c.collctype, \
         {locale}, {rules} FROM pg_collation c WHERE c.oid >= 16384 AND {}",
        not_of_an_extension(class::COLLATION, "c.oid")
    )
}

fn read_collation(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, namespace, name): (Oid, Oid, _) = (fields.number()?, fields.number()?, fields.text()?);
    let Some(name) = draft.name(namespace, name) else { return Ok(()) };
    let provider = fields.letter()?;
    let is_deterministic = fields.flag()?;
    let [collate, ctype, locale, rules] =
        [fields.optional()?, fields.optional()?, fields.optional()?, fields.optional()?];

    let mut options = Options::default();
    options.set(
        "provider",
        match provider {
            'i' => "icu",
            'b' => "builtin",
            _ => "libc",
        },
    );
    match (locale, collate, ctype) {
        (Some(locale), ..) => options.set("locale", locale),
        (None, Some(collate), Some(ctype)) if collate == ctype => options.set("locale", collate),
        (None, collate, ctype) => {
            collate.into_iter().for_each(|collate| options.set("lc_collate", collate));
            ctype.into_iter().for_each(|ctype| options.set("lc_ctype", ctype));
        }
    }
    rules.into_iter().for_each(|rules| options.set("rules", rules));
    if !is_deterministic {
        options.set("deterministic", "false");
    }
    let comment = draft.comment(class::COLLATION, oid);
    draft.collations.insert(oid, name.clone());
    draft.identify(class::COLLATION, oid, ObjectId::Collation(name.clone()));
    draft.schema.collations.insert(Collation { name, options, comment });
    Ok(())
}

const OPERATOR_CLASSES: &str = "SELECT o.oid, n.nspname, o.opcname, o.opcmethod, o.opcdefault, o.opcintype \
     FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace";

fn read_operator_class(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let oid = fields.number()?;
    let found = OperatorClassRow {
        name: QualifiedName::new(fields.text()?, fields.text()?),
        method: fields.number()?,
        is_default: fields.flag()?,
        input: fields.number()?,
    };
    if found.is_default {
        draft.default_classes.insert((found.method, found.input), oid);
    }
    draft.operator_classes.insert(oid, found);
    Ok(())
}
