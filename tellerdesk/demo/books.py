"""Four sets of books side by side: core's, the billers', the channel's and the till's. They agree or they do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import FLOW as PAYMENT_FLOW
from tellerdesk.bills.states import STATES
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states as refund_states
from tellerdesk.refunds.register import REFUND
from tellerdesk.refunds.states import FLOW as REFUND_FLOW
from tellerdesk.refunds.states import STATES as REFUND_STATES
from tellerdesk.sandbox import books
from tellerdesk.sandbox.core_accounts import INTERNAL, REFUNDS_PAYABLE
from tellerdesk.store.engine import Store
from tellerdesk.till.drawer import MOVEMENT

_CASH_DUE = frozenset({CashReturn.DUE.value, CashReturn.SUSPENDING.value})
_WAITS = frozenset({refund_states.DUE, refund_states.PENDING_PAY_OUT})
_PAYABLE = {
    "TILL_TO_SUSPENSE": 1,
    "SUSPENSE_FROM_INTERNAL": 1,
    "RECEIVABLE_FROM_BILLER": 1,
    "REFUND_PAY_OUT": -1,
    "REFUND_CREDIT": -1,
}
"""What kinds of booking do to refunds payable."""
_RECEIVABLE = ("RECEIVABLE_FROM_BILLER", "RECEIVABLE_CREDIT")


@dataclass(frozen=True, slots=True)
class Line:
    """What each of the four says of one payment, in fen. Core's side is what is left of it on the biller's internal
    account; the biller's counts what it has agreed to give back, which it owes as a refund of its own. The till's side
    counts cash that is due back as still in, and has no part in a payment from an account; `suspended_fen` of it core
    has in its account of the till because the customer did not take it, or it could not be given back."""

    serial: str
    word: Word
    core_fen: int
    biller_fen: int
    channel_fen: int
    till_fen: int
    cash_due_fen: int
    is_cash: bool = True
    suspended_fen: int = 0

    @property
    def agrees(self) -> bool:
        """A payment whose outcome is not known yet may differ by its own amount; no other may differ at all."""
        if self.word is Word.PROCESSING:
            return self.biller_fen in {0, self.core_fen} or self.core_fen == 0 == self.biller_fen
        till_fen = self.till_fen - self.cash_due_fen - self.suspended_fen
        till_agrees = till_fen == (self.channel_fen if self.is_cash else 0)
        return till_agrees and self.core_fen == self.biller_fen == self.channel_fen


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What each says of one refund, in fen: what waits in refunds payable by core and by the channel, what a biller
    owes for it by core, by the channel and by the biller's own books, and what its pay-out has moved in the till by
    core and by the till, where cash that is ready to be handed over is out already."""

    serial: str
    word: Word
    core_payable_fen: int
    channel_payable_fen: int
    core_receivable_fen: int
    channel_receivable_fen: int
    biller_owes_fen: int
    core_till_fen: int
    till_fen: int
    cash_due_fen: int

    @property
    def agrees(self) -> bool:
        """One whose outcome is not known yet may have been booked or not."""
        if self.word is Word.PROCESSING:
            return True
        return (
            self.core_payable_fen == self.channel_payable_fen
            and self.core_receivable_fen == self.channel_receivable_fen <= self.biller_owes_fen
            and self.core_till_fen == self.till_fen - self.cash_due_fen
        )


@dataclass(frozen=True, slots=True)
class Books:
    lines: tuple[Line, ...]
    flaws: tuple[str, ...]
    """what is wrong within core's own books, and payments only the counterparts know"""
    internal_fen: int
    """what payments have left on the billers' internal accounts at core together, less what was booked on from there
    to refunds payable"""
    refunds: tuple[RefundLine, ...] = ()
    payable_fen: int = 0
    """what core holds in refunds payable"""

    @property
    def agree(self) -> bool:
        return (
            not self.flaws
            and all(line.agrees for line in self.lines)
            and all(refund.agrees for refund in self.refunds)
            and self.internal_fen == self.total("core_fen")
            and self.payable_fen == sum(line.core_payable_fen for line in self.refunds)
        )

    def total(self, column: str) -> int:
        return sum(getattr(line, column) for line in self.lines)


def compare(store: Store, ledgers: Path) -> Books:
    """Reads all four. `ledgers` is the sandbox's folder; its files are read without asking the programs."""
    at_core = books.core_effects(ledgers)
    booked = _booked(ledgers)
    at_biller, owed = _at_billers(ledgers)
    with store.read() as session:
        connection = session.connection()
        entries = list(connection.execute(select(ENTRY).order_by(ENTRY.c.id)))
        refunds = {row.serial: row for row in connection.execute(select(REFUND))}
        cash: dict[str, int] = {}
        for serial, kind, fen in connection.execute(select(MOVEMENT.c.serial, MOVEMENT.c.kind, MOVEMENT.c.amount_fen)):
            cash[serial] = cash.get(serial, 0) + (fen if kind == "CASH_IN" else -fen)
    from_internal, stays = Counter[str](), Counter[str]()
    for serial, refund in refunds.items():
        from_internal[refund.source_serial] += booked[serial, "SUSPENSE_FROM_INTERNAL"]
        stays[refund.source_serial] += booked[serial, "TILL_TO_SUSPENSE"]
    lines, refund_lines = [], []
    for entry in entries:
        serial, is_cash = entry.serial, entry.method == Method.CASH
        cash_due_fen = entry.amount_fen if entry.cash_return in _CASH_DUE else 0
        if entry.flow == REFUND_FLOW:
            about = refunds[serial]
            refund_lines.append(
                RefundLine(
                    serial=serial,
                    word=REFUND_STATES[entry.state].word,
                    core_payable_fen=sum(booked[serial, kind] * sign for kind, sign in _PAYABLE.items()),
                    channel_payable_fen=entry.amount_fen if entry.state in _WAITS else 0,
                    core_receivable_fen=sum(booked[serial, kind] for kind in _RECEIVABLE),
                    channel_receivable_fen=entry.amount_fen if about.cause == "NEXT_DAY" and entry.core_serial else 0,
                    biller_owes_fen=owed[about.payment_serial] if about.agreement_no else 0,
                    core_till_fen=stays[serial] - booked[serial, "REFUND_PAY_OUT"],
                    till_fen=cash.get(serial, 0),
                    cash_due_fen=cash_due_fen,
                )
            )
            continue
        if entry.flow != PAYMENT_FLOW:
            continue  # a late answer: that payment's line tells of its money
        state = STATES[entry.state]
        effect = at_core.get(serial)
        lines.append(
            Line(
                serial=serial,
                word=state.word,
                core_fen=(effect.net_fen if effect is not None else 0) - from_internal[serial],
                biller_fen=at_biller[serial],
                channel_fen=entry.amount_fen if state.word is Word.PAID else 0,
                till_fen=cash.get(serial, 0),
                cash_due_fen=cash_due_fen,
                is_cash=is_cash,
                suspended_fen=stays[serial] + (from_internal[serial] if is_cash else 0),
            )
        )
    known = {entry.serial for entry in entries}
    strangers = (set(at_core) | set(at_biller) | {serial for serial, _ in booked}) - known
    flaws = (*books.core_flaws(ledgers), *(f"{serial}: not in the journal" for serial in sorted(strangers)))
    by_kind = books.core_balances_by_kind(ledgers)
    internal_fen = by_kind.get(INTERNAL, 0) - books.core_booked_by_kind(ledgers).get(INTERNAL, 0)
    moved_on = sum(from_internal.values())
    return Books(tuple(lines), flaws, internal_fen - moved_on, tuple(refund_lines), by_kind.get(REFUNDS_PAYABLE, 0))


def _booked(ledgers: Path) -> Counter[tuple[str, str]]:
    """What core's bookings came to, in fen, by channel serial and by what they were for."""
    found = Counter[tuple[str, str]]()
    for booking in books.core_bookings(ledgers):
        found[booking.channel_serial, booking.booking] += booking.amount_fen
    return found


def _at_billers(ledgers: Path) -> tuple[Counter[str], Counter[str]]:
    """By channel serial of the payment: what the billers have taken and not cancelled, and what of it they have agreed
    to give back."""
    taken, owed = Counter[str](), Counter[str]()
    for counterpart in books.billers(ledgers):
        agreed = {refund.biller_serial: refund.amount_fen for refund in books.biller_refunds(ledgers, counterpart)}
        for payment in books.biller_payments(ledgers, counterpart):
            owed_fen = agreed.get(payment.biller_serial, 0)
            taken[payment.channel_serial] += payment.standing_fen + owed_fen
            owed[payment.channel_serial] += owed_fen
    return taken, owed
