"""Projects and the part that each person has in them."""

import enum
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, CheckConstraint, Column, Enum, Index, Text, text
from sqlmodel import Field, Relationship, SQLModel

from models.base import EntityBase

if TYPE_CHECKING:
    from models.field_sampling.sampling_campaign import SamplingCampaign
    from models.people.person import Person


class ProjectRole(str, enum.Enum):
    lead = "lead"
    researcher = "researcher"
    technician = "technician"
    partner = "partner"


class ProjectMember(SQLModel, table=True):
    """Who works on which project, and as what. A project has at most one lead."""

    __tablename__ = "project_member"
    __table_args__ = (
        Index(
            "uq_project_member_lead",
            "project_id",
            unique=True,
            postgresql_where=text("role = 'lead'"),
        ),
    )

    project_id: int = Field(foreign_key="project.id", ondelete="CASCADE", primary_key=True)
    person_id: int = Field(
        foreign_key="person.id", ondelete="CASCADE", primary_key=True, index=True
    )
    role: ProjectRole = Field(
        default=ProjectRole.researcher,
        sa_type=Enum(ProjectRole, name="project_role"),
        sa_column_kwargs={"server_default": "researcher"},
    )
    joined_on: date | None = Field(
        default=None, nullable=False, sa_column_kwargs={"server_default": text("CURRENT_DATE")}
    )


class Project(EntityBase, table=True):
    """A funded piece of work within which samples are taken."""

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="project_dates_in_order"),
        CheckConstraint("budget >= 0", name="project_budget_not_negative"),
        Index("ix_project_keywords", "keywords", postgresql_using="gin"),
    )

    code: str = Field(max_length=20, unique=True)
    title: str = Field(max_length=200)
    funder_id: int = Field(foreign_key="organisation.id", ondelete="RESTRICT", index=True)
    starts_on: date
    ends_on: date | None = None
    budget: Decimal | None = Field(
        default=None,
        max_digits=14,
        decimal_places=2,
        sa_column_kwargs={"comment": "US dollars"},
    )
    keywords: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")),
    )

    members: list["Person"] = Relationship(back_populates="projects", link_model=ProjectMember)
    campaigns: list["SamplingCampaign"] = Relationship(back_populates="project")
