"""What is open in a branch, and what was said about it: found by the journal's partial indexes, never by a scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, insert, or_, select, text

from tellerdesk.bills import states as payment_states
from tellerdesk.journal.entries import ENTRY, STEP
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import CashReturn, State, Word
from tellerdesk.questions import states as late_states
from tellerdesk.questions.models import Explanation, LateAnswer
from tellerdesk.refunds import states as refund_states
from tellerdesk.refunds.models import PayOut, Refund
from tellerdesk.store.base import table_of

EXPLANATION, LATE = table_of(Explanation), table_of(LateAnswer)
REFUND, PAY_OUT = table_of(Refund), table_of(PayOut)

FLOWS: dict[str, dict[str, State]] = {
    payment_states.FLOW: payment_states.STATES,
    refund_states.FLOW: refund_states.STATES,
    late_states.FLOW: late_states.STATES,
}

OPEN_STATES: dict[str, frozenset[str]] = {
    flow: frozenset(name for name, state in states.items() if state.word is Word.PROCESSING)
    for flow, states in FLOWS.items()
}
"""By flow. A refund the biller has agreed to, and nobody has booked, is called due and is open all the same."""
OPEN_STATES[refund_states.FLOW] |= {refund_states.AGREED}

WITH_CASH = frozenset({payment_states.FLOW, refund_states.FLOW})
CASH_OPEN = frozenset({CashReturn.DUE.value, CashReturn.SUSPENDING.value})

_UNDECIDED = or_(*(and_(ENTRY.c.flow == flow, ENTRY.c.state.in_(names)) for flow, names in OPEN_STATES.items()))
_OF_BRANCH = ENTRY.c.branch_no == bindparam("branch_no")
_OF_TELLER = and_(ENTRY.c.teller_no == bindparam("teller_no"), ENTRY.c.flow.in_(WITH_CASH))
_UNSAID = ~select(EXPLANATION.c.id).where(EXPLANATION.c.serial == ENTRY.c.serial).exists()


def _both(*columns: Any) -> tuple[Select[Any], Select[Any]]:
    """The two ways in which an entry is open. The conditions of the partial indexes stand as the indexes have them:
    bound values would not be seen to imply them."""
    return (
        select(*columns).where(_OF_BRANCH, text("unfinished = 1"), _UNDECIDED),
        select(*columns).where(_OF_BRANCH, text("cash_return IN ('DUE', 'SUSPENDING')"), ENTRY.c.flow.in_(WITH_CASH)),
    )


OPEN = _both(ENTRY)
UNEXPLAINED = tuple(query.where(_OF_TELLER, _UNSAID) for query in _both(ENTRY.c.serial))

_STEPS = select(STEP).where(STEP.c.serial.in_(bindparam("serials", expanding=True))).order_by(STEP.c.id)
_SAID = (
    select(EXPLANATION).where(EXPLANATION.c.serial.in_(bindparam("serials", expanding=True))).order_by(EXPLANATION.c.id)
)
_BY_REQUEST = select(EXPLANATION).where(EXPLANATION.c.request_id == bindparam("of"))
_EXPLAIN = insert(EXPLANATION)
_LATE = select(LATE).where(LATE.c.serial == bindparam("of"))
_LATE_ABOUT = (
    select(ENTRY.c.serial, ENTRY.c.state)
    .select_from(LATE)
    .join(ENTRY, ENTRY.c.serial == LATE.c.serial)
    .where(LATE.c.payment_serial == bindparam("of"))
)
_REFUND = select(REFUND).where(REFUND.c.serial == bindparam("of"))
_PAY_OUT_TILL = (
    select(PAY_OUT.c.till_no).where(PAY_OUT.c.serial == bindparam("of")).order_by(PAY_OUT.c.id.desc()).limit(1)
)


def is_open(entry: Row) -> bool:
    """Whether an entry is an open question, by the same rule as the list's."""
    undecided = entry["state"] in OPEN_STATES.get(entry["flow"], ())
    return undecided or (entry["flow"] in WITH_CASH and entry["cash_return"] in CASH_OPEN)


def open_entries(connection: Connection, branch_no: str) -> list[Row]:
    """Every open entry of a branch, in the order they were made."""
    found: dict[int, Row] = {}
    for query in OPEN:
        for row in connection.execute(query, {"branch_no": branch_no}).mappings():
            found[row["id"]] = dict(row)
    return [found[number] for number in sorted(found)]


def open_since(connection: Connection, branch_no: str) -> tuple[int, datetime | None]:
    """How many entries of a branch are open, and when the oldest of them was made."""
    made = [entry["made_at"] for entry in open_entries(connection, branch_no)]
    return len(made), min(made, default=None)


def unexplained(connection: Connection, branch_no: str, staff_no: str) -> int:
    """How many open entries a person has begun in a branch and nobody has explained. A late answer is nobody's."""
    told = {"branch_no": branch_no, "teller_no": staff_no}
    return len({serial for query in UNEXPLAINED for serial in connection.execute(query, told).scalars()})


def steps_of(connection: Connection, serials: Sequence[str]) -> dict[str, list[Row]]:
    """The steps of entries by serial, oldest first."""
    return _by_serial(connection, _STEPS, serials)


def explanations_of(connection: Connection, serials: Sequence[str]) -> dict[str, list[Row]]:
    """What was said of entries by serial, oldest first."""
    return _by_serial(connection, _SAID, serials)


def explanation_of(connection: Connection, request_id: str) -> Row | None:
    """What a request has said."""
    found = connection.execute(_BY_REQUEST, {"of": request_id}).mappings().first()
    return None if found is None else dict(found)


def explain(connection: Connection, values: Row) -> None:
    """Raises IntegrityError where the request has been kept."""
    connection.execute(_EXPLAIN, values)


def late_answer(connection: Connection, serial: str) -> Row | None:
    found = connection.execute(_LATE, {"of": serial}).mappings().first()
    return None if found is None else dict(found)


def late_about(connection: Connection, payment_serial: str) -> Row | None:
    """Serial and state of the late answer about a payment; None where there is none."""
    found = connection.execute(_LATE_ABOUT, {"of": payment_serial}).mappings().first()
    return None if found is None else dict(found)


def late_state(connection: Connection, payment_serial: str) -> str | None:
    """The state of the late answer about a payment; None where there is none."""
    about = late_about(connection, payment_serial)
    return None if about is None else str(about["state"])


def is_not_held(connection: Connection, payment_serial: str) -> bool:
    """Whether the biller has said of a payment that stands that it cancelled it, and nobody has settled that yet."""
    return late_state(connection, payment_serial) == late_states.NOT_HELD


def refund(connection: Connection, serial: str) -> Row | None:
    found = connection.execute(_REFUND, {"of": serial}).mappings().first()
    return None if found is None else dict(found)


def cash_till(connection: Connection, entry: Row) -> str:
    """The till whose cash is due: of a refund the one that pays it out."""
    if entry["flow"] == refund_states.FLOW:
        return str(connection.execute(_PAY_OUT_TILL, {"of": entry["serial"]}).scalar_one_or_none() or entry["till_no"])
    return str(entry["till_no"])


def _by_serial(connection: Connection, query: Select[Any], serials: Sequence[str]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    if serials:
        for row in connection.execute(query, {"serials": list(serials)}).mappings():
            rows[row["serial"]].append(dict(row))
    return rows
