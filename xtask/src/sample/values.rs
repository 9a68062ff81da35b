//! Values of a type, one unlike the other.

use crate::schema::{CompositeType, Domain, EnumType, QualifiedName, Schema};
use crate::sql;

/// The longest text that is made to be too long.
const LONG: usize = 1000;

/// A value of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// As it is written between quotes.
    Text(String),
    /// As an expression.
    Expression(String),
}

impl Value {
    /// As an expression of this type.
    pub(super) fn of_type(&self, type_name: &str) -> String {
        match self {
            Self::Text(text) => format!("{}::{type_name}", sql::literal(text)),
            Self::Expression(expression) => format!("({expression})::{type_name}"),
        }
    }
}

/// A type as `format_type` prints it, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypeName {
    /// Without its schema and modifier: `character varying`, `geometry`, `mood`.
    pub(super) base: String,
    /// What stands in the parentheses, in parts.
    pub(super) modifiers: Vec<String>,
    /// Whether it is an array.
    pub(super) is_array: bool,
    /// The whole, without the brackets of an array.
    pub(super) element: String,
}

impl TypeName {
    /// Takes a type apart.
    pub(super) fn of(text: &str) -> Self {
        let element = text.trim_end_matches("[]");
        let (open, close) = (element.find('('), element.find(')'));
        let (bare, modifiers) = match (open, close) {
            (Some(open), Some(close)) if close > open && !element.starts_with('"') => {
                let parts = element[open + 1..close].split(',').map(|part| part.trim().to_owned());
                (format!("{}{}", &element[..open], &element[close + 1..]), parts.collect())
            }
            _ => (element.to_owned(), Vec::new()),
        };
        let base = match bare.rsplit_once('.') {
            Some((_, name)) if !bare.ends_with('"') => name.to_owned(),
            _ => bare,
        };
        Self { base, modifiers, is_array: element.len() < text.len(), element: element.to_owned() }
    }

    /// The first number in the parentheses.
    pub(super) fn length(&self) -> Option<usize> {
        self.modifiers.first().and_then(|number| number.parse().ok())
    }

    /// Whether its values are texts.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.base.as_str(), "text" | "character varying" | "character" | "name" | "\"char\"" | "citext")
    }

    /// Whether its values are numbers.
    pub(super) fn is_number(&self) -> bool {
        let numbers = ["smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid"];
        numbers.contains(&self.base.as_str())
    }

    /// Whether its values are days or points in time.
    pub(super) fn is_time(&self) -> bool {
        self.base == "date" || self.base.starts_with("timestamp")
    }
}

/// The types of a schema by the names that `format_type` prints.
pub(super) struct Types<'s>(pub(super) &'s Schema);

impl<'s> Types<'s> {
    fn named<T>(&self, printed: &str, all: impl Iterator<Item = (&'s QualifiedName, T)>) -> Option<T> {
        all.into_iter().find(|(name, _)| name.to_string() == printed).map(|(_, it)| it)
    }

    /// The enum of this name.
    pub(super) fn enumeration(&self, printed: &str) -> Option<&'s EnumType> {
        self.named(printed, self.0.enums.iter().map(|it| (&it.name, it)))
    }

    /// The domain of this name.
    pub(super) fn domain(&self, printed: &str) -> Option<&'s Domain> {
        self.named(printed, self.0.domains.iter().map(|it| (&it.name, it)))
    }

    fn composite(&self, printed: &str) -> Option<&'s CompositeType> {
        self.named(printed, self.0.composite_types.iter().map(|it| (&it.name, it)))
    }

    /// The types that a type stands on: that of a domain, those of attributes.
    pub(super) fn below(&self, type_name: &str) -> Vec<&'s str> {
        let element = TypeName::of(type_name).element;
        let base = self.domain(&element).map(|it| it.base_type.as_str());
        let attributes = self.composite(&element).into_iter().flat_map(|it| &it.attributes);
        base.into_iter().chain(attributes.map(|it| it.type_name.as_str())).collect()
    }

    /// The names of the checks that values of a type have to pass: those of a domain, also where it is one of another, and those of
    /// attributes.
    pub(super) fn checks_within(&self, type_name: &str) -> Vec<String> {
        let domain = self.domain(&TypeName::of(type_name).element);
        let own = domain.into_iter().flat_map(|it| &it.checks).map(|check| check.name.clone());
        own.chain(self.below(type_name).into_iter().flat_map(|it| self.checks_within(it))).collect()
    }

    fn is_range(&self, printed: &str) -> bool {
        self.named(printed, self.0.range_types.iter().map(|it| (&it.name, it))).is_some()
    }

    /// The value of this number of a type: others for other numbers, where the type has so many. `None` for a type of which
    /// nothing is known.
    pub(super) fn nth(&self, type_name: &str, n: usize) -> Option<Value> {
        let name = TypeName::of(type_name);
        if name.is_array {
            let element = self.nth(&name.element, n)?.of_type(&name.element);
            return Some(Value::Expression(format!("ARRAY[{element}]")));
        }
        if let Some(it) = self.enumeration(&name.element) {
            return it.values.get(n % it.values.len().max(1)).cloned().map(Value::Text);
        }
        if let Some(it) = self.domain(&name.element) {
            return self.nth(&it.base_type, n);
        }
        if let Some(it) = self.composite(&name.element) {
            let parts: Option<Vec<String>> =
                it.attributes.iter().map(|it| Some(self.nth(&it.type_name, n)?.of_type(&it.type_name))).collect();
            return Some(Value::Expression(format!("ROW({})", parts?.join(", "))));
        }
        if self.is_range(&name.element) {
            return Some(Value::Text("empty".to_owned()));
        }
        plain(&name, n).or_else(|| shape(&name, n)).map(Value::Text)
    }

    /// The greatest value of a type, or one that is longer than this many characters.
    pub(super) fn extreme(&self, type_name: &str, longer_than: usize) -> Option<Value> {
        let name = TypeName::of(type_name);
        if name.is_array {
            let element = self.extreme(&name.element, longer_than)?.of_type(&name.element);
            return Some(Value::Expression(format!("ARRAY[{element}]")));
        }
        if let Some(it) = self.domain(&name.element) {
            return self.extreme(&it.base_type, longer_than);
        }
        let text = match name.base.as_str() {
            "text" | "character varying" | "citext" => {
                "x".repeat(name.length().unwrap_or_else(|| LONG.max(longer_than.saturating_add(1))))
            }
            "character" => "x".repeat(name.length().unwrap_or(1)),
            "smallint" => i16::MAX.to_string(),
            "integer" => i32::MAX.to_string(),
            "bigint" => i64::MAX.to_string(),
            "real" => "1e30".to_owned(),
            "double precision" => "1e300".to_owned(),
            "numeric" => nines(&name.modifiers),
            "date" => "9999-12-31".to_owned(),
            _ if name.base.starts_with("timestamp") => "9999-12-31 23:59:59.999999".to_owned(),
            _ => return None,
        };
        Some(Value::Text(text))
    }
}

/// The greatest `numeric(p,s)`.
fn nines(modifiers: &[String]) -> String {
    let number = |at: usize| modifiers.get(at).and_then(|text| text.parse::<usize>().ok());
    match (number(0), number(1).unwrap_or(0)) {
        (Some(digits), scale) if scale == 0 || scale > digits => "9".repeat(digits),
        (Some(digits), scale) => format!("0{}.{}", "9".repeat(digits - scale), "9".repeat(scale)),
        (None, _) => format!("{}.5", "9".repeat(40)),
    }
}

/// `a` … `z`, `ba` …: short, so that it fits anywhere.
fn letters(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
    if n < 26 { letter(n).to_string() } else { letters(n / 26) + &letter(n).to_string() }
}

/// A day of the year 2001.
fn day(n: usize) -> String {
    format!("2001-{:02}-{:02}", n / 28 % 12 + 1, n % 28 + 1)
}

/// Values of the types that come with PostgreSQL, and of a few extensions.
fn plain(name: &TypeName, n: usize) -> Option<String> {
    let one = n + 1;
    let is_fraction = name.modifiers.len() == 2 && name.modifiers[0] == name.modifiers[1];
    Some(match name.base.as_str() {
        "numeric" if is_fraction => format!("0.{}", one % 10),
        _ if name.is_number() => one.to_string(),
        _ if name.is_text() => letters(n),
        "boolean" => n.is_multiple_of(2).to_string(),
        "date" => day(n),
        "interval" => format!("{one} days"),
        _ if name.base.starts_with("timestamp") => format!("{} 12:00:00", day(n)),
        _ if name.base.starts_with("time ") || name.base == "time" => format!("{:02}:{:02}:00", n / 60 % 24, n % 60),
        _ if name.base.starts_with("interval") => format!("{one} days"),
        "uuid" => format!("00000000-0000-0000-0000-{one:012}"),
        "bytea" => format!("\\x{:02x}", one % 256),
        "json" | "jsonb" => format!("{{\"a\": {one}}}"),
        "xml" => format!("<a>{one}</a>"),
        "inet" => format!("192.0.2.{}", one % 255),
        "cidr" => format!("192.0.2.{}/32", one % 255),
        "macaddr" => format!("08:00:2b:01:02:{:02x}", one % 256),
        "macaddr8" => format!("08:00:2b:01:02:03:04:{:02x}", one % 256),
        "bit" => bits(name.length().unwrap_or(1), n),
        "bit varying" => bits(name.length().unwrap_or(8).min(8), n),
        "tsvector" | "tsquery" | "ltree" | "lquery" | "ltxtquery" => letters(n),
        "hstore" => format!("a=>{one}"),
        "jsonpath" => format!("$[{n}]"),
        "pg_lsn" => format!("0/{one:X}"),
        "int4range" | "int8range" | "numrange" => format!("[{one},{})", one + 1),
        "daterange" | "tsrange" | "tstzrange" => format!("[{},{})", day(n), day(one)),
        "int4multirange" | "int8multirange" | "nummultirange" => format!("{{[{one},{})}}", one + 1),
        "datemultirange" | "tsmultirange" | "tstzmultirange" => format!("{{[{},{})}}", day(n), day(one)),
        "vector" | "halfvec" => format!("[{}]", vec![one.to_string(); name.length().unwrap_or(1)].join(",")),
        "sparsevec" => format!("{{1:{one}}}/{}", name.length().unwrap_or(1)),
        _ => return None,
    })
}

fn bits(length: usize, n: usize) -> String {
    let bits = format!("{n:0length$b}");
    bits[bits.len().saturating_sub(length)..].to_owned()
}

/// Geometric types, PostGIS's included.
fn shape(name: &TypeName, n: usize) -> Option<String> {
    Some(match name.base.as_str() {
        "point" => format!("({n},0)"),
        "line" => format!("{{1,1,{n}}}"),
        "lseg" | "box" => format!("((0,0),({},1))", n + 1),
        "path" | "polygon" => format!("((0,0),(1,0),({n},1))"),
        "circle" => format!("<(0,0),{}>", n + 1),
        "geometry" | "geography" => well_known_text(&name.modifiers, n),
        _ => return None,
    })
}

/// `SRID=4326;POINT Z (0 1 0)` for the modifier `(PointZ,4326)`.
fn well_known_text(modifiers: &[String], n: usize) -> String {
    let kind = modifiers.first().map_or_else(|| "POINT".to_owned(), |kind| kind.to_uppercase());
    let dimensions = ["ZM", "Z", "M"].into_iter().find(|dimensions| kind.ends_with(dimensions)).unwrap_or("");
    let kind = match kind.trim_end_matches(dimensions) {
        "GEOMETRY" => "POINT",
        kind => kind,
    };
    let point = |x: usize, y: usize| format!("{x} {y}{}", " 0".repeat(dimensions.len()));
    let ring = format!("(({}, {}, {}, {}))", point(0, 0), point(n + 1, 0), point(0, 1), point(0, 0));
    let body = match kind {
        "POINT" => format!("({})", point(n, 1)),
        "LINESTRING" | "MULTIPOINT" => format!("({}, {})", point(0, 0), point(n + 1, 1)),
        "POLYGON" => ring,
        "MULTILINESTRING" => format!("(({}, {}))", point(0, 0), point(n + 1, 1)),
        "MULTIPOLYGON" => format!("({ring})"),
        "GEOMETRYCOLLECTION" => {
            let space = if dimensions.is_empty() { String::new() } else { format!(" {dimensions}") };
            format!("(POINT{space} ({}))", point(n, 1))
        }
        _ => "EMPTY".to_owned(),
    };
    let space = if dimensions.is_empty() { " " } else { &format!(" {dimensions} ") };
    let srid = modifiers.get(1).map_or(String::new(), |srid| format!("SRID={srid};"));
    format!("{srid}{kind}{space}{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(type_name: &str) -> Vec<String> {
        let schema = Schema::default();
        let types = Types(&schema);
        (0..2).filter_map(|n| types.nth(type_name, n)).map(|value| value.of_type(type_name)).collect()
    }

    #[test]
    fn types_have_values_that_differ() {
        assert_eq!(values("character varying(1)"), ["'a'::character varying(1)", "'b'::character varying(1)"]);
        assert_eq!(values("bit(3)"), ["'000'::bit(3)", "'001'::bit(3)"]);
        assert_eq!(values("integer[]"), ["(ARRAY['1'::integer])::integer[]", "(ARRAY['2'::integer])::integer[]"]);
        assert_eq!(
            values("public.geometry(PointZ,4326)"),
            [
                "'SRID=4326;POINT Z (0 1 0)'::public.geometry(PointZ,4326)",
                "'SRID=4326;POINT Z (1 1 0)'::public.geometry(PointZ,4326)"
            ]
        );
        assert_eq!(values("public.something"), Vec::<String>::new());
    }

    #[test]
    fn the_greatest_value_fills_its_type() {
        let schema = Schema::default();
        let greatest = |name: &str| match Types(&schema).extreme(name, 0) {
            Some(Value::Text(text)) => text,
            other => format!("{other:?}"),
        };
        assert_eq!(greatest("numeric(4,2)"), "099.99");
        assert_eq!(greatest("numeric(3,0)"), "999");
        assert_eq!(greatest("character varying(3)"), "xxx");
        assert_eq!(greatest("text").len(), LONG);
        assert_eq!(greatest("boolean"), "None");
    }

    #[test]
    fn types_of_the_schema_are_known() {
        let mood = EnumType {
            name: QualifiedName::public("mood"),
            values: vec!["sad".into(), "ok".into()],
            ..EnumType::default()
        };
        let domain = Domain { name: QualifiedName::public("size"), base_type: "integer".into(), ..Domain::default() };
        let schema = Schema {
            enums: [mood].into_iter().collect(),
            domains: [domain].into_iter().collect(),
            ..Schema::default()
        };
        let types = Types(&schema);
        assert_eq!(types.nth("public.mood", 3), Some(Value::Text("ok".into())));
        assert_eq!(types.nth("public.size", 3), Some(Value::Text("4".into())));
    }
}
