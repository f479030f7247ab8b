"""What a person does about an open question. Everything may be repeated and raced: who is second sees how it stands."""

from __future__ import annotations

from collections.abc import Callable

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.errors import BadInput, Conflict, IllegalTransition, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Row
from tellerdesk.journal.runner import Held, Runner
from tellerdesk.questions import register, states
from tellerdesk.questions.commands import SettleLate
from tellerdesk.questions.explaining import own_branch
from tellerdesk.questions.shown import RETRYABLE, SETTLEABLE
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.text import typed


class Handling:
    """Asks again, retries, settles; every entry through its own flow."""

    def __init__(self, store: Store, audit: AuditTrail, runner: Runner, takes_back: Callable[[Row], bool]) -> None:
        """`takes_back`: whether an entry's biller cancels payments at all."""
        self._store = store
        self._audit = audit
        self._runner = runner
        self._takes_back = takes_back

    def ask_again(self, who: SignedOn, serial: str) -> None:
        """Asks the counterparts again now, if nobody is doing so at this moment. What is not open is left alone.
        Raises Refused, NotAllowed; StoreUnavailable where what was learned could not be kept."""
        with self._store.read() as session:
            entry = own_branch(session.connection(), who, serial)
        if not register.is_open(entry):
            return
        held = self._runner.claim(serial)
        if held is not None:
            self._carry(held, who.staff_no)

    def retry(self, who: SignedOn, serial: str) -> None:
        """Has what was given up sent once more, as a new message. What goes on by itself is left alone. Raises
        Refused, NotAllowed, Conflict (reconciled); StoreUnavailable."""
        held = None
        try:
            with self._store.write("question.retried") as unit:
                entry = own_branch(unit.connection, who, serial)
                if entry["state"] not in RETRYABLE:
                    return
                if entry["flow"] == states.FLOW and not self._takes_back(entry):
                    raise Refused("error.question.biller_cannot")
                held = self._runner.fire_in(unit, serial, "retry", by=who.staff_no)
                told = {"state": entry["state"]}
                self._audit.write(unit.session, who.staff_no, "question.retried", serial, told)
                unit.commit()
        except (Conflict, IllegalTransition):
            if self._state(serial) in RETRYABLE:
                raise
        if held is not None:
            self._carry(held, who.staff_no)

    def settle(self, who: SignedOn, command: SettleLate) -> None:
        """Closes a late answer that was settled with the biller by hand. Said again in the same words, it changes
        nothing. Raises BadInput (field "note"), Refused (no late answer, still under way, ended), NotAllowed,
        Conflict."""
        note = typed(command.note, field="note", most=200)
        if not note:
            raise BadInput("error.question.note_needed", field="note")
        try:
            self._settle(who, command.serial, note)
        except (Conflict, IllegalTransition):
            self._settle(who, command.serial, note)  # somebody did something with it meanwhile: now we see what

    def _settle(self, who: SignedOn, serial: str, note: str) -> None:
        with self._store.write("question.settled") as unit:
            connection = unit.connection
            entry = own_branch(connection, who, serial)
            late = register.late_answer(connection, serial)
            if late is None:
                raise Refused("error.question.not_late", serial=spoken(serial))
            if entry["state"] in {states.SETTLED, states.STANDS} and late["settled_note"] == note:
                return
            if states.STATES[entry["state"]].terminal:
                raise Refused("error.question.not_open", serial=spoken(serial))
            if entry["state"] not in SETTLEABLE:
                raise Refused("error.question.under_way", serial=spoken(serial))
            self._runner.fire_in(unit, serial, "settled", by=who.staff_no, given={"note": note})
            # What was written may name persons: it stands with the case, not in the audit.
            self._audit.write(unit.session, who.staff_no, "question.settled", serial)
            unit.commit()

    def _carry(self, held: Held, by: str) -> None:
        try:
            self._runner.resume(held, by)
        except Conflict:
            pass  # another worker carries it on, or what it is about; the list shows how far it is
        except StoreUnavailable as error:
            serial = spoken(str(held.entry["serial"]))
            raise StoreUnavailable("error.question.outcome_not_kept", serial=serial) from error

    def _state(self, serial: str) -> str:
        with self._store.read() as session:
            entry = entries.by_serial(session.connection(), serial)
        return "" if entry is None else str(entry["state"])
