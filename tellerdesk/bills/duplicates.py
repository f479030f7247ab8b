"""What may be a payment made twice: the same consumer has paid lately, at whichever desk of this database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from tellerdesk.billers.catalogue import Biller
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.bills.refund_note import RefundOf, no_refund, word
from tellerdesk.bills.states import FLOW, STATES
from tellerdesk.bills.views import PaidBefore
from tellerdesk.clock import Clock
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import Word

MOST = 20
"""No more than so many are looked at, the newest ones."""

_MAY = {Word.PAID, Word.PROCESSING, Word.AWAITING}
_STANDS_OR_MAY = tuple(state.name for state in STATES.values() if state.word in _MAY)


def _question(is_the_consumer: ColumnElement[bool]) -> Select[Any]:
    entry = ENTRY.c
    return (
        select(
            *(entry.serial, entry.made_at, entry.branch_no, entry.teller_no, entry.amount_fen, entry.state),
            PAYMENT.c.quote_id,
        )
        .join(PAYMENT, PAYMENT.c.serial == entry.serial)
        .where(
            is_the_consumer,
            func.coalesce(entry.counterpart, "") == bindparam("biller"),  # a biller's index would read all its payments
            entry.flow == FLOW,
            entry.state.in_(_STANDS_OR_MAY),
            entry.made_at >= bindparam("since"),
        )
        .order_by(entry.id.desc())
        .limit(MOST)
    )


# Asked of the database at every look-up and every payment: each is answered by an index.
BY_NUMBER = _question(ENTRY.c.consumer_no == bindparam("consumer"))
BY_INDEX = _question(ENTRY.c.consumer_index == bindparam("consumer"))


class Duplicates:
    """Finds payments of the same consumer that stand or may stand, made within as many days as `days` says now."""

    def __init__(
        self,
        quotes: Quotes,
        consumers: Consumers,
        clock: Clock,
        days: Callable[[Connection], int],
        refund_of: RefundOf = no_refund,
    ) -> None:
        self._refund_of = refund_of
        self._quotes = quotes
        self._consumers = consumers
        self._clock = clock
        self._days = days

    def of(
        self, connection: Connection, biller: Biller, bill: KeptBill, *, but_for: str = ""
    ) -> tuple[PaidBefore, ...]:
        """The newest first, without the payment with serial `but_for`: those for a period of this bill, or all of them
        where the customer says how much."""
        personal = biller.consumer.personal
        given = {
            "consumer": self._consumers.index(bill.consumer_no) if personal else bill.consumer_no,
            "biller": biller.code,
            "since": self._clock.now() - timedelta(days=self._days(connection)),
        }
        rows = [dict(row) for row in connection.execute(BY_INDEX if personal else BY_NUMBER, given).mappings()]
        called = {row["serial"]: word(row, self._refund_of(connection, row["serial"])) for row in rows}
        return tuple(
            PaidBefore(
                serial=row["serial"],
                made_at=row["made_at"],
                branch_no=row["branch_no"],
                teller_no=row["teller_no"],
                amount_fen=row["amount_fen"],
                word=called[row["serial"]],
            )
            for row in rows
            if row["serial"] != but_for
            and called[row["serial"]] in _MAY  # what the biller has undone was not paid
            and self._overlaps(connection, biller, bill, row["quote_id"])
        )

    def _overlaps(self, connection: Connection, biller: Biller, bill: KeptBill, quote_id: str) -> bool:
        if biller.amount.rule is AmountRule.FREE:
            return True
        paid = self._quotes.get(connection, quote_id)
        return not {line.period for line in bill.lines}.isdisjoint(line.period for line in paid.lines)
