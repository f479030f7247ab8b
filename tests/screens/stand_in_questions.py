"""The open questions of a stand-in desk, and of its refunds what an open question leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import Asking, LegView
from tellerdesk.errors import BadInput
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.questions import states as late
from tellerdesk.questions.commands import AskAboutQuestion, Explain, RetryQuestion, SettleLate
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import ExplanationView, Known, OpenQuestion, QuestionAct, QuestionKind
from tellerdesk.refunds import states as refunding
from tellerdesk.refunds.commands import ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import RefundView
from tellerdesk.staff.views import SignedOn
from tests.screens.samples import NOW, WATER, payment

ASKED_AGAIN = Message("help.story.processing")
"""Any sentence of the screens' own; the real ones come with the room."""


def question(number: int = 212, **changes: Any) -> OpenQuestion:
    """A payment in cash whose biller has not answered for twelve minutes; the desk asks again in 22 seconds."""
    of = payment(Word.PROCESSING, number)
    legs = (
        LegView("L1", "CORE_POST", "core", LegState.OK, NOW, NOW + timedelta(seconds=0.2), "0000", "", "C2026"),
        LegView("L2", "BILLER_PAY", "1101", LegState.UNKNOWN, NOW, None, "", "", ""),
        LegView("L3", "BILLER_INQUIRE", "1101", LegState.UNKNOWN, NOW + timedelta(minutes=2), None, "", "", ""),
    )
    given = OpenQuestion(
        serial=of.serial,
        flow="bill_payment",
        kind=QuestionKind.UNKNOWN,
        state="BILLER_UNKNOWN",
        word=Word.PROCESSING,
        cash_return=CashReturn.NONE,
        payment_serial=of.serial,
        biller=of.biller_name,
        consumer_no=of.consumer_no,
        customer_name=of.customer_name,
        amount_fen=of.amount_fen,
        method=Method.CASH,
        teller_no="1001",
        till_no="07",
        made_at=NOW,
        since=NOW,
        age_s=720.0,
        core=Known.DONE,
        counterpart=Known.NOT_KNOWN,
        advice=of.advice,
        legs=legs,
        next_step=ASKED_AGAIN,
        next_at=NOW + timedelta(seconds=742),
        own=True,
        explained=None,
        may=(QuestionAct.ASK_AGAIN, QuestionAct.CANCEL, QuestionAct.EXPLAIN),
    )
    return replace(given, **changes)


EXPLAINED = ExplanationView(
    ExplainReason.BILLER_SILENT, Given.PROCESSING_SLIP, "13800135678", "1001", NOW + timedelta(minutes=5)
)

STUCK = question(
    198,
    kind=QuestionKind.STUCK,
    state="REVERSE_FAILED",
    own=False,
    explained=EXPLAINED,
    teller_no="1002",
    made_at=NOW - timedelta(hours=3),
    since=NOW - timedelta(hours=3),
    age_s=3 * 3600.0,
    core=Known.DONE,
    counterpart=Known.NOTHING_DONE,
    biller=WATER.name,
    amount_fen=3_680,
    next_step=None,
    next_at=None,
    may=(QuestionAct.RETRY, QuestionAct.SUSPEND),
)

CASH_DUE = question(
    205,
    kind=QuestionKind.CASH_DUE,
    state="REVERSED",
    word=Word.REVERSED,
    cash_return=CashReturn.DUE,
    advice=payment(Word.REVERSED, 205, amount_fen=12_000, tendered_fen=12_000).advice,
    since=NOW + timedelta(minutes=11),
    age_s=40.0,
    amount_fen=12_000,
    core=Known.UNDONE,
    counterpart=Known.NOTHING_DONE,
    next_step=None,
    next_at=None,
    may=(QuestionAct.HAND_BACK, QuestionAct.SUSPEND, QuestionAct.EXPLAIN),
)

LATE = question(
    301,
    flow=late.FLOW,
    kind=QuestionKind.LATE_ANSWER,
    state=late.STAYS_PAID,
    payment_serial=payment(number=187).serial,
    own=False,
    teller_no="1002",
    since=NOW - timedelta(days=1),
    made_at=NOW - timedelta(days=1),
    age_s=86_400.0,
    core=Known.UNDONE,
    counterpart=Known.DONE,
    next_step=None,
    next_at=None,
    may=(QuestionAct.RETRY, QuestionAct.SETTLE, QuestionAct.REFUND),
)


def refund(state: str = refunding.PENDING_SUSPENSE, **changes: Any) -> RefundView:
    """What comes of booking `STUCK` to refunds payable: request A1 waits."""
    of = payment(number=198)
    given = RefundView(
        serial=f"20261122071207{400:08d}",
        payment_serial=of.serial,
        cause=RefundCause.STUCK_POSTING,
        state=state,
        word=refunding.STATES[state].word,
        cash_return=CashReturn.NONE,
        advice=Message("question.suspend.withdrawn"),
        biller_name=of.biller_name,
        item=of.item,
        consumer_no=of.consumer_no,
        customer_name=of.customer_name,
        amount_fen=3_680,
        paid_by=Method.CASH,
        account_no="",
        paid_at=NOW,
        made_at=NOW,
        due_since=None,
        age_days=0,
        accounting_date=None,
        branch_no="0712",
        till_no="07",
        teller_no="1001",
        note="",
        agreement_no="",
        refusal="",
        core_serial="",
        approval_id="A1",
        pay_out=None,
        legs=(),
        next_try_at=None,
    )
    return replace(given, **changes)


class QuestionRoom:
    """As `DeskPort.questions` promises, over questions that a test changes as it likes."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        self._note = note
        self.questions: tuple[OpenQuestion, ...] = ()
        self.answer: OpenQuestion | Exception | None = None
        """What asking again and sending again come to."""
        self.refuse: Exception | None = None
        """What explaining and settling come to, where they fail."""

    # -- for tests

    def gone(self, serial: str) -> None:
        self.questions = tuple(each for each in self.questions if each.serial != serial)

    def becomes(self, now: OpenQuestion) -> None:
        self.questions = tuple(now if each.serial == now.serial else each for each in self.questions)

    # -- the port

    def open(self, who: SignedOn) -> tuple[OpenQuestion, ...]:
        self._note("questions", None)
        return self.questions

    def question(self, who: SignedOn, serial: str) -> OpenQuestion | None:
        self._note("question", serial)
        return next((each for each in self.questions if each.serial == serial), None)

    def own_count(self, who: SignedOn) -> int:
        self._note("own_count", None)
        return sum(1 for each in self.questions if each.own)

    def explain(self, who: SignedOn, command: Explain) -> OpenQuestion | None:
        self._note("explain", command)
        if self.refuse is not None:
            raise self.refuse
        if len(command.note) > 60:
            raise BadInput("error.text.too_long", field="note", most=60)
        before = next(each for each in self.questions if each.serial == command.serial)
        told = ExplanationView(command.reason, command.given, command.note, who.staff_no, NOW)
        self.becomes(replace(before, own=False, explained=told))
        return self.question(who, command.serial)

    def ask_again(self, who: SignedOn, command: AskAboutQuestion) -> OpenQuestion | None:
        self._note("ask_about", command)
        return self._answered(command.serial)

    def retry(self, who: SignedOn, command: RetryQuestion) -> OpenQuestion | None:
        self._note("retry", command)
        return self._answered(command.serial)

    def settle(self, who: SignedOn, command: SettleLate) -> None:
        self._note("settle", command)
        if self.refuse is not None:
            raise self.refuse
        self.gone(command.serial)

    def _answered(self, serial: str) -> OpenQuestion | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            self.gone(serial)
        else:
            self.becomes(self.answer)
        return self.answer


class SuspendRoom:
    """Of `DeskPort.refunds`, what an open question leads to."""

    def __init__(self, note: Callable[[str, Any], None], questions: QuestionRoom) -> None:
        self._note, self._questions = note, questions
        self.asked: RefundView | Exception = refund()
        self.gone_on: RefundView | Exception = refund(
            refunding.DUE, advice=Message("question.settle.done"), core_serial="C2026"
        )

    def suspend(self, who: SignedOn, command: Suspend) -> RefundView:
        self._note("suspend", command)
        if isinstance(self.asked, Exception):
            raise self.asked
        return self.asked

    def go_on(self, who: SignedOn, command: GoOnWith, watch: Callable[[Asking], None] | None = None) -> RefundView:
        if watch is not None:
            watch(Asking(refunding.SUSPENDING, Bilingual("核心", "Core"), 5.0))
        self._note("refund_go_on", command)
        if isinstance(self.gone_on, Exception):
            raise self.gone_on
        self._questions.gone(self.gone_on.payment_serial)
        return self.gone_on

    def refund(self, who: SignedOn, serial: str) -> RefundView:
        self._note("refund", serial)
        assert isinstance(self.asked, RefundView)
        return self.asked

    def confirm_handed_over(self, who: SignedOn, command: ConfirmHandedOver) -> RefundView:
        self._note("confirm_handed_over", command)
        self._questions.gone(command.serial)
        return refund(refunding.PAID_OUT, serial=command.serial, cash_return=CashReturn.RETURNED)
