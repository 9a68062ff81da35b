//! From the merged tree to services, networks, volumes, secrets and configs: short and long forms, with every error
//! at its place.

mod blkio;
mod build;
mod check;
mod deploy;
mod devices;
mod environment;
mod healthcheck;
mod hooks;
mod keys;
mod lists;
mod mounts;
mod networks;
mod ports;
mod project;
mod resources;
mod scalars;
mod section;
mod service;

use super::tree::{Node, Sources, Span};
use super::{Stack, StackError, Variables};
use crate::diagnostic::Place;

/// Reads a tree and gathers what is wrong with it.
pub(super) struct Reader<'a> {
    sources: &'a Sources,
    variables: &'a Variables,
    pub(super) errors: Vec<StackError>,
}

impl<'a> Reader<'a> {
    /// Begins with the errors there are already.
    pub(super) fn new(sources: &'a Sources, variables: &'a Variables, errors: Vec<StackError>) -> Self {
        Self { sources, variables, errors }
    }

    /// Fills a stack from the tree of its files.
    pub(super) fn read(&mut self, root: &Node, stack: &mut Stack) {
        self.project(root, stack);
        // What contradicts itself is told once everything could be read: else one slip would be told of twice.
        if self.errors.iter().all(StackError::is_warning) {
            self.check(stack);
        }
    }

    fn place(&self, span: Span) -> Place {
        self.sources.place(span)
    }
}
