"""Explaining an open question and handing it over; and why a person cannot sign off yet."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills import basket_book
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused
from tellerdesk.journal import entries
from tellerdesk.journal.flow import Row
from tellerdesk.questions import register, shown
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.states import ExplainReason
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.text import typed


def check_leaving(connection: Connection, who: SignedOn) -> None:
    """Raises Refused while the person has own open questions nobody has explained, or own baskets whose cash and
    papers nobody has said were handed over. One with a failed bill is spoken for with that bill."""
    count = register.unexplained(connection, who.branch_no, who.staff_no)
    if count:
        raise Refused("error.sign_off.questions", count=count)
    baskets = basket_book.unsettled(connection, who.branch_no, who.staff_no)
    if baskets:
        raise Refused("error.sign_off.baskets", count=baskets)


def own_branch(connection: Connection, who: SignedOn, serial: str) -> Row:
    """An entry of the person's own branch. Raises Refused where there is none, NotAllowed where it is another's."""
    entry = entries.by_serial(connection, serial)
    if entry is None or entry["flow"] not in register.FLOWS:
        raise Refused("error.journal.no_entry", serial=spoken(serial))
    if entry["branch_no"] != who.branch_no:
        raise NotAllowed("error.payment.other_branch", branch=entry["branch_no"])
    return entry


class Explaining:
    """Keeps why an entry is open and what the customer was given. The newest word counts; none is ever lost."""

    def __init__(self, store: Store, audit: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def explain(self, who: SignedOn, command: Explain, *, for_others: bool) -> None:
        """A repeated request id keeps it once. `for_others`: the person may explain what is another teller's own.

        Raises BadInput (field "note"), NotAllowed (another branch's, another teller's own), Refused (not open),
        Conflict (the same request with other contents).
        """
        note = typed(command.note, field="note", most=200)
        if command.reason is ExplainReason.OTHER and not note:
            raise BadInput("error.question.note_needed", field="note")
        try:
            self._write(who, command, note, for_others)
        except IntegrityError:
            # The same request was written between our look and our row; now we see it.
            self._write(who, command, note, for_others)

    def _write(self, who: SignedOn, command: Explain, note: str, for_others: bool) -> None:
        said = {
            "serial": command.serial,
            "reason": command.reason.value,
            "given": command.given.value,
            "note": note,
            "by": who.staff_no,
        }
        with self._store.write("question.explained") as unit:
            connection = unit.connection
            first = register.explanation_of(connection, command.request_id)
            if first is not None:
                if {name: first[name] for name in said} != said:
                    raise Conflict("error.question.other_contents", serial=spoken(first["serial"]))
                return
            entry = own_branch(connection, who, command.serial)
            if not register.is_open(entry):
                raise Refused("error.question.not_open", serial=spoken(command.serial))
            handed_over = bool(register.explanations_of(connection, [command.serial]))
            is_theirs = entry["teller_no"] == who.staff_no or not shown.is_a_tellers(entry, handed_over)
            if not is_theirs and not for_others:
                raise NotAllowed("error.question.not_own", teller=entry["teller_no"])
            register.explain(connection, {**said, "request_id": command.request_id, "at": self._clock.now()})
            told = {"reason": command.reason.value, "given": command.given.value, "teller": entry["teller_no"]}
            self._audit.write(unit.session, who.staff_no, "question.explained", command.serial, told)
            unit.commit()
