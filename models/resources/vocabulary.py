"""The vocabularies that resources are described with."""

from typing import TYPE_CHECKING

from sqlalchemy import SmallInteger, text
from sqlmodel import Field, Relationship, SQLModel

from models.base import LookupBase

if TYPE_CHECKING:
    from models.resources.resource import Resource


class ResourceSpecies(SQLModel, table=True):
    """Which species a resource comes from; a mixed residue has several."""

    __tablename__ = "resource_species"

    resource_id: int = Field(foreign_key="resource.id", ondelete="CASCADE", primary_key=True)
    species_id: int = Field(
        foreign_key="species.id", ondelete="RESTRICT", primary_key=True, index=True
    )


class ResourceClass(LookupBase, table=True):
    """A broad group of resources, such as orchard residue or forest thinnings."""

    __tablename__ = "resource_class"

    sort_order: int = Field(
        default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("0")}
    )

    resources: list["Resource"] = Relationship(back_populates="resource_class")


class Species(LookupBase, table=True):
    """A plant by its common and its scientific name."""

    scientific_name: str = Field(max_length=160, unique=True)
    woody: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})

    resources: list["Resource"] = Relationship(back_populates="species", link_model=ResourceSpecies)
