#!/usr/bin/env python3
"""Records what small scripts of Alembic send that depend on rows: loops over queries, and sessions of the ORM.

A development script: neither the tool nor its tests need it. Alembic's offline mode has no rows, so each script is run on a
database of its own, which its setup has filled, and the statements that change something are kept as they were sent:

    python scripts/alembic_runs.py postgresql+psycopg2://postgres@127.0.0.1/postgres

It writes `xtask/tests/conformance/alembic/runs.json`, in the form of `scripts.json`. What the converted script does to the same rows
has to be the same.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import sys
import tempfile
from pathlib import Path

import psycopg2.extensions
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from alembic_case_list import Case
from alembic_cases import files
from alembic_run_list import RUNS

TARGET = Path(__file__).resolve().parent.parent / "xtask/tests/conformance/alembic/runs.json"

ENV = """
from alembic import context
config = context.config
context.configure(connection=config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
"""

SENT: list[str] = []


class Cursor(psycopg2.extensions.cursor):
    """Keeps what is sent."""

    def execute(self, query, values=None):
        result = super().execute(query, values)
        keep(self.query)
        return result

    def executemany(self, query, values):
        for row in values:
            keep(self.mogrify(query, row))
        return super().executemany(query, values)


def keep(sent: bytes) -> None:
    text = sent.decode()
    changes = text.split()[0].upper() in ("INSERT", "UPDATE", "DELETE", "ALTER", "CREATE", "DROP")
    if changes and "alembic_version" not in text:
        SENT.append(text)


def recorded(case: Case, admin: sa.Engine) -> dict:
    """The record of a case: what it sends on the rows of its setup; with `unknown`, no more than the scripts."""
    scripts = files(case)
    record = {"name": case.name, "files": scripts, "setup": case.setup}
    if case.unknown:
        return record | {"unknown": case.unknown}
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS recorded WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE recorded")
    engine = sa.create_engine(admin.url.set(database="recorded"), connect_args={"cursor_factory": Cursor})
    with tempfile.TemporaryDirectory() as folder:
        versions = Path(folder) / "versions"
        versions.mkdir()
        (Path(folder) / "env.py").write_text(ENV)
        for name, text in scripts.items():
            (versions / name).write_text(text)
        config = Config(stdout=io.StringIO())
        config.set_main_option("script_location", folder)
        with engine.begin() as connection:
            connection.exec_driver_sql(case.setup)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            SENT.clear()
            with contextlib.redirect_stderr(io.StringIO()):
                command.upgrade(config, "head")
            connection.commit()
    engine.dispose()
    return record | {"up": list(SENT)}


def main() -> None:
    admin = sa.create_engine(sa.make_url(sys.argv[1]), isolation_level="AUTOCOMMIT")
    records, failed = [], 0
    for case in RUNS:
        try:
            records.append(recorded(case, admin))
        except Exception as error:
            failed += 1
            print(f"FAIL {case.name}: {error}", file=sys.stderr)
    versions = {name: importlib.metadata.version(name) for name in ("alembic", "sqlalchemy")}
    if failed:
        sys.exit(1)
    TARGET.write_text(json.dumps({"made with": versions, "cases": records}, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(records)} cases")


if __name__ == "__main__":
    main()
