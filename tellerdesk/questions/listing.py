"""Gathers what the list of open questions shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, select

from tellerdesk.bills import states as payment_states
from tellerdesk.bills.payment import Payments
from tellerdesk.clock import Clock
from tellerdesk.errors import Refused
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Row
from tellerdesk.journal.runner import Runner
from tellerdesk.questions import known, register, shown, states
from tellerdesk.questions.explaining import own_branch
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.refunds import states as refund_states
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.types import database_now_ms
from tellerdesk.text import mask_number

Advice = Callable[[Connection, Row], Message]
"""What happened to the money of an entry and what to do now, as its own room says it."""

_NOW_MS = select(database_now_ms())


class Listing:
    """Open questions as one person may see them."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        runner: Runner,
        payments: Payments,
        takes_back: Callable[[Row], bool],
        advice: Mapping[str, Advice],
    ) -> None:
        """`takes_back`: whether an entry's biller cancels payments; `advice` by flow, but for payments and late
        answers."""
        self._store = store
        self._clock = clock
        self._runner = runner
        self._payments = payments
        self._takes_back = takes_back
        self._advice = advice

    def open(self, who: SignedOn) -> tuple[OpenQuestion, ...]:
        """The branch's, the person's own first, then by age."""
        with self._store.read() as session:
            connection = session.connection()
            questions = self._shown(connection, who, register.open_entries(connection, who.branch_no))
        return tuple(sorted(questions, key=lambda one: (not one.own, one.since, one.serial)))

    def one(self, who: SignedOn, serial: str) -> OpenQuestion | None:
        """None where it is not open. Raises Refused, NotAllowed."""
        with self._store.read() as session:
            connection = session.connection()
            entry = own_branch(connection, who, serial)
            found = self._shown(connection, who, [entry]) if register.is_open(entry) else []
        return found[0] if found else None

    def own_count(self, who: SignedOn) -> int:
        with self._store.read() as session:
            return register.unexplained(session.connection(), who.branch_no, who.staff_no)

    def _shown(self, connection: Connection, who: SignedOn, found: Sequence[Row]) -> list[OpenQuestion]:
        serials = [entry["serial"] for entry in found]
        steps = register.steps_of(connection, serials)
        said = register.explanations_of(connection, serials)
        now, now_ms = self._clock.now(), int(connection.execute(_NOW_MS).scalar_one())
        return [
            shown.question(
                self._told(connection, entry, steps[entry["serial"]], said[entry["serial"]]), who, now, now_ms
            )
            for entry in found
        ]

    def _told(self, connection: Connection, entry: Row, steps: Sequence[Row], said: Sequence[Row]) -> shown.Told:
        about, cause = self._about(connection, entry)
        payment = self._payments.view(connection, about)
        advice = payment.advice if entry is about else None
        if entry["flow"] in self._advice:
            advice = self._advice[entry["flow"]](connection, entry)
        rows = {step["row"] for step in register.steps_of(connection, [about["serial"]])[about["serial"]]}
        return shown.Told(
            entry=entry,
            legs=entries.legs(connection, entry["serial"]),
            steps=steps,
            said=said,
            payment=payment,
            payment_sides=known.sides(about, entries.legs(connection, about["serial"]), frozenset(rows)),
            consumer_no=mask_number(payment.consumer_no) if about["consumer_no"] is None else payment.consumer_no,
            cause=cause,
            advice=advice,
            asks=self._runner.can_ask(entry),
            takes_back=self._takes_back(entry),
            cash_till=register.cash_till(connection, entry),
            late=None if entry["flow"] == states.FLOW else register.late_state(connection, about["serial"]),
        )

    def _about(self, connection: Connection, entry: Row) -> tuple[Row, str]:
        """The payment an entry is about, and why a refund is owed."""
        if entry["flow"] == payment_states.FLOW:
            return entry, ""
        of: Row | None
        if entry["flow"] == refund_states.FLOW:
            of = register.refund(connection, entry["serial"])
        else:
            of = register.late_answer(connection, entry["serial"])
        about = None if of is None else entries.by_serial(connection, of["payment_serial"])
        if of is None or about is None:
            raise Refused("error.journal.no_entry", serial=spoken(entry["serial"]))
        return about, str(of.get("cause", ""))
