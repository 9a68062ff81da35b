#!/usr/bin/env python3
"""Measures autogenerate beside Alembic: the same SQLModel classes, the same database, nothing to change. Prints a Markdown table.

A development script, like `compare.py` beside it, whose head says what the Python that runs it must have.

    /tmp/bench-venv/bin/python benchmarks/autogenerate.py --tables 100 2000
    python3 benchmarks/autogenerate.py --tables 100 2000 10000 --ours --rounds 3
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import compare
import projects
from cluster import Cluster
from compare import ALEMBIC, BINARIES, Contestant, Times

CONFIG = '[models]\ndir = "models"\n'


def write(folder: Path, tables: int) -> Path:
    """One project for both tools."""
    (folder / "script" / "versions").mkdir(parents=True)
    (folder / "migrations").mkdir()
    (folder / "xtask.toml").write_text(CONFIG)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/script\nprepend_sys_path = %(here)s\n")
    (folder / "script" / "env.py").write_text(projects.ENV.format(imports="import models\n", metadata="models.SQLModel.metadata"))
    # Alembic writes a script also where nothing changes; `tidy` removes it before the next run.
    (folder / "script" / "script.py.mako").write_text("revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n")
    projects.write_models(folder / "models", tables)
    return folder


def contestants(cluster: Cluster, project: Path, database: str, names: list[str], empty_cache: bool, ours_alone: bool) -> dict[str, Contestant]:
    """No change: what `migrate-autogenerate` and `check` of the two tools answer."""
    ours = {"DATABASE_URL": cluster.url(database), "XTASK_BACKEND": "local"}
    theirs = {"DATABASE_URL": cluster.url(f"{database}_alembic")}
    versions = project / "script" / "versions"

    def forget() -> None:
        shutil.rmtree(project / ".xtask" / "cache", ignore_errors=True)

    def tidy() -> None:
        for file in versions.glob("*.py"):
            file.unlink()

    found = {}
    for name in names:
        binary = BINARIES[name]
        found[name] = Contestant([str(binary), "migrate-autogenerate", "-m", "none"], project, ours, forget if empty_cache else lambda: None)
    if ours_alone:
        return found
    found["alembic"] = Contestant([str(ALEMBIC), "revision", "--autogenerate", "-m", "none"], project, theirs, tidy)
    found["alembic check"] = Contestant([str(ALEMBIC), "check"], project, theirs, tidy)
    return found


def prepare(cluster: Cluster, project: Path, database: str, ours_alone: bool) -> None:
    """The database has what the models say, made by ourselves; Alembic gets a copy at its own beginning."""
    cluster.recreate(database)
    environment = os.environ | {"DATABASE_URL": cluster.url(database), "XTASK_BACKEND": "local"}
    for arguments in (["migrate-autogenerate", "-m", "Everything", "--no-proof"], ["migrate"]):
        subprocess.run([str(next(iter(BINARIES.values()))), *arguments], cwd=project, env=environment, check=True, capture_output=True)
    cluster.sql(database, "VACUUM ANALYZE")
    if ours_alone:
        return
    cluster.recreate(f"{database}_alembic", database)
    cluster.sql(f"{database}_alembic", "DELETE FROM alembic_version")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, nargs="+", default=[100, 2000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ours", action="store_true", help="without Alembic: how our own time grows")
    parser.add_argument("--only", choices=list(BINARIES), nargs="+", default=list(BINARIES), help="the builds to measure")
    options = parser.parse_args()
    for name in list(BINARIES):
        if name not in options.only:
            del BINARIES[name]
    rows = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xtask-bench-")))
        folder.chmod(0o755)
        home = folder / "cluster"
        home.mkdir()
        cluster = stack.enter_context(Cluster(home))
        for tables in options.tables:
            project = write(folder / f"tables_{tables}", tables)
            prepare(cluster, project, f"tables_{tables}", options.ours)
            for label, empty_cache in (("again", False), ("the first time", True)):
                found = contestants(cluster, project, f"tables_{tables}", options.only, empty_cache, options.ours)
                times = Times(f"{tables} tables, {label}", found, options.rounds)
                rows.append(times)
    compared = [] if options.ours else options.only
    print("| nothing to change | " + " | ".join([*(f"{name}, ms" for name in rows[0].of), *(f"Alembic ÷ {name}" for name in compared)]) + " |")
    print("| --- |" + " ---: |" * (len(rows[0].of) + len(compared)))
    for times in rows:
        cells = [f"{times.median(name) * 1000:.0f}" for name in times.of]
        ratios = [f"{statistics.median(b / a for a, b in zip(times.of[name], times.of['alembic'])):.1f}" for name in compared]
        print(f"| {times.task} | " + " | ".join(cells + ratios) + " |")
    print(f"\n{platform.processor() or platform.machine()}, load {compare.load()}, PostgreSQL as installed")


if __name__ == "__main__":
    main()
