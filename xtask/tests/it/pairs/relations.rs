//! Views, materialised views, and functions over the rows of tables.

use super::world::{Column, Relation, World};

pub(super) fn write(world: &mut World) {
    functions(world);
    for at in 0..6 {
        view(world, at);
    }
    ownership(world);
}

/// Functions that take or return rows.
fn functions(world: &mut World) {
    let Some(table) = world.tables.first().cloned() else { return };
    if world.choices.chance("newest", 40) {
        let set = world.choices.pick("newest.set", &["", "SETOF "]);
        let name = &table.name;
        world.say(format!("CREATE FUNCTION newest() RETURNS {set}{name} LANGUAGE sql AS $$ SELECT * FROM {name} $$"));
    }
    if world.choices.chance("counted", 40) {
        let name = &table.name;
        world.say(format!(
            "CREATE FUNCTION counted(r {name}) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM {name} $$"
        ));
    }
}

fn view(world: &mut World, at: usize) {
    let slot = format!("view {at}");
    if world.readable.is_empty() || !world.choices.chance(&slot, 65) {
        return;
    }
    let source = world.readable[world.choices.number(&format!("{slot}.source"), world.readable.len())].clone();
    let is_materialised = world.choices.chance(&format!("{slot}.materialised"), 35);
    let name = ["public.v0", "public.\"V 1\"", "public.a_view", "public.v3", "public.z4", "public.b5"][at];
    let (columns, query) = query(world, &slot, &source);
    let (kind, word) = if is_materialised { ("MATERIALIZED VIEW", "WITH DATA") } else { ("VIEW", "") };
    let with = match (is_materialised, world.choices.number(&format!("{slot}.with"), 10)) {
        (false, 0) => " WITH (security_barrier = true)",
        (true, 0) => " WITH (fillfactor = 80)",
        _ => "",
    };
    let word = if is_materialised && world.choices.alike(&format!("{slot}.empty"), 20) { "WITH NO DATA" } else { word };
    world.say(format!("CREATE {kind} {name}{with} AS {query} {word}"));
    world.remark(&slot, &format!("{kind} {name}"));
    world.remark(&format!("{slot}.column"), &format!("COLUMN {name}.{}", columns[0].name));
    world.grant(&slot, &["SELECT", "ALL"], name);
    if is_materialised {
        for (number, column) in columns.iter().enumerate().take(2) {
            if world.choices.chance(&format!("{slot}.index {number}"), 50) {
                world.say(format!("CREATE INDEX mix_{at}_{number} ON {name} ({})", column.name));
                world.remark(&format!("{slot}.index {number}"), &format!("INDEX public.mix_{at}_{number}"));
            }
        }
    } else if world.choices.chance(&format!("{slot}.rule"), 10) {
        world.say(format!("CREATE RULE \"Swallow\" AS ON INSERT TO {name} DO INSTEAD NOTHING"));
    } else if world.choices.chance(&format!("{slot}.default"), 5) {
        world.say(format!("ALTER VIEW {name} ALTER COLUMN {} SET DEFAULT NULL", columns[0].name));
    }
    // Nobody can read what has not been filled.
    if word == "WITH NO DATA" {
        return;
    }
    world.readable.push(Relation { name: name.to_owned(), slot, columns, keys: Vec::new(), is_partitioned: false });
}

/// Some columns of the source, as they are, in groups, or joined with another relation.
fn query(world: &World, slot: &str, source: &Relation) -> (Vec<Column>, String) {
    let mut columns: Vec<Column> = source
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || world.choices.chance(&format!("{slot}.column {at}"), 60))
        .map(|(_, column)| column.clone())
        .collect();
    if world.choices.chance(&format!("{slot}.turned"), 15) {
        columns.reverse();
    }
    let list = |alias: &str| columns.iter().map(|it| format!("{alias}.{}", it.name)).collect::<Vec<_>>().join(", ");
    let number = |name: &str, type_name: &str| Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        is_generated: false,
    };
    let (mut found, query) = match world.choices.number(&format!("{slot}.query"), 6) {
        0 => {
            let query = format!("SELECT {}, count(*) AS n FROM {} s GROUP BY {}", list("s"), source.name, list("s"));
            ([columns.clone(), vec![number("n", "bigint")]].concat(), query)
        }
        1 => {
            let other = &world.readable[world.choices.number(&format!("{slot}.other"), world.readable.len())];
            let column = &other.columns[0];
            let query = format!(
                "SELECT {}, o.{} AS other FROM {} s CROSS JOIN {} o",
                list("s"),
                column.name,
                source.name,
                other.name
            );
            ([columns.clone(), vec![number("other", &column.type_name)]].concat(), query)
        }
        2 if world.has_function => {
            let query = format!("SELECT {}, \"add One\"(3) AS one FROM {} s", list("s"), source.name);
            ([columns.clone(), vec![number("one", "integer")]].concat(), query)
        }
        3 => (
            columns.clone(),
            format!("SELECT {} FROM {} s WHERE s.{} IS NOT NULL", list("s"), source.name, columns[0].name),
        ),
        4 => {
            let query = format!(
                "SELECT {} FROM {} s UNION ALL SELECT {} FROM {} t",
                list("s"),
                source.name,
                list("t"),
                source.name
            );
            (columns.clone(), query)
        }
        _ => (columns.clone(), format!("SELECT {} FROM {} s", list("s"), source.name)),
    };
    // A name can come twice where a view reads a view.
    let mut seen = std::collections::BTreeSet::new();
    let is_unique = found.iter().all(|column| seen.insert(column.name.clone()));
    if is_unique {
        return (found, query);
    }
    found = columns.clone();
    (found, format!("SELECT {} FROM {} s", list("s"), source.name))
}

/// Sequences that belong to a column.
fn ownership(world: &mut World) {
    let Some(table) = world.tables.iter().find(|it| it.name.starts_with("public.")).cloned() else { return };
    for name in world.sequences.clone() {
        if world.choices.chance(&format!("sequence {name}.owned"), 30) {
            world.say(format!("ALTER SEQUENCE {name} OWNED BY {}.{}", table.name, table.columns[0].name));
        }
    }
}
