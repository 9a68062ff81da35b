//! A table and what inherits from it. Whether a column of a child is its own, too, and whether it inherits at all, is alike on both
//! sides: nothing on the server makes a column that was there one that only a parent has.

use super::world::{Column, Relation, World};

pub(super) fn write(world: &mut World) {
    if !world.choices.alike("inheritance", 35) {
        return;
    }
    world.say("CREATE TABLE public.thing (id integer)");
    let mut columns = vec![column("id", "integer")];
    for name in ["label", "size", "made"] {
        let slot = format!("thing.{name}");
        if world.choices.chance(&slot, 80) {
            let kind = kind(world, name);
            let definition = definition(world, &slot, kind, true);
            world.say(format!("ALTER TABLE public.thing ADD COLUMN {name} {definition}"));
            columns.push(column(name, kind));
        }
    }
    child(world, "tool", "thing", &columns);
    if world.choices.alike("hammer", 50) {
        child(world, "hammer", "tool", &columns);
    }
    let name = "public.thing".to_owned();
    world.readable.push(Relation { name, slot: "thing".to_owned(), columns, keys: Vec::new(), is_partitioned: false });
}

fn column(name: &str, type_name: &str) -> Column {
    Column { name: name.to_owned(), type_name: type_name.to_owned(), is_generated: false }
}

/// The same type for parent and child.
fn kind(world: &World, name: &str) -> &'static str {
    let kinds: [&str; 3] = match name {
        "label" => ["text", "character varying(20)", "text"],
        "size" => ["integer", "bigint", "numeric"],
        _ => ["date", "timestamp with time zone", "date"],
    };
    world.choices.pick(&format!("thing.{name}.type"), &kinds)
}

fn definition(world: &World, slot: &str, kind: &str, may_require: bool) -> String {
    let default = match kind {
        "text" | "character varying(20)" => ["'a'", "'b'"],
        "date" | "timestamp with time zone" => ["now()", "'2020-01-01'"],
        _ => ["1", "2"],
    };
    let chosen = world.choices.pick(&format!("{slot}.default"), &["", default[0], default[1]]);
    let default = if chosen.is_empty() { String::new() } else { format!(" DEFAULT {chosen}") };
    let required = may_require && world.choices.chance(&format!("{slot}.required"), 30);
    format!("{kind}{default}{}", if required { " NOT NULL" } else { "" })
}

fn child(world: &mut World, name: &str, parent: &str, columns: &[Column]) {
    // What the parent has as well is merged.
    let merged = world.choices.alike(&format!("{name}.merged"), 30);
    let own = if merged { format!("size {}, own text", kind(world, "size")) } else { "own text".to_owned() };
    world.say(format!("CREATE TABLE public.{name} ({own}) INHERITS (public.{parent})"));
    for column in &columns[1..] {
        let slot = format!("{name}.{}", column.name);
        if world.choices.chance(&format!("{slot}.own default"), 20) {
            let definition = definition(world, &slot, &column.type_name, false);
            if let Some((_, default)) = definition.split_once(" DEFAULT ") {
                world.say(format!("ALTER TABLE public.{name} ALTER COLUMN {} SET DEFAULT {default}", column.name));
            }
        }
        if world.choices.chance(&format!("{slot}.required"), 15) {
            world.say(format!("ALTER TABLE public.{name} ALTER COLUMN {} SET NOT NULL", column.name));
        }
    }
    if world.choices.chance(&format!("{name}.index"), 30) {
        world.say(format!("CREATE INDEX {name}_ix ON public.{name} (id)"));
    }
    let relation = Relation {
        name: format!("public.{name}"),
        slot: name.to_owned(),
        columns: columns.to_vec(),
        keys: Vec::new(),
        is_partitioned: false,
    };
    world.readable.push(relation);
}
