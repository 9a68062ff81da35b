//! From the server's character positions to byte ranges.

use std::ops::Range;

/// The byte range to underline for a 1-based character position in `text`: the word that begins there.
pub(super) fn word_at(text: &str, position: usize) -> Range<usize> {
    let start = text.char_indices().nth(position.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let rest = &text[start..];
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = match rest.chars().next() {
        Some(first) if is_word(first) => rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len()),
        Some(first) => first.len_utf8(),
        None => 0,
    };
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "select 'é', missing from t";
        let at = text.find("missing").expect("there");
        assert_eq!(word_at(text, 13), at..at + 7);
        assert_eq!(&text[word_at(text, 8)], "'");
        assert_eq!(word_at(text, 99), text.len()..text.len());
    }
}
