"""The people of the projects."""

from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, Relationship

from models.base import EntityBase
from models.people.project import ProjectMember

if TYPE_CHECKING:
    from models.people.organisation import Organisation
    from models.people.project import Project


class Person(EntityBase, table=True):
    """Somebody who collects, analyses or answers for data."""

    __table_args__ = (
        # An address may pass to a successor, so it is unique only among those who are still here.
        Index(
            "uq_person_email_lower",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("active"),
        ),
        Index(
            "uq_person_orcid",
            "orcid",
            unique=True,
            postgresql_where=text("orcid IS NOT NULL"),
        ),
        Index("ix_person_family_name_given_name", "family_name", "given_name"),
        CheckConstraint(
            "orcid ~ '^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$'", name="person_orcid_format"
        ),
    )

    given_name: str = Field(max_length=80)
    family_name: str = Field(max_length=80)
    email: str | None = Field(default=None, max_length=254)
    orcid: str | None = Field(
        default=None,
        max_length=19,
        sa_column_kwargs={
            "comment": "The sixteen digits with their hyphens, without https://orcid.org/"
        },
    )
    organisation_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="SET NULL", index=True
    )
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})

    organisation: Optional["Organisation"] = Relationship(back_populates="people")
    projects: list["Project"] = Relationship(back_populates="members", link_model=ProjectMember)
