//! Tables with their columns, constraints and indexes.

use super::world::{Column, Relation, World};

/// The word of slots, the schema and the name.
const TABLES: [(&str, &str, &str); 5] = [
    ("site", "public", "site"),
    ("sample", "public", "\"Sample\""),
    ("order", "Lab", "\"order\""),
    ("run", "public", "r2345678901234567890123456789012345678901234567890123456789abcd"),
    ("note", "public", "\"Nöte \"\"x\"\"\""),
];

const COLUMNS: [(&str, &str); 6] = [
    ("id", "id"),
    ("code", "code"),
    ("weird", "\"Weird \"\"Col\""),
    ("select", "\"select\""),
    ("long", "c2345678901234567890123456789012345678901234567890123456789abcd"),
    ("ete", "\"été\""),
];

const TYPES: [&str; 24] = [
    "integer",
    "integer",
    "bigint",
    "smallint",
    "text",
    "text",
    "character varying(20)",
    "character varying(40)",
    "numeric(10,2)",
    "numeric",
    "boolean",
    "timestamp with time zone",
    "timestamp(3) without time zone",
    "date",
    "uuid",
    "jsonb",
    "bytea",
    "text[]",
    "integer[]",
    "double precision",
    "inet",
    "interval",
    "tsrange",
    "character(4)",
];

pub(super) fn write(world: &mut World) {
    let has_lab = world.statements.iter().any(|it| it.starts_with("CREATE SCHEMA"));
    for (slot, schema, name) in TABLES {
        if world.choices.chance(&format!("table {slot}"), 75) {
            let schema = if schema == "Lab" && !has_lab { "public" } else { schema };
            let schema = if schema == "Lab" { "\"Lab\"" } else { schema };
            table(world, slot, &format!("{schema}.{name}"));
        }
    }
    if world.choices.chance("partitioned", 50) {
        partitioned(world);
    }
    for at in 0..world.tables.len() {
        foreign_keys(world, at);
    }
    world.readable = world.tables.clone();
}

fn table(world: &mut World, slot: &str, name: &str) {
    // Others may refer to it, but not to what is gone after a crash.
    let is_referred_to = slot != "note";
    let unlogged =
        if !is_referred_to && world.choices.chance(&format!("{slot}.unlogged"), 20) { "UNLOGGED " } else { "" };
    world.say(format!("CREATE {unlogged}TABLE {name} ()"));
    let mut table = Relation {
        name: name.to_owned(),
        slot: slot.to_owned(),
        columns: Vec::new(),
        keys: Vec::new(),
        is_partitioned: false,
    };
    for (column_slot, column) in COLUMNS {
        if column_slot == "id" || world.choices.chance(&format!("{slot}.{column_slot}"), 70) {
            self::column(world, &mut table, column_slot, column);
        }
    }
    keys(world, &mut table);
    checks(world, &table);
    for at in 0..3 {
        index(world, &table, at);
    }
    settings(world, &table);
    world.remark(slot, &format!("TABLE {name}"));
    world.grant(slot, &["SELECT", "INSERT, UPDATE", "ALL"], name);
    world.tables.push(table);
}

fn column(world: &mut World, table: &mut Relation, slot: &str, name: &str) {
    let slot = format!("{}.{slot}", table.slot);
    let (type_name, default) = type_of(world, &slot);
    let is_whole = ["integer", "bigint", "smallint"].contains(&type_name.as_str());
    let how = world.choices.number(&format!("{slot}.how"), 100);
    let source = table.columns.iter().find(|it| !it.is_generated && it.type_name == type_name).cloned();
    let source = source.filter(|_| is_whole || type_name == "text");
    let mut is_generated = false;
    let mut definition = match (how, source) {
        (0..15, _) if is_whole => {
            let when = world.choices.pick(&format!("{slot}.identity"), &["ALWAYS", "BY DEFAULT"]);
            let options = world.choices.pick(&format!("{slot}.counts"), &["", " (INCREMENT BY 3)", " (START WITH 9)"]);
            format!("{type_name} GENERATED {when} AS IDENTITY{options}")
        }
        (15..30, _) if is_whole => type_name.replace("integer", "serial").replace("int", "serial"),
        (30..45, Some(source)) => {
            is_generated = true;
            let other = world.choices.chance(&format!("{slot}.other"), 50);
            let expression = match (is_whole, other) {
                (true, true) => format!("{} * 2", source.name),
                (true, false) => format!("{} + 1", source.name),
                (false, true) => format!("upper({})", source.name),
                (false, false) => format!("{} || 'x'", source.name),
            };
            format!("{type_name} GENERATED ALWAYS AS ({expression}) STORED")
        }
        (45..85, _) => format!("{type_name}{}", default.map_or(String::new(), |it| format!(" DEFAULT {it}"))),
        _ => type_name.clone(),
    };
    let takes_collation = ["text", "character varying(20)", "character varying(40)"].contains(&type_name.as_str());
    if takes_collation && !is_generated && how > 45 && world.choices.chance(&format!("{slot}.collation"), 10) {
        definition = definition.replacen(&type_name, &format!("{type_name} COLLATE \"C\""), 1);
    }
    if !is_generated && world.choices.chance(&format!("{slot}.required"), 25) {
        definition.push_str(" NOT NULL");
    }
    world.say(format!("ALTER TABLE {} ADD COLUMN {name} {definition}", table.name));
    let type_name = type_name.to_owned();
    table.columns.push(Column { name: name.to_owned(), type_name, is_generated });
    world.remark(&slot, &format!("COLUMN {}.{name}", table.name));
    if world.choices.chance(&format!("{slot}.grant"), 5) {
        world.say(format!("GRANT SELECT ({name}) ON {} TO diff_reader", table.name));
    }
    if world.choices.chance(&format!("{slot}.statistics"), 5) {
        world.say(format!("ALTER TABLE {} ALTER COLUMN {name} SET STATISTICS 200", table.name));
    }
}

/// A type, and a default of it.
fn type_of(world: &World, slot: &str) -> (String, Option<String>) {
    let own = world.types.len();
    let at = world.choices.number(&format!("{slot}.type"), TYPES.len() + 4);
    if at >= TYPES.len() {
        if own > 0 {
            return world.types[(at - TYPES.len()) % own].clone();
        }
        return ("text".to_owned(), None);
    }
    let type_name = TYPES[at];
    let default = format!("{slot}.default");
    let mut options: Vec<String> = match type_name {
        "integer" | "bigint" | "smallint" => vec!["0", "'7'", "1 + 1"],
        "numeric(10,2)" | "numeric" | "double precision" => vec!["0", "1.5"],
        "boolean" => vec!["true", "false"],
        "timestamp with time zone" | "timestamp(3) without time zone" => vec!["now()", "'2024-01-01'"],
        "date" => vec!["current_date", "'2024-01-01'"],
        "uuid" => vec!["gen_random_uuid()"],
        "jsonb" => vec!["'{}'", "'[1]'"],
        "bytea" => vec!["'\\x00'"],
        "text[]" => vec!["'{}'", "ARRAY['a', 'b']", "'{a,b}'"],
        "integer[]" => vec!["'{}'", "ARRAY[1, 2]"],
        "inet" => vec!["'10.0.0.1'"],
        "interval" => vec!["'1 day'"],
        "tsrange" => vec!["'empty'"],
        _ => vec!["''", "'x'", "'it''s'", "upper('x')"],
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    if ["integer", "bigint"].contains(&type_name) {
        options.extend(world.sequences.iter().map(|it| format!("nextval('{it}')")));
        if world.has_function {
            options.push("\"add One\"(2)".to_owned());
        }
    }
    let default = options[world.choices.number(&default, options.len())].clone();
    (type_name.to_owned(), Some(default))
}

/// The primary key and unique constraints.
fn keys(world: &mut World, table: &mut Relation) {
    let slot = table.slot.clone();
    if world.choices.chance(&format!("{slot}.pkey"), 85) {
        let name = world.choices.pick(&format!("{slot}.pkey.name"), &["", "", "", "CONSTRAINT \"The Key\" "]);
        let name = if name.is_empty() { String::new() } else { name.replace("Key", &format!("Key {slot}")) };
        let both = table.columns.len() > 1 && world.choices.chance(&format!("{slot}.pkey.both"), 20);
        let columns = if both {
            format!("{}, {}", table.columns[1].name, table.columns[0].name)
        } else {
            table.keys.push(table.columns[0].clone());
            table.columns[0].name.clone()
        };
        world.say(format!("ALTER TABLE {} ADD {name}PRIMARY KEY ({columns})", table.name));
    }
    for (at, column) in table.columns.clone().iter().enumerate().skip(1) {
        let slot = format!("{slot}.unique {at}");
        if !world.choices.chance(&slot, 20) {
            continue;
        }
        let nulls = world.choices.pick(&format!("{slot}.nulls"), &["", "", "NULLS NOT DISTINCT "]);
        let include = world.choices.pick(&format!("{slot}.include"), &["", "", " INCLUDE"]);
        let include = if include.is_empty() { String::new() } else { format!(" INCLUDE ({})", table.columns[0].name) };
        let later = world
            .choices
            .pick(&format!("{slot}.later"), &["", "", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"]);
        let name = world.choices.pick(&format!("{slot}.name"), &["one", "one", "Other"]);
        let name = format!("\"{name} {at} {}\"", table.slot);
        world.say(format!(
            "ALTER TABLE {} ADD CONSTRAINT {name} UNIQUE {nulls}({}){include}{later}",
            table.name, column.name
        ));
        world.remark(&slot, &format!("CONSTRAINT {name} ON {}", table.name));
        if later.is_empty() {
            table.keys.push(column.clone());
        }
    }
}

/// A condition on a column that every value of its type may be asked.
fn condition(world: &World, slot: &str, column: &Column) -> String {
    let name = &column.name;
    let options = match column.type_name.as_str() {
        "integer" | "bigint" | "smallint" | "numeric" | "numeric(10,2)" | "double precision" => {
            vec![format!("{name} > 0"), format!("{name} BETWEEN 1 AND 100"), format!("{name} <> 5 OR {name} IS NULL")]
        }
        "text" | "character varying(20)" | "character varying(40)" => {
            vec![
                format!("{name} <> ''"),
                format!("{name} IN ('a', 'b')"),
                format!("length({name}) > 1 AND {name} LIKE 'x%'"),
            ]
        }
        "boolean" => vec![format!("{name}"), format!("NOT {name}")],
        "mood" | "\"Kind\"" => vec![format!("{name} = 'ok'"), format!("{name} <> 'ok'")],
        _ => vec![format!("{name} IS NOT NULL"), format!("{name} IS NULL OR true")],
    };
    options[world.choices.number(&format!("{slot}.condition"), options.len())].clone()
}

fn checks(world: &mut World, table: &Relation) {
    for (at, column) in table.columns.iter().enumerate() {
        let slot = format!("{}.check {at}", table.slot);
        if !world.choices.chance(&slot, 20) {
            continue;
        }
        let condition = condition(world, &slot, column);
        let name = world.choices.pick(&format!("{slot}.name"), &["", "", "\"Check\"", "\"Other Check\""]);
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("CONSTRAINT {} ", name.replace('k', &format!("k{at}")))
        };
        let valid = if world.choices.chance(&format!("{slot}.not valid"), 15) { " NOT VALID" } else { "" };
        world.say(format!("ALTER TABLE {} ADD {name}CHECK ({condition}){valid}", table.name));
    }
    let whole = table.columns.iter().find(|it| it.type_name == "integer" && !it.is_generated);
    if let Some(column) =
        whole.filter(|_| world.has_function && world.choices.chance(&format!("{}.calls", table.slot), 15))
    {
        world.say(format!("ALTER TABLE {} ADD CHECK (\"add One\"({}) > 0)", table.name, column.name));
    }
    let range = table.columns.iter().find(|it| it.type_name == "tsrange");
    if let Some(range) = range.filter(|_| world.choices.chance(&format!("{}.excludes", table.slot), 60)) {
        let other = &table.columns[0];
        let with = if ["integer", "bigint", "text"].contains(&other.type_name.as_str()) {
            format!("{} WITH =, ", other.name)
        } else {
            String::new()
        };
        world.say(format!(
            "ALTER TABLE {} ADD CONSTRAINT \"Once {}\" EXCLUDE USING gist ({with}{} WITH &&)",
            table.name, table.slot, range.name
        ));
    }
}

fn index(world: &mut World, table: &Relation, at: usize) {
    let slot = format!("{}.index {at}", table.slot);
    if !world.choices.chance(&slot, 45) {
        return;
    }
    let column = &table.columns[world.choices.number(&format!("{slot}.column"), table.columns.len())];
    let other = &table.columns[world.choices.number(&format!("{slot}.other"), table.columns.len())];
    let is_text = ["text", "character varying(20)", "character varying(40)"].contains(&column.type_name.as_str());
    let kind = world.choices.number(&format!("{slot}.kind"), 8);
    let key = match kind {
        0 => format!("({} DESC NULLS LAST, {} NULLS FIRST)", column.name, other.name),
        1 if is_text => format!("(lower({}))", column.name),
        2 if is_text => format!("({} text_pattern_ops)", column.name),
        3 if is_text => format!("({} COLLATE \"C\" DESC)", column.name),
        4 => format!("USING hash ({})", column.name),
        5 if ["integer", "bigint"].contains(&column.type_name.as_str()) => format!("USING brin ({})", column.name),
        6 if ["jsonb", "text[]", "integer[]"].contains(&column.type_name.as_str()) => {
            format!("USING gin ({})", column.name)
        }
        7 if column.type_name == "integer" => format!("(({} + 1), {})", column.name, other.name),
        _ => format!("({})", column.name),
    };
    let is_btree = !key.starts_with("USING");
    let unique = if is_btree && world.choices.chance(&format!("{slot}.unique"), 20) { "UNIQUE " } else { "" };
    let name = world.choices.pick(&format!("{slot}.name"), &["ix", "ix", "ix", "Ix"]);
    let name = format!("{name}_{at}_{}", table.slot);
    let include = is_btree && world.choices.chance(&format!("{slot}.include"), 10);
    let include = if include { format!(" INCLUDE ({})", other.name) } else { String::new() };
    let filled =
        if is_btree && world.choices.chance(&format!("{slot}.filled"), 10) { " WITH (fillfactor = 60)" } else { "" };
    let predicate = if world.choices.chance(&format!("{slot}.where"), 25) {
        format!(" WHERE {}", condition(world, &format!("{slot}.where"), other))
    } else {
        String::new()
    };
    world.say(format!("CREATE {unique}INDEX \"{name}\" ON {} {key}{include}{filled}{predicate}", table.name));
    let schema = table.name.split('.').next().unwrap_or_default();
    world.remark(&slot, &format!("INDEX {schema}.\"{name}\""));
    if is_btree && predicate.is_empty() && world.choices.chance(&format!("{slot}.cluster"), 8) {
        world.say(format!("ALTER TABLE {} CLUSTER ON \"{name}\"", table.name));
    }
}

fn settings(world: &mut World, table: &Relation) {
    let (slot, name) = (&table.slot, &table.name);
    if world.choices.chance(&format!("{slot}.filled"), 15) {
        let value = world.choices.pick(&format!("{slot}.fill"), &[70, 80]);
        world.say(format!("ALTER TABLE {name} SET (fillfactor = {value})"));
    }
    if world.choices.chance(&format!("{slot}.identity"), 10) {
        world.say(format!("ALTER TABLE {name} REPLICA IDENTITY FULL"));
    }
    if world.choices.chance(&format!("{slot}.secure"), 15) {
        let force = world.choices.pick(&format!("{slot}.force"), &["", ", FORCE ROW LEVEL SECURITY"]);
        world.say(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY{force}"));
    }
    if world.choices.chance(&format!("{slot}.policy"), 20) {
        let column = &table.columns[world.choices.number(&format!("{slot}.policy.column"), table.columns.len())];
        let condition = condition(world, &format!("{slot}.policy"), column);
        let what = world.choices.pick(&format!("{slot}.policy.for"), &["", " FOR SELECT", " AS RESTRICTIVE"]);
        let to = world.choices.pick(&format!("{slot}.policy.to"), &["", " TO diff_reader"]);
        world.say(format!("CREATE POLICY \"Own\" ON {name}{what}{to} USING ({condition})"));
    }
    if world.choices.chance(&format!("{slot}.trigger"), 25) {
        let column = &table.columns[world.choices.number(&format!("{slot}.trigger.column"), table.columns.len())];
        let when = world.choices.pick(&format!("{slot}.trigger.when"), &["BEFORE INSERT", "BEFORE UPDATE", "OF"]);
        let when = if when == "OF" { format!("BEFORE UPDATE OF {}", column.name) } else { when.to_owned() };
        let is_new = !column.is_generated && world.choices.chance(&format!("{slot}.trigger.new"), 40);
        let only = if is_new { format!(" WHEN (NEW.{} IS NOT NULL)", column.name) } else { String::new() };
        world.say(format!("CREATE TRIGGER \"Touch\" {when} ON {name} FOR EACH ROW{only} EXECUTE FUNCTION touch()"));
        if world.choices.chance(&format!("{slot}.trigger.off"), 15) {
            world.say(format!("ALTER TABLE {name} DISABLE TRIGGER \"Touch\""));
        }
    }
    if table.columns.len() > 1 && world.choices.chance(&format!("{slot}.statistics"), 15) {
        let kind = world.choices.pick(&format!("{slot}.statistics.kind"), &["", " (ndistinct)", " (dependencies)"]);
        let columns = format!("{}, {}", table.columns[0].name, table.columns[1].name);
        world.say(format!("CREATE STATISTICS \"st {slot}\"{kind} ON {columns} FROM {name}"));
    }
    if world.choices.chance(&format!("{slot}.rule"), 8) {
        world.say(format!("CREATE RULE keep AS ON DELETE TO {name} DO INSTEAD NOTHING"));
    }
}

/// A table in parts.
fn partitioned(world: &mut World) {
    world.say("CREATE TABLE public.event (id integer NOT NULL, kind text) PARTITION BY RANGE (id)");
    let column = |name: &str, type_name: &str| Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        is_generated: false,
    };
    let mut table = Relation {
        name: "public.event".to_owned(),
        slot: "event".to_owned(),
        columns: vec![column("id", "integer"), column("kind", "text")],
        keys: Vec::new(),
        is_partitioned: true,
    };
    if world.choices.chance("event.at", 50) {
        let kind = world.choices.pick("event.at.type", &["date", "timestamp with time zone"]);
        world.say(format!("ALTER TABLE public.event ADD COLUMN at {kind}"));
        table.columns.push(column("at", kind));
    }
    let early = world.choices.chance("event.early", 50);
    if early {
        partitions(world, &table);
    }
    if world.choices.chance("event.pkey", 60) {
        world.say("ALTER TABLE public.event ADD PRIMARY KEY (id)");
        table.keys.push(table.columns[0].clone());
    }
    if world.choices.chance("event.check", 40) {
        let condition = condition(world, "event.check", &table.columns[1].clone());
        world.say(format!("ALTER TABLE public.event ADD CONSTRAINT event_kind CHECK ({condition})"));
    }
    for at in 0..2 {
        let slot = format!("event.index {at}");
        if world.choices.chance(&slot, 50) {
            // Two that are alike would be told apart by nobody.
            let column = if at == 0 { "kind" } else { table.columns[table.columns.len() - 1].name.as_str() };
            let column = if at == 1 && column == "kind" { "id" } else { column };
            world.say(format!("CREATE INDEX event_ix_{at} ON public.event ({column})"));
        }
    }
    if !early {
        partitions(world, &table);
    }
    world.tables.push(table);
}

fn partitions(world: &mut World, table: &Relation) {
    for (at, (from, to)) in [(0, 10), (10, 20), (20, 30)].into_iter().enumerate() {
        let slot = format!("event part {at}");
        let name = format!("public.event_{at}");
        match world.choices.number(&slot, 10) {
            0..6 => {
                let less = world.choices.pick(&format!("{slot}.less"), &[0, 0, 0, 2]);
                world.say(format!(
                    "CREATE TABLE {name} PARTITION OF {} FOR VALUES FROM ({from}) TO ({})",
                    table.name,
                    to - less
                ));
            }
            6 => {
                // The same table by itself.
                world.say(format!("CREATE TABLE {name} (LIKE {})", table.name));
            }
            _ => continue,
        }
        if world.choices.chance(&format!("{slot}.own"), 20) {
            world.say(format!("CREATE INDEX event_{at}_own ON {name} (kind)"));
        }
        world.remark(&slot, &format!("TABLE {name}"));
    }
}

/// References to keys of the same type.
fn foreign_keys(world: &mut World, at: usize) {
    let table = world.tables[at].clone();
    let tables = world.tables.clone();
    for (number, column) in table.columns.iter().enumerate().filter(|(_, column)| !column.is_generated) {
        let slot = format!("{}.reference {number}", table.slot);
        if !world.choices.chance(&slot, 30) {
            continue;
        }
        let targets: Vec<(&Relation, &Column)> = tables
            .iter()
            .filter(|target| target.slot != "note" || target.slot == table.slot)
            .flat_map(|target| target.keys.iter().map(move |key| (target, key)))
            .filter(|(_, key)| key.type_name == column.type_name)
            .collect();
        if targets.is_empty() {
            continue;
        }
        let (target, key) = targets[world.choices.number(&format!("{slot}.target"), targets.len())];
        let goes = world
            .choices
            .pick(&format!("{slot}.goes"), &["", " ON DELETE CASCADE", " ON UPDATE CASCADE ON DELETE SET NULL"]);
        let later = world.choices.pick(&format!("{slot}.later"), &["", "", " DEFERRABLE INITIALLY DEFERRED"]);
        let valid = !table.is_partitioned && world.choices.chance(&format!("{slot}.valid"), 10);
        let valid = if valid { " NOT VALID" } else { "" };
        world.say(format!(
            "ALTER TABLE {} ADD CONSTRAINT \"ref {number} {}\" FOREIGN KEY ({}) REFERENCES {} ({}){goes}{later}{valid}",
            table.name, table.slot, column.name, target.name, key.name
        ));
    }
}
