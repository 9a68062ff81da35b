"""What the statistics offices and the markets say."""

import enum
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Enum, Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, Relationship

from models.base import EntityBase
from models.resources.availability import DataQuality

if TYPE_CHECKING:
    from models.external_data.dataset import Dataset


class Currency(str, enum.Enum):
    USD = "USD"
    CAD = "CAD"
    EUR = "EUR"


class PriceBasis(str, enum.Enum):
    roadside = "roadside"
    delivered = "delivered"


class CropStatistic(EntityBase, table=True):
    """The harvest of one crop in one region and year."""

    __tablename__ = "crop_statistic"
    __table_args__ = (
        UniqueConstraint(
            "dataset_id",
            "region_id",
            "species_id",
            "year",
            name="uq_crop_statistic_dataset_id_region_id_species_id_year",
        ),
        CheckConstraint("harvested_ha >= 0", name="crop_statistic_area_not_negative"),
        CheckConstraint("production_t >= 0", name="crop_statistic_production_not_negative"),
        Index("ix_crop_statistic_region_id_year", "region_id", "year"),
    )

    dataset_id: int = Field(foreign_key="dataset.id", ondelete="CASCADE")
    region_id: int = Field(foreign_key="region.id", ondelete="RESTRICT")
    species_id: int = Field(foreign_key="species.id", ondelete="RESTRICT", index=True)
    year: int = Field(sa_type=SmallInteger)
    harvested_ha: Decimal = Field(max_digits=12, decimal_places=2)
    production_t: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    quality: DataQuality = Field(
        default=DataQuality.reported,
        sa_type=Enum(DataQuality, name="data_quality"),
        sa_column_kwargs={"server_default": "reported"},
    )

    dataset: Optional["Dataset"] = Relationship(back_populates="crop_statistics")


class PriceQuote(EntityBase, table=True):
    """A price a dry tonne on a day, for one region or for the whole market."""

    __tablename__ = "price_quote"
    __table_args__ = (
        Index(
            "uq_price_quote_regional",
            "resource_id",
            "region_id",
            "quoted_on",
            "basis",
            unique=True,
            postgresql_where=text("region_id IS NOT NULL"),
        ),
        Index(
            "uq_price_quote_market",
            "resource_id",
            "quoted_on",
            "basis",
            unique=True,
            postgresql_where=text("region_id IS NULL"),
        ),
        CheckConstraint("price > 0", name="price_quote_price_positive"),
    )

    dataset_id: int | None = Field(
        default=None, foreign_key="dataset.id", ondelete="SET NULL", index=True
    )
    resource_id: int = Field(foreign_key="resource.id", ondelete="CASCADE")
    region_id: int | None = Field(
        default=None,
        foreign_key="region.id",
        ondelete="CASCADE",
        index=True,
        sa_column_kwargs={"comment": "Empty where the quote is for the whole market"},
    )
    quoted_on: date
    price: Decimal = Field(
        max_digits=10, decimal_places=2, sa_column_kwargs={"comment": "A dry tonne"}
    )
    currency: Currency = Field(default=Currency.USD, sa_column_kwargs={"server_default": "USD"})
    basis: PriceBasis = Field(sa_type=Enum(PriceBasis, name="price_basis"))
