"""Pieces of land as the county assessor counts them."""

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Enum, UniqueConstraint
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.places.site import Site


class LandUse(str, enum.Enum):
    cropland = "cropland"
    orchard = "orchard"
    forest = "forest"
    rangeland = "rangeland"
    industrial = "industrial"


class Parcel(EntityBase, table=True):
    """Land that belongs to a site, numbered by the assessor of its county."""

    __table_args__ = (
        UniqueConstraint(
            "region_id", "assessor_number", name="uq_parcel_region_id_assessor_number"
        ),
        CheckConstraint("area_ha > 0", name="parcel_area_positive"),
    )

    site_id: int = Field(foreign_key="site.id", ondelete="CASCADE", index=True)
    region_id: int = Field(foreign_key="region.id", ondelete="RESTRICT")
    assessor_number: str = Field(max_length=32)
    land_use: LandUse = Field(sa_type=Enum(LandUse, name="land_use"))
    area_ha: Decimal = Field(
        max_digits=10, decimal_places=2, sa_column_kwargs={"comment": "Hectares"}
    )
    owner_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="SET NULL", index=True
    )

    site: Optional["Site"] = Relationship(back_populates="parcels")
