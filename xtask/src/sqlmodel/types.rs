//! Types of SQLAlchemy and its companions in PostgreSQL's words.

use super::metadata::{Domain, EnumType};
use super::models::{Models, Problem, Read};
use super::symbols::{library_call, library_name, method_call};
use crate::python::{Arguments, Span, Value, last};

/// A type as it is on the server, with what else it brings to its column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SqlType {
    /// `VARCHAR(40)`
    pub(super) text: String,
    /// What it is for expressions and for numbering.
    pub(super) kind: TypeKind,
    /// Enum types that must be there.
    pub(super) enums: Vec<EnumUse>,
    /// A domain that must be there.
    pub(super) domain: Option<Domain>,
    /// A check constraint of an enum that is kept as text: its name and values.
    pub(super) check: Option<(Option<String>, Vec<String>)>,
    /// Names of members and the labels they are stored as.
    pub(super) labels: Vec<(String, String)>,
    /// The index that GeoAlchemy2 adds.
    pub(super) spatial: Option<Spatial>,
}

/// An enum type, and where its schema comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EnumUse {
    pub(super) of: EnumType,
    pub(super) schema: SchemaOf,
    /// Whether it is made with its table.
    pub(super) create: bool,
}

/// Where the schema of an enum type comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaOf {
    /// It is given.
    Itself,
    /// The table's.
    Table,
    /// That of the `MetaData`.
    Metadata,
}

/// What a type is for expressions and for numbering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TypeKind {
    Integer,
    Text,
    Boolean,
    Json,
    /// PostgreSQL's own, which can be subscripted.
    Jsonb,
    Array,
    #[default]
    Other,
}

/// How GeoAlchemy2 indexes a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spatial {
    Plain,
    AllDimensions,
    Raster,
}

impl SqlType {
    pub(super) fn plain(text: impl Into<String>, kind: TypeKind) -> Self {
        Self { text: text.into(), kind, ..Self::default() }
    }
}

/// Types that take no arguments that matter: their names in Python and on the server.
const FIXED: &[(&[&str], &str, TypeKind)] = &[
    (&["Integer", "INTEGER", "INT"], "INTEGER", TypeKind::Integer),
    (&["BigInteger", "BIGINT"], "BIGINT", TypeKind::Integer),
    (&["SmallInteger", "SMALLINT"], "SMALLINT", TypeKind::Integer),
    (&["Boolean", "BOOLEAN"], "BOOLEAN", TypeKind::Boolean),
    (&["Date", "DATE"], "DATE", TypeKind::Other),
    (&["Double", "DOUBLE_PRECISION"], "DOUBLE PRECISION", TypeKind::Other),
    (&["REAL"], "REAL", TypeKind::Other),
    (&["LargeBinary", "BYTEA", "PickleType"], "BYTEA", TypeKind::Other),
    (&["UUID"], "UUID", TypeKind::Other),
    (&["JSON"], "JSON", TypeKind::Json),
    (&["JSONB"], "JSONB", TypeKind::Jsonb),
    (&["JSONPATH"], "JSONPATH", TypeKind::Other),
    (&["UTCDateTime"], "TIMESTAMP WITH TIME ZONE", TypeKind::Other),
    (&["CITEXT"], "CITEXT", TypeKind::Text),
    (&["TSVECTOR"], "TSVECTOR", TypeKind::Other),
    (&["TSQUERY"], "TSQUERY", TypeKind::Other),
    (&["INET"], "INET", TypeKind::Other),
    (&["CIDR"], "CIDR", TypeKind::Other),
    (&["MACADDR"], "MACADDR", TypeKind::Other),
    (&["MACADDR8"], "MACADDR8", TypeKind::Other),
    (&["MONEY"], "MONEY", TypeKind::Other),
    (&["OID"], "OID", TypeKind::Other),
    (&["REGCONFIG"], "REGCONFIG", TypeKind::Other),
    (&["REGCLASS"], "REGCLASS", TypeKind::Other),
    (&["HSTORE"], "HSTORE", TypeKind::Other),
    (&["INT4RANGE"], "INT4RANGE", TypeKind::Other),
    (&["INT8RANGE"], "INT8RANGE", TypeKind::Other),
    (&["NUMRANGE"], "NUMRANGE", TypeKind::Other),
    (&["DATERANGE"], "DATERANGE", TypeKind::Other),
    (&["TSRANGE"], "TSRANGE", TypeKind::Other),
    (&["TSTZRANGE"], "TSTZRANGE", TypeKind::Other),
    (&["INT4MULTIRANGE"], "INT4MULTIRANGE", TypeKind::Other),
    (&["INT8MULTIRANGE"], "INT8MULTIRANGE", TypeKind::Other),
    (&["NUMMULTIRANGE"], "NUMMULTIRANGE", TypeKind::Other),
    (&["DATEMULTIRANGE"], "DATEMULTIRANGE", TypeKind::Other),
    (&["TSMULTIRANGE"], "TSMULTIRANGE", TypeKind::Other),
    (&["TSTZMULTIRANGE"], "TSTZMULTIRANGE", TypeKind::Other),
];

/// Types of text: their names in Python and on the server.
const TEXTS: &[(&[&str], &str)] = &[
    (&["String", "VARCHAR", "AutoString", "Unicode"], "VARCHAR"),
    (&["Text", "TEXT", "UnicodeText"], "TEXT"),
    (&["CHAR"], "CHAR"),
    (&["NCHAR"], "NCHAR"),
    (&["NVARCHAR"], "NVARCHAR"),
];

impl<'p> Models<'_, 'p> {
    /// The type that a value stands for: a class, an object, with variants and wrappers.
    pub(super) fn sql_type(&self, value: &Value<'p>, span: Span) -> Read<SqlType> {
        if let Some(told) = self.told_type(value) {
            return Ok(told);
        }
        if let Some(name) = library_name(value) {
            return self.library_type(name, value, &Arguments::default(), span);
        }
        if let Some((name, arguments)) = library_call(value) {
            return self.library_type(name, value, arguments, span);
        }
        if let Some((object, name, arguments)) = method_call(value) {
            return self.wrapped_type(object, name, arguments, span);
        }
        match value {
            Value::Class(_) | Value::Instance(_) => self.own_type(value, span),
            Value::Symbol(_) => {
                let named = value.as_call().map_or(value, |(function, _)| function).external();
                let (what, name) = named.map_or(("it".to_owned(), "MyType"), |path| (format!("`{path}`"), last(path)));
                Err(Problem::not_static(
                    span,
                    "the type",
                    format!("{what} comes from a package that this reader does not know"),
                    format!("Say what it is on the server under [models.types] in xtask.toml: {name} = \"text\""),
                ))
            }
            _ => Err(Problem::value(
                span,
                "the type",
                value,
                "Write the type itself, such as String(40), or name it under [models.types] in xtask.toml",
            )),
        }
    }

    /// What `[models.types]` says.
    pub(super) fn told_type(&self, value: &Value<'p>) -> Option<SqlType> {
        if self.settings.types.is_empty() {
            return None;
        }
        let path = match value {
            Value::Class(class) => format!("{}.{}", class.module, class.name),
            Value::Instance(instance) => format!("{}.{}", instance.class.module, instance.class.name),
            _ => match value.as_call() {
                Some((function, _)) => return self.told_type(function),
                None => value.external()?.to_owned(),
            },
        };
        let told = self.settings.types.get(&path).or_else(|| self.settings.types.get(last(&path)))?;
        Some(SqlType::plain(told.clone(), TypeKind::Other))
    }

    /// `type.with_variant(…)`, `MutableDict.as_mutable(type)` and the like.
    fn wrapped_type(&self, object: &Value<'p>, name: &str, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        match name {
            "with_variant" => {
                let is_ours = |value: &Value<'p>| value.as_str() == Some("postgresql");
                let rest = arguments.positional.get(1..).unwrap_or_default();
                match arguments.positional.first() {
                    Some(variant) if rest.iter().any(is_ours) || arguments.named.iter().any(|(_, it)| is_ours(it)) => {
                        let data = self.sql_type(variant, span)?;
                        // Expressions are written for the type that has the variant.
                        let is_json =
                            data.kind == TypeKind::Jsonb && self.sql_type(object, span)?.kind == TypeKind::Json;
                        Ok(if is_json { SqlType { kind: TypeKind::Json, ..data } } else { data })
                    }
                    _ => self.sql_type(object, span),
                }
            }
            "as_mutable" => match arguments.positional.first() {
                Some(inner) => self.sql_type(inner, span),
                None => self.sql_type(object, span),
            },
            _ => self.sql_type(object, span),
        }
    }

    /// A type of a library with its arguments.
    pub(super) fn library_type(
        &self,
        name: &str,
        value: &Value<'p>,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Read<SqlType> {
        self.closed(arguments, "the type", span)?;
        if let Some((_, text, kind)) = FIXED.iter().find(|(names, ..)| names.contains(&name)) {
            return Ok(SqlType::plain(*text, *kind));
        }
        if let Some((_, text)) = TEXTS.iter().find(|(names, _)| names.contains(&name)) {
            let length = self.number(arguments.get(0, "length"), "length", span)?;
            let collation = self.text(arguments, "collation", span)?;
            let collation = collation.map_or_else(String::new, |name| format!(" COLLATE \"{name}\""));
            return Ok(SqlType::plain(format!("{}{collation}", sized(text, &[length])), TypeKind::Text));
        }
        let number = |at, name| self.number(arguments.get(at, name), name, span);
        let zone =
            || Ok(if arguments.get(0, "timezone").and_then(Value::truth) == Some(true) { "WITH" } else { "WITHOUT" });
        Ok(match name {
            "Float" | "FLOAT" => SqlType::plain(sized("FLOAT", &[number(0, "precision")?]), TypeKind::Other),
            "Numeric" | "NUMERIC" | "DECIMAL" => {
                let text = if name == "DECIMAL" { "DECIMAL" } else { "NUMERIC" };
                SqlType::plain(sized(text, &[number(0, "precision")?, number(1, "scale")?]), TypeKind::Other)
            }
            "DateTime" | "TIMESTAMP" | "Time" | "TIME" => {
                let text = if name.eq_ignore_ascii_case("time") { "TIME" } else { "TIMESTAMP" };
                let precision = self.number(arguments.keyword("precision"), "precision", span)?;
                SqlType::plain(format!("{} {} TIME ZONE", sized(text, &[precision]), zone()?), TypeKind::Other)
            }
            "Interval" | "INTERVAL" => {
                let native = name == "Interval";
                let precision = if native { number(1, "second_precision")? } else { number(0, "precision")? };
                let fields = if native { None } else { self.text(arguments, "fields", span)? };
                let fields = fields.map_or_else(String::new, |fields| format!(" {fields}"));
                let precision = precision.map_or_else(String::new, |precision| format!(" ({precision})"));
                SqlType::plain(format!("INTERVAL{fields}{precision}"), TypeKind::Other)
            }
            "Uuid" if self.flag(arguments, "native_uuid", span)? == Some(false) => {
                SqlType::plain("CHAR(32)", TypeKind::Other)
            }
            "Uuid" => SqlType::plain("UUID", TypeKind::Other),
            "BIT" => self.bits(value, arguments, span)?,
            "VECTOR" | "Vector" | "HALFVEC" | "SPARSEVEC" => {
                SqlType::plain(sized(&name.to_ascii_uppercase(), &[number(0, "dim")?]), TypeKind::Other)
            }
            "as_mutable" => match arguments.positional.first() {
                Some(inner) => self.sql_type(inner, span)?,
                None => return Err(unknown_type(name, span)),
            },
            "ARRAY" => self.array(arguments, span)?,
            "Enum" | "ENUM" => self.enumeration(name, arguments, span)?,
            "DOMAIN" => self.domain(arguments, span)?,
            "Geometry" | "Geography" | "Raster" => self.spatial(name, arguments, span)?,
            _ => return Err(unknown_type(name, span)),
        })
    }

    fn bits(&self, value: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        let path = value.as_call().map_or(value, |(function, _)| function).external().unwrap_or_default();
        let length =
            self.number(arguments.positional.first().or_else(|| arguments.keyword("length")), "length", span)?;
        let varying = self.flag(arguments, "varying", span)? == Some(true);
        Ok(SqlType::plain(
            match (path.starts_with("pgvector"), varying) {
                (true, _) => sized("BIT", &[length]),
                (_, true) => sized("BIT VARYING", &[length]),
                (_, false) => sized("BIT", &[Some(length.unwrap_or(1))]),
            },
            TypeKind::Other,
        ))
    }

    fn array(&self, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        let Some(item) = arguments.get(0, "item_type") else {
            return Err(Problem::invalid(span, "ARRAY has no type of its items", "Write ARRAY(Text)"));
        };
        let inner = self.sql_type(item, span)?;
        let dimensions = self.number(arguments.get(2, "dimensions"), "dimensions", span)?.unwrap_or(1);
        let brackets = "[]".repeat(usize::try_from(dimensions).unwrap_or(1));
        let text = match inner.text.find(" COLLATE") {
            Some(at) => format!("{}{brackets}{}", &inner.text[..at], &inner.text[at..]),
            None => format!("{}{brackets}", inner.text),
        };
        Ok(SqlType { text, kind: TypeKind::Array, check: None, spatial: None, ..inner })
    }

    fn domain(&self, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        let name = arguments.get(0, "name").and_then(Value::as_str);
        let (Some(name), Some(inner)) = (name, arguments.get(1, "data_type")) else {
            return Err(Problem::invalid(span, "DOMAIN has no name or no type", "Write DOMAIN(\"name\", Text)"));
        };
        let inner = self.sql_type(inner, span)?;
        let schema = self.text(arguments, "schema", span)?;
        let text = super::identifier::qualified(schema.as_deref(), name);
        let check = match arguments.keyword("check") {
            None | Some(Value::None) => None,
            Some(check) => {
                Some((self.text(arguments, "constraint_name", span)?, self.expression(check, span, None)?.text))
            }
        };
        let default = match arguments.keyword("default") {
            None | Some(Value::None) => None,
            Some(default) => Some(self.default_sql(default, span)?),
        };
        let domain = Domain {
            schema,
            name: name.to_owned(),
            data_type: inner.text.clone(),
            not_null: self.flag(arguments, "not_null", span)? == Some(true),
            default,
            check,
            collation: self.text(arguments, "collation", span)?,
        };
        Ok(SqlType { text, domain: Some(domain), ..inner })
    }

    fn spatial(&self, name: &str, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        let has_index = self.flag(arguments, "spatial_index", span)? != Some(false);
        if name == "Raster" {
            let spatial = has_index.then_some(Spatial::Raster);
            return Ok(SqlType { spatial, ..SqlType::plain("raster", TypeKind::Other) });
        }
        let srid = self.number(arguments.get(1, "srid"), "srid", span)?.unwrap_or(-1);
        let word = name.to_ascii_lowercase();
        let text = match arguments.get(0, "geometry_type") {
            Some(Value::None) => word,
            None => format!("{word}(GEOMETRY,{srid})"),
            Some(of) => {
                let of = self.as_text(of, "`geometry_type`", span)?.to_uppercase();
                format!("{word}({of},{srid})")
            }
        };
        let all = self.flag(arguments, "use_N_D_index", span)? == Some(true);
        let spatial = has_index.then_some(if all { Spatial::AllDimensions } else { Spatial::Plain });
        Ok(SqlType { spatial, ..SqlType::plain(text, TypeKind::Other) })
    }
}

fn unknown_type(name: &str, span: Span) -> Problem {
    let instead = format!(
        "Use a type that PostgreSQL has, or name what it is on the server under [models.types] in xtask.toml: {name} = \"text\""
    );
    Problem::not_static(span, "the type", format!("`{name}` is not a type that this reader knows"), instead)
}

/// `NUMERIC(10, 2)`: the numbers up to the first that is missing.
fn sized(name: &str, numbers: &[Option<i64>]) -> String {
    let given: Vec<String> = numbers.iter().map_while(|number| number.map(|number| number.to_string())).collect();
    if given.is_empty() { name.to_owned() } else { format!("{name}({})", given.join(", ")) }
}
