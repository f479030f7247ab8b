"""What stands in the way of cancelling a payment: looked at when it is asked for, and again when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import cancelling, combined_receipts, states
from tellerdesk.bills.commands import Method
from tellerdesk.bills.refund_note import RefundOf, no_refund
from tellerdesk.clock import Clock
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Refused
from tellerdesk.journal.states import ReconStatus, Word
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.types import database_now_ms
from tellerdesk.till.drawer import Drawer

Row = dict[str, Any]

_RECEIPT = select(DOCUMENT.c.number).where(
    DOCUMENT.c.serial == bindparam("of"),
    DOCUMENT.c.kind == DocumentKind.BILL_RECEIPT.value,
    DOCUMENT.c.state == "ISSUED",
)
_NOW_MS = select(database_now_ms())

_NOT_IN_STATE = {
    Word.CANCELLED: "error.cancel.already_cancelled",
    Word.FAILED: "error.cancel.never_paid",
    Word.REVERSED: "error.cancel.never_paid",
    Word.AWAITING: "error.cancel.not_begun",
}
"""By what the payment is called; any other is under way."""


def raise_first(obstacles: Iterator[Refused]) -> None:
    for obstacle in obstacles:
        raise obstacle


def receipt_no(connection: Connection, serial: str) -> str:
    """The number of the receipt that was issued for a payment, its own or one with others; empty where none was."""
    own = str(connection.execute(_RECEIPT, {"of": serial}).scalar_one_or_none() or "")
    return own or combined_receipts.number_of(connection, serial)


class CancellationGuards:
    """Each guard with its own sentence; nothing was done where one of them speaks."""

    def __init__(
        self,
        clock: Clock,
        drawer: Drawer,
        billers: Mapping[str, Biller],
        check_biller: Callable[[Connection, str], None],
        refund_of: RefundOf = no_refund,
    ) -> None:
        """`check_biller` raises Refused where a biller is not any more what it was when the desk was opened;
        `refund_of` tells of the refund of a payment that stands or may stand."""
        self._refund_of = refund_of
        self._clock = clock
        self._drawer = drawer
        self._billers = billers
        self._check_biller = check_biller

    def when_asked(self, connection: Connection, who: SignedOn, entry: Row, day: date | None) -> Iterator[Refused]:
        """What stands in the way of asking. `day` is core's open day, None where nobody knows it."""
        if entry["state"] not in states.CANCELLABLE:
            yield self._not_in_state(connection, entry)
            return
        held = entry["lease_until_ms"] is not None
        if held and entry["lease_until_ms"] >= connection.execute(_NOW_MS).scalar_one():
            yield Refused("error.cancel.busy", serial=spoken(entry["serial"]))
        yield from self._always(connection, who, entry, day)

    def when_done(
        self, connection: Connection, who: SignedOn, entry: Row, cancellation: Row, day: date | None
    ) -> Iterator[Refused]:
        """What stands in the way of carrying out what was asked for."""
        yield from self._always(connection, who, entry, day)
        number = receipt_no(connection, entry["serial"])
        if number != cancellation["original_no"]:
            yield Refused("error.cancel.receipt_since", number=number)

    def _always(self, connection: Connection, who: SignedOn, entry: Row, day: date | None) -> Iterator[Refused]:
        if entry["recon_status"] != ReconStatus.NONE:
            yield Refused("error.cancel.reconciled")
        if entry["accounting_date"] is None or entry["accounting_date"] != day:
            yield Refused("error.cancel.other_day", day=str(entry["accounting_date"] or "-"), today=str(day or "-"))
        yield from self.being_refunded(connection, entry["serial"])
        yield from self._of_biller(connection, entry)
        if entry["method"] == Method.CASH:
            yield from self._of_till(connection, who, entry)

    def being_refunded(self, connection: Connection, serial: str) -> Iterator[Refused]:
        """A payment the biller has undone, or may have, cannot be cancelled as well."""
        refund = self._refund_of(connection, serial)
        if refund is not None:
            yield Refused("error.cancel.being_refunded", serial=spoken(refund.serial))

    def _of_biller(self, connection: Connection, entry: Row) -> Iterator[Refused]:
        biller = self._billers[entry["counterpart"]]
        if not biller.capabilities.cancel:
            yield Refused("error.cancel.biller_cannot")
        if not biller.is_open(self._clock.now()):
            yield Refused("error.cancel.biller_closed", hours=biller.hours_text)
        try:
            self._check_biller(connection, biller.code)
        except Refused as error:
            yield error

    def _of_till(self, connection: Connection, who: SignedOn, entry: Row) -> Iterator[Refused]:
        """The cash goes back where it came in: core credits that till's account."""
        if who.till_no != entry["till_no"]:
            yield Refused("error.cancel.other_till", till=entry["till_no"])
            return
        try:
            session = self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
        except Refused:
            yield Refused("error.cancel.till_not_open", till=who.till_no)
            return
        if self._drawer.balance_fen(connection, session) < entry["amount_fen"]:
            yield Refused("error.cancel.too_little_cash", amount=format_fen(entry["amount_fen"]))

    def _not_in_state(self, connection: Connection, entry: Row) -> Refused:
        if entry["state"] in states.AWAITING_CANCELLATION:
            asked = cancelling.newest(connection, entry["serial"])
            return Refused("error.cancel.already_asked", teller="" if asked is None else asked["asked_by"])
        word = states.STATES[entry["state"]].word
        return Refused(_NOT_IN_STATE.get(word, "error.cancel.under_way"), serial=spoken(entry["serial"]))
