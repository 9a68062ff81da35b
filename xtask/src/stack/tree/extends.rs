//! `extends`: a service that begins as another one.

use camino::{Utf8Path, Utf8PathBuf};

use super::loader::Loader;
use super::merge::merge;
use super::node::{Node, Value};
use super::reset::Resets;
use super::source::Span;
use crate::stack::{StackError, Variables};

/// Extends the services of a file.
pub(super) struct Extender<'l, 'a> {
    pub(super) loader: &'l mut Loader<'a>,
    pub(super) variables: &'l Variables,
    /// The folder to which their paths are relative, relative itself to the project directory.
    pub(super) directory: &'l str,
    /// What the file, and those it extends, take away.
    pub(super) resets: Resets,
}

/// A service of a file, on the way from one to the next.
type Step = (Utf8PathBuf, String);

impl Extender<'_, '_> {
    /// Extends all services of a file.
    pub(super) fn extend_all(&mut self, root: &mut Node, file: &Utf8Path) {
        let Some(services) = root.get_mut("services") else { return };
        let names: Vec<String> = services.entries().iter().map(|entry| entry.key.clone()).collect();
        for name in names {
            self.extend(&name, services, file, &mut Vec::new());
        }
    }

    /// Makes one of `services` complete.
    fn extend(&mut self, name: &str, services: &mut Node, file: &Utf8Path, trail: &mut Vec<Step>) {
        let Some(extends) = services.get(name).and_then(|service| service.get("extends")).cloned() else { return };
        let what = format!("services.{name}.extends");
        let step = (file.to_owned(), name.to_owned());
        if trail.contains(&step) {
            let chain: Vec<&str> = trail.iter().map(|(_, name)| name.as_str()).collect();
            return self.wrong(&what, format!("it goes in a circle: {}, {name}", chain.join(", ")), extends.span);
        }
        trail.push(step);
        let base = self.wanted(&extends, &what).and_then(|wanted| match &wanted.file {
            None => self.same_file(&wanted.service, services, file, &what, extends.span, trail),
            Some(path) => self.other_file(path, &wanted.service, &what, extends.span, trail),
        });
        trail.pop();
        let Some(service) = services.get_mut(name) else { return };
        service.remove("extends");
        if let Some(mut base) = base.filter(|base| matches!(base.value, Value::Map(_))) {
            base.remove("extends");
            self.resets.apply_to_service(name, &mut base);
            let own = std::mem::replace(service, base);
            merge(service, own, &["services", name], &self.loader.sources, &mut self.loader.errors);
        }
    }

    fn same_file(
        &mut self,
        service: &str,
        services: &mut Node,
        file: &Utf8Path,
        what: &str,
        span: Span,
        trail: &mut Vec<Step>,
    ) -> Option<Node> {
        self.extend(service, services, file, trail);
        let found = services.get(service).cloned();
        if found.is_none() {
            self.wrong(what, format!("{file} has no service {service}"), span);
        }
        found
    }

    /// A service of another file, complete, with paths that are relative to the same folder.
    fn other_file(&mut self, path: &str, service: &str, what: &str, span: Span, trail: &mut Vec<Step>) -> Option<Node> {
        let file = self.loader.named_file(Utf8Path::new(self.directory).join(path).as_str(), what, span)?;
        let (mut root, resets) = self.loader.parse(&file, self.variables)?;
        self.resets = std::mem::take(&mut self.resets).and(&resets);
        let folder = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new(""));
        self.loader.resolve_part(&mut root, folder.as_str(), self.variables);
        let services = root.get_mut("services").filter(|services| services.get(service).is_some());
        let Some(services) = services else {
            self.wrong(what, format!("{} has no service {service}", file.path), span);
            return None;
        };
        self.extend(service, services, &file.path, trail);
        services.get(service).cloned()
    }

    fn wanted(&mut self, extends: &Node, what: &str) -> Option<Wanted> {
        let text = |node: Option<&Node>| node.and_then(Node::scalar);
        let wanted = match &extends.value {
            Value::Text(service) => Some(Wanted { service: service.clone(), file: None }),
            Value::Map(_) => {
                let file = text(extends.get("file"));
                text(extends.get("service")).map(|service| Wanted { service, file })
            }
            Value::Broken => return None,
            _ => None,
        };
        if wanted.is_none() {
            self.wrong(what, "it names no service".to_owned(), extends.span);
        }
        wanted
    }

    fn wrong(&mut self, what: &str, problem: String, span: Span) {
        let (what, place) = (what.to_owned(), self.loader.sources.place(span).into());
        self.loader.errors.push(StackError::Extends { what, problem, place });
    }
}

/// What `extends` names.
struct Wanted {
    service: String,
    file: Option<String>,
}

#[cfg(test)]
mod tests {
    use crate::stack::tests::{findings_of, loaded};

    #[test]
    fn a_service_of_another_file_keeps_its_paths() {
        let files = [
            ("compose.yaml", "services: { a: { extends: { file: sub/x.yaml, service: b }, user: u } }"),
            ("sub/x.yaml", "services: { b: { extends: c, volumes: [./d:/d] }, c: { image: x, env_file: e.env } }"),
        ];
        let stack = loaded(&files);
        let a = stack.service("a").expect("a");
        assert_eq!((a.user.as_deref(), a.volumes[0].value.source.as_str()), (Some("u"), "/p/sub/d"));
        assert_eq!(a.env_files[0].path, "/p/sub/e.env");
        assert_eq!(a.volumes[0].place.display(), "sub/x.yaml:1:40");
    }

    #[test]
    fn what_cannot_be_followed_is_told_at_its_place() {
        let text = "services:
  a: { extends: b, image: x }
  b: { extends: { service: a } }
  c: { extends: none, image: x }
  d: { extends: { file: none.yaml, service: x }, image: x }
  e: { extends: { file: x.yaml, service: x }, image: x }
  f: { extends: [], image: x }
  g: { extends: g, image: x }
";
        let files = [("compose.yaml", text), ("x.yaml", "services: { y: { image: x } }")];
        assert_eq!(
            findings_of(&files),
            [
                "compose.yaml:2:17 compose-extends-invalid services.a.extends cannot be followed: it goes in a circle: a, b, a",
                "compose.yaml:4:17 compose-extends-invalid services.c.extends cannot be followed: compose.yaml has no service none",
                "compose.yaml:5:17 compose-file-unreadable none.yaml, named by services.d.extends, does not exist",
                "compose.yaml:6:17 compose-extends-invalid services.e.extends cannot be followed: x.yaml has no service x",
                "compose.yaml:7:17 compose-extends-invalid services.f.extends cannot be followed: it names no service",
                "compose.yaml:8:17 compose-extends-invalid services.g.extends cannot be followed: it goes in a circle: g, g",
            ]
        );
    }
}
