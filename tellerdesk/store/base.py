"""The base of every table, with constraint names both databases and the migrations agree on."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, cast

from sqlalchemy import MetaData
from sqlalchemy import Table as SaTable
from sqlmodel import SQLModel


class History(StrEnum):
    """How much of a table's past is kept by triggers. Put into a table's `info` as {"history": ...}."""

    APPEND_ONLY = "APPEND_ONLY"
    """Rows are written once: no UPDATE, no DELETE, no TRUNCATE."""
    GUARDED = "GUARDED"
    """No DELETE, no TRUNCATE; the columns listed in `info["fixed"]` never change, and a row for which the SQL
    condition `info["closed"]` holds never changes at all."""


class Table(SQLModel):
    """Base class of all tables. Tables do not validate: what enters is checked before."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(model: type[SQLModel]) -> SaTable:
    """The table behind a model, for statements that are worth preparing once."""
    return cast(SaTable, model.__table__)  # type: ignore[attr-defined]


def one_of(column: str, words: type[StrEnum]) -> str:
    """The condition of a CHECK that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word.value) for word in words)})"
