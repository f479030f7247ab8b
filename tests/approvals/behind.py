"""Writing to the tables behind the desk's back: no trigger, no foreign key, as who owns the database can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from tellerdesk.store import schema, triggers
from tellerdesk.store.engine import Store


@contextmanager
def behind(store: Store) -> Iterator[Connection]:
    """One transaction in which nothing keeps history or references; all that keeps them stands again afterwards."""
    with store.engine.connect() as connection:
        sqlite = store.dialect == "sqlite"
        if sqlite:
            connection.detach()
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=0")  # type: ignore[union-attr]
        with connection.begin():
            if sqlite:
                triggers.drop(connection)
            else:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
            if sqlite:
                triggers.recreate(connection, schema.all_metadata())


WORDS = (("APPROVED", "REJECTED"), ("ON_THE_SPOT", "OWN_DESK"), ("payment", "parameters"))


def another(value: Any) -> Any:
    """A value of the same kind and length that differs a little, and is one the column takes."""
    match value:
        case int():
            return value + 1
        case datetime():
            return value + timedelta(seconds=1)
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case str() if words := next((words for words in WORDS if value in words), None):
            return words[1 - words.index(value)]
        case "":
            return "x"
        case str():
            return value[:-1] + ("1" if value[-1] == "0" else "0")
    raise TypeError(value)
