"""Searches people keep under a name of their own."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput, Refused
from tellerdesk.journal.states import Word
from tellerdesk.links.strict_json import canonical_json, parse
from tellerdesk.search.commands import JournalSearch
from tellerdesk.search.models import Filter
from tellerdesk.search.states import Sort
from tellerdesk.search.views import SavedFilter
from tellerdesk.store.base import table_of
from tellerdesk.store.vault import Vault
from tellerdesk.text import typed

MOST = 50
"""Nobody keeps more."""

_FILTER = table_of(Filter)
_PLACE = "search_filter.sealed"


class Filters:
    """Keeps them sealed: they may name customers."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, connection: Connection, staff_no: str) -> tuple[SavedFilter, ...]:
        query = select(_FILTER).where(_FILTER.c.staff_no == staff_no)
        rows = sorted(connection.execute(query).mappings(), key=lambda row: str(row["name"]))
        return tuple(SavedFilter(row["name"], self._opened(row), row["saved_at"]) for row in rows)

    def save(self, connection: Connection, staff_no: str, name: str, search: JournalSearch, at: datetime) -> None:
        """Raises BadInput (field "name"), Refused where the person keeps MOST already."""
        name = named(name)
        connection.execute(delete(_FILTER).where(_FILTER.c.staff_no == staff_no, _FILTER.c.name == name))
        held = connection.execute(select(func.count()).where(_FILTER.c.staff_no == staff_no)).scalar_one()
        if held >= MOST:
            raise Refused("error.search.filters_full", most=MOST)
        filter_id = secrets.token_hex(16)
        sealed = self._vault.seal(canonical_json(_written(search)).decode(), column=_PLACE, row=filter_id)
        values = {"filter_id": filter_id, "staff_no": staff_no, "name": name, "sealed": sealed, "saved_at": at}
        connection.execute(insert(_FILTER), values)

    def forget(self, connection: Connection, staff_no: str, name: str) -> None:
        connection.execute(delete(_FILTER).where(_FILTER.c.staff_no == staff_no, _FILTER.c.name == name))

    def _opened(self, row: Any) -> JournalSearch:
        return _read(parse(self._vault.open(bytes(row["sealed"]), column=_PLACE, row=row["filter_id"]).encode()))


def named(name: str) -> str:
    """Raises BadInput (field "name")."""
    folded = typed(name, field="name", most=40)
    if not folded:
        raise BadInput("error.search.filter_name", field="name")
    return folded


def _written(search: JournalSearch) -> dict[str, Any]:
    """Only what differs from a search for everything."""
    everything = JournalSearch()
    given = {field.name: getattr(search, field.name) for field in fields(search)}
    told = {name: value for name, value in given.items() if value != getattr(everything, name)}
    for name, value in told.items():
        if isinstance(value, date):
            told[name] = value.isoformat()
        elif isinstance(value, tuple):
            told[name] = list(value)
    return told


def _read(told: Any) -> JournalSearch:
    known = {field.name for field in fields(JournalSearch)}
    given = {name: value for name, value in told.items() if name in known}
    for name, made in (
        ("since", date.fromisoformat),
        ("until", date.fromisoformat),
        ("method", Method),
        ("sort", Sort),
    ):
        if given.get(name):
            given[name] = made(given[name])
    if "words" in given:
        given["words"] = tuple(Word(word) for word in given["words"])
    return JournalSearch(**given)
