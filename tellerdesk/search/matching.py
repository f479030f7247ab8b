"""What a search asks for, as the shape of its statements and the values they are bound to. The database is asked here
only for what a name or a number stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal_column, select, union

from tellerdesk.bills.combined_receipts import COMBINED
from tellerdesk.bills.consumers import Consumers
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.questions.models import LateAnswer
from tellerdesk.search.asked import Asked
from tellerdesk.search.statements import REFUND, Shape, holds, named, unfinished
from tellerdesk.store.base import table_of
from tellerdesk.store.many import one_of
from tellerdesk.store.vault import Vault

LATE = table_of(LateAnswer)

MOST_NAMES = 3_000
"""Names that are gathered first; a part of a name more people have is so common that a walk soon fills a page."""

MOST_SERIALS = 500

_DESKS_CLOCKS_DIFFER = timedelta(days=1)
_DOCUMENT_NO = re.compile(r"([0-9]{8})-?([0-9]{4})-?([0-9]{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Matching:
    """The entries of a search. `nothing`: a number or a name nobody has was asked for, so there are none."""

    shape: Shape
    values: Mapping[str, Any]
    nothing: bool = False


class Matcher:
    """Reads searches. Whom they name is bound as it is kept: a personal number and an account by their blind index."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._consumers = Consumers(vault)

    def matching(self, connection: Connection, asked: Asked) -> Matching:
        values = self._values(asked)
        first = _first(asked)
        if first == "serials":
            values["serials"] = _serials(connection, asked.serial)
            if not values["serials"]:
                return Matching(Shape(first, frozenset(values)), values, nothing=True)
        elif first == "names":
            names = _names(connection, asked.customer_name)
            if not names:
                return Matching(Shape(first, frozenset(values)), values, nothing=True)
            if len(names) > MOST_NAMES:
                first = _first(asked, name_is_rare=False)
            else:
                values["names"] = names
                del values["name_part"], values["name_pair"]
        shape = Shape(first, frozenset(values), tuple(sorted(set(asked.search.words))), asked.search.cash_due)
        return Matching(shape, values)

    def _values(self, asked: Asked) -> dict[str, Any]:
        """Everything that is bound, by the names statements know it by; what was left open is left out."""
        search = asked.search
        given: dict[str, Any] = {
            "begins": asked.begins,
            "ends": asked.ends,
            "branch_no": asked.branch_no or None,
            "flow": search.flow or None,
            "counterpart": search.biller_code or None,
            "teller_no": asked.teller_no or None,
            "approver_no": asked.approver_no or None,
            "method": search.method and search.method.value,
            "state": search.state or None,
            "amount_from_fen": search.amount_from_fen,
            "amount_to_fen": search.amount_to_fen,
        }
        if asked.consumer_no:
            given |= {"consumer_no": asked.consumer_no, "consumer_index": self._consumers.index(asked.consumer_no)}
        if asked.account_no:
            given["account_index"] = finding.account_index(self._vault, asked.account_no)
        if asked.customer_name:
            given |= {"name_part": asked.customer_name, "name_pair": asked.customer_name[:2]}
        if asked.approver_no and asked.begins is not None:
            given["decided_from"] = asked.begins - _DESKS_CLOCKS_DIFFER
        if search.state and search.state != "SUCCESS":
            given["odd_state"] = True
        return {name: value for name, value in given.items() if value is not None}


def _first(asked: Asked, *, name_is_rare: bool = True) -> str:
    """The condition that leaves the fewest entries, by its name in a Shape."""
    states = frozenset({asked.search.state}) if asked.search.state else named(asked.search.words)
    for name, is_asked in (
        ("serials", asked.serial),
        ("consumer_no", asked.consumer_no),
        ("account_index", asked.account_no),
        ("names", asked.customer_name and name_is_rare),
        ("approver_no", asked.approver_no),
        ("cash_due", asked.search.cash_due),
        ("unfinished", unfinished(states)),
    ):
        if is_asked:
            return name
    return ""


def _names(connection: Connection, part: str) -> list[str]:
    """Names that hold this part, at most one more than MOST_NAMES, found by its rarest pair of characters."""
    pairs = finding.pairs(part)
    given = {"most": MOST_NAMES + 1, "pair": pairs[0]}
    if len(pairs) > 1:
        counts = connection.execute(_how_many(len(pairs)), {"most": MOST_NAMES + 1} | _numbered(pairs)).one()
        given["pair"] = min(zip(counts, pairs, strict=True))[1]
    if len(part) > 2:
        return list(connection.scalars(_HELD_BY, given | {"part": part}))
    return list(connection.scalars(_NAMES, given))


def _numbered(pairs: list[str]) -> dict[str, str]:
    return {f"pair_{number}": pair for number, pair in enumerate(pairs)}


@lru_cache(32)
def _how_many(pairs: int) -> Select[Any]:
    """How many names each of so many pairs is in, at most `most`."""
    table = finding.PAIR
    counts = []
    for number in range(pairs):
        of_it = table.c.pair == bindparam(f"pair_{number}")
        some: Select[Any] = select(literal_column("1")).where(of_it).limit(bindparam("most"))
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery())
    return select(*counts)


_NAMES = select(finding.PAIR.c.name).where(finding.PAIR.c.pair == bindparam("pair")).limit(bindparam("most"))
_HELD_BY = _NAMES.where(holds(finding.PAIR.c.folded, "part"))


def _serials(connection: Connection, number: str) -> list[str]:
    """Every entry this number can mean: its own, that of the payment it is about, a counterpart's, a message's, a
    document's, one that several payments share included."""
    written = sorted({number, number.upper(), number.replace("-", "")})
    papers = ["-".join(found.groups()) for found in [_DOCUMENT_NO.fullmatch(number)] if found]
    return list(connection.scalars(_OF_NUMBER, {"written": written, "papers": [number, *papers]}))


def _written(column: Any) -> ColumnElement[bool]:
    return one_of(column, "written")


_OF_NUMBER = union(
    select(ENTRY.c.serial).where(_written(ENTRY.c.serial)),
    *(
        select(column.table.c.serial).where(_written(column), column != literal_column("''"))
        for column in (ENTRY.c.core_serial, ENTRY.c.counterpart_serial, LEG.c.counterpart_serial)
    ),
    select(LEG.c.serial).where(_written(LEG.c.leg_id)),
    select(DOCUMENT.c.serial).where(one_of(DOCUMENT.c.number, "papers")),
    select(COMBINED.c.serial)
    .join(DOCUMENT, DOCUMENT.c.serial == COMBINED.c.on_serial)
    .where(one_of(DOCUMENT.c.number, "papers"), DOCUMENT.c.kind == "COMBINED_RECEIPT"),
    select(REFUND.c.serial).where(_written(REFUND.c.payment_serial)),
    select(LATE.c.serial).where(_written(LATE.c.payment_serial)),
).limit(MOST_SERIALS)
