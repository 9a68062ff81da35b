//! Triggers, rules, policies and event triggers.

use super::draft::{Draft, Oid, RelationKind, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension};
use crate::schema::{EventTrigger, Firing, ObjectId, Policy, QualifiedName, Rule, Signature, Trigger};

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![
        Query::new("triggers", TRIGGERS.to_owned(), read_trigger),
        Query::new("rules", RULES.to_owned(), read_rule),
        Query::new("policies", POLICIES.to_owned(), read_policy),
        Query::new("event triggers", event_triggers(), read_event_trigger),
    ]
}

fn firing(letter: char) -> Firing {
    match letter {
        'D' => Firing::Disabled,
        'R' => Firing::Replica,
        'A' => Firing::Always,
        _ => Firing::Origin,
    }
}

/// A partition has the triggers of its parent; they are not its own.
const TRIGGERS: &str = "SELECT t.oid, t.tgrelid, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t \
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgrelid >= 16384";

fn read_trigger(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, relation): (Oid, Oid) = (fields.number()?, fields.number()?);
    let [name, definition] = [fields.text()?, fields.text()?].map(str::to_owned);
    let firing = firing(fields.letter()?);
    let comment = draft.comment(class::TRIGGER, oid);
    let Some(relation) = draft.relations.get_mut(&relation) else { return Ok(()) };
    let id = ObjectId::Trigger(relation.name.clone(), name.clone());
    let trigger = Trigger { name, definition, firing, comment };
    match &mut relation.kind {
        RelationKind::Table(table) => drop(table.triggers.insert(trigger)),
        RelationKind::View(view) => drop(view.triggers.insert(trigger)),
        RelationKind::MaterialisedView(_) | RelationKind::Composite => return Ok(()),
    }
    draft.identify(class::TRIGGER, oid, id);
    Ok(())
}

/// The rule that makes a view stands for the view itself.
const RULES: &str = "SELECT w.oid, w.ev_class, w.rulename, \
     CASE WHEN w.rulename <> '_RETURN' THEN pg_get_ruledef(w.oid) END, w.ev_enabled \
     FROM pg_rewrite w WHERE w.ev_class >= 16384";

fn read_rule(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, relation_oid): (Oid, Oid) = (fields.number()?, fields.number()?);
    let Some(relation) = draft.relations.get_mut(&relation_oid) else { return Ok(()) };
    let name = fields.text()?.to_owned();
    let Some(definition) = fields.optional()? else {
        if let Some(view) = draft.ids.get(&(class::RELATION, relation_oid)).cloned() {
            draft.identify(class::REWRITE, oid, view);
        }
        return Ok(());
    };
    let definition = definition.trim_end_matches(';').to_owned();
    let firing = firing(fields.letter()?);
    let comment = draft.comments.remove(&(class::REWRITE, oid, 0));
    let id = ObjectId::Rule(relation.name.clone(), name.clone());
    let rule = Rule { name, definition, firing, comment };
    match &mut relation.kind {
        RelationKind::Table(table) => drop(table.rules.insert(rule)),
        RelationKind::View(view) => drop(view.rules.insert(rule)),
        RelationKind::MaterialisedView(_) | RelationKind::Composite => return Ok(()),
    }
    draft.identify(class::REWRITE, oid, id);
    Ok(())
}

const POLICIES: &str = "SELECT p.oid, p.polrelid, p.polname, p.polpermissive, p.polcmd, \
     (SELECT json_agg(pg_get_userbyid(r) ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r WHERE r <> 0), \
     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy p";

fn read_policy(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, relation): (Oid, Oid) = (fields.number()?, fields.number()?);
    let name = fields.text()?.to_owned();
    let permissive = fields.flag()?;
    let command = match fields.letter()? {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        _ => "ALL",
    };
    let roles: Option<Vec<String>> = fields.json()?;
    let (using, with_check) = (fields.owned()?, fields.owned()?);
    let comment = draft.comment(class::POLICY, oid);
    let Some(relation) = draft.relations.get_mut(&relation) else { return Ok(()) };
    let id = ObjectId::Policy(relation.name.clone(), name.clone());
    let Some(table) = relation.table() else { return Ok(()) };
    let roles = roles.unwrap_or_default();
    table.policies.insert(Policy { name, permissive, command: command.to_owned(), roles, using, with_check, comment });
    draft.identify(class::POLICY, oid, id);
    Ok(())
}

fn event_triggers() -> String {
    format!(
        "SELECT e.oid, e.evtname, e.evtevent, array_to_json(e.evttags), n.nspname, p.proname, e.evtenabled \
         FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {}",
        not_of_an_extension(class::EVENT_TRIGGER, "e.oid")
    )
}

fn read_event_trigger(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let oid: Oid = fields.number()?;
    let [name, event] = [fields.text()?, fields.text()?].map(str::to_owned);
    let tags: Option<Vec<String>> = fields.json()?;
    let function = QualifiedName::new(fields.text()?, fields.text()?);
    if draft.scope.leaves_out_schema(&function.schema) {
        return Ok(());
    }
    let comment = draft.comment(class::EVENT_TRIGGER, oid);
    draft.identify(class::EVENT_TRIGGER, oid, ObjectId::EventTrigger(name.clone()));
    let function = Signature { name: function, arguments: String::new() };
    let (tags, firing) = (tags.unwrap_or_default(), firing(fields.letter()?));
    draft.schema.event_triggers.insert(EventTrigger { name, event, tags, function, firing, comment });
    Ok(())
}
