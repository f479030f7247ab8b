"""Cancelling a payment of today: found, keyed again blind, approved by a second person, then taken back once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import cancelling, states
from tellerdesk.bills.approval import RulesInForce
from tellerdesk.bills.approved import begun, looked_up
from tellerdesk.bills.cancellation_guards import CancellationGuards, raise_first, receipt_no
from tellerdesk.bills.cancellation_search import CancellationSearch
from tellerdesk.bills.cancellation_subject import CancellationSubject
from tellerdesk.bills.commands import AskCancellation, Cancel, FindPayment
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.core_day import core_day
from tellerdesk.bills.keyed_again import KeyedAgain, MiskeyedAction
from tellerdesk.bills.once import once
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.views import Cancellable, PaymentView
from tellerdesk.clock import Clock
from tellerdesk.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from tellerdesk.i18n import Message
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch, payload_hash
from tellerdesk.links.link import Link
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.text import typed

Row = dict[str, Any]


class Cancellations:
    """The use cases around a cancellation. Every one of them may be repeated."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        runner: Runner,
        core: Link,
        consumers: Consumers,
        billers: Mapping[str, Biller],
        guards: CancellationGuards,
        book: ApprovalBook,
        subject: CancellationSubject,
        rules: Callable[[Connection], RulesInForce],
        payments: Payments,
    ) -> None:
        """`rules` tells those in force, asked anew for each request."""
        self._store = store
        self._clock = clock
        self._audit = audit
        self._runner = runner
        self._core = core
        self._billers = billers
        self._guards = guards
        self._book = book
        self._subject = subject
        self._rules = rules
        self._payments = payments
        self._search = CancellationSearch(consumers, billers)
        self._keyed = KeyedAgain(store, audit, consumers, billers)

    def find(self, who: SignedOn, command: FindPayment) -> tuple[Cancellable, ...]:
        """Payments of the person's branch that may be meant, the newest first, with what stands in the way now.
        Raises BadInput, Refused where there is none."""
        with self._store.read() as session:
            connection = session.connection()
            known = [entries.open_day(connection), self._core.last_accounting_date]
            day = max((one for one in known if one is not None), default=None)
            found = self._search.of(connection, who.branch_no, command.text)
            return tuple(
                self._search.shown(
                    entry,
                    has_receipt=bool(receipt_no(connection, entry["serial"])),
                    obstacles=tuple(
                        Message.of(error) for error in self._guards.when_asked(connection, who, entry, day)
                    ),
                )
                for entry in found
            )

    def ask(self, who: SignedOn, command: AskCancellation) -> PaymentView:
        """Asks for the approval without which no payment is cancelled; nothing is sent. A repeated request id gives
        the payment as it stands.

        Raises BadInput (keyed again, it is not the payment's own; audited), NotAllowed, Refused for every guard,
        Conflict, StoreUnavailable; nothing has changed then, or the same request may be asked again.
        """
        note = typed(command.note, field="note", most=200)
        try:
            asked = self._asked(who, command, note)
            if self._repeated(command, asked) is None:
                self._check_keyed(who, command)
                self._ask(who, command, asked, note)
            return self._payments.payment(command.serial)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.cancel.not_asked", serial=spoken(command.serial)) from error

    def carry_out(self, who: SignedOn, command: Cancel, watch: Watch | None = None) -> PaymentView:
        """Carries out an approved cancellation, as far as it goes while the teller waits. Pressed again, it gives the
        payment as it stands; so it does where the request has ended otherwise.

        Raises NotAllowed (not the one who asked, or at another till), Refused (not approved, or what was looked at
        then does not hold any more), Conflict (recovery has it in its hands), TamperFound (not what was approved;
        audited) before anything was sent; StoreUnavailable.
        """
        try:
            held = self._begin(who, command.serial)
        except Refused:
            over = self._runner.claim(command.serial)
            if over is None:
                raise
            return self._carried(over, who.staff_no, live=False, watch=None)
        except StoreUnavailable as error:
            return looked_up(
                error,
                lambda: self._payments.payment(command.serial),
                command.serial,
                unsure="error.cancel.unsure",
                not_begun="error.cancel.not_gone_on",
            )
        if held is None:
            return self._payments.payment(command.serial)
        return self._carried(held, who.staff_no, live=True, watch=watch)

    # -- asking ---------------------------------------------------------------------------------------------------

    def _asked(self, who: SignedOn, command: AskCancellation, note: str) -> str:
        """What a repeated request must be equal in; the consumer number is the payment's own, or it is not asked."""
        return payload_hash(
            canonical_json(
                {
                    "serial": command.serial,
                    "amount_fen": command.amount_fen,
                    "reason": command.reason.value,
                    "original_back": command.original_back,
                    "note": note,
                    "staff_no": who.staff_no,
                    "branch_no": who.branch_no,
                    "till_no": who.till_no,
                }
            )
        )

    def _repeated(self, command: AskCancellation, asked: str) -> Row | None:
        """The try this request has made already. Raises Conflict where it came with other contents."""
        with self._store.read() as session:
            first = cancelling.by_request(session.connection(), command.request_id)
        if first is not None and first["payload_hash"] != asked:
            raise Conflict("error.payment.other_contents", serial=spoken(first["serial"]))
        return first

    def _check_keyed(self, who: SignedOn, command: AskCancellation) -> None:
        """Raises BadInput where number or amount are not the payment's own; audited."""
        with self._store.read() as session:
            entry = self._own(who, entries.by_serial(session.connection(), command.serial), command.serial)
        action = MiskeyedAction.CANCELLATION
        self._keyed.check(who, entry, command.consumer_no, command.amount_fen, action)

    def _ask(self, who: SignedOn, command: AskCancellation, asked: str, note: str) -> None:
        day = core_day(self._core, "error.cancel.core_silent")
        once(
            lambda: self._repeated(command, asked) is not None,
            lambda: self._write(who, command, asked, note, day),
        )

    def _write(self, who: SignedOn, command: AskCancellation, asked: str, note: str, day: date) -> None:
        with self._store.write("cancellation.asked") as unit:
            connection = unit.connection
            entry = self._own(who, entries.by_serial(connection, command.serial), command.serial)
            raise_first(self._guards.when_asked(connection, who, entry, day))
            original_no = receipt_no(connection, command.serial)
            if original_no and not command.original_back:
                raise Refused("error.cancel.receipt_needed", number=original_no)
            cancellation: Row = {
                "request_id": command.request_id,
                "payload_hash": asked,
                "asked_by": who.staff_no,
                "branch_no": who.branch_no,
                "till_no": who.till_no,
                "reason": command.reason.value,
                "note": note,
                "original_no": original_no,
            }
            biller, rules = self._billers[entry["counterpart"]], self._rules(connection)
            given = {
                "who": who,
                "cancellation": cancellation,
                "asked": lambda _: self._subject.asked(connection, rules, who, entry, biller, cancellation),
            }
            self._runner.fire_in(unit, command.serial, "ask_cancellation", by=who.staff_no, given=given)
            # Now that the payment is ours, once more: a refund that was first has been written before.
            raise_first(self._guards.being_refunded(connection, command.serial))
            told = {"reason": command.reason.value, "original": original_no, "amount_fen": entry["amount_fen"]}
            self._audit.write(unit.session, who.staff_no, "cancellation.asked", command.serial, told)
            unit.commit()

    # -- carrying out ---------------------------------------------------------------------------------------------

    def _begin(self, who: SignedOn, serial: str) -> Held | None:
        """The payment under lease, to be driven; None where its cancellation does not wait any more."""
        return begun(
            self._store,
            self._book,
            who,
            serial,
            begin=lambda: self._begun(who, serial),
            still_waits=lambda: self._still_waits(serial),
            refusal="cancellation.refusal",
        )

    def _begun(self, who: SignedOn, serial: str) -> Held | None:
        with self._store.read() as session:
            entry = self._own(who, entries.by_serial(session.connection(), serial), serial)
        if entry["state"] not in states.AWAITING_CANCELLATION:
            return None
        day = core_day(self._core, "error.cancel.core_silent")
        with self._store.write("cancellation.approved") as unit:
            connection = unit.connection
            # The request is locked before the entry, as decisions have it.
            self._book.execute(unit, self._subject, serial, who.staff_no)
            entry = self._own(who, entries.by_serial(connection, serial), serial)
            cancellation = cancelling.newest(connection, serial)
            if cancellation is None or entry["state"] not in states.AWAITING_CANCELLATION:
                return None
            asker = cancellation["asked_by"], cancellation["branch_no"], cancellation["till_no"]
            if asker != (who.staff_no, who.branch_no, who.till_no):
                raise NotAllowed("error.cancel.not_the_asker", teller=asker[0], till=asker[2])
            raise_first(self._guards.when_done(connection, who, entry, cancellation, day))
            held = self._runner.fire_in(unit, serial, "approved", by=who.staff_no)
            self._audit.write(unit.session, who.staff_no, "cancellation.went_on", serial)
            unit.commit()
        return held

    def _carried(self, held: Held, by: str, *, live: bool, watch: Watch | None) -> PaymentView:
        serial = str(held.entry["serial"])
        try:
            self._payments.carry(held, by, serial, live=live, watch=watch)
            return self._payments.payment(serial)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.cancel.outcome_not_kept", serial=spoken(serial)) from error

    def _still_waits(self, serial: str) -> bool:
        with self._store.read() as session:
            entry = entries.by_serial(session.connection(), serial)
        return entry is None or entry["state"] in states.AWAITING_CANCELLATION

    # -- both -----------------------------------------------------------------------------------------------------

    def _own(self, who: SignedOn, entry: Row | None, serial: str) -> Row:
        if entry is None or entry["flow"] != states.FLOW:
            raise Refused("error.payment.no_such_serial", serial=spoken(serial))
        if entry["branch_no"] != who.branch_no:
            raise NotAllowed("error.payment.other_branch", branch=entry["branch_no"])
        return entry
