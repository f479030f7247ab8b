"""Four sets of books side by side: core's, the billers', the channel's and the till's. They agree or they do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import STATES
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox import books
from tellerdesk.sandbox.core_accounts import INTERNAL
from tellerdesk.store.engine import Store
from tellerdesk.till.drawer import MOVEMENT


@dataclass(frozen=True, slots=True)
class Line:
    """What each of the four says of one payment, in fen; the till's side counts cash that is due back as still in, and
    has no part in a payment from an account."""

    serial: str
    word: Word
    core_fen: int
    biller_fen: int
    channel_fen: int
    till_fen: int
    cash_due_fen: int
    is_cash: bool = True

    @property
    def agrees(self) -> bool:
        """A payment whose outcome is not known yet may differ by its own amount; no other may differ at all."""
        if self.word is Word.PROCESSING:
            return self.biller_fen in {0, self.core_fen} or self.core_fen == 0 == self.biller_fen
        till_fen = self.till_fen - self.cash_due_fen
        till_agrees = till_fen == (self.channel_fen if self.is_cash else 0)
        return till_agrees and self.core_fen == self.biller_fen == self.channel_fen


@dataclass(frozen=True, slots=True)
class Books:
    lines: tuple[Line, ...]
    flaws: tuple[str, ...]
    """what is wrong within core's own books, and payments only the counterparts know"""
    internal_fen: int
    """what payments have left on the billers' internal accounts at core together; bookings that moved some of it on are
    not counted"""

    @property
    def agree(self) -> bool:
        return (
            not self.flaws and all(line.agrees for line in self.lines) and self.internal_fen == self.total("core_fen")
        )

    def total(self, column: str) -> int:
        return sum(getattr(line, column) for line in self.lines)


def compare(store: Store, ledgers: Path) -> Books:
    """Reads all four. `ledgers` is the sandbox's folder; its files are read without asking the programs."""
    at_core = books.core_effects(ledgers)
    at_biller: dict[str, int] = {}
    for counterpart in books.billers(ledgers):
        for payment in books.biller_payments(ledgers, counterpart):
            at_biller[payment.channel_serial] = at_biller.get(payment.channel_serial, 0) + payment.standing_fen
    with store.read() as session:
        connection = session.connection()
        entries = list(connection.execute(select(ENTRY).order_by(ENTRY.c.id)))
        cash: dict[str, int] = {}
        for serial, kind, fen in connection.execute(select(MOVEMENT.c.serial, MOVEMENT.c.kind, MOVEMENT.c.amount_fen)):
            cash[serial] = cash.get(serial, 0) + (fen if kind == "CASH_IN" else -fen)
    lines = []
    for entry in entries:
        word = STATES[entry.state].word
        effect = at_core.get(entry.serial)
        lines.append(
            Line(
                serial=entry.serial,
                word=word,
                core_fen=effect.net_fen if effect is not None else 0,
                biller_fen=at_biller.get(entry.serial, 0),
                channel_fen=entry.amount_fen if word is Word.PAID else 0,
                till_fen=cash.get(entry.serial, 0),
                cash_due_fen=entry.amount_fen if entry.cash_return == CashReturn.DUE else 0,
                is_cash=entry.method == Method.CASH,
            )
        )
    known = {line.serial for line in lines}
    booked = {booking.channel_serial for booking in books.core_bookings(ledgers)}
    strangers = (set(at_core) | set(at_biller) | booked) - known
    flaws = (*books.core_flaws(ledgers), *(f"{serial}: not in the journal" for serial in sorted(strangers)))
    internal_fen = books.core_balances_by_kind(ledgers).get(INTERNAL, 0)
    moved_fen = books.core_booked_by_kind(ledgers).get(INTERNAL, 0)
    return Books(tuple(lines), flaws, internal_fen - moved_fen)
