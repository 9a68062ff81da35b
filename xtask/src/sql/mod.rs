//! SQL text: its tokens, its statements, its fingerprint. Nothing here knows what a statement means beyond its first words.

mod fingerprint;
mod quote;
mod script;
mod statement;
mod token;

pub use fingerprint::{Fingerprint, fingerprint};
pub use quote::{identifier, literal};
pub use script::{Fault, FaultKind, Script};
pub use statement::{Statement, Verb};
pub use token::{Token, TokenKind, tokens};
