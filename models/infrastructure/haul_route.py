"""The roads to a facility."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, DateTime, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.infrastructure.facility import Facility


class HaulRoute(EntityBase, table=True):
    """The way by lorry from the middle of a region to a facility."""

    __tablename__ = "haul_route"
    __table_args__ = (
        UniqueConstraint("facility_id", "region_id", name="uq_haul_route_facility_id_region_id"),
        CheckConstraint("distance_km >= 0", name="haul_route_distance_not_negative"),
        CheckConstraint("drive_minutes >= 0", name="haul_route_drive_minutes_not_negative"),
    )

    facility_id: int = Field(foreign_key="facility.id", ondelete="CASCADE")
    region_id: int = Field(foreign_key="region.id", ondelete="CASCADE", index=True)
    distance_km: Decimal = Field(max_digits=7, decimal_places=2)
    drive_minutes: int | None = Field(default=None, sa_type=SmallInteger)
    cost_per_tonne_km: Decimal = Field(
        default=Decimal("0.12"),
        max_digits=8,
        decimal_places=4,
        sa_column_kwargs={"server_default": text("0.12"), "comment": "US dollars"},
    )
    surveyed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=False))

    facility: Optional["Facility"] = Relationship(back_populates="routes")
