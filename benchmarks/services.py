#!/usr/bin/env python3
"""Measures `cargo xtask start-services` beside `docker compose up -d --wait`, on the same Compose file and engine, and prints a
Markdown table.

A development script: neither the tool nor its tests need it. It wants a Docker engine that has a PostgreSQL image, and version 2 of
docker compose:

    cargo build          # and cargo build --release, for the column of the release build
    python3 benchmarks/services.py --image postgres:17

The contestants take turns, and each ratio is the median of the ratios inside the rounds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from cluster import free_port
from compare import BINARIES, Contestant, Times, load, row

COMPOSE_FILE = """\
name: xtask-bench
services:
  db:
    image: {image}
    environment:
      POSTGRES_PASSWORD: ${{DB_PASSWORD}}
      POSTGRES_DB: bench
    ports: ["127.0.0.1:{port}:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres -d bench"]
      interval: 500ms
      timeout: 3s
      retries: 60
  cache:
    image: {image}
    command: [sleep, infinity]
    stop_grace_period: 0s
  web:
    image: {image}
    command: [sleep, infinity]
    stop_grace_period: 0s
    depends_on:
      db: {{ condition: service_healthy }}
      cache: {{ condition: service_started }}
volumes:
  data:
"""
NAMES = {"debug": "xtask, debug", "release": "xtask, release", "compose": "docker compose"}


def contestants(project: Path, compose: list[str], prepare: list[list[str]] | None) -> dict[str, Contestant]:
    """The same task for each; what has to be done before is done by docker compose for all of them."""
    steps = [Contestant([*compose, *step], project / "compose") for step in prepare or []]
    before = lambda: [step.run() for step in steps]  # noqa: E731
    built = {name: path for name, path in BINARIES.items() if path.exists()}
    found = {name: Contestant([str(path), "start-services"], project, before=before) for name, path in built.items()}
    found["compose"] = Contestant([*compose, "up", "-d", "--wait"], project / "compose", before=before)
    return found


def table(all_times: list[Times]) -> str:
    names = [name for name in NAMES if name in all_times[0].of]
    ratios = [("compose", own) for own in BINARIES if own in names]
    header = ["ms", *(NAMES[name] for name in names), *(f"{NAMES[slow]} ÷ {NAMES[own]}" for slow, own in ratios), "rounds"]
    lines = [row(header), row(["---", *(["---:"] * (len(header) - 1))])]
    for times in all_times:
        medians = [f"{times.median(name) * 1000:,.1f}" for name in names]
        lines.append(row([times.task, *medians, *(f"{times.ratio(*pair):.2f}" for pair in ratios), str(len(times.of["compose"]))]))
    return "\n".join(lines) + "\n"


def compose_command(told: str | None) -> list[str]:
    for command in [[told]] if told else [["docker", "compose"], ["docker-compose"]]:
        try:
            version = subprocess.run([*command, "version", "--short"], capture_output=True, text=True).stdout.strip()
        except FileNotFoundError:
            continue
        if version.startswith("2"):
            return command
    raise SystemExit("missing: version 2 of docker compose; name it with --compose")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", default="postgres:17", help="a PostgreSQL image that the engine has [postgres:17]")
    parser.add_argument("--compose", help="the program docker-compose")
    parser.add_argument("--rounds", type=int, default=15, help="without a change [15]")
    parser.add_argument("--long-rounds", type=int, default=5, help="with something to start [5]")
    args = parser.parse_args()
    compose = compose_command(args.compose)
    # Both read it from here, as they would from an `.env` file.
    os.environ |= {"DB_PASSWORD": "bench", "XTASK_BACKEND": "docker"}
    with tempfile.TemporaryDirectory(prefix="xtask-bench-") as folder:
        project = Path(folder)
        (project / "compose").mkdir()
        (project / "xtask.toml").write_text("")
        (project / "compose/compose.yaml").write_text(COMPOSE_FILE.format(image=args.image, port=free_port()))
        down = [["down", "-v", "--timeout", "5"]]
        try:
            print(f"docker compose {subprocess.run([*compose, 'version', '--short'], capture_output=True, text=True).stdout.strip()}; load average at the beginning: {load()}.\n")
            all_times = [
                Times("to healthy, nothing there", contestants(project, compose, down), args.long_rounds),
                Times("to healthy, stopped before", contestants(project, compose, [["stop"]]), args.long_rounds),
                Times("no change, all healthy", contestants(project, compose, None), args.rounds),
            ]
            print(table(all_times))
            print(f"Load average at the end: {load()}.")
        finally:
            Contestant([*compose, *down[0]], project / "compose").run()


if __name__ == "__main__":
    main()
