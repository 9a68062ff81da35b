//! What belongs to a table and is made outside of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::draft::{Draft, is_tables};
use super::mentions::columns_in;
use super::models::{Models, Problem};
use super::symbols::{attribute, item, library_call, library_name, method_call};
use crate::python::{Act, Class, Symbol, SymbolKind, Value};

/// Constraints and indexes that find their table by the columns they are made of.
const BY_COLUMNS: [&str; 5] =
    ["Index", "UniqueConstraint", "CheckConstraint", "PrimaryKeyConstraint", "ExcludeConstraint"];

/// Methods of tables that take a part of one.
const APPENDING: [&str; 2] = ["append_column", "append_constraint"];

/// Calls that have constraints and indexes among their arguments, and do more with them than to look at them.
const TAKING: [&str; 4] = ["Table", "Column", "mapped_column", "AddConstraint"];

/// Gives each table what is made outside of it.
pub(super) fn attach<'p>(models: &Models<'_, 'p>, acts: &[Act<'p>], drafts: &mut [Draft<'p>]) {
    let calls = || acts.iter().filter_map(|act| if let Act::Call(call) = act { Some(call) } else { None });
    for call in calls() {
        append(models, call, drafts);
    }
    let columns = Places::of_columns(drafts);
    let mut placed: HashSet<Address> = HashSet::new();
    drafts.iter().flat_map(|draft| &draft.items).for_each(|(item, _)| mentioned(item, &mut placed));
    calls().for_each(|call| arguments(call, &mut placed));
    for call in calls() {
        let SymbolKind::Call(function, given) = &call.kind else { continue };
        let finds_its_table = library_name(function).is_some_and(|name| BY_COLUMNS.contains(&name));
        if !finds_its_table || placed.contains(&address(call)) {
            continue;
        }
        let mut near = BTreeSet::new();
        given.positional.iter().for_each(|it| columns.near(it, &mut near));
        let is_about = |&at: &usize| given.positional.iter().any(|it| !columns_in(it, &drafts[at]).is_empty());
        if let Some(at) = near.into_iter().find(is_about) {
            drafts[at].items.push((Value::Symbol(Rc::clone(call)), call.span));
            placed.insert(address(call));
        }
    }
}

/// Where an object of Python lies, by which it is known again.
type Address = *const ();

fn address<T>(object: &Rc<T>) -> Address {
    Rc::as_ptr(object).cast()
}

/// The drafts that a value may be about, by the objects of Python that it is made of.
struct Places {
    drafts: usize,
    by_object: HashMap<Address, Vec<usize>>,
}

impl Places {
    /// Drafts by their classes and calls of `Table`.
    fn of_tables(drafts: &[Draft<'_>]) -> Self {
        let mut places = Self { drafts: drafts.len(), by_object: HashMap::new() };
        for (at, draft) in drafts.iter().enumerate() {
            draft.classes.iter().for_each(|class| places.add(class, at));
            draft.call.iter().for_each(|call| places.add(call, at));
        }
        places
    }

    /// The same, and by what these classes inherit from and by their columns.
    fn of_columns(drafts: &[Draft<'_>]) -> Self {
        let mut places = Self::of_tables(drafts);
        for (at, draft) in drafts.iter().enumerate() {
            for class in &draft.classes {
                let bases = class.mro.borrow();
                let bases =
                    bases.iter().filter_map(|base| if let Value::Class(base) = base { Some(base) } else { None });
                bases.for_each(|base: &Rc<Class<'_>>| places.add(base, at));
            }
            draft.columns.iter().flat_map(|it| &it.identities).for_each(|object| places.add(object, at));
        }
        places
    }

    fn add<T>(&mut self, object: &Rc<T>, draft: usize) {
        self.by_object.entry(address(object)).or_default().push(draft);
    }

    /// Adds the drafts that a value may be about, and more: all of which a part of it is known.
    fn near(&self, value: &Value<'_>, found: &mut BTreeSet<usize>) {
        let of = |object: Address| self.by_object.get(&object).into_iter().flatten().copied();
        match value {
            Value::Class(class) => found.extend(of(address(class))),
            // It stands for the attribute of its name, whoever has one.
            Value::Function(_) => found.extend(0..self.drafts),
            Value::Symbol(symbol) => {
                found.extend(of(address(symbol)));
                match &symbol.kind {
                    SymbolKind::External(_) => {}
                    SymbolKind::Attribute(inner, _) | SymbolKind::Unary(_, inner) => self.near(inner, found),
                    SymbolKind::Call(function, given) => {
                        self.near(function, found);
                        given.positional.iter().for_each(|it| self.near(it, found));
                        given.named.iter().for_each(|(_, it)| self.near(it, found));
                    }
                    // It is known by its name alone.
                    SymbolKind::Item(left, _) if is_tables(left) => found.extend(0..self.drafts),
                    SymbolKind::Item(left, right) | SymbolKind::Binary(_, left, right) => {
                        self.near(left, found);
                        self.near(right, found);
                    }
                }
            }
            Value::Tuple(items) => items.iter().for_each(|it| self.near(it, found)),
            Value::List(items) => items.borrow().iter().for_each(|it| self.near(it, found)),
            _ => {}
        }
    }
}

/// `table.append_column(Column(…))`, `Class.__table__.append_constraint(…)`, `table.indexes.add(…)`
fn append<'p>(models: &Models<'_, 'p>, call: &Rc<Symbol<'p>>, drafts: &mut [Draft<'p>]) {
    let value = Value::Symbol(Rc::clone(call));
    let Some((object, name, given)) = method_call(&value) else { return };
    let table = match attribute(object) {
        Some((table, "indexes" | "constraints")) if name == "add" => table,
        _ if APPENDING.contains(&name) => object,
        _ => return,
    };
    let Some(draft) = drafts.iter_mut().find(|draft| draft.is_table(table)) else {
        return unread(models, table, call);
    };
    let Some(part) = given.positional.first() else { return };
    match library_call(part) {
        Some(("Column", _)) if name == "append_column" => models.add_column(part, draft),
        Some(_) => draft.items.push((part.clone(), call.span)),
        None => {
            let what = format!("what `{name}` adds to the table `{}`", draft.name);
            models.report(Problem::value(
                call.span,
                what,
                part,
                "Write it out: Column(…), UniqueConstraint(…), Index(…)",
            ));
        }
    }
}

/// A table to which something is added, and which was not read.
fn unread(models: &Models<'_, '_>, table: &Value<'_>, call: &Rc<Symbol<'_>>) {
    let is_made_empty = library_call(table).is_some_and(|(name, given)| name == "Table" && given.positional.len() == 2);
    let is_looked_up = item(table).is_some_and(|(tables, _)| is_tables(tables));
    if is_made_empty || is_looked_up {
        let what = "the table that this is added to";
        let why = "no table of this name was read, or it was made without columns";
        models.report(Problem::not_static(
            call.span,
            what,
            why,
            "Write all of it into one call: Table(\"name\", metadata, Column(…), …)",
        ));
    }
}

/// The calls that an item of a table is made of: itself, and what its method is called on (`Index(…).ddl_if(…)`).
fn mentioned(item: &Value<'_>, placed: &mut HashSet<Address>) {
    if let Value::Symbol(symbol) = item {
        placed.insert(address(symbol));
    }
    if let Some((object, ..)) = method_call(item) {
        mentioned(object, placed);
    }
}

/// The arguments of a table or column, whether it was read or is a helper's result that was thrown away, and of what takes a
/// constraint out of its table.
fn arguments(call: &Rc<Symbol<'_>>, placed: &mut HashSet<Address>) {
    let SymbolKind::Call(function, given) = &call.kind else { return };
    let takes = match attribute(function) {
        Some((_, name)) => APPENDING.contains(&name),
        None => library_name(function).is_some_and(|name| TAKING.contains(&name)),
    };
    if takes {
        let symbols = given.positional.iter().filter_map(|it| if let Value::Symbol(it) = it { Some(it) } else { None });
        placed.extend(symbols.map(address));
    }
}
