//! One direction: fates, steps, order, script.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::answers::Answers;
use super::error::PlanError;
use super::hosts::{References, Step, references};
use super::inherited::{Children, children};
use super::nested::Releases;
use super::order::Circle;
use super::same::{renamed_alone, traded};
use super::script::{Block, Script};
use super::spread::Fates;
use super::together::columns_first;
use crate::diff::{Change, ChangeDefaultPrivileges, Create, Fate, Inventory, Item, Renames, Statement};
use crate::schema::{Column, ObjectId, QualifiedName, Schema, Table};
use crate::sql;

/// The way from one schema to another.
pub(super) struct Direction<'s> {
    /// After renames.
    pub(super) from: Inventory<'s>,
    pub(super) to: Inventory<'s>,
    pub(super) fates: Fates<ObjectId>,
    /// Tables by those that they inherit from, before and after.
    pub(super) children: [Children<'s>; 2],
    /// Indexes of partitioned tables that are put together of those of the partitions.
    pub(super) pieced: BTreeSet<ObjectId>,
    /// Types that are made anew below the columns that have them, by their names as the server prints them.
    pub(super) reshaped_types: BTreeMap<String, ObjectId>,
    /// The columns that have these.
    pub(super) swapped_columns: OnceCell<BTreeMap<ObjectId, Vec<(&'s Table, &'s Column)>>>,
    /// Foreign keys by the tables that they refer to, before and after.
    pub(super) references: [References<'s>; 2],
    /// Names that several NOT NULL constraints of one schema have.
    pub(super) shared_names: OnceCell<BTreeSet<(String, String)>>,
    /// Names that something has, before or after.
    pub(super) taken_names: OnceCell<HashSet<QualifiedName>>,
    /// When old types are dropped.
    pub(super) releases: OnceCell<Releases>,
    pub(super) answers: &'s Answers,
    /// Steps that are not done by another one, because they would make a circle there.
    pub(super) expelled: BTreeSet<Step>,
    /// Columns whose values wait as text between their two types, because these would make a circle.
    pub(super) waiting: BTreeSet<ObjectId>,
}

/// The script of one direction.
pub(super) fn script(from: &Schema, to: &Schema, answers: &Answers) -> Result<Script, PlanError> {
    let mut told = answers.applied(from, to);
    let mut blocks = needed_namespaces(&answers.renames, &mut told, to);
    blocks.extend(rename_blocks(&answers.renames, from));
    let traded = traded(&told, to);
    if !traded.is_empty() {
        blocks.extend(rename_blocks(&traded, &told));
        told = traded.applied(&told);
    }
    let alone = renamed_alone(&told, to);
    let renamed = alone.applied(&told);
    blocks.extend(rename_blocks(&alone, &told));
    let mut direction = Direction::of(&renamed, to, answers);
    let steps = direction.sorted()?;
    blocks.extend(direction.blocks(&steps));
    let privileges = ChangeDefaultPrivileges::detect(&from.default_privileges, &to.default_privileges);
    add(&mut blocks, "default privileges", privileges.into_iter().map(Change::from).collect());
    blocks.iter_mut().for_each(|block| columns_first(&mut block.statements));
    let mut script = Script { blocks, ..Script::default() };
    script.outside_transaction = uses_new_values(&script);
    Ok(script)
}

/// New schemas into which something moves: they are there before that, and so before everything else.
fn needed_namespaces(renames: &Renames, told: &mut Schema, to: &Schema) -> Vec<Block> {
    let mut blocks = Vec::new();
    for namespace in to.namespaces.iter().filter(|it| renames.moves_into(&it.name)) {
        if !told.namespaces.contains(&namespace.name) {
            let create = Create::of(Item::Namespace(namespace));
            add(&mut blocks, &namespace.name, vec![Change::from(create)]);
            told.namespaces.insert(namespace.clone());
        }
    }
    blocks
}

fn rename_blocks(renames: &Renames, schema: &Schema) -> Vec<Block> {
    let mut blocks = Vec::new();
    for rename in renames.operations(schema) {
        let name = rename.gathered_under();
        add(&mut blocks, &name, vec![Change::from(rename)]);
    }
    blocks
}

/// Adds changes of one object, to the last block where that is about the same.
fn add(blocks: &mut Vec<Block>, name: &str, changes: Vec<Change<'_>>) {
    for change in changes {
        let statements = change.statements();
        if statements.is_empty() {
            continue;
        }
        let prefix = format!("{name}: ");
        match blocks.last_mut().filter(|block| block.title.starts_with(&prefix)) {
            Some(block) => {
                let title = change.title();
                if !block.title[prefix.len()..].split(", ").any(|part| part == title) {
                    block.title.push_str(&format!(", {title}"));
                }
                block.statements.extend(statements);
            }
            None => blocks.push(Block { title: format!("{prefix}{}", change.title()), statements }),
        }
    }
}

/// A value that was added to an enum cannot be used in the same transaction.
fn uses_new_values(script: &Script) -> bool {
    let added: Vec<(String, String)> = script
        .statements()
        .filter(|statement| statement.commits_first)
        .filter_map(|statement| {
            let text = statement.text();
            let (head, rest) = text.strip_prefix("ALTER TYPE ")?.split_once(" ADD VALUE ")?;
            let value = sql::tokens(rest).first().map(|token| token.text(rest).to_owned())?;
            Some((head.to_owned(), value))
        })
        .collect();
    let uses = |statement: &Statement| {
        let text = statement.text();
        let is_plain = statement.commits_first || text.starts_with("COMMENT ");
        // Rows may have it already, as text.
        let converts = |name: &String| {
            text.contains(&format!(" TYPE {name} USING ")) || text.contains(&format!(" TYPE {name}[] USING "))
        };
        !is_plain && added.iter().any(|(name, value)| text.contains(value.as_str()) || converts(name))
    };
    !added.is_empty() && script.statements().any(uses)
}

impl<'s> Direction<'s> {
    /// Between two schemas, after renames.
    pub(super) fn of(from: &'s Schema, to: &'s Schema, answers: &'s Answers) -> Self {
        let (from, to) = (Inventory::of(from), Inventory::of(to));
        let fates = super::fates::fates(&from, &to);
        let children = [children(from.schema), children(to.schema)];
        let pieced = super::indexes::pieced(&from, &to, &fates, &children[1]);
        let reshaped = fates.iter().filter(|(_, fate)| **fate == Fate::Reshaped);
        let reshaped_types = reshaped.filter_map(|(id, _)| match id {
            ObjectId::Type(name) => Some((name.to_string(), id.clone())),
            _ => None,
        });
        Self {
            reshaped_types: reshaped_types.collect(),
            references: [references(from.schema), references(to.schema)],
            from,
            to,
            fates,
            children,
            pieced,
            swapped_columns: OnceCell::new(),
            shared_names: OnceCell::new(),
            taken_names: OnceCell::new(),
            releases: OnceCell::new(),
            answers,
            expelled: BTreeSet::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// The steps in order. Where some wait for each other, a part that was to come with its table comes by itself, or a column gets
    /// from one type to another in two steps.
    pub(super) fn sorted(&mut self) -> Result<Vec<Step>, PlanError> {
        loop {
            let circles = match self.order().sorted(|step| self.rank(step)) {
                Ok(steps) => return Ok(steps),
                Err(circles) => circles,
            };
            let expelled = self.expellable(&circles);
            let waiting = if expelled.is_empty() { self.may_wait(&circles) } else { Vec::new() };
            if expelled.is_empty() && waiting.is_empty() {
                let told = |(phase, id): &Step| format!("{phase:?} {id}").to_lowercase();
                let circle = circles.first().map(|Circle(steps)| steps.iter().map(told).collect());
                return Err(PlanError::Circle(circle.unwrap_or_default()));
            }
            self.expelled.extend(expelled);
            self.waiting.extend(waiting);
        }
    }

    fn blocks(&self, steps: &[Step]) -> Vec<Block> {
        self.releases.get_or_init(|| self.releases(steps));
        let mut blocks = Vec::new();
        for step in steps {
            add(&mut blocks, &self.gathered_under(step), self.changes_of(step));
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::diff::Statement;

    fn script(statements: Vec<Statement>) -> Script {
        Script { blocks: vec![Block { title: "public.mood: it".to_owned(), statements }], ..Script::default() }
    }

    #[test]
    fn a_new_value_that_is_used_needs_a_commit_before() {
        let add = Statement { commits_first: true, ..Statement::whole("ALTER TYPE public.mood ADD VALUE 'new'") };
        let uses = |sql: &str| uses_new_values(&script(vec![add.clone(), Statement::whole(sql)]));
        assert!(uses("ALTER TABLE public.t ALTER COLUMN m SET DEFAULT 'new'::public.mood"));
        assert!(uses("UPDATE public.t SET m = 'new' WHERE m IS NULL"));
        assert!(uses("ALTER TABLE public.t ALTER COLUMN m TYPE public.mood USING m::public.mood"), "rows may have it");
        assert!(!uses("ALTER TABLE public.t ALTER COLUMN m SET DEFAULT 'old'::public.mood"));
        assert!(!uses("COMMENT ON COLUMN public.t.m IS 'new'"));
        assert!(!uses_new_values(&script(vec![Statement::whole("SELECT 'new'")])));
    }
}
