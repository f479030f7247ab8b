"""What must be true of the money at every moment, whatever happened: the journal against ledgers it never reads.

The rules know nothing of flows and states; they know what each word promises a customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tellerdesk.billers.catalogue import read_all
from tellerdesk.bills.commands import Method
from tellerdesk.bills.consumers import CLAIMED_WHILE_UNDER_WAY
from tellerdesk.bills.models import Claim
from tellerdesk.bills.states import ABORTED, PENDING_APPROVAL, STATES
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.states import FLOW as LATE_ANSWER
from tellerdesk.sandbox import books
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.till.drawer import MOVEMENT
from tests.stateful.ledgers import Booking

CLAIM = table_of(Claim)

RULES = {code: biller.amount.rule for code, biller in read_all().items()}

STANDS = {Word.PAID}
DID_NOT_STAND = {Word.FAILED, Word.REVERSED, Word.CANCELLED}
UNTOUCHED = {PENDING_APPROVAL, ABORTED}
"""States of a payment nobody has approved: nothing was sent for it, and no cash taken."""


@dataclass(slots=True)
class Effect:
    """What one channel serial came to at a counterpart."""

    net_fen: int = 0
    taken: int = 0
    undone: int = 0
    days: set[date] = field(default_factory=set)


Effects = Mapping[str, Effect]


def effects(bookings: Iterable[Booking]) -> Effects:
    """By serial, from a ledger of this process."""
    found: dict[str, Effect] = defaultdict(Effect)
    for booking in bookings:
        _add(found[booking.serial], booking.fen, booking.day)
    return found


def sandbox_effects(folder: Path) -> tuple[Effects, Effects]:
    """By serial, at core and at the biller, read from the sandbox's ledger files."""
    at_core: dict[str, Effect] = defaultdict(Effect)
    at_biller: dict[str, Effect] = defaultdict(Effect)
    for serial, effect in books.core_effects(folder).items():
        for posting in effect.postings:
            _add(at_core[serial], posting.amount_fen, date.fromisoformat(posting.accounting_date))
    for payment in books.biller_payments(folder):
        day = date.fromisoformat(payment.accounting_date)
        _add(at_biller[payment.channel_serial], payment.amount_fen, day)
        if not payment.standing_fen:  # cancelled, or refunded with its consent
            _add(at_biller[payment.channel_serial], -payment.amount_fen, day)
    return at_core, at_biller


def _add(effect: Effect, fen: int, day: date) -> None:
    effect.net_fen += fen
    effect.taken += fen > 0
    effect.undone += fen < 0
    effect.days.add(day)


def flaws(
    store: Store, at_core: Effects, at_biller: Effects, months: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """Everything that is wrong, in words; empty where the money is right. `months` are the months a request id paid
    for, "consumer|month" each, where the caller knows them."""
    with store.read() as session:
        connection = session.connection()
        entries = [dict(row._mapping) for row in connection.execute(select(ENTRY).order_by(ENTRY.c.id))]
        legs = [dict(row._mapping) for row in connection.execute(select(LEG).order_by(LEG.c.id))]
        claims = [(row.claim_key, row.serial) for row in connection.execute(select(CLAIM))]
        cash: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in connection.execute(select(MOVEMENT).order_by(MOVEMENT.c.id)):
            cash[row.serial].append((row.kind, row.amount_fen))
    wrong: list[str] = []
    for entry in entries:
        serial = entry["serial"]
        if entry["flow"] == LATE_ANSWER:
            moved = serial in at_core or serial in at_biller or serial in cash
            wrong += [f"{serial}: a late answer is about another serial's money"] if moved else []
            continue
        told = [
            *_of_money(entry, at_core.get(serial, Effect()), at_biller.get(serial, Effect())),
            *_of_cash(entry, cash.pop(serial, [])),
            *_of_claims(entry, [key for key, of in claims if of == serial], months),
        ]
        wrong += [f"{serial} {entry['state']}: {each}" for each in told]
    known = {entry["serial"] for entry in entries}
    wrong += [f"{serial}: only the counterparts know it" for serial in (set(at_core) | set(at_biller)) - known]
    wrong += [f"{serial}: cash without a payment" for serial in cash]
    return wrong + _of_legs(legs)


def _of_money(entry: Mapping[str, Any], core: Effect, biller: Effect) -> Iterable[str]:
    word, fen = STATES[entry["state"]].word, entry["amount_fen"]
    if core.taken > 1 or core.undone > 1 or core.net_fen not in {0, fen}:
        yield f"core posted {core.taken} and reversed {core.undone} times, {core.net_fen} of {fen}"
    if biller.taken > 1 or biller.undone > 1 or biller.net_fen not in {0, fen}:
        yield f"the biller was paid {biller.taken} and gave back {biller.undone} times, {biller.net_fen} of {fen}"
    if biller.net_fen and not core.net_fen:
        yield "the biller has money core does not hold"
    if entry["state"] in UNTOUCHED and (core.taken or core.undone or biller.taken):
        yield "nobody has approved it, and it reached a counterpart"
    if word in STANDS and (core.net_fen, biller.net_fen) != (fen, fen):
        yield f"said to be paid; core holds {core.net_fen}, the biller {biller.net_fen}"
    if word in DID_NOT_STAND and (core.net_fen, biller.net_fen) != (0, 0):
        yield f"said not to stand; core holds {core.net_fen}, the biller {biller.net_fen}"
    day = entry["accounting_date"]
    if day is not None and (core.days - {day} or biller.days - {day}):
        yield f"booked on {day}; core says {core.days}, the biller {biller.days}"


def _of_cash(entry: Mapping[str, Any], moved: list[tuple[str, int]]) -> Iterable[str]:
    fen, due = entry["amount_fen"], entry["cash_return"]
    if entry["method"] != Method.CASH:
        if moved or due != CashReturn.NONE:
            yield f"cash {moved} while {due}, though an account was debited"
        return
    if entry["state"] in UNTOUCHED:
        if moved or due != CashReturn.NONE:
            yield f"cash {moved} while {due}, though nobody has approved it"
        return
    returned = due == CashReturn.RETURNED
    if moved != [("CASH_IN", fen)] + [("CASH_OUT", fen)] * returned:
        yield f"cash {moved} while {due}"
    stood_not = STATES[entry["state"]].word in DID_NOT_STAND
    if stood_not != (due in {CashReturn.DUE, CashReturn.RETURNED}):
        yield f"its cash is {due}"


def _of_claims(entry: Mapping[str, Any], held: list[str], months: Mapping[str, Iterable[str]] | None) -> Iterable[str]:
    """Months while it stands or may; the consumer as such, where any part or amount may be paid, while in doubt."""
    passing = RULES[entry["counterpart"]] in CLAIMED_WHILE_UNDER_WAY
    given_up = STATES[entry["state"]].word in (DID_NOT_STAND | STANDS if passing else DID_NOT_STAND)
    if given_up == bool(held):
        yield f"speaks for {len(held)} months"
    if months is not None and not given_up:
        expected = {f"{entry['counterpart']}|{month}" for month in months[entry["request_id"]]}
        if set(held) != expected:
            yield f"speaks for {sorted(held)}, paid for {sorted(expected)}"


def _of_legs(legs: list[dict[str, Any]]) -> list[str]:
    """A new attempt only after a definite answer: what may have arrived keeps its id."""
    wrong = []
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for leg in legs:
        if not leg["request"]:
            continue  # an inquiry
        before = last.get((leg["serial"], leg["kind"]))
        if before is not None and before["state"] not in {"OK", "REJECTED"}:
            wrong.append(f"{leg['leg_id']} made while {before['leg_id']} was {before['state']}")
        last[leg["serial"], leg["kind"]] = leg
    return wrong
