"""What the tables' names mean while money that is due back is booked to refunds payable: no other way is open."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from tellerdesk.bills.states import CANCEL_CORE_FAILED, CORE_REVERSE, CORE_UNPOST
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Effect, Guard, Row, Work
from tellerdesk.journal.states import CashReturn, LegState

_PROVES_POSTED = frozenset({"DATE_ROLLED"})
"""Core's refusals to reverse that it can only give of a posting it has made."""


def _cash(is_now: CashReturn) -> Effect:
    def change(work: Work) -> None:
        work.changes["cash_return"] = is_now.value

    return change


def _is(wanted: CashReturn) -> Guard:
    return lambda work: bool(work.entry["cash_return"] == wanted)


EFFECTS: Mapping[str, Effect] = {
    "cash_suspending": _cash(CashReturn.SUSPENDING),
    "cash_suspended": _cash(CashReturn.SUSPENSE),
    "cash_stays": _cash(CashReturn.DUE),
}

CASH: Mapping[str, Guard] = {"cash_is_due": _is(CashReturn.DUE), "cash_is_suspending": _is(CashReturn.SUSPENDING)}


def undoing_was_refused(connection: Connection, entry: Row) -> bool:
    """Whether core holds the posting of a payment for certain and has refused for certain to undo it. After silence,
    or where core knew nothing of it, nobody can tell what stands."""
    kind = CORE_UNPOST if entry["state"] == CANCEL_CORE_FAILED else CORE_REVERSE
    return refuses_to_undo(entry, entries.last_leg(connection, entry["serial"], kind.name))


def refuses_to_undo(entry: Row, leg: Row | None) -> bool:
    """The same by the newest leg that was to undo it."""
    if leg is None or leg["state"] != LegState.REJECTED:
        return False
    return bool(entry["core_serial"]) or leg["code"] in _PROVES_POSTED
