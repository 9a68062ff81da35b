"""A PostgreSQL cluster for one run of the benchmarks."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

PASSWORD = "benchmark"


def server_folder() -> Path | None:
    """Where `initdb` is: on the PATH, else where Debian puts it."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    """A server that stops with its `with` block. TCP and a SCRAM password, as a container has them; otherwise the server's
    own default settings, but for `fsync`: unless commits wait for the disk, the tools are measured and not the disk."""

    def __init__(self, folder: Path, fsync: bool = False):
        self.bin = server_folder()
        self.folder = folder
        self.port = free_port()
        self.fsync = fsync

    def __enter__(self) -> Cluster:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.account: dict[str, object] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            entry = pwd.getpwnam("postgres")
            self.account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            for path in (self.folder, password):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "bench", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C")
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += "" if self.fsync else " -c fsync=off"
        self._run("pg_ctl", "-D", data, "-l", str(self.folder / "log"), "-o", options, "-w", "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def _run(self, program: str, *args: str) -> None:
        command = [str(self.bin / program), *args]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.account)

    def url(self, database: str) -> str:
        return f"postgresql://bench:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def psql(self, database: str, *args: str) -> list[str]:
        return [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), *args]

    def sql(self, database: str, statement: str) -> str:
        command = self.psql(database, "-A", "-t", "-c", statement)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def recreate(self, database: str, template: str = "template1") -> None:
        """An empty database, or a copy."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.sql("postgres", f"CREATE DATABASE {database} TEMPLATE {template}")
        # What the copy left to write must not fall into a measurement.
        self.sql("postgres", "CHECKPOINT")

    def version(self) -> str:
        return self.sql("postgres", "SHOW server_version")
