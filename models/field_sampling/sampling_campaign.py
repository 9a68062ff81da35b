"""Rounds of field work."""

from datetime import date
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.field_sampling.field_sample import FieldSample
    from models.people.project import Project


class SamplingCampaign(EntityBase, table=True):
    """One round of collection within a project."""

    __tablename__ = "sampling_campaign"
    __table_args__ = (
        UniqueConstraint("project_id", "name", name="uq_sampling_campaign_project_id_name"),
        CheckConstraint("ends_on >= starts_on", name="sampling_campaign_dates_in_order"),
        CheckConstraint("target_samples > 0", name="sampling_campaign_target_positive"),
    )

    project_id: int = Field(foreign_key="project.id", ondelete="CASCADE")
    name: str = Field(max_length=120)
    starts_on: date
    ends_on: date | None = None
    target_samples: int | None = Field(default=None, sa_type=SmallInteger)
    protocol_uri: str | None = Field(default=None, max_length=300)

    project: Optional["Project"] = Relationship(back_populates="campaigns")
    samples: list["FieldSample"] = Relationship(back_populates="campaign")
