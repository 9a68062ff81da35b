"""Runs revision scripts of Alembic: renders them in offline mode, or applies them to a database.

Started by `cargo xtask adopt --render` and `--prove`. The first argument is JSON: `roots` for imports; `ini`, its alembic.ini if there is one; `location` and `versions`, the folders of Alembic; `recursive`;
`naming_convention`. Then each line of the standard input is a request, and each is answered with one line of JSON. No `env.py` is
run: it asks for settings of the application, and for a database that is not the one meant here.
"""
import json, os, sys

REQUESTS = os.fdopen(os.dup(0), "r", encoding="utf-8")
ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
# Scripts read nothing that is meant for us, and what they print is no answer.
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)


def answer(value):
    ANSWERS.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    ANSWERS.flush()


ABOUT = json.loads(sys.argv[1])
# The folder of the project may have a folder `alembic`: as for the command `alembic` itself, it is looked into only afterwards.
sys.path[0:1] = []

import importlib.util, io, traceback  # noqa: E402

VERSIONS = {"python": sys.version.split()[0]}


def failure(error, path=None):
    """What an exception says, and the last line of the script that it came through."""
    line, elsewhere = None, ""
    frames = [(os.path.realpath(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if path:
        lines = [number for name, number in frames if name == os.path.realpath(path)]
        line = lines[-1] if lines else None
    if line is None:
        # Alembic loads all scripts before it runs one: another may be what fails.
        folders = tuple(os.path.realpath(folder) + os.sep for folder in ABOUT["versions"])
        others = [(name, number) for name, number in frames if name.startswith(folders)]
        elsewhere = f" ({os.path.basename(others[-1][0])}, line {others[-1][1]})" if others else ""
    said = "".join(traceback.format_exception_only(type(error), error)).strip()
    # SQLAlchemy adds a link to its pages, and all of the statement.
    lines = [it for it in said.splitlines() if it.strip() and not it.startswith("(Background on this error")]
    return {"failure": {"said": "\n".join(lines[:6])[:1000] + elsewhere, "line": line}}


try:
    import alembic
    import sqlalchemy as sa
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime import migration
    from alembic.script import ScriptDirectory
except ImportError as error:
    answer({**VERSIONS, **failure(error)})
    sys.exit(0)

sys.path[0:0] = ABOUT["roots"]
VERSIONS["alembic"] = alembic.__version__
VERSIONS["sqlalchemy"] = sa.__version__
CONFIG = Config(ABOUT["ini"]) if ABOUT["ini"] else Config()
CONFIG.set_main_option("script_location", ABOUT["location"].replace("%", "%%"))
OPTIONS = {"recursive_version_locations": True} if ABOUT["recursive"] else {}
SCRIPTS = ScriptDirectory(ABOUT["location"], version_locations=ABOUT["versions"], **OPTIONS)
METADATA = sa.MetaData(naming_convention=ABOUT["naming_convention"] or None)


# --- Offline ---------------------------------------------------------------------------------------------------------


def loaded(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render(path, function):
    statements, depth, asked = [], [0], []

    def line_of_script():
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != path:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def take(text):
        statements.append({"sql": text, "no_transaction": depth[0] > 0, "line": line_of_script()})

    def leave():
        depth[0] += 1

    def enter():
        depth[0] -= 1

    class Connection:
        """What offline mode has in the place of a connection: nothing. Who asks for it is remembered."""

        def __get__(self, *_):
            asked.append(line_of_script())

    environment = EnvironmentContext(CONFIG, SCRIPTS, as_sql=True)
    with environment:
        environment.configure(
            dialect_name="postgresql",
            dialect_opts={"paramstyle": "named"},
            literal_binds=True,
            output_buffer=io.StringIO(),
            target_metadata=METADATA,
        )
        context = environment.get_context()
        implementation = context.impl
        implementation.static_output, implementation.emit_commit, implementation.emit_begin = take, leave, enter
        implementation.__class__ = type("Offline", (type(implementation),), {"bind": Connection()})
        context.__class__ = type("Offline", (type(context),), {"bind": Connection()})
        with Operations.context(context):
            getattr(loaded(path), function, lambda: None)()
    if asked:
        said = "it asks for the connection, which offline mode does not have, and goes on without: what it does with it is not known"
        return {"failure": {"said": said, "line": asked[0]}}
    return {"statements": statements}


# --- On a database ---------------------------------------------------------------------------------------------------


def driver():
    for name, module in (("psycopg2", "psycopg2"), ("psycopg", "psycopg")):
        if importlib.util.find_spec(module):
            return name
    raise ModuleNotFoundError("neither psycopg2 nor psycopg is installed beside Alembic, so it cannot connect to PostgreSQL")


class WithoutBooks(migration.HeadMaintainer):
    """Of a database whose other revisions Alembic has not run, so that its rows mean nothing."""

    def update_to_step(self, step):
        pass


def step(url, revision, up, books):
    """Applies one revision or takes it back, with all that Alembic does for it; `books` is whether `alembic_version` is kept."""
    url = sa.make_url(url).set(drivername="postgresql+" + driver())
    script = SCRIPTS.get_revision(revision)
    # A run of Alembic has each script anew: what an earlier step has made of its globals is gone.
    script.module = loaded(script.path)
    make = migration.MigrationStep.upgrade_from_script if up else migration.MigrationStep.downgrade_from_script
    keeper, migration.HeadMaintainer = migration.HeadMaintainer, migration.HeadMaintainer if books else WithoutBooks
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            environment = EnvironmentContext(CONFIG, SCRIPTS, fn=lambda *_: [make(SCRIPTS.revision_map, script)])
            with environment:
                environment.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
                with environment.begin_transaction():
                    environment.run_migrations()
    finally:
        migration.HeadMaintainer = keeper
        engine.dispose()
    return {}


# --- The conversation ------------------------------------------------------------------------------------------------


def answered(request):
    try:
        if request["do"] == "render":
            return render(request["path"], request["function"])
        if request["do"] == "step":
            return step(request["url"], request["revision"], request["up"], request["books"])
        raise ValueError(f"unknown request {request['do']}")
    except BaseException as error:  # noqa: BLE001 - scripts may even call sys.exit()
        if isinstance(error, KeyboardInterrupt):
            raise
        return failure(error, request.get("path"))


answer(VERSIONS)
for words in REQUESTS:
    answer(answered(json.loads(words)))
