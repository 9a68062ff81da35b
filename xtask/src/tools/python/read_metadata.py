"""Reads the metadata of a project's models and writes it as JSON, as PostgreSQL would be told about it."""

MODULES = imported(REQUEST["modules"])
if FAILURES:
    answer({"failures": FAILURES, "python": sys.version.split()[0]})
DIALECT = postgresql.dialect(paramstyle="named")
PREPARER = DIALECT.identifier_preparer


def literal(text):
    return "'" + text.replace("'", "''") + "'"


# --- Which metadata --------------------------------------------------------------------------------------------------


def all_metadata():
    roots = [os.path.realpath(root) for root in REQUEST["roots"]]
    ours = set(REQUEST["modules"])
    found = []
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        is_ours = name in ours or (path and "site-packages" not in path and os.path.realpath(path).startswith(tuple(r + os.sep for r in roots)))
        if not is_ours:
            continue
        for value in list(vars(module).values()):
            try:
                one = value if isinstance(value, sa.MetaData) else getattr(value, "metadata", None)
            except Exception:  # noqa: BLE001 - a value may refuse to be looked at
                continue
            if isinstance(one, sa.MetaData) and one.tables and not any(one is other for other in found):
                found.append(one)
    return found


def declared():
    """Where the class of each table stands."""
    import inspect

    places = {}
    for mapper in [one for registry in sa.orm.mapperlib._all_registries() for one in registry.mappers]:
        kind, table = mapper.class_, mapper.local_table
        if table in places:
            continue
        try:
            line = getattr(kind, "__firstlineno__", None) or inspect.getsourcelines(kind)[1]
            places[table] = (relative(inspect.getsourcefile(kind)), line)
        except (OSError, TypeError):
            pass
    return places


# --- The names that PostgreSQL chooses -------------------------------------------------------------------------------


def clip(text, length):
    return text.encode()[:length].decode("utf-8", "ignore")


def chosen_name(first, second, label, taken):
    """As makeObjectName and ChooseRelationName do it."""
    count = 0
    while True:
        end = label if count == 0 else f"{label}{count}"
        room = 63 - (1 if second else 0) - len(end) - 1
        a, b = len(first.encode()), len(second.encode()) if second else 0
        while a + b > room:
            if a > b:
                a -= 1
            else:
                b -= 1
        name = clip(first, a) + (f"_{clip(second, b)}" if second else "") + f"_{end}"
        if name not in taken:
            return name
        count += 1


def joined(columns):
    text = ""
    for column in columns:
        text += ("_" if text else "") + clip(column, 63)
        if len(text.encode()) >= 64:
            break
    return text


# --- One table -------------------------------------------------------------------------------------------------------


def compiler():
    return DIALECT.ddl_compiler(DIALECT, None)


def sql(clause):
    if isinstance(clause, str):
        return clause
    return compiler().sql_compiler.process(clause, include_table=False, literal_binds=True)


def name_of(constraint):
    if constraint.name is None:
        return None
    name = PREPARER.format_constraint(constraint, _alembic_quote=False)
    return None if name is None else str(name)


def types_of(kind, seen=None):
    """Enums and domains in a type."""
    seen = set() if seen is None else seen
    if kind is None or id(kind) in seen:
        return
    seen.add(id(kind))
    yield from types_of(getattr(kind, "item_type", None), seen)
    impl = kind.dialect_impl(DIALECT) if hasattr(kind, "dialect_impl") else kind
    for candidate in (impl, getattr(impl, "impl_instance", None) or getattr(impl, "impl", None)):
        if isinstance(candidate, postgresql.DOMAIN):
            yield "domain", candidate
        elif isinstance(candidate, sa.Enum) and getattr(candidate, "native_enum", False):
            yield "enum", candidate
        elif candidate is not None and hasattr(candidate, "item_type"):
            yield from types_of(candidate.item_type, seen)


def counting(options):
    names = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")
    return {name: getattr(options, name) for name in names if getattr(options, name, None) is not None}


def column(it, table, enums, domains):
    specification = compiler().get_column_specification(it)
    identity = computed = None
    if it.identity is not None:
        identity = {"always": bool(it.identity.always), **counting(it.identity)}
    if it.computed is not None:
        computed = {"sql": sql(it.computed.sqltext), "persisted": it.computed.persisted}
    for kind, one in types_of(it.type):
        if kind == "enum":
            enums[one.schema or "", one.name] = {"schema": one.schema, "name": one.name, "values": list(one.enums)}
        else:
            below = DIALECT.type_compiler_instance.process(one.data_type)
            domains[one.schema or "", one.name] = {
                "schema": one.schema,
                "name": one.name,
                "type": below,
                "not_null": bool(one.not_null),
                "default": domain_default(one),
                "check": None if one.check is None else [one.constraint_name, sql(one.check)],
                "collation": one.collation,
            }
    sequence = it.default if isinstance(it.default, sa.Sequence) else None
    return {
        "name": it.name,
        "type": DIALECT.type_compiler_instance.process(it.type, type_expression=it),
        "nullable": bool(it.nullable),
        "primary_key": bool(it.primary_key),
        "serial": bool(it is table._autoincrement_column and identity is None and "SERIAL" in specification),
        "identity": identity,
        "computed": computed,
        "server_default": compiler().get_column_default_string(it),
        "comment": it.comment,
        "sequence": sequence.name if sequence is not None else None,
    }


def domain_default(domain):
    return None if domain.default is None else compiler().render_default_string(domain.default)


def mentioned(text, table):
    """The columns that a condition speaks of, as the server looks for them."""
    bare = re.sub(r"'(?:[^']|'')*'", "", text)

    def is_in(name):
        name, plain = re.escape(name), name == name.lower()
        return re.search(r'(?<![\w."])(?:"%s"|%s)(?![\w"(])' % (name, name), bare, re.I if plain else 0)

    return [it.name for it in table.columns if is_in(it.name)]


def constraint(it, table, inline):
    told = {"name": name_of(it), "deferrable": it.deferrable, "initially": it.initially, "comment": getattr(it, "comment", None)}
    columns = [one.name for one in it.columns]
    options = it.dialect_options["postgresql"]
    if isinstance(it, (sa.PrimaryKeyConstraint, sa.UniqueConstraint)):
        include = [getattr(one, "name", one) for one in options.get("include") or []]
        told |= {"columns": columns, "nulls_not_distinct": options.get("nulls_not_distinct"), "include": include}
    elif isinstance(it, sa.ForeignKeyConstraint):
        other = it.referred_table
        told |= {
            "columns": columns,
            "ref_schema": other.schema,
            "ref_table": other.name,
            "ref_columns": [one.column.name for one in it.elements],
            "ondelete": it.ondelete,
            "onupdate": it.onupdate,
            "match": it.match,
            "use_alter": bool(it.use_alter),
        }
    elif isinstance(it, sa.CheckConstraint):
        text = sql(it.sqltext)
        told |= {"sql": text, "columns": columns or mentioned(text, table), "type_bound": bool(it._type_bound), "inline": inline}
    elif isinstance(it, postgresql.ExcludeConstraint):
        elements = [[sql(one), getattr(one, "name", name), operator] for one, name, operator in it._render_exprs]
        where = sql(it.where) if it.where is not None else None
        ops = {str(key): str(value) for key, value in it.ops.items()}
        told |= {"using": it.using, "elements": elements, "where": where, "ops": ops}
    return told


def constraints(table, relations):
    """In the order in which PostgreSQL chooses names: checks, keys, foreign keys."""
    keys = {"primary_key": None, "foreign_keys": [], "uniques": [], "checks": [], "excludes": []}
    inline = {one for it in table.columns for one in it.constraints}
    for it in sorted(table.constraints | inline, key=lambda one: getattr(one, "_creation_order", 0)):
        if it._create_rule is not None and not it._create_rule(compiler()):
            continue
        told = constraint(it, table, it in inline)
        if isinstance(it, sa.PrimaryKeyConstraint):
            keys["primary_key"] = told if told["columns"] else None
        elif isinstance(it, sa.ForeignKeyConstraint):
            keys["foreign_keys"].append(told)
        elif isinstance(it, sa.UniqueConstraint):
            keys["uniques"].append(told)
        elif isinstance(it, sa.CheckConstraint):
            keys["checks"].append(told)
        elif isinstance(it, postgresql.ExcludeConstraint):
            keys["excludes"].append(told)
    names(table, keys, relations)
    keys["foreign_keys"].sort(key=lambda one: (one["columns"], one["pg_name"]))
    keys["uniques"].sort(key=lambda one: (one["columns"], one["pg_name"]))
    keys["checks"].sort(key=lambda one: (one["pg_name"], one["sql"]))
    return keys


def names(table, keys, relations):
    primary, own = keys["primary_key"], set()
    indexed = ([primary] if primary else []) + keys["uniques"] + keys["excludes"]
    for one in keys["checks"] + indexed + keys["foreign_keys"]:
        if one["name"]:
            one["pg_name"] = one["name"]
            own.add(one["name"])

    def choose(one, second, label, taken):
        if not one["name"]:
            one["pg_name"] = chosen_name(table.name, second, label, taken)
        own.add(one["pg_name"])

    for one in keys["checks"]:
        choose(one, one["columns"][0] if len(one["columns"]) == 1 else None, "check", own)
    for one in indexed:
        if one is primary:
            choose(one, None, "pkey", relations | own)
        elif "using" in one:
            choose(one, joined([element[1] or "expr" for element in one["elements"]]), "excl", relations | own)
        else:
            choose(one, joined(one["columns"]), "key", relations | own)
        relations.add(one["pg_name"])
    for one in keys["uniques"]:
        one["absorbed_by_pk"] = bool(primary and one["columns"] == primary["columns"] and not one["include"])
        if one["absorbed_by_pk"]:
            if one["name"] and not primary["name"]:
                primary["pg_name"] = one["name"]
            one["pg_name"] = primary["pg_name"]
    for one in keys["foreign_keys"]:
        choose(one, joined(one["columns"]), "fkey", own)


def index(it):
    options = it.dialect_options["postgresql"]
    where = options.get("where")
    if where is not None and not isinstance(where, str):
        where = sql(sa.sql.coercions.expect(sa.sql.roles.DDLExpressionRole, where))
    grouped = [one if isinstance(one, sa.sql.expression.ColumnClause) else one.self_group() for one in it.expressions]
    CreateIndex(it).compile(dialect=DIALECT)
    return {
        "name": str(PREPARER.format_index(it)).strip('"'),
        "unique": bool(it.unique),
        "expressions": [sql(one) for one in grouped],
        "keys": [getattr(one, "key", None) for one in it.expressions],
        "tablespace": options.get("tablespace"),
        "columns": [one.name for one in it.columns],
        "using": options.get("using") or None,
        "where": where,
        "ops": {str(key): str(value) for key, value in (options.get("ops") or {}).items()},
        "include": [getattr(one, "name", one) for one in options.get("include") or []],
        "with": {str(key): str(value) for key, value in (options.get("with") or {}).items()},
        "concurrently": bool(options.get("concurrently")),
        "nulls_not_distinct": options.get("nulls_not_distinct"),
    }


def table_row(table, enums, domains, relations, places):
    options = table.dialect_options["postgresql"]
    path, line = places.get(table, (None, None))
    return {
        "schema": table.schema,
        "name": table.name,
        "comment": table.comment,
        "prefixes": list(table._prefixes),
        "options": {key: str(value) for key, value in options.items() if value},
        "columns": [column(it, table, enums, domains) for it in table.columns],
        **constraints(table, relations),
        "indexes": sorted((index(it) for it in table.indexes), key=lambda one: one["name"]),
        "declared": {"path": path, "line": line, "column": 1},
    }


# --- The whole -------------------------------------------------------------------------------------------------------


def extras(metadata, known):
    """What `create_all` sends beside what the tables say: DDL of event listeners, indexes that they add."""
    found = []
    ordinary = ("create_table", "create_sequence", "set_table_comment", "set_column_comment", "add_constraint",
                "create_enum_type", "create_domain_type", "set_constraint_comment")

    def take(statement, *rest, **named):
        kind = getattr(statement, "__visit_name__", "")
        is_known = kind == "create_index" and str(PREPARER.format_index(statement.element)).strip('"') in known
        if kind not in ordinary and not is_known:
            found.append(str(statement.compile(dialect=DIALECT)).strip())

    metadata.create_all(sa.create_mock_engine("postgresql://", take), checkfirst=False)
    return found


def main():
    try:
        sa.orm.configure_mappers()
    except Exception as error:  # noqa: BLE001
        FAILURES.append(failure("compile", "the relationships of the models", error))
    enums, domains, sequences, tables, extra = {}, {}, {}, [], []
    places, relations, convention, default_schema = {}, {}, {}, None
    try:
        places = declared()
    except Exception:  # noqa: BLE001 - places are a courtesy
        pass
    everything = all_metadata()
    for metadata in everything:
        for table in metadata.tables.values():
            relations.setdefault(table.schema, set()).add(table.name)
    for metadata in everything:
        default_schema = default_schema or metadata.schema
        for table in metadata.tables.values():
            try:
                tables.append(table_row(table, enums, domains, relations.setdefault(table.schema, set()), places))
            except Exception as error:  # noqa: BLE001
                FAILURES.append(failure("compile", f"the table {table.fullname}", error))
        convention |= {str(key): value for key, value in metadata.naming_convention.items() if isinstance(value, str)}
        for sequence in metadata._sequences.values():
            sequences[sequence.schema or "", sequence.name] = {"schema": sequence.schema, "name": sequence.name, "options": counting(sequence)}
        try:
            extra += extras(metadata, {one["name"] for table in tables for one in table["indexes"]})
        except Exception as error:  # noqa: BLE001
            FAILURES.append(failure("compile", "the tables as SQL", error))
    tables.sort(key=lambda row: (row["schema"] or "", row["name"]))
    answer({
        "failures": FAILURES,
        "python": sys.version.split()[0],
        "sqlalchemy": sa.__version__,
        "default_schema": default_schema,
        "naming_convention": convention,
        "enums": [enums[key] for key in sorted(enums)],
        "domains": [domains[key] for key in sorted(domains)],
        "sequences": [sequences[key] for key in sorted(sequences)],
        "tables": tables,
        "extra": extra,
    })


main()
