"""What the payment table's names mean while a payment is cancelled: the try is kept as it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tellerdesk.bills.models import Cancellation
from tellerdesk.bills.states import BILLER_UNKNOWN
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.errors import LeaseLost
from tellerdesk.journal.flow import Effect, Guard, Row, Work
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.store.base import table_of

CANCELLATION = table_of(Cancellation)

OPEN = (CancelOutcome.ASKED.value, CancelOutcome.UNDER_WAY.value)
"""A try that has not ended."""

PROVES_PAID = frozenset({"OTHER_DAY", "IN_FILE", "INVOICED", "TOO_MUCH_USED", "NOT_CANCELLABLE"})
"""Refusals a biller can only give of a payment it has taken."""

_WRITE = insert(CANCELLATION)
_NEWEST = (
    select(CANCELLATION).where(CANCELLATION.c.serial == bindparam("of")).order_by(CANCELLATION.c.id.desc()).limit(1)
)
_BY_REQUEST = select(CANCELLATION).where(CANCELLATION.c.request_id == bindparam("of"))

_ASKED_SINCE = select(func.count()).where(
    CANCELLATION.c.asked_by == bindparam("by"), CANCELLATION.c.asked_at >= bindparam("since")
)


def newest(connection: Connection, serial: str) -> Row | None:
    """The newest try to cancel a payment."""
    found = connection.execute(_NEWEST, {"of": serial}).mappings().first()
    return None if found is None else dict(found)


def by_request(connection: Connection, request_id: str) -> Row | None:
    """The try a request has made."""
    found = connection.execute(_BY_REQUEST, {"of": request_id}).mappings().first()
    return None if found is None else dict(found)


def asked_since(connection: Connection, staff_no: str, since: datetime) -> int:
    """How many cancellations a person has asked for since an instant, whatever became of them."""
    return int(connection.execute(_ASKED_SINCE, {"by": staff_no, "since": since}).scalar_one())


def request(
    work: Work, consumer_no: str, head: Mapping[str, Any], original_leg_id: str
) -> biller_contract.CancelRequest:
    """What the biller is told."""
    cancellation = _of(work)
    return biller_contract.CancelRequest(
        **head,
        original_leg_id=original_leg_id,
        consumer_no=consumer_no,
        amount_fen=work.entry["amount_fen"],
        reason=biller_contract.CancelReason(cancellation["reason"]),
        made_at=cancellation["asked_at"],
        branch_no=cancellation["branch_no"],
        teller_no=cancellation["asked_by"],
    )


class Cancelling:
    """Effects and guards on the newest try to cancel, inside the runner's unit of work."""

    def __init__(self, can_inquire: Callable[[Row], bool]) -> None:
        """`can_inquire`: whether an entry's biller can be asked about a payment."""
        self.effects: Mapping[str, Effect] = {
            "note_cancellation": self._note,
            "cancel_begun": lambda work: self._change(work, outcome=CancelOutcome.UNDER_WAY.value),
            "cancel_given_up": lambda work: self._end(work, CancelOutcome.GIVEN_UP),
            "cancel_refused": lambda work: self._end(work, CancelOutcome.REFUSED, **_refusal(work)),
            "cancel_done": lambda work: self._end(work, CancelOutcome.CANCELLED),
            "keep_refusal": lambda work: self._change(work, **_refusal(work)),
            "keep_cancel_serial": self._keep_serial,
        }
        self.guards: Mapping[str, Guard] = {
            "was_paid": lambda work: not _was_in_doubt(work),
            "was_in_doubt": _was_in_doubt,
            "proves_paid": _proves_paid,
            "proves_paid_and_asks": lambda work: _proves_paid(work) and can_inquire(work.entry),
        }

    def _note(self, work: Work) -> None:
        """The try as it was asked for; the use case hands in what the teller said."""
        asked: Row = work.given["cancellation"]
        begun: Row = {
            "serial": work.entry["serial"],
            "before_state": work.entry["state"],
            "asked_at": work.now,
            "outcome": CancelOutcome.ASKED.value,
            "refusal": "",
            "cancel_serial": "",
        }
        work.connection.execute(_WRITE, asked | begun)

    def _keep_serial(self, work: Work) -> None:
        reply = work.answer.body if work.answer is not None else None
        self._change(work, cancel_serial=getattr(reply, "cancel_serial", ""))

    def _end(self, work: Work, outcome: CancelOutcome, **more: str) -> None:
        self._change(work, outcome=outcome.value, ended_at=work.now, **more)

    def _change(self, work: Work, **changes: Any) -> None:
        """Raises LeaseLost where another worker has brought the try further."""
        cancellation = _of(work)
        this = CANCELLATION.c.id == cancellation["id"]
        as_read = CANCELLATION.c.outcome == cancellation["outcome"]
        changing = update(CANCELLATION).where(this, as_read, CANCELLATION.c.outcome.in_(OPEN)).values(changes)
        if work.connection.execute(changing).rowcount != 1:
            raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])


def _of(work: Work) -> Row:
    found = newest(work.connection, work.entry["serial"])
    if found is None:
        raise LeaseLost("error.journal.taken_over", serial=work.entry["serial"])
    return found


def _was_in_doubt(work: Work) -> bool:
    return bool(_of(work)["before_state"] == BILLER_UNKNOWN)


def _proves_paid(work: Work) -> bool:
    return work.answer is not None and work.answer.code in PROVES_PAID


def _refusal(work: Work) -> dict[str, str]:
    """The biller's own words for its no to the cancellation, its code where it said nothing more. They are kept once:
    what an inquiry after them is answered does not change them."""
    answer = work.answer
    if answer is None or answer.kind is not AnswerKind.REJECTED or _of(work)["refusal"]:
        return {}
    return {"refusal": (answer.message or answer.code)[:400]}
