#!/usr/bin/env python3
"""Converts a real project's Alembic scripts with `cargo xtask`'s reader, and compares the result with Alembic's.

A development script: neither the tool nor its tests need it. It wants alembic and psycopg2, what the project's scripts import, and
a PostgreSQL on which databases can be made:

    python scripts/alembic_projects.py postgresql+psycopg2://postgres@127.0.0.1/postgres VERSIONS_FOLDER \\
        [--root IMPORT_ROOT]… [--setup SQL] [--dump CATDUMP.py]

It counts what was converted and why the rest was not. Then one database is made by `alembic upgrade`, one by the converted SQL,
where revisions that were not converted are left to Alembic, and what CATDUMP prints of both is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg2
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent

ENV = """
from alembic import context
import sqlalchemy as sa
engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=sa.pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def converted(versions: Path, roots: list[str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "converted.json"
        told = {"XTASK_ALEMBIC_PROJECT": str(versions), "XTASK_ALEMBIC_ROOTS": ":".join(roots), "XTASK_ALEMBIC_OUT": str(out)}
        test = ["cargo", "test", "-q", "--locked", "--test", "it", "--", "--ignored", "--exact", "alembic_projects::a_project_is_converted"]
        subprocess.run(test, cwd=ROOT, env={**os.environ, **told}, check=True, stdout=subprocess.DEVNULL)
        return json.loads(out.read_text())


def counted(result: dict) -> None:
    revisions = result["revisions"]
    for direction in ("up", "down"):
        static = [it for it in revisions if "statements" in it[direction]]
        share = 100 * len(static) / len(revisions)
        print(f"{direction}: {len(static)} of {len(revisions)} converted ({share:.0f} %)")
        reasons = Counter()
        for it in revisions:
            for reason in set(it[direction].get("reasons", [])[:1]):
                reasons[re.sub(r"`[^`]*`", "`…`", reason)] += 1
        for reason, count in reasons.most_common(12):
            print(f"  {count:3} {reason}")
    print(f"read and converted in {result['seconds'] * 1000:.0f} ms (debug build)")


class Alembic:
    """The project's scripts with an env.py of our own."""

    def __init__(self, folder: str, versions: Path, url: sa.URL) -> None:
        Path(folder, "env.py").write_text(ENV)
        self.config = Config()
        self.config.set_main_option("script_location", folder)
        self.config.set_main_option("version_locations", str(versions))
        self.config.set_main_option("path_separator", "newline")
        self.config.set_main_option("sqlalchemy.url", url.render_as_string(hide_password=False).replace("%", "%%"))

    def upgrade(self, target: str) -> None:
        command.upgrade(self.config, target)


def fresh(admin: sa.URL, name: str, setup: str) -> sa.URL:
    connection = psycopg2.connect(admin.render_as_string(hide_password=False).replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()
    url = admin.set(database=name)
    if setup:
        run(url, [{"sql": setup, "no_transaction": True}])
    return url


def run(url: sa.URL, statements: list[dict]) -> None:
    connection = psycopg2.connect(url.render_as_string(hide_password=False).replace("+psycopg2", ""))
    connection.autocommit = True
    cursor, inside = connection.cursor(), False
    for statement in statements:
        if statement["no_transaction"] == inside:
            cursor.execute("COMMIT" if inside else "BEGIN")
            inside = not inside
        cursor.execute(statement["sql"])
    if inside:
        cursor.execute("COMMIT")
    connection.close()


def apply(alembic: Alembic, url: sa.URL, result: dict) -> int:
    """The converted SQL, and Alembic for what was not converted; how many were left to it."""
    left, heads = 0, set()
    run(url, [{"sql": "CREATE TABLE alembic_version (version_num varchar(128) PRIMARY KEY)", "no_transaction": True}])
    for it in result["revisions"]:
        try:
            if "statements" in it["up"]:
                run(url, it["up"]["statements"])
                heads = (heads - set(it["parents"])) | {it["revision"]}
                rows = ", ".join(f"('{head}')" for head in heads)
                run(url, [{"sql": f"DELETE FROM alembic_version; INSERT INTO alembic_version VALUES {rows}", "no_transaction": True}])
            else:
                left += 1
                alembic.upgrade(it["revision"])
                heads = (heads - set(it["parents"])) | {it["revision"]}
        except Exception as error:
            raise SystemExit(f"{it['revision']}: {error}")
    return left


def dump(tool: str, url: sa.URL) -> dict:
    shown = url.render_as_string(hide_password=False).replace("+psycopg2", "")
    result = json.loads(subprocess.run([sys.executable, tool, shown], check=True, capture_output=True, text=True).stdout)
    return {name: text for name, text in result.items() if "alembic_version" not in name}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("versions", type=Path)
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("--setup", default="")
    parser.add_argument("--dump", default="")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    result = converted(told.versions.resolve(), told.root)
    if told.json:
        told.json.write_text(json.dumps(result, indent=1))
    counted(result)
    if not told.dump:
        return
    sys.path[:0] = told.root
    admin = sa.make_url(told.server)
    theirs, ours = fresh(admin, "project_alembic", told.setup), fresh(admin, "project_ours", told.setup)
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        Alembic(folder, told.versions, theirs).upgrade("heads")
        middle = time.monotonic()
        left = apply(Alembic(folder, told.versions, ours), ours, result)
        end = time.monotonic()
    print(f"alembic upgrade heads {middle - start:.1f} s; the converted SQL {end - middle:.1f} s, {left} revisions left to Alembic")
    expected, got = dump(told.dump, theirs), dump(told.dump, ours)
    different = sorted(name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name))
    print(f"catalogue at head: {len(expected)} objects, {len(different)} differences")
    for name in different[:20]:
        print(f"  {name}\n    Alembic: {expected.get(name)}\n    ours:    {got.get(name)}")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
