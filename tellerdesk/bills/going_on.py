"""Carrying out a payment that was approved: everything is looked at once more, and it happens once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import basket_book
from tellerdesk.bills.accounts import consent
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.approved import begun
from tellerdesk.bills.commands import AccountAuthority, GoOn, Method
from tellerdesk.bills.lookup import check_hours
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import Quotes
from tellerdesk.bills.states import PENDING_APPROVAL
from tellerdesk.clock import Clock
from tellerdesk.errors import NotAllowed, Refused
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.till.drawer import Drawer

Row = dict[str, Any]


class GoingOn:
    """From an approval to core's intent, in one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        runner: Runner,
        drawer: Drawer,
        quotes: Quotes,
        billers: Mapping[str, Biller],
        book: ApprovalBook,
        subject: PaymentSubject,
        identity_from_fen: Callable[[Connection], int],
        check_biller: Callable[[Connection, str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._runner = runner
        self._drawer = drawer
        self._quotes = quotes
        self._billers = billers
        self._book = book
        self._subject = subject
        self._identity_from_fen = identity_from_fen
        self._check_biller = check_biller

    def begin(self, who: SignedOn, command: GoOn) -> Held | None:
        """The payment under lease, to be driven; None where it does not wait for its approval any more, whoever was
        first. See `Payments.go_on` for what it raises; nothing has moved then."""
        return begun(
            self._store,
            self._book,
            who,
            command.serial,
            begin=lambda: self._begun(who, command),
            still_waits=lambda: self._still_waits(command.serial),
            refusal="payment.refusal",
        )

    def _begun(self, who: SignedOn, command: GoOn) -> Held | None:
        with self._store.write("payment.approved") as unit:
            connection = unit.connection
            entry = self._of(who, entries.by_serial(connection, command.serial), command.serial)
            if entry["state"] != PENDING_APPROVAL:
                return None
            # The request is locked before the entry, as decisions have it: two who lock them in different orders would
            # wait for each other.
            self._book.execute(unit, self._subject, command.serial, who.staff_no)
            given = self._guarded(connection, who, entry, command)
            held = self._runner.fire_in(unit, command.serial, "approved", by=who.staff_no, given=given)
            self._audit.write(unit.session, who.staff_no, "payment.went_on", command.serial)
            unit.commit()
        return held

    def _of(self, who: SignedOn, entry: Row | None, serial: str) -> Row:
        if entry is None:
            raise Refused("error.payment.no_such_serial", serial=spoken(serial))
        if (entry["teller_no"], entry["branch_no"], entry["till_no"]) != (who.staff_no, who.branch_no, who.till_no):
            raise NotAllowed(
                "error.payment.not_the_asker",
                serial=spoken(serial),
                teller=entry["teller_no"],
                till=entry["till_no"],
            )
        return entry

    def _guarded(self, connection: Connection, who: SignedOn, entry: Row, command: GoOn) -> dict[str, Any]:
        """Everything that was looked at when it was asked for, as it is now. Gives what the step's effects need."""
        paid = connection.execute(select(PAYMENT).where(PAYMENT.c.serial == entry["serial"])).mappings().one()
        bill = self._quotes.get(connection, paid["quote_id"])
        biller = self._billers[bill.biller_code]
        self._check_biller(connection, biller.code)
        check_hours(biller, self._clock)
        if self._clock.now() > bill.valid_until:
            raise Refused("error.payment.quote_expired_meanwhile", serial=spoken(entry["serial"]))
        biller.check_amount(bill.total_fen, entry["amount_fen"])
        given: dict[str, Any] = {"bill": bill}
        if entry["method"] == Method.ACCOUNT:
            return given | {"account": self._consent(entry["serial"], paid["account_sealed"], command)}
        least_fen = self._identity_from_fen(connection)
        basket = basket_book.of_request(connection, entry["request_id"])
        whole_fen = entry["amount_fen"] if basket is None else basket["total_fen"]
        if whole_fen >= least_fen and paid["identity_sealed"] is None:
            raise Refused("error.payment.identity_needed", least=format_fen(least_fen))
        till = self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
        return given | {"till_session": till}

    def _consent(self, serial: str, sealed: bytes, command: GoOn) -> AccountAuthority:
        """The customer's consent, given anew, to the debit that was approved and to no other."""
        approved, told = self._subject.account(serial, sealed), consent(command.account)
        if approved is None or (told.account_no, told.voucher_no) != (approved.account_no, approved.voucher_no):
            raise Refused("error.payment.other_account", serial=spoken(serial))
        return told

    def _still_waits(self, serial: str) -> bool:
        """Whether the payment still waits for its approval, or there is none."""
        with self._store.read() as session:
            entry = entries.by_serial(session.connection(), serial)
        return entry is None or entry["state"] == PENDING_APPROVAL
