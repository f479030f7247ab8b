"""Paper for a basket: one receipt for all that stands, or one each; a slip for what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tellerdesk.bills import combined_receipts
from tellerdesk.bills.basket import Baskets
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.combined_receipts import MOST_ON_ONE, is_being_refunded
from tellerdesk.bills.papers import BillPapers, House, NotHeld, holds_all, shared_receipt
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import BillPaper, DocumentKind, DocumentView
from tellerdesk.errors import Refused
from tellerdesk.journal.states import Word
from tellerdesk.serials import spoken
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

_BEING_CANCELLED = frozenset({CancelOutcome.ASKED, CancelOutcome.UNDER_WAY})


class BasketPapers:
    """Issues the papers of a basket. No payment is on two receipts: what was issued is given again."""

    def __init__(
        self,
        staff: StaffRoom,
        store: Store,
        baskets: Baskets,
        payments: Payments,
        bill_papers: BillPapers,
        papers: Papers,
        house: House,
        not_held: NotHeld = holds_all,
    ) -> None:
        self.staff = staff
        self._store = store
        self._baskets = baskets
        self._payments = payments
        self._bill_papers = bill_papers
        self._papers = papers
        self._house = house
        self._not_held = not_held

    @permits(Permission.ISSUE_DOCUMENT)
    def issue(self, who: SignedOn, basket_id: str, combined: bool = True) -> tuple[DocumentView, ...]:
        """The papers of a basket of the person's branch, in the order of its list. With `combined` those that stand
        and have no receipt yet share one, as far as they were posted on one day and find room on one sheet.

        Raises Refused where nothing of it can be printed, or a payment on its receipt is being cancelled or refunded,
        or its biller says that it has cancelled it after all; DocumentFailed: no payment is touched.
        """
        view = self._baskets.basket(who, basket_id)
        wanted = [each for each in view.of(Word.PAID, Word.PROCESSING) if self._is_true_of(each)]
        if not wanted:
            raise Refused("error.basket.nothing_to_print")
        if combined:
            self._join([each for each in wanted if each.word is Word.PAID])
        issued: dict[str, DocumentView] = {}
        for payment in wanted:
            is_paid = payment.word is Word.PAID
            on_serial = shared_receipt(self._store, self._payments, payment.serial) if is_paid else ""
            document = (
                self._combined(who, on_serial, view) if on_serial else self._bill_papers.issue(who, payment.serial)
            )
            issued.setdefault(document.number, document)
        return tuple(issued.values())

    def _is_true_of(self, payment: PaymentView) -> bool:
        """Whether what a paper would say of the payment stands."""
        return not _is_being_taken_back(payment) and not self._is_not_held(payment.serial)

    def _is_not_held(self, serial: str) -> bool:
        with self._store.read() as session:
            return self._not_held(session.connection(), serial)

    def _join(self, paid: Sequence[PaymentView]) -> None:
        """Puts on one receipt what has none yet."""
        with self._store.write("basket.combined") as unit:
            connection = unit.connection
            own = combined_receipts.with_own_receipt(connection, [each.serial for each in paid])
            free = [
                each
                for each in paid
                if each.serial not in own and not combined_receipts.on_which(connection, each.serial)
            ]
            for group in _groups(free):
                if len(group) > 1:
                    combined_receipts.join(connection, [each.serial for each in group])
            unit.commit()

    def _combined(self, who: SignedOn, on_serial: str, view: BasketView) -> DocumentView:
        with self._store.read() as session:
            serials = combined_receipts.members(session.connection(), on_serial)
        payments = [self._payments.payment(serial) for serial in serials]
        for payment in filter(_is_being_cancelled, payments):
            raise Refused("error.document.being_cancelled", serial=spoken(payment.serial))
        for payment in filter(is_being_refunded, payments):
            raise Refused("error.document.being_refunded", serial=spoken(payment.serial))
        for serial in filter(self._is_not_held, serials):
            raise Refused("error.document.not_held", serial=spoken(serial))
        whole = {each.serial for each in view.of(Word.PAID)} == set(serials) and len(serials) == len(view.lines)
        cash = (view.tendered_fen, view.tendered_fen - view.total_fen) if whole else None

        def paper(number: str, verify_code: str, printed_at: datetime) -> BillPaper:
            return combined_receipts.paper(
                payments,
                bank=self._house.bank,
                branch=self._house.branch,
                training=self._house.training,
                cash=cash,
                number=number,
                verify_code=verify_code,
                printed_at=printed_at,
            )

        return self._papers.issue(who, paper, kind=DocumentKind.COMBINED_RECEIPT, serial=on_serial)


def _groups(paid: Sequence[PaymentView]) -> Iterator[list[PaymentView]]:
    """As many as find room on one sheet, all posted on one day."""
    for day in dict.fromkeys(each.accounting_date for each in paid):
        same = [each for each in paid if each.accounting_date == day]
        for at in range(0, len(same), MOST_ON_ONE):
            yield same[at : at + MOST_ON_ONE]


def _is_being_taken_back(payment: PaymentView) -> bool:
    """None of its papers would be true."""
    return _is_being_cancelled(payment) or is_being_refunded(payment)


def _is_being_cancelled(payment: PaymentView) -> bool:
    return payment.cancellation is not None and payment.cancellation.outcome in _BEING_CANCELLED
