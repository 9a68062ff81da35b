//! SQL text: its tokens, its statements, its fingerprint. Nothing here knows what a statement means beyond its first words.

mod array_casts;
mod extension;
mod fingerprint;
mod loss;
mod name;
mod quote;
mod script;
mod statement;
mod token;
mod views;

pub use array_casts::settled_array_casts;
pub use extension::extensions;
pub use fingerprint::{Fingerprint, digest, fingerprint};
pub use loss::{Loss, losses};
pub use name::name;
pub use quote::{identifier, literal};
pub use script::{Fault, FaultKind, Script};
pub use statement::{Statement, Verb};
pub use token::{Token, TokenKind, tokens};
pub use views::{CreatedView, created_views, may_see, view_alone};
