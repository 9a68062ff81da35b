"""Columns that many tables share.

A mixin never gets a table of its own. It declares its columns with ``sa_type`` and
``sa_column_kwargs`` rather than ``sa_column``, because one ``Column`` object cannot belong to
several tables.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import DateTime, Text, func, text
from sqlmodel import Field, SQLModel


class EntityBase(SQLModel):
    """A thing that the project records: its key, when it was written, and by which import."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    updated_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()},
    )
    import_run_id: int | None = Field(
        default=None,
        foreign_key="import_run.id",
        ondelete="SET NULL",
        sa_column_kwargs={"comment": "The import that wrote this row; empty where a person did"},
    )


class LookupBase(SQLModel):
    """A term of a controlled vocabulary, with the address of its definition where it has one."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120, unique=True)
    description: str | None = Field(default=None, sa_type=Text)
    uri: str | None = Field(default=None, max_length=300)


class GeoPointMixin(SQLModel):
    """A position in degrees, WGS 84. Six decimals are about ten centimetres."""

    latitude: Decimal = Field(max_digits=8, decimal_places=6)
    longitude: Decimal = Field(max_digits=9, decimal_places=6)
