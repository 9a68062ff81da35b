//! One tree from all the files of a project.

use camino::{Utf8Path, Utf8PathBuf};

use super::document;
use super::extends::Extender;
use super::interpolate::replace_variables;
use super::merge::merge;
use super::node::{Node, Value};
use super::paths::Base;
use super::reset::Resets;
use super::source::{Sources, Span};
use crate::stack::{ReadFile, StackError, Variables};

/// A Compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The file, as a person would name it (relative to the project where possible).
    pub path: Utf8PathBuf,
    /// What it says.
    pub text: String,
}

/// Loads trees and gathers what is wrong.
pub(in crate::stack) struct Loader<'a> {
    pub(in crate::stack) sources: Sources,
    pub(in crate::stack) errors: Vec<StackError>,
    /// The project directory.
    directory: &'a Utf8Path,
    /// The same folder, as a person would name it.
    shown: &'a Utf8Path,
    read: ReadFile<'a>,
}

/// Whose files are loaded: the project's, or those of an `include`.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) variables: &'a Variables,
    /// The folder to which paths are relative, relative itself to the project directory.
    pub(super) directory: String,
    /// The files that led here.
    pub(super) trail: Vec<Utf8PathBuf>,
}

impl<'a> Loader<'a> {
    pub(in crate::stack) fn new(directory: &'a Utf8Path, shown: &'a Utf8Path, read: ReadFile<'a>) -> Self {
        Self { sources: Sources::default(), errors: Vec::new(), directory, shown, read }
    }

    /// Loads the files of the project, later ones over earlier ones, with their paths resolved.
    pub(in crate::stack) fn project(&mut self, files: &[SourceFile], variables: &Variables) -> Option<Node> {
        let trail = files.first().map(|file| file.path.clone()).into_iter().collect();
        let scope = Scope { variables, directory: String::new(), trail };
        let mut tree = self.files(files, &scope)?;
        self.resolve(&mut tree, self.directory.as_str(), variables);
        Some(tree)
    }

    /// Merges files; paths stay as they are.
    pub(super) fn files(&mut self, files: &[SourceFile], scope: &Scope<'_>) -> Option<Node> {
        let mut tree = None;
        for file in files {
            let Some((mut root, resets)) = self.parse(file, scope.variables) else { continue };
            let (variables, directory) = (scope.variables, scope.directory.as_str());
            Extender { loader: &mut *self, variables, directory, resets: resets.clone() }
                .extend_all(&mut root, &file.path);
            if let Some(tree) = &mut tree {
                resets.apply(tree);
            }
            self.include(&mut root, scope);
            match &mut tree {
                None => tree = Some(root),
                Some(tree) => merge(tree, root, &[], &self.sources, &mut self.errors),
            }
        }
        tree
    }

    /// Parses a file and replaces its variables.
    pub(super) fn parse(&mut self, file: &SourceFile, variables: &Variables) -> Option<(Node, Resets)> {
        let mut root = match document::parse(&mut self.sources, &file.path, &file.text) {
            Ok(root) => root,
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        if !matches!(root.value, Value::Map(_)) {
            let (what, expected) = ("the Compose file".to_owned(), "a mapping with a key `services`");
            let place = self.sources.place(root.span).into();
            self.errors.push(StackError::Shape { what, expected, found: root.kind(), place });
            return None;
        }
        let resets = Resets::take(&mut root, &self.sources);
        self.errors.extend(replace_variables(&mut root, &self.sources, &|name| variables.owned(name)));
        Some((root, resets))
    }

    /// Resolves the paths of a whole tree against a folder.
    pub(super) fn resolve(&self, tree: &mut Node, directory: &str, variables: &Variables) {
        Base { directory, home: home(variables), fills_context: true }.resolve(tree);
    }

    /// Resolves the paths of a file of which a service is taken.
    pub(super) fn resolve_part(&self, tree: &mut Node, directory: &str, variables: &Variables) {
        Base { directory, home: home(variables), fills_context: false }.resolve(tree);
    }

    /// Reads a file that another one names at `span`. Its path is relative to the project directory.
    pub(super) fn named_file(&mut self, path: &str, what: &str, span: Span) -> Option<SourceFile> {
        let why = match (self.read)(&self.directory.join(path)) {
            Ok(Some(text)) => return Some(SourceFile { path: self.shown(path), text }),
            Ok(None) => None,
            Err(why) => Some(why),
        };
        let (what, path, place) = (what.to_owned(), self.shown(path), self.sources.place(span).into());
        self.errors.push(StackError::FileUnreadable { what, path, why, place });
        None
    }

    /// The text of a file that need not be there.
    pub(super) fn optional_text(&self, path: &str) -> Option<String> {
        (self.read)(&self.directory.join(path)).ok().flatten()
    }

    /// A path of the project as a person would name it.
    pub(super) fn shown(&self, path: &str) -> Utf8PathBuf {
        super::clean(self.shown.join(path).as_str()).into()
    }
}

fn home(variables: &Variables) -> Option<&str> {
    variables.get("HOME").or_else(|| variables.get("USERPROFILE"))
}
