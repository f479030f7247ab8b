"""Taking a payment: one request, one entry, whatever is pressed how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.states import UseCase
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import cancelling, large_cash, shown, states, trouble
from tellerdesk.bills.accounts import consent
from tellerdesk.bills.approval import PaymentSubject, RulesInForce, asked_for, judged
from tellerdesk.bills.approved import looked_up
from tellerdesk.bills.basket_book import PartOf
from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, GoOn, Method, PayBill, RetryReversal
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.duplicates import Duplicates
from tellerdesk.bills.going_on import GoingOn
from tellerdesk.bills.lookup import check_hours, short_of
from tellerdesk.bills.payment_flow import BALANCE, PAYMENT
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.bills.refund_note import RefundOf, no_refund
from tellerdesk.bills.views import PaymentView
from tellerdesk.clock import Clock
from tellerdesk.errors import Conflict, LeaseLost, Refused, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Held, Runner, Watch, payload_hash
from tellerdesk.journal.states import CashReturn
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_account, typed
from tellerdesk.till.drawer import Drawer

_PAID = select(PAYMENT, BALANCE.c.balance_fen).outerjoin(BALANCE, BALANCE.c.serial == PAYMENT.c.serial)


_IN_SUSPENSE = {
    CashReturn.SUSPENDING: "error.payment.cash_suspending",
    CashReturn.SUSPENSE: "error.payment.cash_in_suspense",
}
"""Why cash that was due back cannot be handed out as such any more."""


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
        consumers: Consumers,
        duplicates: Duplicates,
        billers: Mapping[str, Biller],
        identity_from_fen: Callable[[Connection], int],
        check_biller: Callable[[Connection, str], None],
        teller_name: Callable[[Connection, str], str],
        book: ApprovalBook,
        subject: PaymentSubject,
        rules: Callable[[Connection], RulesInForce],
        refund_of: RefundOf = no_refund,
    ) -> None:
        """From `identity_from_fen` of cash on, the payer's identity is asked for; `check_biller` raises Refused where a
        biller is not any more what it was when the desk was opened; `rules` tells those in force. All three are asked
        anew for each payment. `refund_of` tells of the refund of a payment that stands or may stand."""
        self._refund_of = refund_of
        self._store = store
        self._vault = vault
        self._clock = clock
        self._audit = audit
        self._runner = runner
        self._drawer = drawer
        self._quotes = quotes
        self._consumers = consumers
        self._duplicates = duplicates
        self._identity_from_fen = identity_from_fen
        self._check_biller = check_biller
        self._billers = billers
        self._teller_name = teller_name
        self._book = book
        self._subject = subject
        self._rules = rules
        self._going_on = GoingOn(
            store=store,
            clock=clock,
            audit=audit,
            runner=runner,
            drawer=drawer,
            quotes=quotes,
            billers=billers,
            book=book,
            subject=subject,
            identity_from_fen=identity_from_fen,
            check_biller=check_biller,
        )

    def pay(self, who: SignedOn, command: PayBill, watch: Watch | None = None) -> PaymentView:
        """Takes the payment and carries it as far as it goes while the teller waits. Where a rule asks for an approval,
        the bill is spoken for and nothing moves before `go_on`.

        Whatever happens after the intent is committed comes back as a view, not as an error, as long as the store can
        be read. A repeated request id gives the first one's payment as it stands.

        Raises Refused, Conflict, BadInput before anything moved; StoreUnavailable naming the serial where the outcome
        could not be written (recovery then goes on with it) or cannot be read.
        """
        serial = self.take(who, command, watch)
        try:
            return self.payment(serial)
        except StoreUnavailable as error:
            raise trouble.not_kept(serial, command.method) from error

    def take(self, who: SignedOn, command: PayBill, watch: Watch | None = None, part: PartOf | None = None) -> str:
        """`pay` without the view: the serial of the payment, maybe part of a basket. Raises what `pay` raises."""
        command = _checked(command)
        asked = self._asked(who, command)
        try:
            held, serial = self._begin(who, command, asked, part)
        except StoreUnavailable as error:
            if error.message_id == UNSURE:
                return self._looked_up(command)
            raise trouble.not_started(command.method, error) from error
        if held is not None:
            self.carry(held, who.staff_no, serial, live=True, watch=watch)
        return serial

    def go_on(self, who: SignedOn, command: GoOn, watch: Watch | None = None) -> PaymentView:
        """Carries out a payment that was approved, as far as it goes while the teller waits. Pressed again, it gives
        the payment as it stands; so it does where the request has ended otherwise.

        Raises BadInput, NotAllowed (not the one who asked, or at another till), Refused (not approved, or what was
        looked at then does not hold any more), TamperFound (not what was approved; audited) before anything moved;
        StoreUnavailable as `pay` does.
        """
        try:
            held = self._going_on.begin(who, command)
        except Refused:
            ended = self._runner.claim(command.serial)
            if ended is None:
                raise
            self.carry(ended, who.staff_no, command.serial, live=False, watch=None)
            return self.payment(command.serial)
        except StoreUnavailable as error:
            return looked_up(
                error,
                lambda: self.payment(command.serial),
                command.serial,
                unsure="error.payment.go_on_unsure",
                not_begun="error.payment.not_gone_on",
            )
        if held is None:
            return self.payment(command.serial)
        self.carry(held, who.staff_no, command.serial, live=True, watch=watch)
        try:
            return self.payment(command.serial)
        except StoreUnavailable as error:
            raise trouble.not_kept(command.serial, held.entry["method"]) from error

    def ask_again(self, command: AskAgain, by: str) -> PaymentView:
        """Asks the counterparts again now, if nobody is doing so at this moment; ends a request whose time is over."""
        held = self._runner.claim(command.serial)
        if held is not None:
            self.carry(held, by, command.serial, live=False, watch=None)
        return self.payment(command.serial)

    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned) -> PaymentView:
        """Books the cash that went back over the counter, once; a repeated confirmation changes nothing."""
        before = self.payment(command.serial)
        if before.cash_return == "RETURNED":
            return before
        if before.cash_return in {CashReturn.SUSPENDING, CashReturn.SUSPENSE}:
            raise Refused(_IN_SUSPENSE[before.cash_return], serial=spoken(command.serial))
        if before.state == states.CANCELLED and before.till_no != who.till_no:
            raise Refused("error.cancel.other_till", till=before.till_no)  # core has credited that till's account
        with self._store.read() as session:
            till = self._drawer.open_session(session.connection(), who.branch_no, who.till_no, who.staff_no)
        self._runner.fire(command.serial, "cash_returned", by=who.staff_no, given={"till_session": till})
        return self.payment(command.serial)

    def retry_reversal(self, who: SignedOn, command: RetryReversal) -> PaymentView:
        """A supervisor has a reversal that was given up sent once more. Raises Refused where its money is being booked
        to refunds payable instead."""
        if self.payment(command.serial).state in {states.REVERSE_SUSPENDING, states.CANCEL_SUSPENDING}:
            raise Refused("error.payment.suspending", serial=spoken(command.serial))
        held = self._runner.fire(command.serial, "retry", by=who.staff_no, given={})
        if held is not None:
            self.carry(held, who.staff_no, command.serial, live=False, watch=None)
        return self.payment(command.serial)

    def payment(self, serial: str) -> PaymentView:
        """A payment as it stands. Raises Refused where there is none."""
        with self._store.read() as session:
            connection = session.connection()
            entry = entries.by_serial(connection, serial)
            if entry is None or entry["flow"] != states.FLOW:
                raise Refused("error.payment.no_such_serial", serial=spoken(serial))
            return self.view(connection, entry)

    def recent(self, who: SignedOn, most: int) -> tuple[PaymentView, ...]:
        """The newest payments of the person's till, newest first."""
        with self._store.read() as session:
            connection = session.connection()
            rows = entries.recent(connection, flow=states.FLOW, branch_no=who.branch_no, till_no=who.till_no, most=most)
            return tuple(self.view(connection, row) for row in rows)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _asked(self, who: SignedOn, command: PayBill) -> str:
        """What a repeated request must be equal in. Account and persons enter blinded: a bare hash of so few digits
        could be guessed. A PIN block is another one each time, and no content."""
        asked: dict[str, Any] = {
            "quote_id": command.quote_id,
            "amount_fen": command.amount_fen,
            "tendered_fen": command.tendered_fen,
            "method": command.method.value,
            "staff_no": who.staff_no,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
        }
        if command.account is not None:
            asked["account"] = self._blinded(f"{command.account.account_no} {command.account.voucher_no}")
        if command.identity is not None:
            asked["identity"] = self._blinded(large_cash.written(command.identity))
        return payload_hash(canonical_json(asked))

    def _blinded(self, text: str) -> str:
        return self._vault.blind(text, column="journal_entry.payload_hash").hex()

    def _begin(
        self, who: SignedOn, command: PayBill, asked: str, part: PartOf | None = None
    ) -> tuple[Held | None, str]:
        try:
            return self._begin_or_find(who, command, asked, part)
        except IntegrityError:
            # The same request was written between our look and our row; now we see it.
            return self._begin_or_find(who, command, asked, part)

    def _begin_or_find(
        self, who: SignedOn, command: PayBill, asked: str, part: PartOf | None
    ) -> tuple[Held | None, str]:
        whole_fen = command.amount_fen if part is None else part.total_fen
        with self._store.write("payment.intent") as unit:
            connection = unit.connection
            first = entries.by_request(connection, command.request_id)
            if first is not None:
                if first["payload_hash"] != asked:
                    raise Conflict("error.payment.other_contents", serial=spoken(first["serial"]))
                return None, str(first["serial"])
            bill = self._quotes.get(connection, command.quote_id)
            biller = self._billers[bill.biller_code]
            self._guard(connection, command, biller, bill, whole_fen)
            claims = self._consumers.claim_keys(biller, bill)
            verdict = judged(connection, self._rules(connection), who, command, biller, self._clock, whole_fen)
            if part is not None:
                part.keep(connection)
            given = {
                "who": who,
                "asked": lambda serial: self._subject.asked(connection, serial, command, biller, bill, verdict),
                "bill": bill,
                "claims": claims,
                "tendered_fen": command.tendered_fen,
                "account": command.account,
                "identity": command.identity,
            }
            if command.method is Method.CASH:
                till = self._drawer.open_session(connection, who.branch_no, who.till_no, who.staff_no)
                given["till_session"] = till
            try:
                held = self._runner.begin(
                    unit,
                    states.FLOW,
                    self._columns(who, command, asked, bill, biller) | {"rules": verdict.written},
                    event="submit_for_approval" if verdict.hits else "submit",
                    by=who.staff_no,
                    given=given,
                )
            except Conflict:
                with self._store.read() as session:
                    raise trouble.spoken_for(session.connection(), claims, command.method) from None
            serial = str(held.entry["serial"])
            if not command.knows_paid_before:
                self._warn(connection, biller, bill, serial)
            told = _for_the_audit(biller, command) | ({} if part is None else {"basket": part.basket_id})
            self._audit.write(unit.session, who.staff_no, "payment.submitted", serial, told)
            unit.commit()
        return held, serial

    def _looked_up(self, command: PayBill) -> str:
        """After an intent's commit whose answer was lost: the serial if it stands (nothing was sent; recovery undoes
        it). Raises StoreUnavailable saying that nothing began, or that even this is not known."""
        try:
            with self._store.read() as session:
                entry = entries.by_request(session.connection(), command.request_id)
        except StoreUnavailable as error:
            raise trouble.unsure(command.method) from error
        if entry is None:
            raise trouble.not_started(command.method)
        return str(entry["serial"])

    def _guard(self, connection: Connection, command: PayBill, biller: Biller, bill: KeptBill, whole_fen: int) -> None:
        """`whole_fen` is what the customer brings all in all: a limit is not evaded by paying bill by bill."""
        self._check_biller(connection, biller.code)
        check_hours(biller, self._clock)
        biller.check_amount(bill.total_fen, command.amount_fen)
        if command.method is Method.CASH:
            short = short_of(command.amount_fen, command.tendered_fen)
            if short is not None:
                raise short
            least_fen = self._identity_from_fen(connection)
            if whole_fen >= least_fen and command.identity is None:
                raise Refused("error.payment.identity_needed", least=format_fen(least_fen))
        elif command.tendered_fen:
            raise Refused("error.payment.cash_with_account")
        if self._clock.now() > bill.valid_until:
            raise Refused("error.payment.quote_expired")

    def _warn(self, connection: Connection, biller: Biller, bill: KeptBill, serial: str) -> None:
        """Raises Refused naming the newest payment that may be the same one; this one, with `serial`, is not kept."""
        for before in self._duplicates.of(connection, biller, bill, but_for=serial):
            raise Refused(
                "error.payment.paid_before",
                serial=spoken(before.serial),
                teller=before.teller_no,
                amount=format_fen(before.amount_fen),
            )

    def _columns(self, who: SignedOn, command: PayBill, asked: str, bill: KeptBill, biller: Biller) -> dict[str, Any]:
        return {
            "request_id": command.request_id,
            "payload_hash": asked,
            "branch_no": who.branch_no,
            "till_no": who.till_no,
            "teller_no": who.staff_no,
            "counterpart": biller.code,
            "customer_name": bill.customer_name,
            "amount_fen": command.amount_fen,
            "method": command.method.value,
        } | self._consumers.columns(biller, bill.consumer_no, command.request_id)

    def carry(self, held: Held, by: str, serial: str, *, live: bool, watch: Watch | None) -> None:
        """Drives an entry as far as it goes. Raises StoreUnavailable where what became of it could not be kept."""
        try:
            if live:
                self._runner.drive(held, by=by, live=True, watch=watch)
            else:
                self._runner.resume(held, by=by)
        except LeaseLost:
            pass  # another worker carries it on; the view shows how far it is
        except StoreUnavailable as error:
            raise trouble.not_kept(serial, held.entry["method"]) from error

    def debited(self, connection: Connection, entry: dict[str, Any]) -> str:
        """The number of the account a payment is taken from; empty for cash."""
        sealed = connection.execute(select(PAYMENT.c.account_sealed).where(PAYMENT.c.serial == entry["serial"]))
        account = self._subject.account(entry["serial"], sealed.scalar_one())
        return "" if account is None else account.account_no

    def view(self, connection: Connection, entry: dict[str, Any]) -> PaymentView:
        """A payment as it stands, in the caller's session."""
        paid = dict(connection.execute(_PAID.where(PAYMENT.c.serial == entry["serial"])).one()._mapping)
        bill = self._quotes.get(connection, paid["quote_id"])
        legs = entries.legs(connection, entry["serial"])
        name = self._teller_name(connection, entry["teller_no"])
        account = self._subject.account(entry["serial"], paid["account_sealed"])
        paid["account_no"] = "" if account is None else mask_account(account.account_no)
        approval = self._book.newest(connection, UseCase.PAYMENT, entry["serial"]) if asked_for(entry) else None
        tried = cancelling.newest(connection, entry["serial"])
        cancellation = None
        if tried is not None:
            cancellation = tried, self._book.newest(connection, UseCase.CANCELLATION, entry["serial"])
        refund = self._refund_of(connection, entry["serial"])
        biller = self._billers[bill.biller_code]
        return shown.payment(biller, bill, entry, paid, legs, name, approval, cancellation, refund)


def _for_the_audit(biller: Biller, command: PayBill) -> dict[str, str | int]:
    """What was asked for; that a payment made before was known is said where it was, persons by their document."""
    told: dict[str, str | int] = {"biller": biller.code, "amount_fen": command.amount_fen}
    known = {"paid_before": "known"} if command.knows_paid_before else {}
    return told | {"method": command.method.value} | known | large_cash.kinds(command.identity)


def _checked(command: PayBill) -> PayBill:
    """The command with what names account and persons folded and checked. Raises BadInput, Refused."""
    account = consent(command.account) if command.method is Method.ACCOUNT else None
    identity = None if command.identity is None else large_cash.checked(command.identity)
    reason = typed(command.reason, field="reason", most=200)
    return replace(command, account=account, identity=identity, reason=reason)
