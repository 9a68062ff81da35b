//! One way to write the cast of an array.
//!
//! PostgreSQL prints `kind IN ('a', 'b')` on a `varchar` first as `kind::text = ANY ((ARRAY['a'::varchar, 'b'::varchar])::text[])`.
//! Where it reads this again it casts each element, and prints `ANY (ARRAY[('a'::varchar)::text, ('b'::varchar)::text])`,
//! which means the same and stays.

use super::token::{Token, tokens};

/// The text with casts of arrays written as casts of their elements; `None` where there is none.
pub fn settled_array_casts(text: &str) -> Option<String> {
    let mut settled: Option<String> = None;
    // The innermost and the first one go first, so that each round is one replacement.
    while let Some(next) = without_one(settled.as_deref().unwrap_or(text)) {
        settled = Some(next);
    }
    settled
}

fn without_one(text: &str) -> Option<String> {
    if !text.contains("(ARRAY[") {
        return None;
    }
    let tokens = tokens(text);
    tokens.iter().enumerate().rev().find_map(|(at, token)| {
        let starts = token.text(text) == "("
            && tokens.get(at + 1).is_some_and(|it| it.is_word(text, "ARRAY"))
            && tokens.get(at + 2).is_some_and(|it| it.text(text) == "[");
        if starts { replaced(text, &tokens, at) } else { None }
    })
}

/// With the array whose parenthesis is this token.
fn replaced(text: &str, tokens: &[Token], open: usize) -> Option<String> {
    let mut elements = Vec::new();
    let mut start = tokens.get(open + 3)?.span.start;
    let mut depth = 0_usize;
    let mut at = open + 3;
    let close = loop {
        let token = tokens.get(at)?;
        match token.text(text) {
            "]" if depth == 0 => break token,
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            "," if depth == 0 => {
                elements.push(text[start..token.span.start].trim());
                start = token.span.end;
            }
            _ => {}
        }
        at += 1;
    };
    elements.push(text[start..close.span.start].trim());
    let parenthesis = tokens.get(at + 1).filter(|it| it.text(text) == ")")?;
    let rest = text[parenthesis.span.end..].strip_prefix("::")?;
    let kind = &rest[..rest.find("[]")?];
    let is_part_of_a_type = |letter: char| letter.is_alphanumeric() || "_ .\"(),".contains(letter);
    let is_type = kind.chars().all(is_part_of_a_type) && kind.matches('(').count() == kind.matches(')').count();
    let is_flat = elements.iter().all(|element| !element.is_empty() && !element.starts_with("ARRAY["));
    if !is_type || !is_flat {
        return None;
    }
    let cast: Vec<String> = elements.iter().map(|element| format!("({element})::{kind}")).collect();
    let (before, after) = (&text[..tokens[open].span.start], &rest[kind.len() + 2..]);
    Some(format!("{before}ARRAY[{}]{after}", cast.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::settled_array_casts;

    #[test]
    fn the_cast_of_an_array_becomes_that_of_its_elements() {
        let first = "((kind)::text = ANY ((ARRAY['a, b'::character varying, ']'::character varying])::text[]))";
        let again = "((kind)::text = ANY (ARRAY[('a, b'::character varying)::text, (']'::character varying)::text]))";
        assert_eq!(settled_array_casts(first).as_deref(), Some(again));
        assert_eq!(settled_array_casts(again), None);
    }

    #[test]
    fn several_are_settled_and_others_stay() {
        let text = "f((ARRAY[1, 2])::bigint[], (ARRAY[x])::numeric(10,2)[], (ARRAY[1])) = '(ARRAY[1])::text[]'";
        let settled =
            "f(ARRAY[(1)::bigint, (2)::bigint], ARRAY[(x)::numeric(10,2)], (ARRAY[1])) = '(ARRAY[1])::text[]'";
        assert_eq!(settled_array_casts(text).as_deref(), Some(settled));
    }
}
