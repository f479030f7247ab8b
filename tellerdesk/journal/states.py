"""What every flow has in common: how its table is written, what a leg can be, what the customer is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """What the customer and every screen are told of a transaction. Eight words, the same everywhere."""

    AWAITING = "AWAITING"
    """Waits for an approval: nothing was sent and no cash was taken."""
    PAID = "PAID"
    PROCESSING = "PROCESSING"
    FAILED = "FAILED"
    REVERSED = "REVERSED"
    CANCELLED = "CANCELLED"
    REFUND_DUE = "REFUND_DUE"
    REFUNDED = "REFUNDED"


class CashReturn(StrEnum):
    """Cash taken in for a transaction that did not stand: is it back with the customer?"""

    NONE = "NONE"
    DUE = "DUE"
    RETURNED = "RETURNED"
    SUSPENDING = "SUSPENDING"
    """The customer has gone: it is about to be booked to refunds payable."""
    SUSPENSE = "SUSPENSE"
    """Booked to refunds payable, where it waits for the customer."""


class LegState(StrEnum):
    """A leg is written as INTENT and committed before the first byte leaves, and closed by its answer."""

    INTENT = "INTENT"
    OK = "OK"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    UNSENT = "UNSENT"


class ReconStatus(StrEnum):
    """Set by reconciliation alone; anything but NONE freezes the entry for workers and tellers."""

    NONE = "NONE"
    MATCHED = "MATCHED"
    FIXED = "FIXED"
    DIFF = "DIFF"
    CARRIED = "CARRIED"


@dataclass(frozen=True, slots=True)
class State:
    """One state of a flow.

    `word` is what it is called outside. `send` is the kind of leg the state works on: sent on entry, and again by
    recovery until it is answered, `inline_tries` times while the teller waits. A state that must never send again
    after a crash names in `resume` the event recovery fires instead. One that sends nothing and has a `resume` rests:
    it waits for people, and recovery fires that event once its time is over. `terminal` states are left by people or
    by reconciliation only.
    """

    name: str
    word: Word
    send: str | None = None
    resume: str | None = None
    inline_tries: int = 1
    terminal: bool = False

    @property
    def rests(self) -> bool:
        return self.send is None and self.resume is not None


@dataclass(frozen=True, slots=True)
class LegKind:
    """A kind of message a flow sends. `code` stands in the leg id. A leg that moves money is written as an intent
    before its first byte leaves and resent byte for byte under the same id; an inquiry is written with its answer."""

    name: str
    code: str
    moves_money: bool


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a flow's table: in `state`, on `event`, if `guard` holds, go to `next` and do `effects`.

    `row` is the row's number in the domain's table. Guards and effects are names; the flow registers the functions.
    Of several rows for the same state and event the first whose guard holds is taken.
    """

    row: str
    state: str
    event: str
    next: str
    effects: tuple[str, ...] = ()
    guard: str | None = None
