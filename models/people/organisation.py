"""The bodies that people work for."""

import enum
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CHAR, CheckConstraint, Enum, Index, text
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.people.person import Person


class OrganisationKind(str, enum.Enum):
    university = "university"
    government = "government"
    laboratory = "laboratory"
    company = "company"
    cooperative = "cooperative"
    nonprofit = "nonprofit"


class Organisation(EntityBase, table=True):
    """A university, agency, laboratory or company; a department names the body it belongs to."""

    __table_args__ = (
        Index("uq_organisation_name_lower", text("lower(name)"), unique=True),
        CheckConstraint("parent_id <> id", name="organisation_not_its_own_parent"),
        CheckConstraint("country_code ~ '^[A-Z]{2}$'", name="organisation_country_code_format"),
        {"comment": "Bodies that fund projects, run laboratories and operate facilities"},
    )

    name: str = Field(max_length=200)
    kind: OrganisationKind = Field(sa_type=Enum(OrganisationKind, name="organisation_kind"))
    country_code: str = Field(
        default="US",
        sa_type=CHAR(2),
        sa_column_kwargs={"server_default": "US", "comment": "ISO 3166-1 alpha-2"},
    )
    website: str | None = Field(default=None, max_length=300)
    parent_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="SET NULL", index=True
    )

    parent: Optional["Organisation"] = Relationship(
        back_populates="departments",
        sa_relationship_kwargs={"remote_side": "Organisation.id"},
    )
    departments: list["Organisation"] = Relationship(back_populates="parent")
    people: list["Person"] = Relationship(back_populates="organisation")
