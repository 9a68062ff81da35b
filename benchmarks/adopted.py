#!/usr/bin/env python3
"""Measures an adopted project: `cargo xtask migrate` from empty beside `alembic upgrade head` and psql on the same SQL.

A development script, like `compare.py` beside it. It copies a project that lives on Alembic, adopts the copy, and needs what the
project's env.py imports; `--path` names the folders that the project's own environment would have put on Python's path.

    git clone https://github.com/sustainability-software-lab/ca-biositing
    /tmp/bench-venv/bin/pip install geoalchemy2 python-dotenv pydantic-settings
    /tmp/bench-venv/bin/python benchmarks/adopted.py ca-biositing --path src/ca_biositing/datamodels \\
        --generated src/ca_biositing/datamodels/ca_biositing/datamodels/_version.py

psql runs the up files alone, one transaction a revision; `cargo xtask` writes its history as well, and Alembic its table.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import compare
from cluster import Cluster
from compare import ALEMBIC, BINARIES, Contestant, Times


def adopt(project: Path, folder: Path) -> tuple[Path, Path]:
    """A copy with the revisions as SQL, and a script for psql: one transaction a revision."""
    copy, script = folder / "project", folder / "all.sql"
    shutil.copytree(project, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules", "__pycache__", ".xtask"))
    subprocess.run([str(next(iter(BINARIES.values()))), "adopt", "--yes"], cwd=copy, check=True, capture_output=True)
    with script.open("w") as all_of_it:
        for path in sorted((copy / "migrations").glob("*.up.sql")):
            text = path.read_text()
            all_of_it.write(text if text.startswith("-- no-transaction") else f"BEGIN;\n{text}\nCOMMIT;\n")
    return copy, script


def contestants(cluster: Cluster, project: Path, script: Path, paths: list[str]) -> dict[str, Contestant]:
    def url(name: str) -> dict[str, str]:
        return {"DATABASE_URL": cluster.url(name)}

    found = {name: Contestant([str(path), "migrate"], project, url(f"work_{name}")) for name, path in BINARIES.items()}
    address = cluster.url("work_alembic").replace("postgresql://", "postgresql+psycopg2://")
    theirs = {"DATABASE_URL": address, "PYTHONPATH": os.pathsep.join(str(project / path) for path in paths)}
    found["alembic"] = Contestant([str(ALEMBIC), "upgrade", "head"], project, theirs)
    found["psql"] = Contestant(cluster.psql("work_psql", "-o", os.devnull, "-f", str(script)), project)
    for name, contestant in found.items():
        contestant.before = lambda name=name: cluster.recreate(f"work_{name}", "start")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--path", nargs="*", default=[], help="folders of the project for PYTHONPATH")
    parser.add_argument("--generated", nargs="*", default=[], help="modules with a __version__ that the project's build makes")
    parser.add_argument("--setup", default="SELECT", help="SQL for the empty database, for all contestants alike")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=list(BINARIES), nargs="+", default=list(BINARIES), help="the builds to measure")
    options = parser.parse_args()
    for name in list(BINARIES):
        if name not in options.only:
            del BINARIES[name]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xtask-bench-")))
        folder.chmod(0o755)
        (folder / "cluster").mkdir()
        cluster = stack.enter_context(Cluster(folder / "cluster"))
        cluster.recreate("start")
        cluster.sql("start", options.setup)
        project, script = adopt(options.project.resolve(), folder)
        for path in options.generated:
            (project / path).write_text("__version__ = '0'\n__version_tuple__ = (0,)\n")
        revisions = len(list((project / "migrations").glob("*.up.sql")))
        times = Times("`migrate` from empty", contestants(cluster, project, script, options.path), options.rounds)
        print(compare.table(f"{revisions} revisions of {options.project.name}", [times]))
        print(f"PostgreSQL {cluster.version()}, load {compare.load()}.")


if __name__ == "__main__":
    main()
