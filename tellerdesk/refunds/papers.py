"""Paper for a refund: the slip the customer signs and takes once it was paid out."""

from __future__ import annotations

from datetime import datetime

from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.approvals.states import Verdict
from tellerdesk.bills.papers import House, paper_no
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import DocumentKind, DocumentView, RefundPaper
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.room import RefundsRoom
from tellerdesk.refunds.views import PayOutOutcome, RefundView
from tellerdesk.serials import spoken
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store

_LEFT_BEHIND = frozenset({CashReturn.SUSPENDING, CashReturn.SUSPENSE})
"""The customer went without the cash: a slip that says it was paid out would not be true."""


class RefundPapers:
    """Issues the slip of a refund."""

    def __init__(
        self,
        staff: StaffRoom,
        store: Store,
        papers: Papers,
        house: House,
        refunds: RefundsRoom,
        approvals: ApprovalsRoom,
    ) -> None:
        self.staff = staff
        self._store = store
        self._papers = papers
        self._house = house
        self._refunds = refunds
        self._approvals = approvals

    @permits(Permission.ISSUE_DOCUMENT)
    def issue(self, who: SignedOn, serial: str) -> DocumentView:
        """The slip of a refund core has paid out, the same one each time.

        It comes before the cash goes over the counter: the customer signs first, and only then gets the cash, because
        a signature is hard to have from somebody who holds the money already. Where they leave without it, the slip
        stays with the teller and is not given out again.

        Raises NotAllowed; Refused where it is not paid out, or its cash goes, or went, back to refunds payable;
        DocumentFailed: the refund is not touched.
        """
        refund = self._refunds.refund(who, serial)
        if refund.word is not Word.REFUNDED or refund.cash_return in _LEFT_BEHIND:
            raise Refused("error.document.not_refunded", serial=spoken(serial))
        original_no = paper_no(self._papers, self._store, who, refund.payment_serial)
        approvers = self._approvers(who, refund)

        def paper(number: str, verify_code: str, printed_at: datetime) -> RefundPaper:
            return self._paper(refund, who, original_no, approvers, number, verify_code, printed_at)

        return self._papers.issue(who, paper, kind=DocumentKind.REFUND_SLIP, serial=serial)

    def _approvers(self, who: SignedOn, refund: RefundView) -> tuple[str, ...]:
        """The staff numbers of who agreed that it is paid out."""
        if not refund.approval_id:
            return ()
        decisions = self._approvals.approval(who, refund.approval_id).decisions
        return tuple(each.staff_no for each in decisions if each.verdict is Verdict.APPROVED)

    def _paper(
        self,
        refund: RefundView,
        who: SignedOn,
        original_no: str,
        approvers: tuple[str, ...],
        number: str,
        verify_code: str,
        printed_at: datetime,
    ) -> RefundPaper:
        """What was paid out over the counter names who took it; what went straight back to the account it came from
        names its holder, whose document nobody had to see."""
        paid = refund.pay_out if refund.pay_out and refund.pay_out.outcome is PayOutOutcome.PAID else None
        teller_no = paid.asked_by if paid else refund.teller_no
        answered = [leg.answered_at for leg in refund.legs if leg.answered_at is not None]
        return RefundPaper(
            kind=DocumentKind.REFUND_SLIP,
            number=number,
            bank_zh=self._house.bank.zh_CN,
            bank_en=self._house.bank.en,
            branch_zh=self._house.branch.zh_CN,
            branch_en=self._house.branch.en,
            branch_no=refund.branch_no,
            till_no=paid.till_no if paid else refund.till_no,
            teller_no=teller_no,
            teller_name=who.name if who.staff_no == teller_no else "",
            serial=refund.serial,
            cause=refund.cause.value,
            payment_serial=refund.payment_serial,
            original_no=original_no,
            paid_at=refund.paid_at,
            refunded_at=(paid.ended_at if paid else None) or max([refund.made_at, *answered]),
            printed_at=printed_at,
            accounting_date=refund.accounting_date,
            biller_zh=refund.biller_name.zh_CN,
            biller_en=refund.biller_name.en,
            item_zh=refund.item.zh_CN,
            item_en=refund.item.en,
            consumer_no=refund.consumer_no,
            customer_name=refund.customer_name,
            amount_fen=refund.amount_fen,
            core_serial=(paid.core_serial if paid else "") or refund.core_serial,
            agreement_no=refund.agreement_no,
            account_no=paid.account_no if paid else refund.account_no,
            payee=paid.payee if paid else refund.customer_name,
            payee_kind=paid.payee_kind if paid else "",
            agent=paid.agent if paid else "",
            agent_kind=paid.agent_kind if paid else "",
            approvers=approvers,
            verify_code=verify_code,
            training=self._house.training,
        )
