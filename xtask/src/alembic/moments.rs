//! Values that Python makes when it runs: fixed dates as text, and the present moment and random ids as the server makes them.

use crate::python::{Arguments, SymbolKind, Value};
use crate::sqlmodel::literal;

/// The value as SQL; `None` where it is none of these.
pub(super) fn sql(value: &Value<'_>) -> Option<String> {
    decimal(value)
        .or_else(|| fixed(value).map(|text| literal(&text)))
        .or_else(|| present(value))
        .or_else(|| random(value))
}

/// `datetime.datetime(2020, 1, 2)`, `datetime.date(…)`, `uuid.UUID("…")` as text.
fn fixed(value: &Value<'_>) -> Option<String> {
    let (function, given) = value.as_call()?;
    let number = |at: usize, name: &str| given.get(at, name).map_or(Some(0), Value::as_int);
    let date = || Some(format!("{:04}-{:02}-{:02}", number(0, "year")?, number(1, "month")?, number(2, "day")?));
    match function.external()? {
        "datetime.date" => date(),
        "datetime.datetime" => {
            let zone = given.get(7, "tzinfo").filter(|it| !it.is_none());
            let offset = match zone {
                None => "",
                Some(zone) if is_utc(zone) => "+00:00",
                Some(_) => return None,
            };
            let micros = match number(6, "microsecond")? {
                0 => String::new(),
                micros => format!(".{micros:06}"),
            };
            let (hour, minute, second) = (number(3, "hour")?, number(4, "minute")?, number(5, "second")?);
            Some(format!("{} {hour:02}:{minute:02}:{second:02}{micros}{offset}", date()?))
        }
        "datetime.time" => {
            Some(format!("{:02}:{:02}:{:02}", number(0, "hour")?, number(1, "minute")?, number(2, "second")?)).filter(
                |_| {
                    given.positional.len() <= 3
                        && given.keyword("tzinfo").is_none()
                        && given.keyword("microsecond").is_none()
                },
            )
        }
        "uuid.UUID" => given.positional.first()?.as_str().map(str::to_owned),
        _ => None,
    }
}

/// `decimal.Decimal("1.50")`: a number, with the digits that it is given.
fn decimal(value: &Value<'_>) -> Option<String> {
    let (_, given) = value.as_call().filter(|(function, _)| function.external() == Some("decimal.Decimal"))?;
    let first = given.positional.first()?;
    let text = first.as_str().map_or_else(|| first.as_int().map(|it| it.to_string()), |it| Some(it.to_owned()))?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let is_plain = !digits.is_empty() && !digits.starts_with('.') && !digits.ends_with('.');
    let is_number = digits.bytes().all(|it| it.is_ascii_digit() || it == b'.') && digits.matches('.').count() <= 1;
    (is_plain && is_number).then_some(text)
}

fn is_utc(zone: &Value<'_>) -> bool {
    matches!(zone.external(), Some("datetime.timezone.utc" | "datetime.UTC" | "pytz.utc" | "pytz.UTC"))
}

/// The time at which the revision runs. A local time without its zone is the client's, which the server does not know.
fn present(value: &Value<'_>) -> Option<String> {
    let (function, given) = value.as_call()?;
    match function.external()? {
        "datetime.datetime.now" if given.get(0, "tz").is_some_and(is_utc) => Some("now()".to_owned()),
        "datetime.datetime.utcnow" => Some("timezone('utc', now())".to_owned()),
        "builtins.int" => {
            let inner = given.positional.first()?;
            let (seconds, factor) = match inner {
                Value::Symbol(symbol) => match &symbol.kind {
                    SymbolKind::Binary("*", seconds, factor) => (seconds, Some(factor.as_int()?)),
                    _ => (inner, None),
                },
                _ => return None,
            };
            if seconds.as_call()?.0.external()? != "time.time" {
                return None;
            }
            let factor = factor.map_or_else(String::new, |factor| format!(" * {factor}"));
            Some(format!("CAST(trunc(extract(epoch FROM now()){factor}) AS BIGINT)"))
        }
        _ => None,
    }
}

/// `uuid.uuid4()` is written once: used again it would have to be the same value, as it is in all rows of one statement.
fn random(value: &Value<'_>) -> Option<String> {
    let Value::Symbol(symbol) = value else { return None };
    let (function, given): (_, &Arguments<'_>) = value.as_call()?;
    match function.external()? {
        "uuid.uuid4" => (!symbol.is_written.replace(true)).then(|| "(SELECT gen_random_uuid())".to_owned()),
        "builtins.str" => Some(format!("CAST({} AS TEXT)", random(given.positional.first()?)?)),
        _ => None,
    }
}
