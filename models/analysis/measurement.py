"""The numbers that analyses give."""

import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase

if TYPE_CHECKING:
    from models.analysis.analysis_run import AnalysisRun


class Qualifier(str, enum.Enum):
    below_detection = "below_detection"
    estimated = "estimated"
    outlier = "outlier"


class Measurement(EntityBase, table=True):
    """One value of one parameter; replicates are numbered from 1."""

    __table_args__ = (
        UniqueConstraint(
            "analysis_run_id",
            "parameter_id",
            "replicate",
            name="uq_measurement_analysis_run_id_parameter_id_replicate",
        ),
        CheckConstraint("replicate > 0", name="measurement_replicate_positive"),
        CheckConstraint("uncertainty >= 0", name="measurement_uncertainty_not_negative"),
        # Reports average one parameter at a time and can answer from this index alone.
        Index(
            "ix_measurement_parameter_id_value",
            "parameter_id",
            postgresql_include=["analysis_run_id", "value"],
        ),
    )

    analysis_run_id: int = Field(foreign_key="analysis_run.id", ondelete="CASCADE")
    parameter_id: int = Field(foreign_key="parameter.id", ondelete="RESTRICT")
    replicate: int = Field(
        default=1, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("1")}
    )
    value: Decimal = Field(max_digits=14, decimal_places=6)
    uncertainty: Decimal | None = Field(
        default=None,
        max_digits=14,
        decimal_places=6,
        sa_column_kwargs={"comment": "One standard uncertainty, in the unit of the parameter"},
    )
    qualifier: Qualifier | None = None

    run: Optional["AnalysisRun"] = Relationship(back_populates="measurements")
