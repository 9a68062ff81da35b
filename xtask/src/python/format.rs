//! Values as text: f-strings, `str.format`, `%`, `str` and `repr`.

use std::rc::Rc;

use ruff_python_ast::{ConversionFlag, FStringPart, FStringValue, InterpolatedStringElement};

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::value::{Arguments, Span, Unknown, Value};

impl<'p> Interpreter<'p> {
    pub(super) fn f_string(&self, value: &'p FStringValue, scope: &Rc<Scope<'p>>) -> Value<'p> {
        let mut text = String::new();
        for part in value {
            let elements = match part {
                FStringPart::Literal(literal) => {
                    text.push_str(&literal.value);
                    continue;
                }
                FStringPart::FString(it) => &it.elements,
            };
            for element in elements {
                match self.f_element(element, scope) {
                    Ok(part) => text.push_str(&part),
                    Err(Value::Unknown(unknown)) => return Value::Unknown(Unknown::text(&text, &unknown)),
                    Err(other) => return other,
                }
            }
        }
        Value::str(text)
    }

    fn f_element(&self, element: &'p InterpolatedStringElement, scope: &Rc<Scope<'p>>) -> Result<String, Value<'p>> {
        let it = match element {
            InterpolatedStringElement::Literal(literal) => return Ok(literal.value.to_string()),
            InterpolatedStringElement::Interpolation(it) => it,
        };
        let value = self.eval(&it.expression, scope);
        if let Value::Unknown(_) = value {
            return Err(value);
        }
        let mut spec = String::new();
        for element in it.format_spec.iter().flat_map(|spec| &spec.elements) {
            spec.push_str(&self.f_element(element, scope)?);
        }
        let place = self.span(scope, &*it.expression);
        let value = match it.conversion {
            ConversionFlag::Repr | ConversionFlag::Ascii => repr(&value).map(Value::str),
            ConversionFlag::Str => text_of(&value).map(Value::str),
            ConversionFlag::None => Some(value),
        };
        let text = value.and_then(|value| formatted(&value, &spec));
        text.ok_or_else(|| Value::unknown("only a run can tell the text of this value", place))
    }

    /// `"…".format(…)`
    pub(super) fn str_format(&self, template: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let mut text = String::new();
        let mut rest = template;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                text.push_str(brace);
                rest = &rest[1..];
                continue;
            }
            let (field, after) = rest.split_once('}').filter(|_| brace == "{")?;
            rest = after;
            let (name, spec) = field.split_once(':').unwrap_or((field, ""));
            let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
            let mut path = name.split('.');
            let first = path.next().unwrap_or("");
            let value = match first.parse::<usize>() {
                Ok(at) => arguments.positional.get(at)?.clone(),
                Err(_) if first.is_empty() => {
                    next += 1;
                    arguments.positional.get(next - 1)?.clone()
                }
                Err(_) => arguments.keyword(first)?.clone(),
            };
            let value = path.fold(value, |value, name| self.attribute(&value, name, span));
            if let Value::Unknown(_) = value {
                return Some(value);
            }
            let value = match conversion {
                "" => value,
                "r" => Value::str(repr(&value)?),
                "s" => Value::str(text_of(&value)?),
                _ => return None,
            };
            text.push_str(&formatted(&value, spec)?);
        }
        text.push_str(rest);
        Some(Value::str(text))
    }

    /// `"…" % values`
    pub(super) fn percent(&self, template: &str, values: &Value<'p>, span: Span) -> Value<'p> {
        percent(template, values)
            .map_or_else(|| Value::unknown("only a run can tell what `%` makes of these values", span), Value::str)
    }
}

fn percent(template: &str, values: &Value<'_>) -> Option<String> {
    let mut by_position = match values {
        Value::Tuple(items) => items.iter().cloned().collect::<Vec<_>>().into_iter(),
        other => vec![other.clone()].into_iter(),
    };
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let value = match (rest.strip_prefix('('), values) {
            (Some(named), Value::Dict(dict)) => {
                let (name, after) = named.split_once(')')?;
                rest = after;
                dict.borrow().text(name)?.clone()
            }
            _ => by_position.next()?,
        };
        match rest.chars().next()? {
            's' => text.push_str(&text_of(&value)?),
            'd' | 'i' => text.push_str(&value.as_int()?.to_string()),
            'r' => text.push_str(&repr(&value)?),
            _ => return None,
        }
        rest = &rest[1..];
    }
    text.push_str(rest);
    Some(text)
}

/// `format(value, spec)`: widths, alignment, zeros, thousands and fixed points.
fn formatted(value: &Value<'_>, spec: &str) -> Option<String> {
    if spec.is_empty() {
        return text_of(value);
    }
    let mut letters: Vec<char> = spec.chars().collect();
    let kind = letters.pop_if(|last| last.is_ascii_alphabetic());
    let spec: String = letters.into_iter().collect();
    let (spec, digits) = match spec.split_once('.') {
        Some((spec, digits)) => (spec.to_owned(), Some(digits.parse::<usize>().ok()?)),
        None => (spec, None),
    };
    let comma = spec.ends_with(',');
    let spec = spec.trim_end_matches(',');
    let (fill, align, width) = match spec.chars().collect::<Vec<_>>()[..] {
        [fill, align @ ('<' | '>' | '^'), ..] => (fill, Some(align), &spec[fill.len_utf8() + 1..]),
        [align @ ('<' | '>' | '^'), ..] => (' ', Some(align), &spec[1..]),
        ['0', ..] => ('0', Some('>'), &spec[1..]),
        _ => (' ', None, spec),
    };
    // Zeros go behind the sign of a number, and text has them behind it.
    let has_zeros = align == Some('>') && fill == '0' && spec.starts_with('0') || width.starts_with('0');
    let is_negative = value.as_int().is_some_and(|it| it < 0) || matches!(value, Value::Float(it) if *it < 0.0);
    let has_sign = is_negative && (has_zeros || matches!(kind, Some('x' | 'X' | 'b' | 'o')));
    if has_sign || has_zeros && (value.as_str().is_some() || comma) {
        return None;
    }
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    let body = match (kind, value) {
        (None | Some('d'), _) if value.as_int().is_some() && digits.is_none() => {
            let digits = value.as_int()?.to_string();
            if comma { thousands(&digits) } else { digits }
        }
        (Some('x'), _) => format!("{:x}", value.as_int()?),
        (Some('X'), _) => format!("{:X}", value.as_int()?),
        (Some('b'), _) => format!("{:b}", value.as_int()?),
        (Some('o'), _) => format!("{:o}", value.as_int()?),
        (Some('f'), Value::Float(number)) => format!("{number:.0$}", digits.unwrap_or(6)),
        (Some('f'), _) => format!("{:.1$}", value.as_int()? as f64, digits.unwrap_or(6)),
        (None | Some('s'), _) => {
            let text = value.as_str()?;
            digits.map_or_else(|| text.to_owned(), |digits| text.chars().take(digits).collect())
        }
        _ => return None,
    };
    let missing = width.saturating_sub(body.chars().count());
    let align = align.unwrap_or(if value.as_str().is_some() { '<' } else { '>' });
    let before = match align {
        '<' => 0,
        '^' => missing / 2,
        _ => missing,
    };
    let pad = |count: usize| fill.to_string().repeat(count);
    Some(format!("{}{body}{}", pad(before), pad(missing - before)))
}

fn thousands(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{sign}{}", groups.join(","))
}

/// `str(value)`
pub fn text_of(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Member(member) => {
            let class = member.class.borrow().clone()?;
            // StrEnum and IntEnum print their value; other enums the name, whatever else they inherit.
            let plain = super::classes::has_base(&class, |path| {
                matches!(super::classes::last(path), "StrEnum" | "IntEnum" | "IntFlag")
            });
            match plain {
                true => text_of(&member.value),
                false if class.scope.own("__str__").is_some() => None,
                false => Some(format!("{}.{}", class.name, member.name)),
            }
        }
        _ => repr(value),
    }
}

/// `repr(value)`
pub fn repr(value: &Value<'_>) -> Option<String> {
    let all = |items: &[Value<'_>]| items.iter().map(repr).collect::<Option<Vec<_>>>().map(|items| items.join(", "));
    Some(match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Str(text) => quoted(text),
        Value::Tuple(items) if items.len() == 1 => format!("({},)", repr(&items[0])?),
        Value::Tuple(items) => format!("({})", all(items)?),
        Value::List(items) => format!("[{}]", all(&items.borrow())?),
        Value::Dict(dict) => {
            let pair = |(key, value): &(Value<'_>, Value<'_>)| Some(format!("{}: {}", repr(key)?, repr(value)?));
            let pairs: Vec<String> = dict.borrow().iter().map(pair).collect::<Option<_>>()?;
            format!("{{{}}}", pairs.join(", "))
        }
        _ => return None,
    })
}

/// A number with a point as Python prints it.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{number:e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, power) = power.strip_prefix('-').map_or(("+", power), |power| ("-", power));
        return format!("{digits}e{sign}{power:0>2}");
    }
    format!("{number:?}")
}

/// Text in quotes, as `repr` writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut result = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\t' => result.push_str("\\t"),
            '\r' => result.push_str("\\r"),
            letter if letter == quote => {
                result.push('\\');
                result.push(letter);
            }
            letter => result.push(letter),
        }
    }
    result.push(quote);
    result
}

/// `textwrap.dedent`
pub(super) fn dedent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let least = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> =
        text.split('\n').map(|line| if line.trim().is_empty() { "" } else { &line[least..] }).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stand_before_zeros_and_digits() {
        let of = |value: Value<'_>, spec: &str| formatted(&value, spec);
        assert_eq!(of(Value::Int(42), "05d").as_deref(), Some("00042"));
        assert_eq!(of(Value::Int(255), "x").as_deref(), Some("ff"));
        assert_eq!(of(Value::Int(-5), ">4").as_deref(), Some("  -5"));
        for (value, spec) in
            [(Value::Int(-5), "06d"), (Value::Int(-255), "x"), (Value::str("a"), "05"), (Value::Int(5000), "08,")]
        {
            assert_eq!(of(value, spec), None, "{spec}");
        }
    }
}
