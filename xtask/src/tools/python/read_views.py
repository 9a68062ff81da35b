"""Reads the views that modules define as SELECTs of SQLAlchemy, and writes them as JSON.

Run by `cargo xtask views export --python`. Each of `views` in the request is `module`, of which every public variable that
holds a query is a view, or `module:NAME`, which is one view or a list or dict of views.
"""

DIALECT = postgresql.dialect(paramstyle="named")
QUERIES = ("selectable", "select", "query", "expr", "expression", "definition", "statement", "sql")
FOUND = []


def query_of(value):
    """The query that a value is, or None."""
    if isinstance(value, (sa.sql.expression.Subquery, sa.sql.expression.CTE)):
        value = value.element
    if isinstance(value, sa.orm.Query):
        value = value.statement
    return value if isinstance(value, sa.sql.expression.SelectBase) else None


def sql_of(value):
    """The SQL of what is known to be a query: text is taken as it is."""
    if isinstance(value, str):
        return value.strip().rstrip(";")
    if not isinstance(value, sa.sql.expression.TextClause):
        value = query_of(value)
    if value is None:
        return None
    for part in sa.sql.visitors.iterate(value):
        # SQLAlchemy would write NULL for it, and the view would be empty.
        if isinstance(part, sa.sql.expression.BindParameter) and part.required:
            raise ValueError(f"the parameter {part.key!r} has no value; a view has none but those in its SQL")
    return str(value.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})).strip().rstrip(";")


def taken(value, names):
    """The first of these that a dict or an object has; methods are called."""
    for name in names:
        found = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
        if found is not None and callable(found) and not isinstance(found, sa.sql.ClauseElement):
            found = found() if not isinstance(value, dict) else found
        if found is not None:
            return found
    return None


def described(value):
    """The name and query of a dict, class or object that describes a view; None for anything else."""
    is_other = isinstance(value, (str, bytes, sa.sql.ClauseElement, sa.MetaData)) or hasattr(value, "__table__")
    if is_other or isinstance(value, type(sys)) or value is None:
        return None
    keys = value.keys() if isinstance(value, dict) else dir(value)
    if "name" not in keys and "signature" not in keys or not any(name in keys for name in QUERIES):
        return None
    name, query = taken(value, ("name", "signature")), taken(value, QUERIES)
    is_query = isinstance(query, (str, sa.sql.expression.TextClause)) or query_of(query) is not None
    return (name, query) if isinstance(name, str) and is_query else None


def add(source, name, query, value=None):
    told = (lambda *names: taken(value, names)) if value is not None else (lambda *names: None)
    schema, _, name = name.rpartition(".")
    materialised = told("materialized", "materialised", "is_materialized", "is_materialised")
    if materialised is None and "Materialized" in type(value).__name__:
        materialised = True
    indexes = [str(index).strip().rstrip(";") for index in told("indexes") or [] if isinstance(index, str)]
    try:
        sql = sql_of(query)
    except Exception as error:  # noqa: BLE001
        FAILURES.append(failure("compile", f"{source} ({name})", error))
        return
    FOUND.append({"name": name, "schema": schema or told("schema") or None, "materialised": materialised, "sql": sql,
                  "indexes": indexes, "source": source})


def add_all(source, value, name):
    """A view, or views; whether there was any."""
    if query_of(value) is not None or isinstance(value, sa.sql.expression.TextClause):
        add(source, name, value)
    elif (view := described(value)) is not None:
        add(source, view[0], view[1], value)
    elif isinstance(value, dict):
        for key, one in value.items():
            named = {"name": key, **one} if isinstance(one, dict) else one
            if isinstance(one, str):
                add(source, str(key), one)
            else:
                add_all(source, named, str(key))
    elif isinstance(value, (list, tuple, set)):
        for one in value:
            if isinstance(one, (list, tuple)) and len(one) >= 2 and isinstance(one[0], str):
                add_all(source, {"name": one[0], "sql": one[1]} if isinstance(one[1], str) else one[1], one[0])
            else:
                add_all(source, one, name)


def public(module):
    names = getattr(module, "__all__", None)
    return names if names is not None else [name for name in vars(module) if not name.startswith("_")]


def views_of(told):
    module, _, path = told.partition(":")
    [module] = imported([module])
    before = len(FOUND) + len(FAILURES)
    if path:
        value = module
        for part in path.split("."):
            value = getattr(value, part)
        if callable(value) and not isinstance(value, (type, sa.sql.ClauseElement)) and described(value) is None:
            value = value()
        add_all(told, value, path.rpartition(".")[2].lower())
    else:
        seen = []
        for name in public(module):
            value = getattr(module, name, None)
            if any(value is other for other in seen):
                continue
            seen.append(value)
            if query_of(value) is not None:
                add(f"{told}:{name}", name.lower(), value)
            elif (view := described(value)) is not None:
                add(f"{told}:{name}", view[0], view[1], value)
    if len(FOUND) + len(FAILURES) == before:
        FAILURES.append({"kind": "nothing", "subject": told, "said": "", "trace": []})


for told in REQUEST["views"]:
    try:
        views_of(told)
    except BaseException as error:  # noqa: BLE001 - modules may even call sys.exit()
        if isinstance(error, KeyboardInterrupt):
            raise
        if not FAILURES:
            FAILURES.append(failure("import", told, error))
answer({"failures": FAILURES, "python": sys.version.split()[0], "views": FOUND})
