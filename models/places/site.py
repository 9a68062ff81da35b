"""Points on the map where something is collected or built."""

from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase, GeoPointMixin

if TYPE_CHECKING:
    from models.places.parcel import Parcel
    from models.places.region import Region


class Site(GeoPointMixin, EntityBase, table=True):
    """A named place with a position: a field, a landing, a yard or a plant."""

    __table_args__ = (
        UniqueConstraint("region_id", "name", name="uq_site_region_id_name"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="site_latitude_range"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="site_longitude_range"),
        Index("ix_site_latitude_longitude", "latitude", "longitude"),
        Index(
            "ix_site_search",
            text("to_tsvector('english'::regconfig, (name || ' ') || coalesce(address, ''))"),
            postgresql_using="gin",
        ),
    )

    name: str = Field(max_length=160)
    region_id: int = Field(foreign_key="region.id", ondelete="RESTRICT")
    address: str | None = Field(default=None, sa_type=Text)
    elevation_m: Decimal | None = Field(default=None, max_digits=6, decimal_places=1)
    time_zone: str = Field(
        default="America/Los_Angeles",
        max_length=40,
        sa_column_kwargs={
            "server_default": "America/Los_Angeles",
            "comment": "IANA name; field_sample.taken_at is read in it",
        },
    )

    region: Optional["Region"] = Relationship(back_populates="sites")
    parcels: list["Parcel"] = Relationship(back_populates="site")
