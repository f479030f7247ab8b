"""Late answers: what the biller says to a worker that had lost the payment becomes a case of its own where it does not
agree with what the payment has become.

"Paid", and core is undone: what was given back to the customer stays theirs, and core stays as it is; the case has the
biller undo its part. Only a payment that is undone, or is being undone, at core gets one. One that is still in doubt
may stand in the end; it is fenced, so that nobody reverses it without having seen what was heard, and gets its case
when it is reversed after all.

"Cancelled", and the payment stands: core holds what the biller does not. Nothing moves by itself, for the customer may
have been told either; the case waits for a person, and ends when the payment is cancelled once more. One that is still
in doubt gets none: it is fenced, and the biller is asked again, which knows by then.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import states
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import Quotes
from tellerdesk.errors import Conflict
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Row, Work
from tellerdesk.journal.runner import SYSTEM, Runner, payload_hash
from tellerdesk.questions import register
from tellerdesk.questions.late_flow import original
from tellerdesk.questions.states import FLOW, NOT_HELD
from tellerdesk.store.engine import UnitOfWork

UNDOING = frozenset(
    {
        *(states.AUTO_REVERSING, states.REVERSED, states.REVERSE_FAILED, states.REVERSE_SUSPENDING),
        *(states.REFUND_DUE, states.REFUNDED),
    }
)
"""Core is undone, or nothing but undoing it can happen any more."""

IN_DOUBT = frozenset(
    {
        *(states.BILLER_SENDING, states.BILLER_UNKNOWN, states.BILLER_VOIDING, states.CANCEL_PENDING_UNKNOWN),
        *(states.CANCEL_BILLER_SENDING, states.CANCEL_BILLER_UNKNOWN, states.CANCEL_BILLER_CHECKING),
    }
)
"""The payment may still be reversed, or stand. Every other state says for good that it stands, was cancelled at the
biller, or was never told to it."""

_HEARD = frozenset(
    {
        (states.BILLER_SENDING, "accepted"),
        (states.BILLER_UNKNOWN, "paid"),
        (states.BILLER_VOIDING, "paid"),
        (states.CANCEL_BILLER_CHECKING, "paid"),
    }
)
"""State and event in which a worker hears "paid" from the biller."""

STANDING = frozenset({states.SUCCESS, states.CANCEL_PENDING})
"""Both hold the payment, as far as anybody knows."""

_HEARD_CANCELLED = frozenset(
    {
        (states.BILLER_UNKNOWN, "cancelled"),
        (states.CANCEL_BILLER_SENDING, "cancelled"),
        (states.CANCEL_BILLER_UNKNOWN, "cancelled"),
        (states.CANCEL_BILLER_CHECKING, "cancelled"),
    }
)
"""State and event in which a worker hears "cancelled" from the biller."""

_TRIES = 50


class LateAnswers:
    """Opens the cases: at most one for a payment, however many hear of it."""

    def __init__(self, *, runner: Runner, billers: Mapping[str, Biller], consumers: Consumers, quotes: Quotes) -> None:
        self._runner = runner
        self._billers = billers
        self._consumers = consumers
        self._quotes = quotes

    def learnt(self, unit: UnitOfWork, entry: Row, before: str, event: str) -> None:
        """What the runner tells of an entry a worker had lost. Opens the case, or makes sure that whoever goes on with
        the payment looks again."""
        if entry["flow"] != states.FLOW or (before, event) not in _HEARD | _HEARD_CANCELLED:
            return
        paid = (before, event) in _HEARD
        against = UNDOING if paid else STANDING
        now: Row | None = entry
        for _ in range(_TRIES):
            if now is None or now["state"] not in against | IN_DOUBT:
                return
            if paid and now["state"] in UNDOING:
                self._open(unit, now, "late_paid", f"{before} {event}")
                return
            if entries.fence(unit.connection, now["serial"], now["version"]):
                if now["state"] in against:  # the fence keeps it there until this stands
                    self._open(unit, now, "late_cancelled", f"{before} {event}")
                return
            now = entries.by_serial(unit.connection, now["serial"])
        raise Conflict("error.journal.busy", serial=entry["serial"])

    def look_back(self, work: Work) -> None:
        """An effect of the steps that begin to reverse a payment the biller was told of: was its "paid" heard?"""
        for step in entries.steps(work.connection, work.entry["serial"]):
            event = step["event"].removeprefix("late:")
            if step["row"] == "note" and (step["from_state"], event) in _HEARD:
                self._open(work.unit, work.entry, "late_paid", f"{step['from_state']} {event}")
                return

    def payment_is_cancelled(self, work: Work) -> None:
        """An effect of the steps that end a payment as cancelled: that the biller had said so before is no question any
        more."""
        about = register.late_about(work.connection, work.entry["serial"])
        if about is not None and about["state"] == NOT_HELD:
            self._runner.fire_in(work.unit, about["serial"], "payment_cancelled", by=work.by)

    def _open(self, unit: UnitOfWork, payment: Row, event: str, said: str) -> None:
        """The case's entry and its first step; the biller's intent where it is to be told, with which recovery goes on
        at once."""
        connection, serial = unit.connection, payment["serial"]
        request_id = f"late-{serial}"
        if entries.by_request(connection, request_id) is not None:
            return
        try:
            with connection.begin_nested():
                self._runner.begin(
                    unit,
                    FLOW,
                    self._columns(connection, payment, request_id),
                    event=event,
                    by=SYSTEM,
                    given={"late": {"payment_serial": serial, "leg_id": original(serial), "said": said[:64]}},
                    drives=False,
                )
        except IntegrityError:
            if entries.by_request(connection, request_id) is None:
                raise  # otherwise somebody else has heard it too

    def _columns(self, connection: Connection, payment: Row, request_id: str) -> Row:
        """The payment's own. The consumer is sealed anew: what is sealed belongs to one request."""
        of = select(PAYMENT.c.quote_id).where(PAYMENT.c.serial == payment["serial"])
        bill = self._quotes.get(connection, connection.execute(of).scalar_one())
        kept = ("branch_no", "till_no", "teller_no", "counterpart", "customer_name", "amount_fen", "method")
        consumer = self._consumers.columns(self._billers[payment["counterpart"]], bill.consumer_no, request_id)
        return (
            {name: payment[name] for name in kept}
            | {"request_id": request_id, "payload_hash": payload_hash(request_id.encode()), "rules": None}
            | consumer
        )
