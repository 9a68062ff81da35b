#!/usr/bin/env python3
"""Records what Alembic renders for small scripts, one a directive and option.

A development script: neither the tool nor its tests need it. It wants alembic, sqlalchemy, sqlmodel, geoalchemy2, pgvector
and psycopg2, and a PostgreSQL on which databases can be made, to run every record once:

    python scripts/alembic_cases.py postgresql://postgres@127.0.0.1/postgres

It writes `xtask/tests/conformance/alembic/scripts.json`. The cases are in `alembic_case_list.py`. They are rendered by
`alembic upgrade --sql` and `downgrade --sql`. Offline mode refuses scripts that ask for the schema's shape, and has no literal for
some values: there a script without the question is rendered in its place (`like` in the list).
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import re
import sys
import tempfile
import textwrap
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl

from alembic_case_list import CASES, Case

TARGET = Path(__file__).resolve().parent.parent / "xtask/tests/conformance/alembic/scripts.json"

ENV = """
from alembic import context
import sqlalchemy as sa
{imports}
config = context.config
metadata = sa.MetaData(naming_convention={convention!r}) if {convention!r} else None
context.configure(url="postgresql+psycopg2://", target_metadata=metadata, literal_binds=True, transaction_per_migration=True,
    dialect_opts={{"paramstyle": "named"}})
with context.begin_transaction():
    context.run_migrations()
"""

SCRIPT = '''"""{title}

Revision ID: {revision}
Revises: {parent}
Create Date: 2026-01-02 03:04:05.678901

"""
from alembic import op
import sqlalchemy as sa
{top}
revision = {revision!r}
down_revision = {parent_value!r}
branch_labels = None
depends_on = None

{helpers}
def upgrade():
{up}


def downgrade():
{down}
'''


def script(case: Case, revision: str, parent: str | None, up: str, down: str, top: str, helpers: str) -> str:
    def body(text: str) -> str:
        return textwrap.indent(textwrap.dedent(text).strip("\n") or "pass", "    ")

    def lines(text: str) -> str:
        text = textwrap.dedent(text).strip("\n")
        return f"{text}\n\n" if text else ""

    return SCRIPT.format(
        title=case.name, revision=revision, parent=parent or "", parent_value=parent, top=lines(top), helpers=lines(helpers),
        up=body(up), down=body(down),
    )


def files(case: Case) -> dict[str, str]:
    """The scripts of a case, by the names of their files."""
    found = {}
    if case.before:
        found["first_before.py"] = script(case, "first", None, case.before, "", case.top, "")
    parent = "first" if case.before else None
    found["case_itself.py"] = script(case, "case", parent, case.up, case.down, case.top, case.helpers)
    return found


class Listener:
    """What Alembic writes in offline mode, statement by statement."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @contextlib.contextmanager
    def listening(self):
        original = DefaultImpl.static_output

        def static_output(impl, text):
            self.statements.append(text)
            original(impl, text)

        DefaultImpl.static_output = static_output
        try:
            yield self
        finally:
            DefaultImpl.static_output = original

    def of_revision(self, heading: str) -> list[str]:
        """The statements of the revision whose `-- Running …` line ends so, without Alembic's own bookkeeping."""
        found, inside = [], False
        for text in self.statements:
            if text.startswith("-- Running"):
                inside = bool(re.search(heading, text))
                continue
            if inside and not re.search(r"\balembic_version\b", text):
                found.append(text)
        # The transaction of the revision itself, which autocommit_block ends and begins anew.
        while found and found[-1] in ("COMMIT;", "BEGIN;"):
            found.pop()
        return found


def configuration(folder: Path, case: Case) -> Config:
    (folder / "versions").mkdir()
    (folder / "env.py").write_text(ENV.format(imports=case.env, convention=case.convention))
    (folder / "script.py.mako").write_text("")
    for name, text in files(case).items():
        (folder / "versions" / name).write_text(text)
    config = Config(output_buffer=io.StringIO(), stdout=io.StringIO())
    config.set_main_option("script_location", str(folder))
    return config


def offline(case: Case, folder: Path) -> tuple[list[str], list[str]]:
    config = configuration(folder, case)
    base = "first" if case.before else "base"
    with Listener().listening() as up:
        command.upgrade(config, f"{base}:case" if case.before else "case", sql=True)
    with Listener().listening() as down:
        command.downgrade(config, f"case:{base}", sql=True)
    return up.of_revision(r"upgrade .*-> case\b"), down.of_revision(r"downgrade case ->")


def in_new_database(admin: sa.Engine, name: str):
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    return sa.create_engine(admin.url.set(database=name), isolation_level="AUTOCOMMIT")


def run(engine: sa.Engine, sql: str) -> None:
    raw = engine.raw_connection()
    try:
        raw.driver_connection.autocommit = True
        cursor = raw.cursor()
        cursor.execute(sql)
    finally:
        raw.close()


def has_extensions(engine: sa.Engine, names: list[str]) -> bool:
    with engine.connect() as connection:
        known = set(connection.execute(sa.text("select name from pg_available_extensions")).scalars())
    return set(names) <= known


def recorded(case: Case, admin: sa.Engine) -> dict:
    """The record of a case, which has been run on a database."""
    record: dict = {"name": case.name, "files": files(case)}
    for key in ("setup", "convention", "needs", "unknown", "note"):
        if getattr(case, key):
            record[key] = getattr(case, key)
    if case.unknown:
        return record
    if case.like is not None:
        # What offline mode cannot render: the equal script without what depends on the database.
        case = Case(case.name, up=case.like[0], down=case.like[1], top=case.top, setup=case.setup, before=case.before,
                    convention=case.convention, env=case.env, needs=case.needs)
    database = in_new_database(admin, "alembic_cases")
    able = has_extensions(database, case.needs)
    with tempfile.TemporaryDirectory() as folder:
        record["up"], record["down"] = offline(case, Path(folder))
    first: list[str] = []
    if case.before:
        alone = Case(case.name, up=case.before, top=case.top, convention=case.convention, env=case.env)
        with tempfile.TemporaryDirectory() as folder:
            first = record["before"] = offline(alone, Path(folder))[0]
    if able:
        run(database, case.setup or "select 1")
        for statement in first:
            run(database, statement)
        for statement in record["up"] + record["down"]:
            try:
                run(database, statement)
            except Exception as error:
                raise RuntimeError(f"{statement}\n{error}") from error
    database.dispose()
    return record


def main() -> None:
    url = sa.make_url(sys.argv[1])
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    records, names, failed = [], set(), 0
    for case in CASES:
        assert case.name not in names, case.name
        names.add(case.name)
        if only not in case.name:
            continue
        try:
            records.append(recorded(case, admin))
        except Exception as error:
            failed += 1
            print(f"FAIL {case.name}: {error}", file=sys.stderr)
    versions = {name: importlib.metadata.version(name) for name in ("alembic", "sqlalchemy", "sqlmodel", "geoalchemy2", "pgvector")}
    if failed or only:
        print(json.dumps(records, indent=1) if only else f"{failed} failed", file=sys.stderr)
        sys.exit(1 if failed else 0)
    TARGET.write_text(json.dumps({"made with": versions, "cases": records}, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(records)} cases")


if __name__ == "__main__":
    main()
