"""Tables of the journal search: what people keep to look for again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary, String, UniqueConstraint
from sqlmodel import Field

from tellerdesk.store.base import Table
from tellerdesk.store.types import UtcInstant


class Filter(Table, table=True):
    """A search somebody keeps under a name. `sealed` is its canonical JSON: it may name customers."""

    __tablename__ = "search_filter"
    __table_args__ = (UniqueConstraint("staff_no", "name", name="uq_search_filter_name"),)

    filter_id: str = Field(sa_column=Column(String(32), primary_key=True))
    staff_no: str = Field(sa_column=Column(String(16), nullable=False))
    name: str = Field(sa_column=Column(String(40), nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    saved_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class ToIndex(Table, table=True):
    """A payment from an account, made before accounts could be searched: it waits for its blind index, for which the
    key is needed."""

    __tablename__ = "search_to_index"

    serial: str = Field(sa_column=Column(String(22), primary_key=True))
