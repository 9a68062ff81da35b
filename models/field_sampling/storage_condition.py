"""How samples are kept."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, SmallInteger
from sqlmodel import Field

from models.base import LookupBase


class StorageCondition(LookupBase, table=True):
    """A way to keep a sample, and for how long it stays usable so."""

    __tablename__ = "storage_condition"
    __table_args__ = (CheckConstraint("max_days > 0", name="storage_condition_max_days_positive"),)

    temperature_c: Decimal | None = Field(default=None, max_digits=5, decimal_places=2)
    max_days: int | None = Field(default=None, sa_type=SmallInteger)
