"""How much of a resource there is."""

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Enum,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.resources.resource import Resource


class DataQuality(str, enum.Enum):
    measured = "measured"
    reported = "reported"
    modelled = "modelled"
    assumed = "assumed"


class ResourceAvailability(EntityBase, table=True):
    """The dry tonnes of one resource in one region and year."""

    __tablename__ = "resource_availability"
    __table_args__ = (
        UniqueConstraint(
            "resource_id",
            "region_id",
            "year",
            name="uq_resource_availability_resource_id_region_id_year",
        ),
        CheckConstraint("gross_dry_tonnes >= 0", name="resource_availability_gross_not_negative"),
        CheckConstraint(
            "recoverable_fraction BETWEEN 0 AND 1", name="resource_availability_fraction_range"
        ),
        CheckConstraint("year BETWEEN 1990 AND 2100", name="resource_availability_year_range"),
        Index("ix_resource_availability_region_id_year", "region_id", text("year DESC")),
        {"comment": "Dry tonnes a year by resource and region"},
    )

    resource_id: int = Field(foreign_key="resource.id", ondelete="CASCADE")
    region_id: int = Field(foreign_key="region.id", ondelete="RESTRICT")
    year: int = Field(sa_type=SmallInteger)
    gross_dry_tonnes: Decimal = Field(max_digits=14, decimal_places=3)
    recoverable_fraction: Decimal = Field(
        default=Decimal("0.5"),
        max_digits=4,
        decimal_places=3,
        sa_column_kwargs={
            "server_default": text("0.5"),
            "comment": "Share that can be taken without harm to the soil",
        },
    )
    recoverable_dry_tonnes: Decimal | None = Field(
        default=None,
        sa_column=Column(
            Numeric(14, 3),
            Computed("gross_dry_tonnes * recoverable_fraction", persisted=True),
        ),
    )
    quality: DataQuality = Field(
        default=DataQuality.modelled,
        sa_type=Enum(DataQuality, name="data_quality"),
        sa_column_kwargs={"server_default": "modelled"},
    )

    resource: Optional["Resource"] = Relationship(back_populates="availability")
