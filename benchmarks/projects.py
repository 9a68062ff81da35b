"""Equal projects for the two tools: one for `cargo xtask`, and beside it an Alembic script directory with the same
revisions, the same graph and the same SQL."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

MODEL_COUNT = 112

ENV = """\
import os

from alembic import context
from sqlalchemy import create_engine, pool
{imports}
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"), poolclass=pool.NullPool)
with engine.connect() as connection:
    # One transaction a revision, as `cargo xtask` and psql do here; Alembic's default is one for the whole run.
    context.configure(connection=connection, target_metadata={metadata}, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

VERSION = """\
from alembic import op

revision = {id!r}
down_revision = {down!r}
branch_labels = None
depends_on = {depends!r}


def upgrade():
    {up}


def downgrade():
    {down_sql}
"""

MODEL = """\
from datetime import datetime
from decimal import Decimal
from typing import Optional

from sqlmodel import Field, Relationship, SQLModel


class {name}(SQLModel, table=True):
    __tablename__ = "{table}"

    id: Optional[int] = Field(default=None, primary_key=True)
    code: str = Field(max_length=64, unique=True, index=True)
    name: str = Field(max_length=200)
    description: Optional[str] = None
    amount: Optional[Decimal] = Field(default=None, max_digits=12, decimal_places=4)
    is_active: bool = True
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
"""

PARENT = """\
    parent_id: Optional[int] = Field(default=None, foreign_key="{table}.id")
    parent: Optional["{name}"] = Relationship()
"""


@dataclass(frozen=True)
class Revision:
    id: str
    slug: str
    revises: tuple[str, ...]
    depends_on: tuple[str, ...]
    up: str
    down: str


@dataclass(frozen=True)
class Project:
    """Where the files of one project are."""

    name: str
    revisions: tuple[Revision, ...]
    xtask: Path
    alembic: Path
    """The script directory whose env.py imports nothing of the team's."""
    alembic_models: Path
    """The one whose env.py imports the models, as autogenerate needs it."""
    up_sql: Path
    """Everything for psql, one transaction a revision."""
    down_sql: Path


def trivial(count: int) -> tuple[Revision, ...]:
    """A chain of revisions of one CREATE TABLE each."""
    ids = [f"2026{number:010d}" for number in range(1, count + 1)]
    return tuple(
        Revision(
            id=ids[index],
            slug=f"table_{index + 1}",
            revises=tuple(ids[index - 1 : index]) if index else (),
            depends_on=(),
            up=f"CREATE TABLE table_{index + 1} (id bigint PRIMARY KEY, name text NOT NULL);",
            down=f"DROP TABLE table_{index + 1};",
        )
        for index in range(count)
    )


def example(migrations: Path) -> tuple[Revision, ...]:
    """The revisions of the example project, parents first."""

    def words(header: str, key: str) -> tuple[str, ...]:
        found = re.search(rf"^-- {key}:(.*)$", header, re.MULTILINE)
        return tuple(word.strip() for word in found[1].split(",") if word.strip()) if found else ()

    revisions = []
    for path in sorted(migrations.glob("*.up.sql")):
        version, slug = path.name.removesuffix(".up.sql").split("_", 1)
        up = path.read_text()
        down = path.with_name(path.name.replace(".up.sql", ".down.sql")).read_text()
        ids = words(up, "revision") or (version,)
        revisions.append(Revision(ids[0], slug, words(up, "revises"), words(up, "depends-on"), up, down))
    return tuple(revisions)


def write(folder: Path, name: str, revisions: tuple[Revision, ...]) -> Project:
    """Writes the project in every form."""
    project = Project(
        name, revisions, folder / "xtask", folder / "alembic", folder / "alembic_models", folder / "up.sql", folder / "down.sql"
    )
    _write_xtask(project)
    _write_alembic(project.alembic, revisions, with_models=False)
    _write_alembic(project.alembic_models, revisions, with_models=True)
    project.up_sql.write_text("\n".join(_transaction(revision.up) for revision in revisions))
    project.down_sql.write_text("\n".join(_transaction(revision.down) for revision in reversed(revisions)))
    return project


def _transaction(sql: str) -> str:
    # One statement is a transaction of its own: the least that psql can do.
    body = "\n".join(line for line in sql.splitlines() if not line.startswith("--")).strip()
    return body if body.count(";") <= 1 else f"BEGIN;\n{body}\nCOMMIT;"


def _write_xtask(project: Project) -> None:
    migrations = project.xtask / "migrations"
    migrations.mkdir(parents=True)
    (project.xtask / "xtask.toml").write_text("")
    for revision in project.revisions:
        header = f"-- {revision.slug}\n--\n-- revision: {revision.id}\n-- revises: {', '.join(revision.revises)}\n\n"
        up = revision.up if "-- revises:" in revision.up else header + revision.up + "\n"
        stem = f"{revision.id}_{revision.slug}"
        (migrations / f"{stem}.up.sql").write_text(up)
        (migrations / f"{stem}.down.sql").write_text(revision.down + "\n")


def _write_alembic(folder: Path, revisions: tuple[Revision, ...], with_models: bool) -> None:
    versions = folder / "script" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/script\nprepend_sys_path = %(here)s\n")
    imports, metadata = ("import models\n", "models.SQLModel.metadata") if with_models else ("", "None")
    (folder / "script" / "env.py").write_text(ENV.format(imports=imports, metadata=metadata))
    (folder / "script" / "script.py.mako").write_text("")
    if with_models:
        write_models(folder / "models")
    for revision in revisions:
        text = VERSION.format(
            id=revision.id,
            down=_alembic_ids(revision.revises),
            depends=_alembic_ids(revision.depends_on),
            up=_execute(revision.up),
            down_sql=_execute(revision.down),
        )
        (versions / f"{revision.id}_{revision.slug}.py").write_text(text)


def _alembic_ids(ids: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return None if not ids else ids[0] if len(ids) == 1 else ids


def _execute(sql: str) -> str:
    statements = "\n".join(line for line in sql.splitlines() if not line.startswith("--")).strip()
    if not statements:
        return "pass"
    # `op.execute` takes `:name` for a parameter.
    escaped = re.sub(r"(?<!:):(?=[A-Za-z_])", r"\\:", statements)
    call = f"op.execute({escaped!r})"
    return f"with op.get_context().autocommit_block():\n        {call}" if sql.startswith("-- no-transaction") else call


def write_models(folder: Path, count: int = MODEL_COUNT) -> None:
    """Classes as a large project has them, in ten domain folders; each after the first refers to the one before."""
    shutil.rmtree(folder, ignore_errors=True)
    imports = ["from sqlmodel import SQLModel\n"]
    for number in range(1, count + 1):
        domain = folder / f"domain_{number % 10}"
        domain.mkdir(parents=True, exist_ok=True)
        (domain / "__init__.py").touch()
        text = MODEL.format(name=f"Model{number}", table=f"model_{number}")
        if number > 1:
            text += PARENT.format(name=f"Model{number - 1}", table=f"model_{number - 1}")
        (domain / f"model_{number}.py").write_text(text)
        imports.append(f"from models.domain_{number % 10}.model_{number} import Model{number}\n")
    (folder / "__init__.py").write_text("".join(imports))
