"""The rows of baskets: written with the first payment that is begun, and fenced with every later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from tellerdesk.bills.models import Basket, BasketLine
from tellerdesk.errors import Conflict, Refused
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn
from tellerdesk.store.base import table_of

BASKET, LINE = table_of(Basket), table_of(BasketLine)
OPEN, HANDED_OVER = "OPEN", "HANDED_OVER"

_BY_ID = select(BASKET).where(BASKET.c.basket_id == bindparam("of_basket"))
_LINES = select(LINE).where(LINE.c.basket_id == bindparam("of_basket")).order_by(LINE.c.place)
_OF_REQUEST = (
    select(BASKET.c.basket_id, BASKET.c.total_fen, BASKET.c.tendered_fen)
    .join(LINE, LINE.c.basket_id == BASKET.c.basket_id)
    .where(LINE.c.request_id == bindparam("of_request"))
)
_FENCE = (
    update(BASKET)
    .where(BASKET.c.basket_id == bindparam("of_basket"), BASKET.c.state == OPEN)
    .values(version=BASKET.c.version + 1)
)
# The condition of the partial index stands as the index has it: a bound value would not be seen to imply it.
_OPEN_OF = (
    select(BASKET)
    .where(
        text("bills_basket.state = 'OPEN'"),
        BASKET.c.branch_no == bindparam("of_branch"),
        BASKET.c.teller_no == bindparam("of_teller"),
    )
    .order_by(BASKET.c.made_at.desc())
)
_IN_QUESTION = (
    select(LINE.c.request_id)
    .join(ENTRY, ENTRY.c.request_id == LINE.c.request_id)
    .where(
        LINE.c.basket_id == BASKET.c.basket_id,
        ENTRY.c.cash_return.in_([CashReturn.DUE.value, CashReturn.SUSPENDING.value]),
    )
    .exists()
)
_UNSETTLED = _OPEN_OF.with_only_columns(func.count()).order_by(None).where(~_IN_QUESTION)
_END = update(BASKET).where(BASKET.c.basket_id == bindparam("of_basket"), BASKET.c.state == OPEN)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PartOf:
    """The basket a payment is part of. `basket` and `lines` are its rows as they are written with the first one."""

    basket: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...]

    @property
    def basket_id(self) -> str:
        return str(self.basket["basket_id"])

    @property
    def total_fen(self) -> int:
        """What the customer brings all in all: what limits and rules look at."""
        return int(self.basket["total_fen"])

    def keep(self, connection: Connection) -> None:
        """In the unit of work in which one of its payments is begun: writes the basket, or holds its row so that it
        cannot be handed over meanwhile. Raises Conflict where it has other contents, Refused where it was handed
        over."""
        kept = by_id(connection, self.basket_id)
        if kept is None:
            connection.execute(insert(BASKET), dict(self.basket) | {"state": OPEN, "version": 1})
            connection.execute(insert(LINE), [dict(line) for line in self.lines])
            return
        check_contents(kept, str(self.basket["payload_hash"]))
        if connection.execute(_FENCE, {"of_basket": self.basket_id}).rowcount != 1:
            raise Refused("error.basket.ended")


def by_id(connection: Connection, basket_id: str) -> Row | None:
    row = connection.execute(_BY_ID, {"of_basket": basket_id}).first()
    return None if row is None else dict(row._mapping)


def lines(connection: Connection, basket_id: str) -> list[Row]:
    """The bills in the order of the list."""
    return [dict(row._mapping) for row in connection.execute(_LINES, {"of_basket": basket_id})]


def of_request(connection: Connection, request_id: str) -> Row | None:
    """The basket a payment's request belongs to: its id, its sum and what was tendered; None for a single payment."""
    row = connection.execute(_OF_REQUEST, {"of_request": request_id}).first()
    return None if row is None else dict(row._mapping)


def open_of(connection: Connection, branch_no: str, teller_no: str) -> list[Row]:
    """A teller's baskets in a branch that were not handed over yet, the newest first."""
    found = connection.execute(_OPEN_OF, {"of_branch": branch_no, "of_teller": teller_no})
    return [dict(row._mapping) for row in found]


def unsettled(connection: Connection, branch_no: str, teller_no: str) -> int:
    """How many baskets of a teller were not handed over. Where cash of a failed bill is due, that bill is an open
    question itself, and the basket is not counted."""
    return int(connection.execute(_UNSETTLED, {"of_branch": branch_no, "of_teller": teller_no}).scalar_one())


def end(connection: Connection, basket_id: str, values: Mapping[str, Any]) -> bool:
    """Marks a basket as handed over; False where it was before, whoever did it."""
    return connection.execute(_END.values(state=HANDED_OVER, **values), {"of_basket": basket_id}).rowcount == 1


def check_contents(kept: Row, payload_hash: str) -> None:
    if kept["payload_hash"] != payload_hash:
        raise Conflict("error.basket.other_contents")
