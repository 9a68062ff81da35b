//! The reading as a whole: modules are run, classes and tables found, and everything put together.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::Utf8PathBuf;

use super::attached::attach;
use super::causes::joined_by_cause;
use super::changed::refuse_changes;
use super::declarative::Tables;
use super::draft::Draft;
use super::error::ModelsError;
use super::finish::Taken;
use super::meta::sets;
use super::metadata::{Domain, EnumType, Metadata, Sequence};
use super::models::{Compiles, Models, Problem, Settings};
use super::symbols::{library_call, library_name};
use super::types::SchemaOf;
use crate::diagnostic::Place;
use crate::python::{Act, Files, Function, Interpreter, Library, Symbol, SymbolKind, Unknown, Value, last};

/// Decorators whose functions are called when the attribute is read from the class.
const CLASS_PROPERTIES: &[&str] = &["declared_attr", "classproperty"];

/// Words without which a file defines no table.
const TABLE_WORDS: [&str; 5] = ["table=True", "__tablename__", "Table(", "Column(", "mapped_column("];

/// What a loop goes through that may change every table.
const OVER_TABLES: [&str; 5] = [".tables", ".sorted_tables", ".columns", "__table__", ".mappers"];

/// What types are asked about.
const DIALECT: &str = "\
class Dialect:
    name = 'postgresql'
    supports_native_uuid = True
    supports_native_enum = True
    supports_native_boolean = True
    def type_descriptor(self, typeobj):
        return typeobj
dialect = Dialect()
";

/// Which modules to read, and where they lie.
pub struct Project<'f> {
    /// Gives the texts of files.
    pub files: &'f dyn Files,
    /// The folders that absolute imports start from.
    pub roots: Vec<Utf8PathBuf>,
    /// The modules that define tables, by their absolute names, with the file or folder they were found in.
    pub modules: Vec<(String, Utf8PathBuf)>,
    /// The folder that was looked through for them, for the message that there are none.
    pub folder: Utf8PathBuf,
}

/// What the models say, and what cannot be read of them.
#[derive(Debug, Default)]
pub struct Reading {
    /// Everything that could be read.
    pub metadata: Metadata,
    /// Everything that could not, in the order of files and lines.
    pub errors: Vec<ModelsError>,
}

/// Modules that import each other in long chains need more stack than a thread usually has.
const STACK: usize = 512 * 1024 * 1024;

/// Reads the models of a project.
pub fn read(project: &Project<'_>, settings: &Settings) -> Reading {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read_here(project, settings));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(reading)) => reading,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => read_here(project, settings),
        }
    })
}

fn read_here(project: &Project<'_>, settings: &Settings) -> Reading {
    let library = Library::default();
    let py = Interpreter::new(project.files, &library, project.roots.clone(), CLASS_PROPERTIES);
    let mut models = Models::new(&py, settings);
    let dialect = py.run_text("xtask dialect", DIALECT);
    models.dialect = dialect.scope.own("dialect").unwrap_or(Value::None);
    py.take_acts();
    if project.modules.is_empty() {
        models.add(ModelsError::Missing {
            what: format!("there are no models in {}", project.folder),
            instead: "Say where they are in xtask.toml: [models] dir = \"…\", or modules = [\"app.models\"]".to_owned(),
            place: Place::file(&project.folder),
        });
    }
    for (module, path) in &project.modules {
        if py.run(module).is_none() {
            models.add(ModelsError::Missing {
                what: format!("there is no module `{module}`"),
                instead: "Correct [models] in xtask.toml: `dir`, `modules` and `roots` say where the classes are"
                    .to_owned(),
                place: Place::file(path),
            });
        }
    }
    let prefixes: Vec<&str> = project.modules.iter().map(|(module, _)| package_of(&py, module)).collect();
    py.follow_imports(&prefixes, &TABLE_WORDS);
    let acts = py.take_acts();
    models.sets = sets(&acts);
    models.compiles = acts.iter().filter_map(compiles).flatten().collect();
    let mut tables = Tables::default();
    for act in &acts {
        match act {
            Act::Class(class) => models.class(class, &mut tables),
            Act::Call(call) if is_table(call) => models.table_call(call, &mut tables),
            Act::Call(call) => models.mapping_call(call, &mut tables),
            Act::Hook(class, unknown) if super::declarative::may_be_table(class) => {
                let what = format!("what `__init_subclass__` does to `{}`", class.name);
                let instead = "Write it so that it can be followed, or write its result into the class";
                models.report(Problem::unknown(class.span, what, unknown, instead));
            }
            Act::Undecided(span) => undecided(&models, *span),
            Act::TooLong(span) => too_long(&models, *span),
            Act::Undefined(unknown) if first_of_its_file(&acts, unknown) => undefined(&models, unknown),
            _ => {}
        }
    }
    models.unread = std::mem::take(&mut tables.unread);
    models.refuse_changed_conventions(&acts);
    attach(&models, &acts, &mut tables.drafts);
    refuse_changes(&models, &acts, &tables.drafts);
    let metadata = metadata(&models, &tables.drafts, &acts);
    for source in py.sources() {
        // What follows the first one in a file mostly follows from it.
        for (problem, range) in source.problems().into_iter().take(1) {
            let place = source.place(range);
            models.add(ModelsError::Syntax { problem, place });
        }
    }
    let mut errors = models.take_errors();
    let broken: Vec<Utf8PathBuf> = errors.iter().filter_map(broken_file).collect();
    errors.retain(|error| broken_file(error).is_some() || error.place().is_none_or(|it| !broken.contains(&it.path)));
    errors.sort_by_key(|error| error.place().map(|place| (place.path.clone(), place.line, place.column)));
    Reading { metadata, errors: joined_by_cause(errors) }
}

/// Tells of a name that nothing binds, in a file that speaks of tables: Python would end there, or have the name from a module
/// that is not read.
fn undefined(models: &Models<'_, '_>, unknown: &Unknown) {
    let text = &models.py.source(unknown.span.file).text;
    if !TABLE_WORDS.iter().any(|word| text.contains(word)) {
        return;
    }
    let what = format!("what `{}` makes", &text[std::ops::Range::<usize>::from(unknown.span.range)]);
    models.report(Problem::unknown(
        unknown.span,
        what,
        unknown,
        "Import it by its name, from a module below a source root",
    ));
}

/// Tells of a statement that was not followed to its end, in a file that speaks of tables.
fn too_long(models: &Models<'_, '_>, span: crate::python::Span) {
    if TABLE_WORDS.iter().any(|word| models.py.source(span.file).text.contains(word)) {
        let why = "it takes too many steps to be followed to its end".to_owned();
        let instead = "Write what it computes as a constant, or let Python read the models (--python)".to_owned();
        models.add(ModelsError::Undecided { why, instead, place: models.place(span) });
    }
}

/// Whether a name that nothing binds was not told of before, in the same file.
fn first_of_its_file(acts: &[Act<'_>], unknown: &Rc<Unknown>) -> bool {
    let undefined = acts.iter().filter_map(|act| if let Act::Undefined(other) = act { Some(other) } else { None });
    let mut same = undefined.filter(|it| it.span.file == unknown.span.file && it.why == unknown.why);
    same.next().is_some_and(|first| Rc::ptr_eq(first, unknown))
}

/// The file of an error of syntax.
fn broken_file(error: &ModelsError) -> Option<Utf8PathBuf> {
    match error {
        ModelsError::Syntax { place, .. } => Some(place.path.clone()),
        _ => None,
    }
}

/// The package that a module is or lies in.
fn package_of<'m>(py: &Interpreter<'_>, module: &'m str) -> &'m str {
    match py.module(module) {
        Some(found) if found.is_package => module,
        _ => module.rsplit_once('.').map_or(module, |(package, _)| package),
    }
}

fn is_table(call: &Rc<Symbol<'_>>) -> bool {
    match &call.kind {
        SymbolKind::Call(function, _) => library_name(function) == Some("Table"),
        _ => false,
    }
}

/// `@compiles(Class, "postgresql")`
fn compiles<'p>(act: &Act<'p>) -> Option<Vec<Compiles<'p>>> {
    let Act::Decorated(Value::Function(function)) = act else { return None };
    let of = |decorator: &Value<'p>, function: &Rc<Function<'p>>| {
        let ("compiles", given) = library_call(decorator)? else { return None };
        let (class, dialects) = given.positional.split_first()?;
        let dialects = dialects.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
        Some(Compiles { class: class.clone(), dialects, function: Rc::clone(function) })
    };
    Some(function.decorators.iter().filter_map(|decorator| of(decorator, function)).collect())
}

/// A block that nobody could decide matters only where it would define tables.
fn undecided(models: &Models<'_, '_>, span: crate::python::Span) {
    let source = models.py.source(span.file);
    let rest = &source.text[usize::from(span.range.start())..];
    let line_start = source.text[..usize::from(span.range.start())].rfind('\n').map_or(0, |at| at + 1);
    let indent = source.text[line_start..].chars().take_while(|letter| *letter == ' ').count();
    let mut inside = rest
        .lines()
        .skip(1)
        .take_while(|line| line.trim().is_empty() || line.chars().take_while(|letter| *letter == ' ').count() > indent);
    let header = rest.lines().next().unwrap_or_default();
    if OVER_TABLES.iter().any(|word| header.contains(word)) && inside.clone().any(changes_something) {
        let why = "it goes through tables that only a run knows, and changes them".to_owned();
        let instead = "Write it into the tables, or let Python read them (--python)".to_owned();
        models.add(ModelsError::Undecided { why, instead, place: models.place(span) });
    } else if inside.any(|line| TABLE_WORDS.iter().any(|word| line.contains(word))) {
        let why = "its condition is known only when the program runs".to_owned();
        let instead =
            "Move classes of tables out of the condition; a table that is always there can be read".to_owned();
        models.add(ModelsError::Undecided { why, instead, place: models.place(span) });
    }
}

/// Whether a line sets an attribute, or adds to a table.
fn changes_something(line: &str) -> bool {
    let sets = line.split_once(" = ").is_some_and(|(target, _)| {
        let is_path = |it: char| it.is_alphanumeric() || "_.[]\"'".contains(it);
        let target = target.trim();
        target.chars().all(is_path) && target.contains('.') && !target.ends_with(".info")
    });
    sets || ["setattr(", ".append_column(", ".append_constraint(", ".indexes.", ".constraints."]
        .iter()
        .any(|it| line.contains(it))
}

fn metadata<'p>(models: &Models<'_, 'p>, drafts: &[Draft<'p>], acts: &[Act<'p>]) -> Metadata {
    let mut taken = Taken::new();
    for draft in drafts {
        taken.entry(draft.schema.clone()).or_default().insert(draft.name.clone());
    }
    let mut tables = Vec::with_capacity(drafts.len());
    for at in 0..drafts.len() {
        let twice = drafts[..at].iter().find(|it| it.name == drafts[at].name && it.schema == drafts[at].schema);
        match twice {
            Some(first) => models.report(Problem::invalid(
                drafts[at].span,
                format!(
                    "the table `{}` is declared twice, first in {}",
                    drafts[at].name,
                    models.place(first.span).display()
                ),
                "Give one of the classes another __tablename__",
            )),
            None => tables.push(models.finish(at, drafts, &mut taken)),
        }
    }
    let (enums, domains) = types(models, drafts, &mut tables);
    tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    let first = drafts.first().map(|draft| Rc::clone(&draft.meta)).unwrap_or_default();
    let convention = first.convention.as_ref().map(|convention| {
        let convention = convention.borrow();
        let text = |(key, value): &(Value<'p>, Value<'p>)| {
            let key = key.as_str().map(str::to_owned).or_else(|| key.external().map(|path| last(path).to_owned()))?;
            Some((key, value.as_str()?.to_owned()))
        };
        convention.iter().filter_map(text).collect()
    });
    let default = || BTreeMap::from([("ix".to_owned(), "ix_%(column_0_label)s".to_owned())]);
    Metadata {
        default_schema: first.schema.clone(),
        naming_convention: convention.unwrap_or_else(default),
        enums,
        domains,
        sequences: sequences(models, drafts, acts),
        tables,
    }
}

/// Enum types and domains with their schemas; columns of enums whose schema follows from the table are corrected.
fn types<'p>(
    models: &Models<'_, 'p>,
    drafts: &[Draft<'p>],
    tables: &mut [super::metadata::Table],
) -> (Vec<EnumType>, Vec<Domain>) {
    let mut enums: BTreeMap<(Option<String>, String), EnumType> = BTreeMap::new();
    let mut domains: BTreeMap<(Option<String>, String), Domain> = BTreeMap::new();
    for draft in drafts {
        for column in &draft.columns {
            let Some(data) = &column.data else { continue };
            if let Some(domain) = &data.domain {
                domains.insert((domain.schema.clone(), domain.name.clone()), domain.clone());
            }
            for used in &data.enums {
                let mut found = used.of.clone();
                found.schema = match used.schema {
                    SchemaOf::Itself => found.schema,
                    SchemaOf::Table => draft.schema.clone(),
                    SchemaOf::Metadata => draft.meta.schema.clone(),
                };
                if found.schema != used.of.schema {
                    let (before, after) = (
                        super::identifier::qualified(used.of.schema.as_deref(), &found.name),
                        super::identifier::qualified(found.schema.as_deref(), &found.name),
                    );
                    let table = tables.iter_mut().find(|it| it.name == draft.name && it.schema == draft.schema);
                    let column = table.and_then(|it| it.columns.iter_mut().find(|it| it.name == column.column.name));
                    if let Some(column) = column {
                        column.sql_type = column.sql_type.replacen(&before, &after, 1);
                    }
                }
                let key = (found.schema.clone(), found.name.clone());
                match enums.get(&key) {
                    Some(known) if known.values != found.values => models.report(Problem::invalid(
                        column.span,
                        format!("the enum type `{}` is declared with other values elsewhere", found.name),
                        "Give one of them another name: Enum(…, name=\"…\")",
                    )),
                    _ => drop(enums.insert(key, found)),
                }
            }
        }
    }
    (enums.into_values().collect(), domains.into_values().collect())
}

/// Sequences that stand by themselves, or that columns take their values from.
fn sequences<'p>(models: &Models<'_, 'p>, drafts: &[Draft<'p>], acts: &[Act<'p>]) -> Vec<Sequence> {
    let mut found: BTreeMap<(Option<String>, String), Sequence> = BTreeMap::new();
    let mut add = |sequence: Sequence| {
        found.insert((sequence.schema.clone(), sequence.name.clone()), sequence);
    };
    for act in acts {
        let Act::Call(call) = act else { continue };
        let value = Value::Symbol(Rc::clone(call));
        let Some(("Sequence", given)) = library_call(&value) else { continue };
        if given.keyword("metadata").is_some() {
            models.keep(models.sequence(given, call.span)).into_iter().for_each(&mut add);
        }
    }
    drafts.iter().flat_map(|it| &it.columns).filter_map(|it| it.sequence.clone()).for_each(&mut add);
    found.into_values().collect()
}
