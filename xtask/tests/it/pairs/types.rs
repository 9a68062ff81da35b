//! Schemas, types, sequences and functions.

use super::world::World;

pub(super) fn write(world: &mut World) {
    if world.choices.chance("schema", 80) {
        world.say("CREATE SCHEMA \"Lab\"");
        world.remark("schema", "SCHEMA \"Lab\"");
        world.grant("schema", &["USAGE", "ALL"], "SCHEMA \"Lab\"");
    }
    enums(world);
    domain(world);
    domain_of_an_enum(world);
    composite(world);
    sequences(world);
    functions(world);
}

fn enums(world: &mut World) {
    for name in ["mood", "\"Kind\""] {
        if !world.choices.chance(&format!("enum {name}"), 80) {
            continue;
        }
        let values = ["'sad'", "'ok'", "'it''s'", "'Über'", "'last'"];
        let mut there: Vec<&str> = values
            .iter()
            .filter(|value| **value == "'ok'" || world.choices.chance(&format!("enum {name} {value}"), 75))
            .copied()
            .collect();
        if world.choices.chance(&format!("enum {name} turned"), 10) {
            there.reverse();
        }
        world.say(format!("CREATE TYPE {name} AS ENUM ({})", there.join(", ")));
        world.remark(&format!("enum {name}"), &format!("TYPE {name}"));
        world.types.push((name.to_owned(), Some("'ok'".to_owned())));
    }
}

fn domain(world: &mut World) {
    if !world.choices.chance("domain", 70) {
        return;
    }
    let base = world.choices.pick("domain.base", &["integer", "integer", "bigint", "numeric(5,2)"]);
    let default = world.choices.pick("domain.default", &["", " DEFAULT 1", " DEFAULT 2"]);
    let required = if world.choices.chance("domain.required", 15) { " NOT NULL" } else { "" };
    world.say(format!("CREATE DOMAIN share AS {base}{default}{required}"));
    for (name, check) in [("share_positive", "VALUE > 0"), ("\"Share Small\"", "VALUE < 100")] {
        if world.choices.chance(&format!("domain {name}"), 50) {
            let other = if world.choices.chance(&format!("domain {name} other"), 30) { " OR VALUE = 7" } else { "" };
            world.say(format!("ALTER DOMAIN share ADD CONSTRAINT {name} CHECK ({check}{other})"));
            world.remark(&format!("domain {name}"), &format!("CONSTRAINT {name} ON DOMAIN share"));
        }
    }
    world.remark("domain", "DOMAIN share");
    world.types.push(("share".to_owned(), Some("5".to_owned())));
}

fn has_mood(world: &World) -> bool {
    world.types.iter().any(|(name, _)| name == "mood")
}

fn domain_of_an_enum(world: &mut World) {
    if !has_mood(world) || !world.choices.chance("temper", 40) {
        return;
    }
    let check =
        world.choices.pick("temper.check", &["", "", " CONSTRAINT sure CHECK (VALUE IS NULL OR VALUE >= 'ok')"]);
    let default = world.choices.pick("temper.default", &["", "", " DEFAULT 'ok'"]);
    world.say(format!("CREATE DOMAIN temper AS mood{default}{check}"));
    world.remark("temper", "DOMAIN temper");
    // A table of its own: the server lets no foreign key stand on such columns.
    if world.choices.chance("tempers", 80) {
        world.say("CREATE TABLE tempers (now temper, later temper[])");
    }
}

fn composite(world: &mut World) {
    if !world.choices.chance("composite", 60) {
        return;
    }
    let mut attributes = vec!["street text".to_owned()];
    if world.choices.chance("composite.zip", 60) {
        attributes.push(format!("zip {}", world.choices.pick("composite.zip.type", &["text", "integer"])));
    }
    if world.choices.chance("composite.no", 50) {
        attributes.push("\"No\" smallint".to_owned());
    }
    if has_mood(world) && world.choices.chance("composite.mood", 25) {
        attributes.push("mood mood".to_owned());
    }
    world.say(format!("CREATE TYPE place AS ({})", attributes.join(", ")));
    world.remark("composite", "TYPE place");
    world.remark("composite.street", "COLUMN place.street");
    world.types.push(("place".to_owned(), None));
}

fn sequences(world: &mut World) {
    for name in ["ticket", "\"Ticket No\""] {
        let slot = format!("sequence {name}");
        if !world.choices.chance(&slot, 60) {
            continue;
        }
        let kind = world.choices.pick(&format!("{slot}.type"), &["", " AS integer", " AS smallint"]);
        let step =
            world.choices.pick(&format!("{slot}.step"), &["", " INCREMENT BY 5", " INCREMENT BY -2 MAXVALUE 20"]);
        let start = world.choices.pick(&format!("{slot}.start"), &["", " START WITH 7 CACHE 3", " CYCLE"]);
        world.say(format!("CREATE SEQUENCE {name}{kind}{step}{start}"));
        world.remark(&slot, &format!("SEQUENCE {name}"));
        world.grant(&slot, &["USAGE", "SELECT", "ALL"], &format!("SEQUENCE {name}"));
        world.sequences.push(name.to_owned());
    }
}

fn functions(world: &mut World) {
    if world.choices.chance("function", 80) {
        let result = world.choices.pick("function.result", &["integer", "integer", "integer", "bigint"]);
        let body = world.choices.pick("function.body", &["SELECT i + 1", "SELECT i * 2", "SELECT -i"]);
        let argument = world.choices.pick("function.argument", &["i integer", "i integer", "i integer DEFAULT 3"]);
        world.say(format!(
            "CREATE FUNCTION \"add One\"({argument}) RETURNS {result} LANGUAGE sql IMMUTABLE AS $$ {body} $$"
        ));
        world.remark("function", "FUNCTION \"add One\"(integer)");
        world.grant("function", &["EXECUTE"], "FUNCTION \"add One\"(integer)");
        world.has_function = true;
    }
    let body = world.choices.pick("touch.body", &["BEGIN RETURN NEW; END", "BEGIN NULL; RETURN NEW; END"]);
    world.say(format!("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"));
    if world.choices.chance("procedure", 40) {
        let argument = world.choices.pick("procedure.argument", &["x integer", "x text", "y integer"]);
        world.say(format!("CREATE PROCEDURE clean({argument}) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$"));
    }
}
