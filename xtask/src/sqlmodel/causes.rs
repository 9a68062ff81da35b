//! Errors that one place causes are told as one.

use super::error::ModelsError;
use crate::diagnostic::Place;

/// Joins errors that are one mistake: the same reason at the same place of origin, and the same advice. A helper that cannot be
/// followed makes all columns unreadable that call it, a package that is not there all classes below its own, and each is mended once.
pub(super) fn joined_by_cause(errors: Vec<ModelsError>) -> Vec<ModelsError> {
    let mut joined: Vec<ModelsError> = Vec::with_capacity(errors.len());
    for error in errors {
        let first = cause(&error).and_then(|wanted| joined.iter().position(|it| cause(it) == Some(wanted)));
        match (first.map(|at| &mut joined[at]), error) {
            (Some(ModelsError::NotStatic { others, .. }), ModelsError::NotStatic { what, places, .. }) => {
                others.extend(places.into_iter().next().map(|place| (what, place)));
            }
            (_, error) => joined.push(error),
        }
    }
    joined
}

/// Why something cannot be read, where that comes from, and what to write; `None` where it comes from the place itself: without an
/// origin, and without a thing that the reason calls by its name.
fn cause(error: &ModelsError) -> Option<(&str, Option<&Place>, &str)> {
    match error {
        ModelsError::NotStatic { why, instead, places, .. } => {
            let origin = places.get(1);
            (origin.is_some() || why.contains('`')).then_some((why, origin, instead))
        }
        _ => None,
    }
}
