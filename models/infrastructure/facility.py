"""Plants that turn biomass into something else."""

import enum
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Enum,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel

from models.base import EntityBase

if TYPE_CHECKING:
    from models.infrastructure.haul_route import HaulRoute


class FacilityKind(str, enum.Enum):
    power_plant = "power_plant"
    pellet_mill = "pellet_mill"
    gasifier = "gasifier"
    biochar_kiln = "biochar_kiln"
    anaerobic_digester = "anaerobic_digester"


class FacilityStatus(str, enum.Enum):
    proposed = "proposed"
    permitted = "permitted"
    operating = "operating"
    closed = "closed"


class FacilityFeedstock(SQLModel, table=True):
    """Which resources a facility takes, and up to what share of its intake."""

    __tablename__ = "facility_feedstock"
    __table_args__ = (
        CheckConstraint(
            "max_share > 0 AND max_share <= 1", name="facility_feedstock_max_share_range"
        ),
    )

    facility_id: int = Field(foreign_key="facility.id", ondelete="CASCADE", primary_key=True)
    resource_id: int = Field(
        foreign_key="resource.id", ondelete="RESTRICT", primary_key=True, index=True
    )
    max_share: Decimal = Field(
        default=Decimal("1"),
        max_digits=4,
        decimal_places=3,
        sa_column_kwargs={"server_default": text("1")},
    )


class Facility(EntityBase, table=True):
    """A plant that stands, or is planned to stand, on a site."""

    __table_args__ = (
        UniqueConstraint("site_id", "name", name="uq_facility_site_id_name"),
        CheckConstraint("capacity_t_per_year > 0", name="facility_capacity_positive"),
        CheckConstraint("max_haul_km > 0", name="facility_max_haul_positive"),
        CheckConstraint("closed_on >= commissioned_on", name="facility_dates_in_order"),
        Index(
            "ix_facility_in_use",
            "kind",
            postgresql_where=text("status IN ('permitted', 'operating')"),
        ),
        {"comment": "Plants, from the first proposal to the closing"},
    )

    site_id: int = Field(foreign_key="site.id", ondelete="RESTRICT")
    operator_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="SET NULL", index=True
    )
    name: str = Field(max_length=160)
    kind: FacilityKind = Field(sa_type=Enum(FacilityKind, name="facility_kind"))
    status: FacilityStatus = Field(
        default=FacilityStatus.proposed,
        sa_type=Enum(FacilityStatus, name="facility_status"),
        sa_column_kwargs={"server_default": "proposed"},
    )
    commissioned_on: date | None = None
    closed_on: date | None = None
    capacity_t_per_year: Decimal = Field(
        max_digits=12, decimal_places=1, sa_column_kwargs={"comment": "Dry tonnes a year"}
    )
    max_haul_km: int = Field(
        default=120, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("120")}
    )
    contact: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))

    routes: list["HaulRoute"] = Relationship(back_populates="facility")
