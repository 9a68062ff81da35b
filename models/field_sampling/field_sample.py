"""Samples as they are taken in the field."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, DateTime, Enum, Index, Text, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.analysis.analysis_run import AnalysisRun
    from models.field_sampling.custody_event import CustodyEvent
    from models.field_sampling.sampling_campaign import SamplingCampaign


class SampleStatus(str, enum.Enum):
    collected = "collected"
    received = "received"
    analysed = "analysed"
    archived = "archived"
    rejected = "rejected"


class FieldSample(EntityBase, table=True):
    """A bag of material from one site; a split names the sample that it was taken from."""

    __tablename__ = "field_sample"
    __table_args__ = (
        UniqueConstraint(
            "sampling_campaign_id", "code", name="uq_field_sample_sampling_campaign_id_code"
        ),
        Index(
            "uq_field_sample_barcode",
            "barcode",
            unique=True,
            postgresql_where=text("barcode IS NOT NULL"),
        ),
        Index(
            "ix_field_sample_in_transit",
            "taken_at",
            postgresql_where=text("received_at IS NULL"),
        ),
        CheckConstraint("wet_mass_kg > 0", name="field_sample_wet_mass_positive"),
        CheckConstraint("moisture_pct BETWEEN 0 AND 100", name="field_sample_moisture_range"),
        CheckConstraint("parent_sample_id <> id", name="field_sample_not_its_own_parent"),
        {"comment": "Material collected in the field, one row a bag"},
    )

    sampling_campaign_id: int = Field(foreign_key="sampling_campaign.id", ondelete="RESTRICT")
    site_id: int = Field(foreign_key="site.id", ondelete="RESTRICT", index=True)
    resource_id: int = Field(foreign_key="resource.id", ondelete="RESTRICT", index=True)
    collected_by_id: int | None = Field(
        default=None, foreign_key="person.id", ondelete="SET NULL", index=True
    )
    storage_condition_id: int | None = Field(
        default=None, foreign_key="storage_condition.id", ondelete="SET NULL"
    )
    parent_sample_id: int | None = Field(
        default=None, foreign_key="field_sample.id", ondelete="CASCADE", index=True
    )
    code: str = Field(max_length=32)
    barcode: str | None = Field(default=None, max_length=48)
    taken_at: datetime = Field(
        sa_type=DateTime(timezone=False),
        sa_column_kwargs={"comment": "Wall-clock time at the site"},
    )
    received_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    wet_mass_kg: Decimal | None = Field(default=None, max_digits=8, decimal_places=3)
    moisture_pct: Decimal | None = Field(
        default=None,
        max_digits=5,
        decimal_places=2,
        sa_column_kwargs={"comment": "Per cent of the wet mass, by the meter used in the field"},
    )
    status: SampleStatus = Field(
        default=SampleStatus.collected,
        sa_type=Enum(SampleStatus, name="sample_status"),
        sa_column_kwargs={"server_default": "collected"},
    )
    notes: str | None = Field(default=None, sa_type=Text)

    campaign: Optional["SamplingCampaign"] = Relationship(back_populates="samples")
    events: list["CustodyEvent"] = Relationship(back_populates="sample")
    runs: list["AnalysisRun"] = Relationship(back_populates="sample")
