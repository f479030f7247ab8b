"""A payment of an earlier day, taken back with the biller's consent: found, keyed again blind, asked, then approved."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.cancellation_guards import raise_first, receipt_no
from tellerdesk.bills.cancellation_search import CancellationSearch
from tellerdesk.bills.commands import Method
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.core_day import core_day
from tellerdesk.bills.keyed_again import KeyedAgain, MiskeyedAction
from tellerdesk.bills.refund_note import word
from tellerdesk.errors import Conflict, Refused, StoreUnavailable, TellerDeskError
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch
from tellerdesk.links.link import Link
from tellerdesk.refunds import register, states
from tellerdesk.refunds.beginning import Beginning, hash_of, payment_of
from tellerdesk.refunds.commands import AskRefund, AskRefundApproval, FindRefundable
from tellerdesk.refunds.refund_guards import RefundGuards
from tellerdesk.refunds.refunds import Refunds, own
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import Refundable, RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.text import mask_name, typed

Row = dict[str, Any]


class NextDay:
    """The use cases before core books a refund of an earlier day. Every one of them may be repeated."""

    def __init__(
        self,
        *,
        store: Store,
        audit: AuditTrail,
        runner: Runner,
        core: Link,
        consumers: Consumers,
        billers: Mapping[str, Biller],
        beginning: Beginning,
        guards: RefundGuards,
        refunds: Refunds,
    ) -> None:
        self._store = store
        self._audit = audit
        self._runner = runner
        self._core = core
        self._billers = billers
        self._beginning = beginning
        self._guards = guards
        self._refunds = refunds
        self._search = CancellationSearch(consumers, billers)
        self._keyed = KeyedAgain(store, audit, consumers, billers)

    def find(self, who: SignedOn, command: FindRefundable) -> tuple[Refundable, ...]:
        """Payments of the person's branch that may be meant, the newest first, with what stands in the way now.
        Core is asked for its day: by an older one a payment that can be refunded would not seem so. Raises BadInput,
        Refused where there is none."""
        with suppress(Refused):
            core_day(self._core, "error.refund.core_silent")
        with self._store.read() as session:
            connection = session.connection()
            known = [entries.open_day(connection), self._core.last_accounting_date]
            day = max((one for one in known if one is not None), default=None)
            found = self._search.of(connection, who.branch_no, command.text)
            return tuple(self._refundable(connection, payment, day) for payment in found)

    def ask(self, who: SignedOn, command: AskRefund, watch: Watch | None = None) -> RefundView:
        """Asks the biller, and where it agrees two persons at once. A repeated request id gives the refund as it
        stands.

        Raises BadInput (keyed again, it is not the payment's own; audited), NotAllowed, Refused for every guard,
        Conflict, StoreUnavailable before anything was sent; StoreUnavailable naming the payment afterwards.
        """
        note = typed(command.note, field="note", most=200)
        asked = hash_of(
            who,
            refund=command.serial,
            amount_fen=command.amount_fen,
            reason=command.reason.value,
            original_back=command.original_back,
            note=note,
        )
        if self._begun(command, asked) is None:
            self._check_keyed(who, command)
        serial, held = self._beginning.once(
            command.request_id, asked, command.serial, lambda: self._write(who, command, asked, note)
        )
        if held is None:
            return self._refunds.refund(who, serial)
        view = self._refunds.carried(who, held, live=True, watch=watch)
        return view if view.state != states.AGREED else self._asked_at_once(who, view)

    def ask_approval(self, who: SignedOn, command: AskRefundApproval) -> RefundView:
        """Asks two persons to agree to what the biller has agreed to. May be repeated.

        Raises NotAllowed, Refused where the refund does not wait for that, Conflict, StoreUnavailable.
        """
        with self._store.read() as session:
            entry = own(who, entries.by_serial(session.connection(), command.serial), command.serial)
        if entry["state"] == states.PENDING_REFUND:
            return self._refunds.refund(who, command.serial)
        if entry["state"] != states.AGREED:
            raise Refused("error.refund.not_agreed", serial=spoken(command.serial))
        try:
            with self._store.write("refund.approval_asked") as unit:
                given = self._beginning.asking(unit.connection, who)
                self._runner.fire_in(unit, command.serial, "ask_approval", by=who.staff_no, given=given)
                told = {"amount_fen": entry["amount_fen"]}
                self._audit.write(unit.session, who.staff_no, "refund.approval_asked", command.serial, told)
                unit.commit()
        except StoreUnavailable as error:
            if error.message_id != UNSURE:
                raise
        except TellerDeskError:
            if self._refunds.refund(who, command.serial).state != states.PENDING_REFUND:
                raise  # nobody else has asked meanwhile
        return self._refunds.refund(who, command.serial)

    def _asked_at_once(self, who: SignedOn, view: RefundView) -> RefundView:
        """The biller has agreed, so that nothing of what follows is an error: the approval can be asked for again."""
        try:
            return self.ask_approval(who, AskRefundApproval(view.serial))
        except (Conflict, Refused, StoreUnavailable):
            return view

    def _begun(self, command: AskRefund, asked: str) -> str | None:
        try:
            return self._beginning.begun(command.request_id, asked)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.refund.not_asked", serial=spoken(command.serial)) from error

    def _check_keyed(self, who: SignedOn, command: AskRefund) -> None:
        """Raises BadInput where number or amount are not the payment's own; audited."""
        with self._store.read() as session:
            payment = payment_of(who, entries.by_serial(session.connection(), command.serial), command.serial)
        self._keyed.check(who, payment, command.consumer_no, command.amount_fen, MiskeyedAction.REFUND)

    def _write(self, who: SignedOn, command: AskRefund, asked: str, note: str) -> Held:
        day = core_day(self._core, "error.refund.core_silent")
        with self._store.write("refund.asked") as unit:
            connection = unit.connection
            payment = payment_of(who, entries.by_serial(connection, command.serial), command.serial)
            raise_first(self._guards.next_day(connection, payment, day))
            original_no = receipt_no(connection, command.serial)
            if original_no and not command.original_back:
                raise Refused("error.refund.receipt_needed", number=original_no)
            # A cancellation that is asked for at this moment finds the payment changed, or we do.
            if not entries.fence(connection, command.serial, payment["version"]):
                raise Conflict("error.journal.busy", serial=spoken(command.serial))
            refund = {
                "source_serial": command.serial,
                "cause": RefundCause.NEXT_DAY.value,
                "reason": command.reason.value,
                "note": note,
                "original_no": original_no,
            }
            held = self._beginning.write(unit, who, "ask_biller", payment, refund, (command.request_id, asked))
            told = {
                "payment": command.serial,
                "reason": command.reason.value,
                "original": original_no,
                "amount_fen": payment["amount_fen"],
            }
            self._audit.write(unit.session, who.staff_no, "refund.asked", held.entry["serial"], told)
            unit.commit()
        return held

    def _refundable(self, connection: Connection, payment: Row, day: date | None) -> Refundable:
        return Refundable(
            serial=payment["serial"],
            made_at=payment["made_at"],
            biller=self._billers[payment["counterpart"]].name.both,
            customer_name=mask_name(payment["customer_name"]),
            teller_no=payment["teller_no"],
            word=word(payment, register.note_of(connection, payment["serial"])),
            method=Method(payment["method"]),
            has_receipt=bool(receipt_no(connection, payment["serial"])),
            obstacles=tuple(Message.of(error) for error in self._guards.next_day(connection, payment, day)),
        )
