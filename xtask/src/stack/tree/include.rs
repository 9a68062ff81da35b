//! `include`: whole Compose files as part of another one.

use camino::{Utf8Path, Utf8PathBuf};

use super::loader::{Loader, Scope, SourceFile};
use super::node::{Entry, Node, Value};
use super::source::Span;
use crate::stack::{StackError, Variables};

/// What is taken over from an included file.
const RESOURCES: [&str; 5] = ["services", "volumes", "networks", "secrets", "configs"];

/// One entry of `include`, its paths relative to the project directory.
struct Included {
    files: Vec<String>,
    directory: Option<String>,
    env_files: Vec<String>,
    span: Span,
}

impl Loader<'_> {
    /// Takes `include` out of a file and adds what the files say that it names.
    pub(super) fn include(&mut self, root: &mut Node, scope: &Scope<'_>) {
        let Some(include) = root.remove("include") else { return };
        let Value::List(items) = &include.node.value else {
            return self.wrong_include("it is not a list", include.node.span);
        };
        for item in items {
            let Some(included) = self.included(item, scope) else { continue };
            if let Some(tree) = self.included_tree(&included, scope) {
                for key in RESOURCES {
                    self.import(root, &tree, key, included.span);
                }
            }
        }
    }

    fn included(&mut self, item: &Node, scope: &Scope<'_>) -> Option<Included> {
        let join = |path: String| super::clean(Utf8Path::new(&scope.directory).join(path).as_str());
        let paths = |node: Option<&Node>| -> Vec<String> {
            match node.map(|node| &node.value) {
                Some(Value::List(items)) => items.iter().filter_map(Node::scalar).map(join).collect(),
                _ => node.and_then(Node::scalar).map(join).into_iter().collect(),
            }
        };
        let files = if matches!(item.value, Value::Map(_)) { paths(item.get("path")) } else { paths(Some(item)) };
        if files.is_empty() {
            if !matches!(item.value, Value::Broken) {
                self.wrong_include("an entry names no file", item.span);
            }
            return None;
        }
        let directory = item.get("project_directory").and_then(Node::scalar).map(join);
        Some(Included { files, directory, env_files: paths(item.get("env_file")), span: item.span })
    }

    fn included_tree(&mut self, included: &Included, scope: &Scope<'_>) -> Option<Node> {
        let what = "include";
        let first = Utf8Path::new(&included.files[0]);
        let directory = included.directory.clone().unwrap_or_else(|| first.parent().unwrap_or(first).to_string());
        let mut files: Vec<SourceFile> = Vec::new();
        for path in &included.files {
            files.push(self.named_file(path, what, included.span)?);
        }
        let mut trail = scope.trail.clone();
        if trail.contains(&files[0].path) {
            let chain: Vec<&str> = trail.iter().map(|path| path.as_str()).collect();
            let problem = format!("{} include each other in a circle", chain.join(", "));
            self.circle(problem, included.span);
            return None;
        }
        trail.push(files[0].path.clone());
        let variables = self.included_variables(included, &directory, scope.variables)?;
        let scope = Scope { variables: &variables, directory: directory.clone(), trail };
        let mut tree = self.files(&files, &scope)?;
        self.resolve(&mut tree, &directory, &variables);
        fill_bare_variables(&mut tree, &variables);
        Some(tree)
    }

    /// The variables of an included file: those of the project, and behind them its own env file's.
    fn included_variables(&mut self, included: &Included, directory: &str, outer: &Variables) -> Option<Variables> {
        let mut texts: Vec<(Utf8PathBuf, String)> = Vec::new();
        if included.env_files.is_empty() {
            let path = Utf8Path::new(directory).join(".env");
            texts.extend(self.optional_text(path.as_str()).map(|text| (self.shown(path.as_str()), text)));
        }
        for path in &included.env_files {
            let file = self.named_file(path, "include.env_file", included.span)?;
            texts.push((file.path, file.text));
        }
        let own = outer.with_files_behind(&texts);
        own.map_err(|error| self.errors.push(error)).ok()
    }

    fn import(&mut self, root: &mut Node, tree: &Node, key: &str, span: Span) {
        let Some(theirs) = tree.get(key) else { return };
        if root.get(key).is_none()
            && let Value::Map(entries) = &mut root.value
        {
            entries.push(Entry { key: key.to_owned(), key_span: theirs.span, node: Node::empty_map(theirs.span) });
        }
        let Some(Node { value: Value::Map(ours), .. }) = root.get_mut(key) else { return };
        for entry in theirs.entries() {
            match ours.iter().find(|our| our.key == entry.key) {
                None => ours.push(entry.clone()),
                Some(our) if our.node.says_the_same(&entry.node) => {}
                Some(_) => {
                    let place = self.sources.place(entry.key_span).into();
                    let problem = format!(
                        "{key}.{} is defined in {} too, and otherwise",
                        entry.key,
                        self.sources.path(span.source)
                    );
                    let advice = "Rename one of them, or merge the files with several `-f` instead";
                    self.errors.push(StackError::Include { problem, advice, place });
                }
            }
        }
    }

    fn circle(&mut self, problem: String, span: Span) {
        let place = self.sources.place(span).into();
        self.errors.push(StackError::Include { problem, advice: "Take out one of these `include`", place });
    }

    fn wrong_include(&mut self, problem: &str, span: Span) {
        let place = self.sources.place(span).into();
        let advice = "Write a list of paths: include: [OTHER.yaml]";
        self.errors.push(StackError::Include { problem: problem.to_owned(), advice, place });
    }
}

/// Gives names without a value in lists of `environment` the value that they have for the included file alone.
fn fill_bare_variables(tree: &mut Node, variables: &Variables) {
    let Some(Node { value: Value::Map(services), .. }) = tree.get_mut("services") else { return };
    for service in services {
        let Some(Node { value: Value::List(items), .. }) = service.node.get_mut("environment") else { continue };
        for item in items {
            let Value::Text(text) = &mut item.value else { continue };
            if let Some(value) = variables.get(text) {
                *text = format!("{text}={value}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::tests::{findings_of, loaded};

    #[test]
    fn an_included_file_has_its_own_folder_and_variables() {
        let files = [
            ("compose.yaml", "include: [sub/x.yaml]\nservices: { a: { image: x } }"),
            ("sub/x.yaml", "services: { b: { image: \"y:${TAG}\", build: ., environment: [OWN] } }"),
            ("sub/.env", "TAG=file\nOWN=own\n"),
        ];
        let stack = loaded(&files);
        let b = stack.service("b").expect("b");
        assert_eq!(b.image.as_ref().map(|image| image.value.as_str()), Some("y:shell"));
        assert_eq!(b.build.as_ref().map(|build| build.context.as_str()), Some("/p/sub"));
        assert_eq!(b.environment["OWN"].as_deref(), Some("own"));
    }

    #[test]
    fn what_cannot_be_included_is_told_at_its_place() {
        let files = [
            (
                "compose.yaml",
                "include: [x.yaml, none.yaml, {}, { path: y.yaml, env_file: z.env }]\nvolumes: { v: , w: }",
            ),
            ("x.yaml", "include: [./compose.yaml]\nvolumes: { v: { name: other }, w: }"),
            ("y.yaml", "services: {}"),
        ];
        assert_eq!(
            findings_of(&files),
            [
                "compose.yaml:1:19 compose-file-unreadable none.yaml, named by include, does not exist",
                "compose.yaml:1:30 compose-include-invalid include cannot be followed: an entry names no file",
                "compose.yaml:1:34 compose-file-unreadable z.env, named by include.env_file, does not exist",
                "x.yaml:1:11 compose-include-invalid include cannot be followed: compose.yaml, x.yaml include each other in a circle",
                "x.yaml:2:12 compose-include-invalid include cannot be followed: volumes.v is defined in compose.yaml too, and otherwise",
            ]
        );
    }
}
