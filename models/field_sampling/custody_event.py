"""Who had a sample when."""

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Enum,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel

if TYPE_CHECKING:
    from models.field_sampling.field_sample import FieldSample


class CustodyEventKind(str, enum.Enum):
    collected = "collected"
    handed_over = "handed_over"
    received = "received"
    split = "split"
    disposed = "disposed"


class CustodyEvent(SQLModel, table=True):
    """A step in the life of a sample. Rows are only ever added, in the order of time."""

    __tablename__ = "custody_event"
    __table_args__ = (
        UniqueConstraint(
            "field_sample_id", "happened_at", "kind", name="uq_custody_event_field_sample_id_step"
        ),
        Index("ix_custody_event_happened_at", "happened_at", postgresql_using="brin"),
        {"comment": "Chain of custody; append only"},
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    field_sample_id: int = Field(foreign_key="field_sample.id", ondelete="CASCADE")
    kind: CustodyEventKind = Field(sa_type=Enum(CustodyEventKind, name="custody_event_kind"))
    happened_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    person_id: int | None = Field(
        default=None, foreign_key="person.id", ondelete="SET NULL", index=True
    )
    details: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))

    sample: Optional["FieldSample"] = Relationship(back_populates="events")
