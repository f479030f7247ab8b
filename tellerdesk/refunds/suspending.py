"""Money that cannot go back to its customer now: asked to be booked to refunds payable, where it waits."""

from __future__ import annotations

from typing import Any

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.cancellation_guards import raise_first
from tellerdesk.errors import Refused
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds import register
from tellerdesk.refunds.beginning import Beginning, hash_of, payment_of
from tellerdesk.refunds.commands import Suspend
from tellerdesk.refunds.refund_guards import RefundGuards
from tellerdesk.refunds.refunds import Refunds, own
from tellerdesk.refunds.states import FLOW, RefundCause
from tellerdesk.refunds.views import RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.text import typed

Row = dict[str, Any]


class Suspending:
    """Asks for the approval; nothing is booked before it is carried out. May be repeated."""

    def __init__(
        self, *, store: Store, audit: AuditTrail, beginning: Beginning, guards: RefundGuards, refunds: Refunds
    ) -> None:
        self._store = store
        self._audit = audit
        self._beginning = beginning
        self._guards = guards
        self._refunds = refunds

    def ask(self, who: SignedOn, command: Suspend) -> RefundView:
        """Holds what is due back until a second person has agreed or not. A repeated request id gives the refund as it
        stands. Raises BadInput, NotAllowed, Refused for every guard, Conflict, StoreUnavailable."""
        note = typed(command.note, field="note", most=200)
        asked = hash_of(who, suspend=command.serial, note=note)
        serial, _ = self._beginning.once(
            command.request_id, asked, command.serial, lambda: self._write(who, command, asked, note)
        )
        return self._refunds.refund(who, serial)

    def _write(self, who: SignedOn, command: Suspend, asked: str, note: str) -> Held:
        with self._store.write("refund.suspend_asked") as unit:
            connection = unit.connection
            source = entries.by_serial(connection, command.serial)
            if source is not None and source["flow"] == FLOW:
                own(who, source, command.serial)
                payment_serial = register.of(connection, command.serial)["payment_serial"]
            else:
                payment_serial = command.serial
            payment = payment_of(who, entries.by_serial(connection, payment_serial), payment_serial)
            if source is None:
                raise Refused("error.payment.no_such_serial", serial=spoken(command.serial))
            raise_first(self._guards.suspending(connection, who, source))
            is_cash = source["cash_return"] == CashReturn.DUE
            cause = RefundCause.UNCLAIMED_CASH if is_cash else RefundCause.STUCK_POSTING
            refund = {"source_serial": command.serial, "cause": cause.value, "note": note}
            held = self._beginning.write(unit, who, "suspend", payment, refund, (command.request_id, asked))
            told = {"source": command.serial, "cause": cause.value, "amount_fen": payment["amount_fen"]}
            self._audit.write(unit.session, who.staff_no, "refund.suspend_asked", held.entry["serial"], told)
            unit.commit()
        return held
