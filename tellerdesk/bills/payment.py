"""Taking a payment: one request, one entry, whatever is pressed how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import shown, states
from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, Method, PayBill, RetryReversal
from tellerdesk.bills.lookup import short_of
from tellerdesk.bills.payment_flow import CLAIM, PAYMENT, claim_keys
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.bills.views import PaymentView
from tellerdesk.clock import Clock
from tellerdesk.errors import Conflict, LeaseLost, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch, payload_hash
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.vault import Vault, last_four
from tellerdesk.till.drawer import Drawer

_NOT_STARTED = {
    "error.store.locked": "error.payment.not_started.locked",
    "error.store.full": "error.payment.not_started.full",
}
"""Why the store could not take the intent, as the teller reads it."""


class Payments:
    """The use cases around a payment. Every one of them may be repeated."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        audit: AuditTrail,
        runner: Runner,
        drawer: Drawer,
        quotes: Quotes,
        billers: Mapping[str, Biller],
        teller_name: Callable[[Connection, str], str],
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._audit = audit
        self._runner = runner
        self._drawer = drawer
        self._quotes = quotes
        self._billers = billers
        self._teller_name = teller_name

    def pay(self, who: SignedOn, command: PayBill, watch: Watch | None = None) -> PaymentView:
        """Takes the payment and carries it as far as it goes while the teller waits.

        Whatever happens after the intent is committed comes back as a view, not as an error, as long as the store can
        be read. A repeated request id gives the first one's payment as it stands.

        Raises Refused, Conflict, BadInput before anything moved; StoreUnavailable naming the serial where the outcome
        could not be written (recovery then goes on with it) or cannot be read.
        """
        serial = self.take(who, command, watch)
        try:
            return self.payment(serial)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.payment.outcome_not_kept", serial=spoken(serial)) from error

    def take(self, who: SignedOn, command: PayBill, watch: Watch | None = None) -> str:
        """`pay` without the view: the serial of the payment. Raises what `pay` raises."""
        asked = self._asked(who, command)
        try:
            held, serial = self._begin(who, command, asked)
        except StoreUnavailable as error:
            if error.message_id == UNSURE:
                return self._looked_up(command.request_id)
            raise StoreUnavailable(_NOT_STARTED.get(error.message_id, "error.payment.not_started")) from error
        if held is not None:
            self._carry(held, who.staff_no, serial, live=True, watch=watch)
        return serial

    def ask_again(self, command: AskAgain, by: str) -> PaymentView:
        """Asks the counterparts again now, if nobody is doing so at this moment."""
        held = self._runner.claim(command.serial)
        if held is not None:
            self._carry(held, by, command.serial, live=False, watch=None)
        return self.payment(command.serial)

    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned) -> PaymentView:
        """Books the cash that went back over the counter, once; a repeated confirmation changes nothing."""
        before = self.payment(command.serial)
        if before.cash_return == "RETURNED":
            return before
        with self._store.read() as session:
            till = self._drawer.open_session(session.connection(), who.branch_no, who.till_no, who.staff_no)
        self._runner.fire(command.serial, "cash_returned", by=who.staff_no, given={"till_session": till})
        return self.payment(command.serial)

    def retry_reversal(self, who: SignedOn, command: RetryReversal) -> PaymentView:
        """A supervisor has a reversal that was given up sent once more."""
        held = self._runner.fire(command.serial, "retry", by=who.staff_no, given={})
        if held is not None:
            self._carry(held, who.staff_no, command.serial, live=False, watch=None)
        return self.payment(command.serial)

    def payment(self, serial: str) -> PaymentView:
        """A payment as it stands. Raises Refused where there is none."""
        with self._store.read() as session:
            connection = session.connection()
            entry = entries.by_serial(connection, serial)
            if entry is None:
                raise Refused("error.payment.no_such_serial", serial=spoken(serial))
            return self._view(connection, entry)

    def recent(self, who: SignedOn, most: int) -> tuple[PaymentView, ...]:
        """The newest payments of the person's till, newest first."""
        with self._store.read() as session:
            connection = session.connection()
            rows = entries.recent(connection, flow=states.FLOW, branch_no=who.branch_no, till_no=who.till_no, most=most)
            return tuple(self._view(connection, row) for row in rows)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _asked(self, who: SignedOn, command: PayBill) -> str:
        return payload_hash(
            canonical_json(
                {
                    "quote_id": command.quote_id,
                    "amount_fen": command.amount_fen,
                    "tendered_fen": command.tendered_fen,
                    "method": command.method.value,
                    "staff_no": who.staff_no,
                    "branch_no": who.branch_no,
                    "till_no": who.till_no,
                }
            )
        )

    def _begin(self, who: SignedOn, command: PayBill, asked: str) -> tuple[Held | None, str]:
        try:
            return self._begin_or_find(who, command, asked)
        except IntegrityError:
            # The same request was written between our look and our row; now we see it.
            return self._begin_or_find(who, command, asked)

    def _begin_or_find(self, who: SignedOn, command: PayBill, asked: str) -> tuple[Held | None, str]:
        with self._store.write("payment.intent") as unit:
            connection = unit.connection
            first = entries.by_request(connection, command.request_id)
            if first is not None:
                if first["payload_hash"] != asked:
                    raise Conflict("error.payment.other_contents", serial=spoken(first["serial"]))
                return None, str(first["serial"])
            bill = self._quotes.get(connection, command.quote_id)
            biller = self._billers[bill.biller_code]
            self._guard(command, bill)
            till = self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
            try:
                held = self._runner.begin(
                    unit,
                    states.FLOW,
                    self._columns(who, command, asked, bill, biller),
                    event="submit",
                    by=who.staff_no,
                    given={"bill": bill, "till_session": till, "tendered_fen": command.tendered_fen},
                )
            except Conflict:
                raise self._already(bill) from None
            serial = str(held.entry["serial"])
            self._audit.write(
                unit.session,
                who.staff_no,
                "payment.submitted",
                serial,
                {"biller": biller.code, "amount_fen": command.amount_fen, "method": command.method.value},
            )
            unit.commit()
        return held, serial

    def _looked_up(self, request_id: str) -> str:
        """After an intent's commit whose answer was lost: the serial if it stands (nothing was sent; recovery undoes
        it). Raises StoreUnavailable saying that nothing began, or that even this is not known."""
        try:
            with self._store.read() as session:
                entry = entries.by_request(session.connection(), request_id)
        except StoreUnavailable as error:
            raise StoreUnavailable("error.payment.unsure") from error
        if entry is None:
            raise StoreUnavailable("error.payment.not_started")
        return str(entry["serial"])

    def _guard(self, command: PayBill, bill: KeptBill) -> None:
        if command.amount_fen != bill.total_fen:
            raise Refused("error.payment.not_exact", due=format_fen(bill.total_fen))
        short = short_of(command.amount_fen, command.tendered_fen)
        if short is not None:
            raise short
        if self._clock.now() > bill.valid_until:
            raise Refused("error.payment.quote_expired")

    def _columns(self, who: SignedOn, command: PayBill, asked: str, bill: KeptBill, biller: Biller) -> dict[str, Any]:
        personal = biller.consumer.personal
        columns: dict[str, Any] = {
            "request_id": command.request_id,
            "payload_hash": asked,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
            "teller_no": who.staff_no,
            "counterpart": biller.code,
            "consumer_no": None if personal else bill.consumer_no,
            "consumer_sealed": None,
            "consumer_index": None,
            "consumer_last4": last_four(bill.consumer_no),
            "customer_name": bill.customer_name,
            "amount_fen": command.amount_fen,
            "method": Method(command.method).value,
        }
        if personal:
            place = "journal_entry.consumer_no"
            columns["consumer_sealed"] = self._vault.seal(bill.consumer_no, column=place, row=command.request_id)
            columns["consumer_index"] = self._vault.blind(bill.consumer_no, column=place)
        return columns

    def _already(self, bill: KeptBill) -> Conflict:
        """Names the payment that has spoken for a month of this bill."""
        with self._store.read() as session:
            connection = session.connection()
            serial = connection.execute(
                select(CLAIM.c.serial).where(CLAIM.c.claim_key.in_(claim_keys(bill))).limit(1)
            ).scalar_one_or_none()
            entry = entries.by_serial(connection, serial) if serial is not None else None
        if entry is None:
            return Conflict("error.payment.just_given_up")
        word = states.STATES[entry["state"]].word
        message = "error.payment.already_paid" if word == "PAID" else "error.payment.already_under_way"
        return Conflict(
            message, serial=spoken(entry["serial"]), teller=entry["teller_no"], amount=format_fen(entry["amount_fen"])
        )

    def _carry(self, held: Held, by: str, serial: str, *, live: bool, watch: Watch | None) -> None:
        try:
            if live:
                self._runner.drive(held, by=by, live=True, watch=watch)
            else:
                self._runner.resume(held, by=by)
        except LeaseLost:
            pass  # another worker carries it on; the view shows how far it is
        except StoreUnavailable as error:
            raise StoreUnavailable("error.payment.outcome_not_kept", serial=spoken(serial)) from error

    def _view(self, connection: Connection, entry: dict[str, Any]) -> PaymentView:
        paid = connection.execute(select(PAYMENT).where(PAYMENT.c.serial == entry["serial"])).one()._mapping
        bill = self._quotes.get(connection, paid["quote_id"])
        legs = entries.legs(connection, entry["serial"])
        name = self._teller_name(connection, entry["teller_no"])
        return shown.payment(self._billers[bill.biller_code], bill, entry, dict(paid), legs, name)
