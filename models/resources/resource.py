"""The materials whose siting is studied."""

from datetime import date
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship

from models.base import EntityBase
from models.resources.vocabulary import ResourceSpecies

if TYPE_CHECKING:
    from models.resources.availability import ResourceAvailability
    from models.resources.vocabulary import ResourceClass, Species


class Resource(EntityBase, table=True):
    """A kind of biomass that can be collected: almond shells, wheat straw, pine thinnings."""

    __table_args__ = (
        CheckConstraint(
            "harvest_months <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]::smallint[]",
            name="resource_harvest_months_valid",
        ),
        CheckConstraint("jsonb_typeof(attributes) = 'object'", name="resource_attributes_object"),
        Index("ix_resource_aliases", "aliases", postgresql_using="gin"),
        Index(
            "ix_resource_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
        ),
        Index(
            "ix_resource_current",
            "resource_class_id",
            "name",
            postgresql_where=text("discontinued_on IS NULL"),
        ),
        {"comment": "Kinds of biomass, one row a material"},
    )

    code: str = Field(max_length=24, unique=True)
    name: str = Field(max_length=160)
    resource_class_id: int = Field(foreign_key="resource_class.id", ondelete="RESTRICT", index=True)
    harvest_months: list[int] = Field(
        default_factory=list,
        sa_column=Column(
            ARRAY(SmallInteger),
            nullable=False,
            server_default=text("'{}'"),
            comment="Months in which it falls due, 1 to 12",
        ),
    )
    aliases: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")),
    )
    attributes: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )
    discontinued_on: date | None = None

    resource_class: Optional["ResourceClass"] = Relationship(back_populates="resources")
    species: list["Species"] = Relationship(back_populates="resources", link_model=ResourceSpecies)
    availability: list["ResourceAvailability"] = Relationship(back_populates="resource")
