"""Analyses of samples."""

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.analysis.measurement import Measurement
    from models.field_sampling.field_sample import FieldSample


class RunStatus(str, enum.Enum):
    planned = "planned"
    running = "running"
    accepted = "accepted"
    failed = "failed"


class AnalysisRun(EntityBase, table=True):
    """One go of a method over a sample in a laboratory."""

    __tablename__ = "analysis_run"
    __table_args__ = (
        UniqueConstraint(
            "field_sample_id",
            "analysis_method_id",
            "run_number",
            name="uq_analysis_run_field_sample_id_method_run_number",
        ),
        CheckConstraint("finished_at >= started_at", name="analysis_run_times_in_order"),
        CheckConstraint(
            "status <> 'accepted' OR finished_at IS NOT NULL",
            name="analysis_run_accepted_is_finished",
        ),
        Index(
            "ix_analysis_run_open",
            "laboratory_id",
            "started_at",
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    field_sample_id: int = Field(foreign_key="field_sample.id", ondelete="CASCADE")
    analysis_method_id: int = Field(
        foreign_key="analysis_method.id", ondelete="RESTRICT", index=True
    )
    laboratory_id: int = Field(foreign_key="organisation.id", ondelete="RESTRICT", index=True)
    analyst_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    run_number: int = Field(
        default=1, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("1")}
    )
    started_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    status: RunStatus = Field(
        default=RunStatus.planned,
        sa_type=Enum(RunStatus, name="run_status"),
        sa_column_kwargs={"server_default": "planned"},
    )
    settings: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(
            JSONB,
            nullable=False,
            server_default=text("'{}'::jsonb"),
            comment="Instrument settings as the instrument wrote them",
        ),
    )

    sample: Optional["FieldSample"] = Relationship(back_populates="runs")
    measurements: list["Measurement"] = Relationship(back_populates="run")
