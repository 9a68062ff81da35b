//! The few functions of Python's library that names and values are computed with.

use super::interpreter::Interpreter;
use super::regex::Regex;
use super::value::{Arguments, Span, SymbolKind, Value};

impl<'p> Interpreter<'p> {
    /// Functions of Python's library whose result follows from their arguments.
    pub(super) fn known_call(&self, function: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let Value::Symbol(symbol) = function else { return None };
        match &symbol.kind {
            SymbolKind::External(path) => {
                let text = |position: usize, name: &str| arguments.get(position, name).and_then(Value::as_str);
                match &**path {
                    "typing.cast" | "typing_extensions.cast" => arguments.positional.get(1).cloned(),
                    "copy.copy" | "copy.deepcopy" => {
                        arguments.positional.first().filter(|it| it.as_call().is_none()).cloned()
                    }
                    "textwrap.dedent" | "inspect.cleandoc" => Some(Value::str(super::format::dedent(text(0, "text")?))),
                    "collections.OrderedDict" | "collections.defaultdict" if arguments.positional.is_empty() => {
                        Some(Value::dict(Vec::new()))
                    }
                    "base64.urlsafe_b64decode" | "base64.b64decode" if arguments.positional.len() == 1 => {
                        let text = match arguments.positional.first()? {
                            Value::Bytes(bytes) => bytes.to_vec(),
                            text => text.as_str()?.as_bytes().to_vec(),
                        };
                        Some(Value::Bytes(decoded(&text, path.contains("urlsafe"))?.into()))
                    }
                    "datetime.datetime.strptime" => {
                        let numbers = moment(text(0, "date_string")?, text(1, "format")?)?;
                        let function = self.external("datetime.datetime", span);
                        let numbers = numbers.map(Value::Int).to_vec();
                        Some(Value::symbol(SymbolKind::Call(function, Arguments::of(numbers)), span))
                    }
                    "binascii.hexlify" => match arguments.positional.first()? {
                        Value::Bytes(bytes) => {
                            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                            Some(Value::Bytes(digits.into_bytes().into()))
                        }
                        _ => None,
                    },
                    "itertools.chain" => {
                        let lists =
                            arguments.positional.iter().map(|it| self.iterate(it)).collect::<Option<Vec<_>>>()?;
                        Some(self.new_iterator(super::iterators::Source::Items(lists.concat().into()), span))
                    }
                    "re.sub" => {
                        let count = arguments.get(3, "count").map_or(Some(0), Value::as_int)?;
                        Regex::new(text(0, "pattern")?)?
                            .replace(text(2, "string")?, text(1, "repl")?, count)
                            .map(Value::str)
                    }
                    "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" if !arguments.positional.is_empty() => {
                        self.enum_of_call(function, arguments, span)
                    }
                    "sqlalchemy.orm.has_inherited_table" | "sqlalchemy.ext.declarative.has_inherited_table" => {
                        let Value::Class(class) = arguments.get(0, "cls")? else { return None };
                        let has_table = |base: &Value<'p>| match base {
                            Value::Class(base) => base.scope.own("__table__").is_some_and(|table| !table.is_none()),
                            _ => false,
                        };
                        Some(Value::Bool(class.mro.borrow().iter().skip(1).any(has_table)))
                    }
                    "sqlalchemy.orm.declarative_base" | "sqlalchemy.ext.declarative.declarative_base" => {
                        self.base_with_members(function, arguments, span)
                    }
                    _ => None,
                }
            }
            SymbolKind::Attribute(object, name) => {
                let (called, of) = object.as_call()?;
                if called.external() != Some("re.compile") || &**name != "sub" {
                    return None;
                }
                let pattern = Regex::new(of.get(0, "pattern")?.as_str()?)?;
                let replacement = arguments.get(0, "repl")?.as_str()?;
                pattern.replace(arguments.get(1, "string")?.as_str()?, replacement, 0).map(Value::str)
            }
            _ => None,
        }
    }

    /// `declarative_base(cls=Class)`: what the class has is inherited from the result.
    fn base_with_members(&self, function: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let members = arguments.keyword("cls").filter(|it| matches!(it, Value::Class(_)))?;
        let made = Value::symbol(SymbolKind::Call(function.clone(), arguments.clone()), span);
        let bases = Value::tuple(vec![members.clone(), made]);
        let body = Value::dict(vec![(Value::str("__abstract__"), Value::Bool(true))]);
        self.class_of_type(&Arguments::of(vec![Value::str("Base"), bases, body]), span)
    }
}

/// Base 64; `None` where anything else stands in it, which Python would skip. What follows the padding is left out.
fn decoded(text: &[u8], is_safe: bool) -> Option<Vec<u8>> {
    let end = text.iter().position(|byte| *byte == b'=').unwrap_or(text.len());
    let needed = (4 - end % 4) % 4;
    if text[end..].iter().any(|byte| *byte != b'=') || text.len() - end < needed {
        return None;
    }
    let (dash, slash) = if is_safe { (b'-', b'_') } else { (b'+', b'/') };
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for byte in &text[..end] {
        let six = match *byte {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'a'..=b'z' => letter - b'a' + 26,
            digit @ b'0'..=b'9' => digit - b'0' + 52,
            other if other == dash => 62,
            other if other == slash => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    (end % 4 != 1).then_some(bytes)
}

/// Year, month, day, hour, minute, second and microsecond of a text, for formats of whole numbers and literal letters.
fn moment(text: &str, format: &str) -> Option<[i128; 7]> {
    let mut numbers = [1900, 1, 1, 0, 0, 0, 0];
    let (mut text, mut letters) = (text, format.chars());
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text = text.strip_prefix(letter)?;
            continue;
        }
        let (at, most) = match letters.next()? {
            'Y' => (0, 4),
            'm' => (1, 2),
            'd' => (2, 2),
            'H' => (3, 2),
            'M' => (4, 2),
            'S' => (5, 2),
            'f' => (6, 6),
            _ => return None,
        };
        let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        // Shorter numbers are read by Python as well, but where they end depends on what follows.
        if digits != most {
            return None;
        }
        numbers[at] = text.get(..digits)?.parse().ok()?;
        text = text.get(digits..)?;
    }
    text.is_empty().then_some(numbers)
}
