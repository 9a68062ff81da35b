"""Publications of others that the project draws on."""

import enum
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Interval,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship

from models.base import EntityBase, LookupBase

if TYPE_CHECKING:
    from models.external_data.market import CropStatistic


class Licence(str, enum.Enum):
    public_domain = "public_domain"
    cc_by = "cc_by"
    cc_by_sa = "cc_by_sa"
    proprietary = "proprietary"


class DataSource(LookupBase, table=True):
    """A series that somebody publishes, under a licence and at an interval."""

    __tablename__ = "data_source"

    publisher: str = Field(max_length=160)
    licence: Licence
    refresh_interval: timedelta | None = Field(default=None, sa_type=Interval)

    datasets: list["Dataset"] = Relationship(back_populates="source")


class Dataset(EntityBase, table=True):
    """One edition of a source, as it was fetched."""

    __table_args__ = (
        UniqueConstraint("data_source_id", "edition", name="uq_dataset_data_source_id_edition"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="dataset_sha256_format"),
        CheckConstraint("size_bytes >= 0", name="dataset_size_not_negative"),
        Index("ix_dataset_provenance", "provenance", postgresql_using="gin"),
    )

    data_source_id: int = Field(foreign_key="data_source.id", ondelete="RESTRICT")
    edition: str = Field(max_length=40)
    published_on: date | None = None
    retrieved_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    sha256: str | None = Field(default=None, sa_type=CHAR(64))
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    provenance: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))

    source: Optional["DataSource"] = Relationship(back_populates="datasets")
    crop_statistics: list["CropStatistic"] = Relationship(back_populates="dataset")
