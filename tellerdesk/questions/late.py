"""Late answers: the biller's "paid", heard by a worker that had lost the payment, becomes a case of its own.

What was given back to the customer stays theirs, and core stays as it is: the case has the biller undo its part. Only a
payment that is undone, or is being undone, at core gets one. One that is still in doubt may stand in the end; it is
fenced, so that nobody reverses it without having seen what was heard, and gets its case when it is reversed after all.
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
from tellerdesk.questions.late_flow import original
from tellerdesk.questions.states import FLOW
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

_TRIES = 50


class LateAnswers:
    """Opens the cases: at most one for a payment, however many hear of it."""

    def __init__(self, *, runner: Runner, billers: Mapping[str, Biller], consumers: Consumers, quotes: Quotes) -> None:
        self._runner = runner
        self._billers = billers
        self._consumers = consumers
        self._quotes = quotes

    def learnt(self, unit: UnitOfWork, entry: Row, before: str, event: str) -> None:
        """What the runner tells of an entry a worker had lost. Opens the case, or makes sure that whoever reverses the
        payment looks back."""
        if entry["flow"] != states.FLOW or (before, event) not in _HEARD:
            return
        now: Row | None = entry
        for _ in range(_TRIES):
            if now is None or now["state"] not in UNDOING | IN_DOUBT:
                return
            if now["state"] in UNDOING:
                self._open(unit, now, f"{before} {event}")
                return
            if entries.fence(unit.connection, now["serial"], now["version"]):
                return
            now = entries.by_serial(unit.connection, now["serial"])
        raise Conflict("error.journal.busy", serial=entry["serial"])

    def look_back(self, work: Work) -> None:
        """An effect of the steps that begin to reverse a payment the biller was told of: was its "paid" heard?"""
        for step in entries.steps(work.connection, work.entry["serial"]):
            event = step["event"].removeprefix("late:")
            if step["row"] == "note" and (step["from_state"], event) in _HEARD:
                self._open(work.unit, work.entry, f"{step['from_state']} {event}")
                return

    def _open(self, unit: UnitOfWork, payment: Row, said: str) -> None:
        """The case's entry, its first step and the biller's intent. Recovery goes on with it at once."""
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
                    event="late_paid",
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
