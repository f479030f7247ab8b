"""What stands in the way of a refund: looked at when it is asked for, and again when it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import states as bill_states
from tellerdesk.bills.commands import Method
from tellerdesk.bills.suspending import undoing_was_refused
from tellerdesk.clock import Clock
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, ReconStatus, Word
from tellerdesk.money import format_fen
from tellerdesk.refunds import register, states
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.drawer import Drawer

Row = dict[str, Any]

_NOT_PAID = {
    Word.CANCELLED: "error.refund.cancelled",
    Word.FAILED: "error.refund.never_paid",
    Word.REVERSED: "error.refund.never_paid",
    Word.AWAITING: "error.refund.not_begun",
    Word.PAID: "error.refund.being_cancelled",
    Word.REFUND_DUE: "error.refund.already",
    Word.REFUNDED: "error.refund.already",
}
"""By what the payment is called where it does not simply stand; any other is under way."""

_SUSPENDING = frozenset({bill_states.REVERSE_SUSPENDING, bill_states.CANCEL_SUSPENDING})
_HELD = {CashReturn.SUSPENDING: "error.refund.cash_suspending", CashReturn.SUSPENSE: "error.refund.cash_in_suspense"}


class RefundGuards:
    """Each guard with its own sentence; nothing was done where one of them speaks."""

    def __init__(
        self,
        clock: Clock,
        drawer: Drawer,
        billers: Mapping[str, Biller],
        check_biller: Callable[[Connection, str], None],
    ) -> None:
        """`check_biller` raises Refused where a biller is not any more what it was when the desk was opened."""
        self._clock = clock
        self._drawer = drawer
        self._billers = billers
        self._check_biller = check_biller

    # -- a later day ----------------------------------------------------------------------------------------------

    def next_day(self, connection: Connection, payment: Row, day: date | None) -> Iterator[Refused]:
        """What stands in the way of asking the biller. `day` is core's open day, None where nobody knows it. A payment
        reconciliation has spoken on may be refunded: it is not touched."""
        refund = register.note_of(connection, payment["serial"])
        if refund is not None:
            yield Refused("error.refund.already", serial=spoken(payment["serial"]))
            return
        if payment["state"] != bill_states.SUCCESS:
            word = bill_states.STATES[payment["state"]].word
            yield Refused(_NOT_PAID.get(word, "error.refund.under_way"), serial=spoken(payment["serial"]))
            return
        if payment["accounting_date"] is None or day is None or payment["accounting_date"] >= day:
            yield Refused("error.refund.same_day", day=str(payment["accounting_date"] or "-"), today=str(day or "-"))
        yield from self._of_biller(connection, self._billers[payment["counterpart"]])

    def _of_biller(self, connection: Connection, biller: Biller) -> Iterator[Refused]:
        able = biller.capabilities
        if not able.cancel:
            yield Refused("error.refund.biller_cannot")
        elif not able.dedupe:
            yield Refused("error.refund.biller_forgets")
        if not biller.is_open(self._clock.now()):
            yield Refused("error.refund.biller_closed", hours=biller.hours_text)
        try:
            self._check_biller(connection, biller.code)
        except Refused as error:
            yield error

    # -- into refunds payable -------------------------------------------------------------------------------------

    def suspending(
        self, connection: Connection, who: SignedOn, source: Row, *, held: bool = False
    ) -> Iterator[Refused]:
        """What stands in the way of booking the money of `source` to refunds payable; `held`: it is held for that
        already, and must still be."""
        if source["recon_status"] != ReconStatus.NONE:
            yield Refused("error.refund.reconciled", serial=spoken(source["serial"]))
        cash = CashReturn(source["cash_return"])
        if cash in ({CashReturn.SUSPENDING} if held else {CashReturn.DUE}):
            yield from self._till(connection, who, self.till_of(connection, source))
        elif cash in _HELD:
            yield Refused(_HELD[cash], serial=spoken(source["serial"]))
        elif source["state"] in _SUSPENDING:
            if not held:
                yield Refused("error.refund.posting_suspending", serial=spoken(source["serial"]))
        elif held or source["state"] not in bill_states.SUSPENDABLE:
            yield Refused("error.refund.nothing_due", serial=spoken(source["serial"]))
        elif not undoing_was_refused(connection, source):
            yield Refused("error.refund.not_refused", serial=spoken(source["serial"]))

    def till_of(self, connection: Connection, source: Row) -> str:
        """The till in which the cash of `source` lies, by core's books."""
        if source["flow"] == states.FLOW:
            paid = register.newest_pay_out(connection, source["serial"])
            return str(source["till_no"] if paid is None else paid["till_no"])
        return str(source["till_no"])

    # -- out of it ------------------------------------------------------------------------------------------------

    def paying_out(self, connection: Connection, who: SignedOn, entry: Row, method: str) -> Iterator[Refused]:
        """What stands in the way of paying a refund out at the person's own till."""
        if entry["state"] not in {states.DUE, states.PENDING_PAY_OUT}:
            yield Refused("error.refund.not_due", serial=spoken(entry["serial"]))
        if method == Method.CASH:
            yield from self._till(connection, who, who.till_no, entry["amount_fen"])

    def handing_over(self, connection: Connection, who: SignedOn, entry: Row) -> Iterator[Refused]:
        """What stands in the way of the cash of a refund going over the counter."""
        cash = CashReturn(entry["cash_return"])
        if entry["state"] != states.PAID_OUT or cash is CashReturn.NONE:
            yield Refused("error.refund.no_cash_due", serial=spoken(entry["serial"]))
        elif cash in _HELD:
            yield Refused(_HELD[cash], serial=spoken(entry["serial"]))
        else:
            yield from self._till(connection, who, self.till_of(connection, entry), entry["amount_fen"])

    def _till(self, connection: Connection, who: SignedOn, till_no: str, least_fen: int = 0) -> Iterator[Refused]:
        """Cash lies where core says it does: in that till, opened by this person."""
        if who.till_no != till_no:
            yield Refused("error.refund.other_till", till=till_no)
            return
        try:
            session = self._drawer.open_session(connection, who.branch_no, till_no, who.staff_no)
        except Refused:
            yield Refused("error.refund.till_not_open", till=till_no)
            return
        if self._drawer.balance_fen(connection, session) < least_fen:
            yield Refused("error.refund.too_little_cash", amount=format_fen(least_fen))
