#!/usr/bin/env python3
"""Measures autogenerate beside Alembic: the same SQLModel classes, the same database. Prints a Markdown table.

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
from collections.abc import Callable
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


class Edits:
    """Edits of one model, each another than the one before."""

    def __init__(self, project: Path):
        models = sorted((project / "models").rglob("model_*.py"))
        self.file = models[len(models) // 2]
        self.text = self.file.read_text()
        self.count = 0

    def comment(self) -> None:
        self.count += 1
        self.file.write_text(f"{self.text}\n# edit {self.count}\n")

    def column(self) -> None:
        self.count += 1
        first = "    is_active: bool = True\n"
        assert first in self.text
        self.file.write_text(self.text.replace(first, f"{first}    added_{self.count}: Optional[str] = None\n"))

    def undo(self) -> None:
        self.file.write_text(self.text)


def contestants(
    cluster: Cluster, project: Path, database: str, names: list[str], before: Callable[[], None], ours_alone: bool
) -> dict[str, Contestant]:
    """What `migrate-autogenerate` and `check` of the two tools answer. Nothing is left by a round."""
    ours = {"DATABASE_URL": cluster.url(database), "XTASK_BACKEND": "local"}
    theirs = {"DATABASE_URL": cluster.url(f"{database}_alembic")}
    versions = project / "script" / "versions"

    def tidy() -> None:
        for file in versions.glob("*.py"):
            file.unlink()
        before()

    found = {}
    for name in names:
        found[name] = Contestant([str(BINARIES[name]), "migrate-autogenerate", "-m", "none", "--dry-run"], project, ours, before)
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
            edits = Edits(project)

            def forget(cache: Path = project / ".xtask" / "cache") -> None:
                shutil.rmtree(cache, ignore_errors=True)

            kinds: list[tuple[str, Callable[[], None]]] = [
                ("nothing to change", lambda: None),
                ("the same after an edit", edits.comment),
                ("a new column", edits.column),
                ("nothing to change, the first time", forget),
            ]
            for label, before in kinds:
                edits.undo()
                found = contestants(cluster, project, f"tables_{tables}", options.only, before, options.ours)
                if label == "a new column":
                    # It ends with another status, for there is something.
                    found.pop("alembic check", None)
                rows.append(Times(f"{tables} tables, {label}", found, options.rounds))
    compared = [] if options.ours else options.only
    print("| | " + " | ".join([*(f"{name}, ms" for name in rows[0].of), *(f"Alembic ÷ {name}" for name in compared)]) + " |")
    print("| --- |" + " ---: |" * (len(rows[0].of) + len(compared)))
    for times in rows:
        cells = [f"{times.median(name) * 1000:.0f}" if name in times.of else "" for name in rows[0].of]
        ratios = [f"{statistics.median(b / a for a, b in zip(times.of[name], times.of['alembic'])):.1f}" for name in compared]
        print(f"| {times.task} | " + " | ".join(cells + ratios) + " |")
    print(f"\n{platform.processor() or platform.machine()}, load {compare.load()}, PostgreSQL as installed")


if __name__ == "__main__":
    main()
