"""What laboratories can measure, and how."""

import enum
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Enum, SmallInteger, UniqueConstraint, text
from sqlmodel import Field

from models.base import LookupBase


class AnalysisTechnique(str, enum.Enum):
    proximate = "proximate"
    ultimate = "ultimate"
    calorimetry = "calorimetry"
    compositional = "compositional"
    ash_chemistry = "ash_chemistry"


class AnalysisMethod(LookupBase, table=True):
    """A published procedure, in one of its editions."""

    __tablename__ = "analysis_method"
    __table_args__ = (
        UniqueConstraint(
            "standard_code", "edition", name="uq_analysis_method_standard_code_edition"
        ),
    )

    standard_code: str = Field(max_length=40)
    edition: str = Field(max_length=20)
    technique: AnalysisTechnique = Field(
        sa_type=Enum(AnalysisTechnique, name="analysis_technique"), index=True
    )
    retired_on: date | None = None


class Parameter(LookupBase, table=True):
    """A quantity with its unit and the limits within which a value is believed."""

    __table_args__ = (
        # Deferred, so that two parameters can change places in one transaction.
        UniqueConstraint(
            "position", name="uq_parameter_position", deferrable=True, initially="DEFERRED"
        ),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="parameter_decimals_range"),
        CheckConstraint("lower_limit < upper_limit", name="parameter_limits_in_order"),
    )

    symbol: str = Field(max_length=16, unique=True)
    unit: str = Field(max_length=24, sa_column_kwargs={"comment": "UCUM code"})
    decimals: int = Field(
        default=2, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("2")}
    )
    lower_limit: Decimal | None = Field(default=None, max_digits=14, decimal_places=6)
    upper_limit: Decimal | None = Field(default=None, max_digits=14, decimal_places=6)
    position: int = Field(
        sa_type=SmallInteger, sa_column_kwargs={"comment": "Place in reports, from 1"}
    )
