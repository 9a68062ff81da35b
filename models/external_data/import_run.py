"""Where rows came from."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Enum, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class ImportOutcome(str, enum.Enum):
    running = "running"
    succeeded = "succeeded"
    failed = "failed"


class ImportRun(SQLModel, table=True):
    """One run of a pipeline. Every entity names the run that wrote it."""

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("pipeline", "started_at", name="uq_import_run_pipeline_started_at"),
        CheckConstraint("finished_at >= started_at", name="import_run_times_in_order"),
        {"comment": "Lineage: the pipeline runs that wrote rows"},
    )

    id: int | None = Field(default=None, primary_key=True)
    pipeline: str = Field(max_length=80)
    code_version: str | None = Field(
        default=None, max_length=40, sa_column_kwargs={"comment": "Commit of the pipeline"}
    )
    started_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    outcome: ImportOutcome = Field(
        default=ImportOutcome.running,
        sa_type=Enum(ImportOutcome, name="import_outcome"),
        sa_column_kwargs={"server_default": "running"},
    )
    row_counts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
