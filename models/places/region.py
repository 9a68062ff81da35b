"""States and the counties within them."""

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Enum, Index, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.places.site import Site


class RegionKind(str, enum.Enum):
    country = "country"
    state = "state"
    county = "county"


class Region(EntityBase, table=True):
    """An administrative area; a county names the state that it lies in."""

    __table_args__ = (
        UniqueConstraint("parent_id", "name", name="uq_region_parent_id_name"),
        # A unique constraint lets any number of empty parents pass, so the top level has its own.
        Index(
            "uq_region_name_at_top",
            "name",
            unique=True,
            postgresql_where=text("parent_id IS NULL"),
        ),
        CheckConstraint("area_km2 > 0", name="region_area_positive"),
        CheckConstraint("parent_id <> id", name="region_not_its_own_parent"),
        {"comment": "Administrative areas that supply is counted by"},
    )

    code: str = Field(
        max_length=12,
        unique=True,
        sa_column_kwargs={"comment": "FIPS code: two digits for a state, five for a county"},
    )
    name: str = Field(max_length=120)
    kind: RegionKind = Field(sa_type=Enum(RegionKind, name="region_kind"))
    parent_id: int | None = Field(default=None, foreign_key="region.id", ondelete="RESTRICT")
    area_km2: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)

    parent: Optional["Region"] = Relationship(
        back_populates="parts", sa_relationship_kwargs={"remote_side": "Region.id"}
    )
    parts: list["Region"] = Relationship(back_populates="parent")
    sites: list["Site"] = Relationship(back_populates="region")
