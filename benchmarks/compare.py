#!/usr/bin/env python3
"""Measures `cargo xtask` beside Alembic and psql, on equal projects and one server, and prints Markdown tables.

A development script: neither the tool nor its tests need it. It wants PostgreSQL's server binaries, and the Python that
runs it must have alembic, sqlalchemy, psycopg2-binary and sqlmodel:

    python3 -m venv /tmp/bench-venv
    /tmp/bench-venv/bin/pip install alembic sqlalchemy psycopg2-binary sqlmodel
    cargo build && cargo build --release
    /tmp/bench-venv/bin/python benchmarks/compare.py

The contestants take turns (A B C, B C A, …) and every ratio is the median of the ratios inside the rounds, so that
what slows the machine down for a while slows all of them down alike.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import projects
from cluster import Cluster, free_port, server_folder
from projects import Project

ROOT = Path(__file__).resolve().parent.parent
BINARIES = {"debug": ROOT / "target/debug/cargo-xtask", "release": ROOT / "target/release/cargo-xtask"}
ALEMBIC = Path(sys.executable).parent / "alembic"
PACKAGES = {"alembic": "alembic", "sqlalchemy": "sqlalchemy", "psycopg2": "psycopg2-binary", "sqlmodel": "sqlmodel"}
CONTESTANTS = ["debug", "release", "alembic", "alembic+models", "psql"]
NAMES = {"debug": "xtask, debug", "release": "xtask, release", "alembic": "Alembic", "alembic+models": "Alembic, 112 models"}


@dataclass
class Contestant:
    """One command, and what has to be done before each run of it."""

    command: list[str]
    cwd: Path
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None

    def run(self) -> float:
        """Runs it once; seconds."""
        self.before()
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        # Where nothing else is said, the private server is meant, also on a machine with a Docker engine.
        environment = {"XTASK_BACKEND": "local"} | kept | self.environment
        started = time.perf_counter()
        finished = subprocess.run(self.command, cwd=self.cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        elapsed = time.perf_counter() - started
        if finished.returncode != 0:
            raise SystemExit(f"{' '.join(self.command)} ended with {finished.returncode}:\n{finished.stdout}{finished.stderr}")
        return elapsed


class Times:
    """The times of one task, by contestant, one a round."""

    def __init__(self, task: str, contestants: dict[str, Contestant], rounds: int):
        self.task = task
        self.of: dict[str, list[float]] = {name: [] for name in contestants}
        names = list(contestants)
        for contestant in contestants.values():
            contestant.run()
        for number in range(rounds):
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                self.of[name].append(contestants[name].run())
        say(f"{task}: " + ", ".join(f"{name} {self.median(name) * 1000:.1f} ms" for name in names) + f" (load {load()})")

    def median(self, name: str) -> float:
        return statistics.median(self.of[name])

    def ratio(self, one: str, other: str) -> float | None:
        """The median of one's time divided by the other's, round by round."""
        if one not in self.of or other not in self.of:
            return None
        return statistics.median(a / b for a, b in zip(self.of[one], self.of[other]))


class Bench:
    """One run of the benchmarks."""

    def __init__(self, cluster: Cluster, folder: Path, short: int, long: int):
        self.cluster, self.folder, self.short, self.long = cluster, folder, short, long

    def contestants(
        self, project: Project, database: str, xtask: list[str], alembic: list[str] | None, psql: list[str] | None
    ) -> dict[str, Contestant]:
        """The same task for each, on the same database."""
        environment = {"DATABASE_URL": self.cluster.url(database)}
        found = {name: Contestant([str(path), *xtask], project.xtask, environment) for name, path in BINARIES.items()}
        if alembic is not None:
            found["alembic"] = Contestant([str(ALEMBIC), *alembic], project.alembic, environment)
            found["alembic+models"] = Contestant([str(ALEMBIC), *alembic], project.alembic_models, environment)
        if psql is not None:
            found["psql"] = Contestant(self.cluster.psql(database, *psql), project.xtask)
        return found

    def looking(self, project: Project) -> Iterator[Times]:
        """Commands that change nothing, on a database that is at the head."""
        database = f"{project.name}_head"
        self.cluster.recreate(database)
        self.contestants(project, database, ["migrate"], None, None)["release"].run()
        self.cluster.sql(database, "VACUUM ANALYZE")
        one = ["-o", os.devnull, "-c", "select 1"]
        tasks = {
            "`migrate`, nothing to do": (["migrate"], ["upgrade", "head"]),
            "`current`": (["current"], ["current"]),
            "`heads`": (["heads"], ["heads"]),
            "`status` (Alembic: `current`)": (["status"], ["current"]),
        }
        for task, (xtask, alembic) in tasks.items():
            yield Times(task, self.contestants(project, database, xtask, alembic, one), self.short)

    def applying(self, project: Project, rounds: int) -> Iterator[Times]:
        """All revisions, on an empty database; then all of them back."""
        name = project.name
        up = self.contestants(project, f"{name}_work", ["migrate"], ["upgrade", "head"], ["-o", os.devnull, "-f", str(project.up_sql)])
        del up["alembic+models"]
        for contestant in up.values():
            contestant.before = lambda: self.cluster.recreate(f"{name}_work")
        yield Times("`migrate` from empty", up, rounds)

        # Each takes back what it applied itself: the history is there for xtask only.
        full = {"alembic": f"{name}_full_alembic", "psql": f"{name}_full_psql"} | dict.fromkeys(BINARIES, f"{name}_full_xtask")
        for one in ("release", "alembic", "psql"):
            self.cluster.recreate(full[one])
            make = self.contestants(project, full[one], ["migrate"], ["upgrade", "head"], ["-o", os.devnull, "-f", str(project.up_sql)])
            make[one].run()
        down = self.contestants(
            project, f"{name}_work", ["downgrade", "base", "--yes"], ["downgrade", "base"], ["-o", os.devnull, "-f", str(project.down_sql)]
        )
        del down["alembic+models"]
        for one, contestant in down.items():
            contestant.before = lambda one=one: self.cluster.recreate(f"{name}_work", full[one])
        yield Times("`downgrade base`", down, rounds)

    def views(self, project: Project) -> Iterator[Times]:
        """The nine views of the example project, with its sample rows in the tables."""
        database = "views"
        self.cluster.recreate(database)
        environment = {"DATABASE_URL": self.cluster.url(database)}
        for args in (["migrate"], ["seed"], ["refresh-views"]):
            Contestant([str(BINARIES["release"]), *args], ROOT, environment).run()
        self.cluster.sql(database, "VACUUM ANALYZE")
        listed = Contestant([str(BINARIES["release"]), "refresh-views", "--format", "json"], ROOT, environment)
        names = subprocess.run(listed.command, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True, text=True)
        order = [f'"{view["schema"]}"."{view["name"]}"' for view in json.loads(names.stdout)["views"]]
        for mode, args in (("CONCURRENTLY ", []), ("", ["--no-concurrently"])):
            statements = [part for name in order for part in ("-c", f"REFRESH MATERIALIZED VIEW {mode}{name}")]
            found = self.contestants(project, database, ["refresh-views", *args], None, statements)
            yield Times(f"`refresh-views{''.join(' ' + arg for arg in args)}`, nine views", found, self.short)

    def starting(self) -> Iterator[Times]:
        """The example project's own server."""
        copies = {name: self._copy_of_example(name) for name in BINARIES}

        def task(args: list[str], prepare: list[list[str]]) -> dict[str, Contestant]:
            found = {}
            for name, copy in copies.items():
                binary = str(BINARIES[name])
                steps = [Contestant([binary, *step], copy) for step in prepare]
                found[name] = Contestant([binary, *args], copy, before=lambda steps=steps: [step.run() for step in steps])
            return found

        gone = ["teardown", "--volumes", "--yes"]
        try:
            yield Times("`start-services`, nothing there", task(["start-services"], [gone]), self.long)
            yield Times("`start-services`, stopped before", task(["start-services"], [["teardown"]]), self.long)
            yield Times("`up`, nothing there", task(["up"], [gone]), self.long)
            yield Times("`up`, everything done", task(["up"], []), self.short)
        finally:
            for contestant in task(gone, []).values():
                contestant.run()

    def _copy_of_example(self, name: str) -> Path:
        copy = self.folder / f"example_{name}"
        for part in ("compose", "migrations", "models", "seed", "views"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns(".env", "__pycache__"))
        shutil.copy(ROOT / "xtask.toml", copy)
        env = (ROOT / "compose/.env.example").read_text().replace("POSTGRES_PORT=5439", f"POSTGRES_PORT={free_port()}")
        (copy / "compose/.env").write_text(env)
        return copy

    def helping(self) -> Iterator[Times]:
        """What a process costs that does nothing, alone and through cargo."""
        found = {name: Contestant([str(path), "--help"], ROOT) for name, path in BINARIES.items()}
        found["alembic"] = Contestant([str(ALEMBIC), "--help"], ROOT)
        yield Times("`--help`, the program itself", found, self.short)
        yield Times("`cargo xtask --help`, warm", {"debug": Contestant(["cargo", "xtask", "--help"], ROOT)}, self.short)


def table(title: str, all_times: list[Times]) -> str:
    """A table of medians in milliseconds, and of ratios."""
    columns = [name for name in CONTESTANTS if any(name in times.of for times in all_times)]
    ratios = [
        (f"{NAMES[slow]} ÷ {NAMES['debug']}", slow, "debug") for slow in ("alembic", "alembic+models") if slow in columns
    ] + [(f"{NAMES[own]} ÷ psql", own, "psql") for own in BINARIES if "psql" in columns]
    header = ["ms", *(NAMES.get(name, name) for name in columns), *(name for name, _, _ in ratios), "rounds"]
    lines = [f"### {title}", "", row(header), row(["---", *(["---:"] * (len(header) - 1))])]
    for times in all_times:
        medians = [f"{times.median(name) * 1000:,.1f}" if name in times.of else "" for name in columns]
        numbers = [times.ratio(one, other) for _, one, other in ratios]
        shown = ["" if number is None else f"{number:.2f}" if number < 10 else f"{number:.0f}" for number in numbers]
        lines.append(row([times.task, *medians, *shown, str(len(next(iter(times.of.values()))))]))
    return "\n".join(lines) + "\n"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def load() -> str:
    return " ".join(f"{number:.2f}" for number in os.getloadavg())


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def missing() -> list[str]:
    """What has to be there and is not, each with its remedy."""
    found = [f"the Python package {package}: {sys.executable} -m pip install {package}" for module, package in PACKAGES.items() if not importlib.util.find_spec(module)]
    found += [f"{path.relative_to(ROOT)}: cargo build{' --release' if name == 'release' else ''}" for name, path in BINARIES.items() if not path.exists()]
    if server_folder() is None:
        found.append("PostgreSQL's server binaries: apt-get install postgresql, or brew install postgresql")
    return found


def conditions(cluster: Cluster) -> str:
    versions = [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES.values()]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    python = f"Python {platform.python_version()}"
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, PostgreSQL {cluster.version()}, {rustc}, {python}, "
        f"{', '.join(versions)}; fsync {cluster.sql('postgres', 'SHOW fsync')}. Load average at the beginning: {load()}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="of short commands [15]")
    parser.add_argument("--long-rounds", type=int, default=5, help="of long ones [5]")
    parser.add_argument("--sizes", type=int, nargs="*", default=[300, 3000], help="revisions of the synthetic projects [300 3000]")
    groups = ["looking", "applying", "views", "starting", "helping"]
    parser.add_argument("--only", nargs="+", choices=groups, default=groups, help="only these groups")
    parser.add_argument("--fsync", action="store_true", help="let commits wait for the disk, as a server does by default")
    args = parser.parse_args()
    if gaps := missing():
        raise SystemExit("missing:\n" + "\n".join(f"  {gap}" for gap in gaps))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xtask-bench-")))
        # The server may run under another account, which has to get here.
        folder.chmod(0o755)
        (folder / "cluster").mkdir()
        cluster = stack.enter_context(Cluster(folder / "cluster", args.fsync))
        print(conditions(cluster) + "\n", flush=True)
        bench = Bench(cluster, folder, args.rounds, args.long_rounds)
        example = projects.write(folder / "example", "example", projects.example(ROOT / "migrations"))
        sized = [projects.write(folder / str(size), f"n{size}", projects.trivial(size)) for size in args.sizes]
        for project in [example, *sized]:
            title = "the example project" if project is example else "one table each"
            title = f"{len(project.revisions):,} revisions ({title})"
            is_long = len(project.revisions) >= 1000
            all_times = list(bench.looking(project)) if "looking" in args.only else []
            all_times += bench.applying(project, args.long_rounds if is_long else args.rounds) if "applying" in args.only else []
            if all_times:
                print(table(title, all_times), flush=True)
        if "views" in args.only:
            print(table("Materialised views (the example project with its sample rows)", list(bench.views(example))), flush=True)
        if "starting" in args.only:
            print(table("The local database (the example project)", list(bench.starting())), flush=True)
        if "helping" in args.only:
            print(table("Process start", list(bench.helping())), flush=True)
        print(f"Load average at the end: {load()}.")


if __name__ == "__main__":
    main()
