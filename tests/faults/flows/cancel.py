"""A payment that is cancelled, under faults: asked for, approved, the biller first, then core, and the cash back."""

from __future__ import annotations

from collections.abc import Mapping

from support.counter import AskedFrom

from faults.case import Fault
from faults.evidence import Branch, Evidence, Row
from faults.flows import Course, Scene
from faults.flows.account import ACCOUNTS
from faults.flows.payment import PaymentUnderFaults
from faults.seen import is_payment
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import (
    AccountAuthority,
    AskCancellation,
    Cancel,
    CancelReason,
    ConfirmCashReturned,
    LookUp,
    Method,
    PayBill,
    RetryReversal,
)
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.sandbox.config import BILLERS

_UNHEARD_AND_UNFOUND = (Fault.parse("BILLER_PAY.yes.timeout"), Fault.parse("BILLER_INQUIRE.no.timeout"))
_LOST_AND_UNFOUND = (Fault.parse("BILLER_PAY.no.timeout"), Fault.parse("BILLER_INQUIRE.no.timeout"))
_BEFORE_RECOVERY_ASKS = "commit.journal.claim:after"
_BEFORE_CORE_IS_UNDONE = "call.CORE_UNPOST:before"

_GIVEN_UP = {"rejected": ApprovalState.REJECTED, "withdrawn": ApprovalState.WITHDRAWN}
"""Courses on which nobody agrees, and how the request ends there."""

BEING_CANCELLED = frozenset({CancelOutcome.ASKED, CancelOutcome.UNDER_WAY})

_TAKEN_BACK = frozenset({payment_states.CANCELLED, payment_states.REFUND_DUE, payment_states.REFUNDED})
"""How a payment may end that the biller has cancelled: core has undone its posting, or owes it to the customer."""


class CancellationUnderFaults(PaymentUnderFaults):
    """The payment itself goes well, or stays in doubt; its own faults are another flow's. Core's part is called
    CORE_UNPOST by the desk and CORE_REVERSE by core."""

    name = "cancel"
    courses: Mapping[str, Course] = {
        "good": Course(pairs=True),
        "account": Course(whole=True),
        "rejected": Course(),
        "withdrawn": Course(),
        "biller-refuses": Course((Fault.parse("BILLER_CANCEL.no.reject"),)),
        "biller-lost": Course((Fault.parse("BILLER_CANCEL.no.timeout"),)),
        "biller-unheard": Course((Fault.parse("BILLER_CANCEL.yes.timeout"),), pairs=True),
        "biller-late": Course((Fault.parse("BILLER_CANCEL.late.timeout"),)),
        "biller-refuses-later": Course(
            (Fault.parse("BILLER_CANCEL.no.timeout"), Fault.parse("BILLER_CANCEL.no.reject"))
        ),
        "biller-unheard-refuses": Course(
            (Fault.parse("BILLER_CANCEL.yes.timeout"), Fault.parse("BILLER_CANCEL.no.reject"))
        ),
        "core-refuses": Course((Fault.parse("CORE_REVERSE.no.reject"),)),
        "core-unheard": Course((Fault.parse("CORE_REVERSE.yes.timeout"),)),
        "in-doubt": Course(_UNHEARD_AND_UNFOUND),
        "in-doubt-not-there": Course(_LOST_AND_UNFOUND),
    }
    product: Mapping[str, tuple[str, ...]] = {
        "BILLER_CANCEL": ("good", "in-doubt"),
        "CORE_REVERSE": ("good",),
        "BILLER_INQUIRE": ("biller-refuses-later",),
    }
    arrivals: Mapping[str, tuple[str, ...]] = {
        "BILLER_CANCEL": (_BEFORE_RECOVERY_ASKS, _BEFORE_CORE_IS_UNDONE),
        "CORE_REVERSE": (_BEFORE_RECOVERY_ASKS,),
    }
    blind: Mapping[str, tuple[str, ...]] = {}
    gone = frozenset({Word.FAILED, Word.REVERSED, Word.CANCELLED})
    alike = True

    def act(self, scene: Scene) -> None:
        self._no_rule_asks(scene)
        bill = scene.desk.bills.look_up(scene.teller, LookUp(BILLERS[self.counterpart], scene.consumer_no))
        command = self._command(scene, bill.quote_id, self._amount_fen(bill))
        self.taken_back(scene, scene.desk.bills.pay(scene.teller, command))

    def mend(self, scene: Scene) -> None:
        self._no_rule_asks(scene)
        for view in scene.desk.bills.recent(scene.teller, 10):
            if view.state in {payment_states.REVERSE_FAILED, payment_states.CANCEL_CORE_FAILED}:
                scene.desk.bills.retry_reversal(scene.supervisor, RetryReversal(view.serial))
            self.taken_back(scene, self._pressed_again(scene, view))

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """What was wanted back and stands was tried: who says no is told so."""
        broken = super().judge(evidence) + broken_by_cancelling(evidence)
        for entry in filter(is_payment, evidence.end.entries):
            tried = [row for row in evidence.end.cancellations if row["serial"] == entry["serial"]]
            if self.states[entry["state"]].word is Word.PAID and not tried:
                broken.append(("cancelled-or-told", f"{entry['serial']} stands, and nobody has tried"))
        return broken

    def _command(self, scene: Scene, quote_id: str, amount_fen: int) -> PayBill:
        if scene.course != "account":
            return super()._command(scene, quote_id, amount_fen)
        account_no = ACCOUNTS[int(scene.consumer_no) % len(ACCOUNTS)]
        authority = AccountAuthority(account_no, voucher_no="PZ20261122001")
        return PayBill(scene.request_id, quote_id, amount_fen, 0, Method.ACCOUNT, authority)

    def taken_back(self, scene: Scene, view: PaymentView) -> None:
        """What teller and supervisor do with a payment that was just taken, from wherever they had come to."""
        desk = scene.desk
        if view.word is Word.PAID and view.cancellation is None:
            desk.papers.issue(scene.teller, view.serial)
        if view.state in payment_states.CANCELLABLE and view.cancellation is None:
            view = self._asked(scene, view)
        if view.state in payment_states.AWAITING_CANCELLATION:
            view = self._decided(scene, view)
        if view.cash_return is CashReturn.DUE:
            desk.bills.confirm_cash_returned(scene.teller, ConfirmCashReturned(view.serial))
        elif view.cancellation is not None and view.cancellation.outcome in BEING_CANCELLED:
            return  # no paper would be true
        elif view.word in {Word.PAID, Word.PROCESSING}:
            desk.papers.issue(scene.teller, view.serial)

    def _no_rule_asks(self, scene: Scene) -> None:
        """About the payment itself: a voucher's approval is another flow's."""
        scene.desk.bills._payments._rules = lambda _connection: AskedFrom()

    def _asked(self, scene: Scene, view: PaymentView) -> PaymentView:
        command = AskCancellation(
            f"{scene.request_id}-back",
            view.serial,
            scene.consumer_no,
            view.amount_fen,
            CancelReason.PAID_TWICE,
            original_back=True,
        )
        try:
            return scene.desk.bills.ask_cancellation(scene.teller, command)
        except Refused as refused:
            return self._core_was_slow(scene, view, refused)

    def _decided(self, scene: Scene, view: PaymentView) -> PaymentView:
        assert view.cancellation is not None
        desk, approval_id = scene.desk, view.cancellation.approval_id
        found = desk.approvals.approval(scene.teller, approval_id)
        if scene.course == "withdrawn":
            desk.approvals.withdraw(scene.teller, Withdraw(approval_id))
        elif found.state is ApprovalState.PENDING:
            approve = scene.course != "rejected"
            desk.approvals.decide(scene.supervisor, Decide(approval_id, approve, self._code(scene), "金额有疑问"))
        if scene.course in _GIVEN_UP:
            return desk.bills.payment(scene.teller, view.serial)
        try:
            return desk.bills.cancel(scene.teller, Cancel(view.serial))
        except Refused as refused:
            return self._core_was_slow(scene, view, refused)

    def _core_was_slow(self, scene: Scene, view: PaymentView, refused: Refused) -> PaymentView:
        """Core's day is asked with a hasty deadline: a busy machine may miss it. People press again later."""
        if refused.message_id != "error.cancel.core_silent":
            raise refused
        return scene.desk.bills.payment(scene.teller, view.serial)

    def _code(self, scene: Scene) -> str:
        return scene.desk.training_code(scene.supervisor.staff_no)


def broken_by_cancelling(evidence: Evidence) -> list[tuple[str, str]]:
    """The try, its request and the payment say the same; core is never undone before the biller has cancelled."""
    broken = []
    for name, books in (("at rest", evidence.rest), ("at the end", evidence.end)):
        for entry in filter(is_payment, books.entries):
            broken += [("tried-and-done-agree", f"{name}: {sentence}") for sentence in _disagreeing(books, entry)]
    cancelled = any(payment["state"] == "CANCELLED" for payment in evidence.biller)
    undone = [posting for posting in evidence.core if "-CU-" in posting["leg_id"]]
    if undone and not cancelled:
        broken.append(("biller-first", "core was undone, and the biller holds the payment"))
    return broken


def _disagreeing(books: Branch, entry: Row) -> list[str]:
    """What the newest try, its request and the entry say against each other."""
    tried = [row for row in books.cancellations if row["serial"] == entry["serial"]]
    state, of_cancelling = entry["state"], entry["state"].startswith("CANCEL")
    if not tried:
        return [f"{state} and nobody has tried"] if of_cancelling else []
    outcome = CancelOutcome(tried[-1]["outcome"])
    fits = {
        CancelOutcome.ASKED: state in payment_states.AWAITING_CANCELLATION,
        CancelOutcome.UNDER_WAY: of_cancelling
        and state not in {*payment_states.AWAITING_CANCELLATION, payment_states.CANCELLED},
        CancelOutcome.CANCELLED: state in _TAKEN_BACK,
        CancelOutcome.REFUSED: not of_cancelling,
        CancelOutcome.GIVEN_UP: not of_cancelling,
    }
    wrong = [] if fits[outcome] else [f"{state} and the try is {outcome}"]
    requests = [
        row["state"]
        for row in books.approvals
        if row["subject"] == entry["serial"] and row["use_case"] == "cancellation"
    ]
    begun = any(leg["kind"] == "BILLER_CANCEL" for leg in books.legs)
    if begun is not (ApprovalState.EXECUTED in requests) or len(requests) != len(tried):
        wrong.append(f"{'begun' if begun else 'not begun'}, and its requests are {requests}")
    receipts = {paper["number"] for paper in books.documents if paper["kind"] == DocumentKind.BILL_RECEIPT}
    if begun and {tried[-1]["original_no"]} - {""} != receipts and state in _TAKEN_BACK:
        wrong.append(f"receipts {receipts}, handed back {tried[-1]['original_no']!r}")
    cancels = [leg for leg in books.legs if leg["kind"] == "BILLER_CANCEL" and leg["state"] == LegState.REJECTED]
    if outcome is CancelOutcome.REFUSED and not cancels:
        wrong.append("refused, and the biller has said no such thing")
    return wrong


FLOW = CancellationUnderFaults()
