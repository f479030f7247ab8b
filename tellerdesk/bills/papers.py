"""Paper for a payment: the receipt when it stands, the processing slip while its outcome is not known, the cancellation
slip once it was taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from tellerdesk.bills import combined_receipts
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.views import CancellationView, CancelOutcome, PaymentView
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import BillPaper, DocumentKind, DocumentView, PrintedLine
from tellerdesk.errors import NotAllowed, Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.serials import spoken
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

NotHeld = Callable[[Connection, str], bool]
"""Whether the biller has said of a payment that stands that it cancelled it after all, and nobody has settled that."""

_KIND = {
    Word.PAID: DocumentKind.BILL_RECEIPT,
    Word.PROCESSING: DocumentKind.PROCESSING_SLIP,
    Word.CANCELLED: DocumentKind.CANCELLATION_SLIP,
}
_BEING_CANCELLED = frozenset({CancelOutcome.ASKED, CancelOutcome.UNDER_WAY})


@dataclass(frozen=True, slots=True)
class House:
    """What every paper says of the bank and the branch."""

    bank: Bilingual
    branch: Bilingual
    training: bool


def holds_all(connection: Connection, serial: str) -> bool:  # noqa: ARG001 (a house without open questions)
    """Every biller holds what it has taken."""
    return False


def paper_no(papers: Papers, store: Store | None, who: SignedOn, serial: str) -> str:
    """The number of the paper the customer had for a payment: its receipt, the one it shared with others of its basket,
    or the slip; empty where none was issued."""
    if own := papers.number(who, serial, DocumentKind.BILL_RECEIPT):
        return own
    combined = ""
    if store is not None:
        with store.read() as session:
            combined = combined_receipts.number_of(session.connection(), serial)
    return combined or papers.number(who, serial, DocumentKind.PROCESSING_SLIP)


def shared_receipt(store: Store, payments: Payments, serial: str) -> str:
    """The serial of the receipt a payment shares with others, as long as that is good; empty where there is none."""
    with store.read() as session:
        connection = session.connection()
        on_serial = combined_receipts.on_which(connection, serial)
        serials = combined_receipts.members(connection, on_serial) if on_serial else []
    is_good = on_serial and not combined_receipts.is_void([payments.payment(each) for each in serials])
    return on_serial if is_good else ""


class BillPapers:
    """Issues the paper that fits a payment's outcome."""

    def __init__(
        self,
        staff: StaffRoom,
        papers: Papers,
        payments: Payments,
        house: House,
        store: Store | None = None,
        not_held: NotHeld = holds_all,
    ) -> None:
        """Where there are baskets, `store` tells which payment is on a receipt with others."""
        self.staff = staff
        self._not_held = not_held
        self._store = store
        self._papers = papers
        self._payments = payments
        self._house = house

    @permits(Permission.ISSUE_DOCUMENT)
    def issue(self, who: SignedOn, serial: str) -> DocumentView:
        """The receipt of a payment that stands, the slip of one whose outcome is not known, the cancellation slip of
        one that was taken back; the same one each time.

        Raises Refused where the payment did not stand (its cash goes back and no paper out), waits for its approval
        (nothing was taken yet), is on a receipt with others of its basket, is being cancelled or refunded (neither
        paper would be true), was cancelled and its cash is not back yet (the slip says it is), was cancelled by nobody
        at a desk, or stands while its biller says that it cancelled it; DocumentFailed where rendering or saving
        failed: the payment is not touched.
        """
        payment = self._payments.payment(serial)
        if payment.branch_no != who.branch_no:
            raise NotAllowed("error.payment.other_branch", branch=payment.branch_no)
        if payment.word is Word.AWAITING:
            raise Refused("error.document.awaiting_approval", serial=spoken(serial))
        if combined_receipts.is_being_refunded(payment):
            raise Refused("error.document.being_refunded", serial=spoken(serial))
        kind, taken_back = _KIND.get(payment.word), payment.cancellation
        if kind is None or (payment.word is Word.CANCELLED and taken_back is None):
            raise Refused("error.document.nothing_to_print", serial=spoken(serial))
        if taken_back is not None and taken_back.outcome in _BEING_CANCELLED:
            raise Refused("error.document.being_cancelled", serial=spoken(serial))
        if payment.word is Word.CANCELLED and payment.cash_return in {CashReturn.SUSPENDING, CashReturn.SUSPENSE}:
            raise Refused("error.document.cash_in_suspense", serial=spoken(serial))
        if payment.word is Word.CANCELLED and payment.cash_return is CashReturn.DUE:
            raise Refused("error.document.cash_first", serial=spoken(serial))

        if kind is DocumentKind.BILL_RECEIPT:
            if self._is_not_held(serial):
                raise Refused("error.document.not_held", serial=spoken(serial))
            self._refuse_a_second(serial)

        def paper(number: str, verify_code: str, printed_at: datetime) -> BillPaper:
            shown = self._paper(payment, kind, number, verify_code, printed_at)
            if kind is not DocumentKind.CANCELLATION_SLIP or taken_back is None:
                return shown
            return self._taken_back(shown, payment, taken_back, original_no, who)

        original_no = ""
        if kind is DocumentKind.CANCELLATION_SLIP:
            original_no = paper_no(self._papers, self._store, who, serial)
        return self._papers.issue(who, paper, kind=kind, serial=serial)

    def _is_not_held(self, serial: str) -> bool:
        if self._store is None:
            return False
        with self._store.read() as session:
            return self._not_held(session.connection(), serial)

    def _refuse_a_second(self, serial: str) -> None:
        """Raises Refused where the payment is on a receipt with others that is good."""
        if self._store is None:
            return
        if shared_receipt(self._store, self._payments, serial):
            with self._store.read() as session:
                number = combined_receipts.number_of(session.connection(), serial)
            raise Refused("error.document.on_combined", serial=spoken(serial), number=number)

    def _taken_back(
        self,
        paper: BillPaper,
        payment: PaymentView,
        cancellation: CancellationView,
        original_no: str,
        who: SignedOn,
    ) -> BillPaper:
        """The same with what a cancellation adds; who took the payment back stands where else who took it in does."""
        names = {payment.teller_no: payment.teller_name, who.staff_no: who.name}
        answered = [leg.answered_at for leg in payment.legs if leg.answered_at is not None]
        return replace(
            paper,
            teller_no=cancellation.asked_by,
            teller_name=names.get(cancellation.asked_by, ""),
            cancelled_at=max([cancellation.asked_at, *answered]),
            original_no=original_no,
            cancel_serial=cancellation.cancel_serial,
        )

    def _paper(
        self, payment: PaymentView, kind: DocumentKind, number: str, verify_code: str, printed_at: datetime
    ) -> BillPaper:
        return BillPaper(
            kind=kind,
            number=number,
            bank_zh=self._house.bank.zh_CN,
            bank_en=self._house.bank.en,
            branch_zh=self._house.branch.zh_CN,
            branch_en=self._house.branch.en,
            branch_no=payment.branch_no,
            till_no=payment.till_no,
            teller_no=payment.teller_no,
            teller_name=payment.teller_name,
            serial=payment.serial,
            core_serial=payment.core_serial,
            biller_serial=payment.biller_serial,
            accounting_date=payment.accounting_date,
            made_at=payment.made_at,
            printed_at=printed_at,
            biller_zh=payment.biller_name.zh_CN,
            biller_en=payment.biller_name.en,
            item_zh=payment.item.zh_CN,
            item_en=payment.item.en,
            consumer_no=payment.consumer_no,
            customer_name=payment.customer_name,
            address=payment.address,
            lines=tuple(
                PrintedLine(line.period, line.item.zh_CN, line.item.en, line.amount_fen) for line in payment.lines
            ),
            late_fee_fen=payment.late_fee_fen,
            fee_fen=0,
            amount_fen=payment.amount_fen,
            tendered_fen=payment.tendered_fen,
            change_fen=payment.change_fen,
            verify_code=verify_code,
            training=self._house.training,
            account_no=payment.account_no,
            outstanding_fen=payment.outstanding_fen,
            balance_fen=payment.balance_fen,
            facts=tuple((fact.label, fact.value) for fact in payment.facts),
        )
