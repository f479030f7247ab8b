"""What a person does about an open question: each act asks first, is sent once, and ends in a sentence.

Everything that could send a second is shut before the first is sent, and opened again by its answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.approval_sheet import ApprovalSheet, Ending, Means
from screens.asks_once import new_request_id
from screens.base import serial_in
from screens.confirm import Confirm
from screens.question_sheets import Answered, ExplainSheet, NoteSheet
from screens.saying import Say, joined, said, says, says_error, says_message
from screens.transactions import made
from screens.wording import word_said
from tellerdesk.bills.commands import ConfirmCashReturned
from tellerdesk.bills.views import Asking
from tellerdesk.errors import TellerDeskError
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen
from tellerdesk.questions import states as late
from tellerdesk.questions.commands import AskAboutQuestion, RetryQuestion, SettleLate
from tellerdesk.questions.views import Known, OpenQuestion, QuestionAct
from tellerdesk.refunds import states as refunding
from tellerdesk.refunds.commands import ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.views import RefundView
from tellerdesk.serials import spoken

if TYPE_CHECKING:
    from screens.desk_port import DeskPort
    from screens.open_questions import OpenQuestions
    from tellerdesk.staff.views import SignedOn

CANCELLATION = "screens.payment_cancellation:PaymentCancellation"
REFUNDS = "screens.refunds:Refunds"


class QuestionTalk:
    """The acts, each about the question that was under the cursor when its key was pressed."""

    def __init__(self, screen: OpenQuestions) -> None:
        self._screen = screen

    def do(self, act: QuestionAct) -> None:
        """Begins `act` about the question under the cursor, where the desk offers it there."""
        screen = self._screen
        question = screen.here
        if screen.busy or not screen.desk_app.meant:
            screen.app.bell()
        elif question is None or act not in question.may:
            screen.note(says("question.may_not"), "warn")
            screen.app.bell()
        else:
            screen.note()
            self._begin(act, question)

    def _begin(self, act: QuestionAct, question: OpenQuestion) -> None:
        match act:
            case QuestionAct.ASK_AGAIN:
                self._ask_again(question)
            case QuestionAct.EXPLAIN:
                self._screen.app.push_screen(ExplainSheet(question), lambda given: self._explained(given, question))
            case QuestionAct.HAND_BACK:
                self._ask_hand_back(question)
            case QuestionAct.SUSPEND:
                self._ask_suspend(question)
            case QuestionAct.RETRY:
                self._ask_retry(question)
            case QuestionAct.SETTLE:
                self._ask_settle(question)
            case QuestionAct.CANCEL:
                self._screen.app.push_screen(made(CANCELLATION, serial=question.payment_serial))
            case QuestionAct.REFUND:
                of_refund = question.flow == refunding.FLOW
                serial = question.serial if of_refund else question.payment_serial
                self._screen.app.push_screen(made(REFUNDS, serial=serial))

    # -- asked again

    def _ask_again(self, question: OpenQuestion) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if who is None:
            return
        command = AskAboutQuestion(question.serial)
        screen.shut(_whom(question), says("question.otherwise.ask"))
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.questions.ask_again(who, command),
            lambda answer: self._asked_again(question, answer),
            self._failed,
        )

    def _asked_again(self, question: OpenQuestion, answer: OpenQuestion | None) -> None:
        self._screen.reopen()
        if answer is None:
            self._screen.went(question, says("question.ended"))
        else:
            self._screen.put(answer)
            self._screen.note(says(_told(question, answer)), "warn")

    # -- explained

    def _explained(self, given: Answered[OpenQuestion | None] | None, question: OpenQuestion) -> None:
        if given is None:
            return
        if given.value is None:
            self._screen.went(question, says("question.ended"))
        else:
            self._screen.put(given.value)
            self._screen.note(says("question.explain.done", serial=spoken(question.serial)), "good")
        self._screen.offer_to_leave()

    # -- cash back

    def _ask_hand_back(self, question: OpenQuestion) -> None:
        confirm = Confirm(
            says("outcome.returned.question", amount=format_fen(question.amount_fen)),
            detail=says("outcome.returned.detail"),
            yes=says("outcome.returned.yes"),
            no=says("outcome.returned.no"),
            first="no",
        )
        self._screen.app.push_screen(confirm, lambda meant: self._hand_back_if(meant, question))

    def _hand_back_if(self, meant: bool | None, question: OpenQuestion) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if not meant or screen.busy or who is None:
            return

        def confirm(desk: DeskPort) -> object:
            if question.flow == refunding.FLOW:
                return desk.refunds.confirm_handed_over(who, ConfirmHandedOver(question.serial))
            return desk.bills.confirm_cash_returned(who, ConfirmCashReturned(question.serial))

        screen.shut(says("cancellation.whom"), says("question.otherwise.desk"))
        screen.desk_app.ask(
            screen, lambda desk, _watch: confirm(desk), lambda _view: self._handed(question), self._failed
        )

    def _handed(self, question: OpenQuestion) -> None:
        self._screen.reopen()
        self._screen.note(says("outcome.returned.done", amount=format_fen(question.amount_fen)), "good")
        self._screen.look_now()

    # -- sent once more

    def _ask_retry(self, question: OpenQuestion) -> None:
        amount = format_fen(question.amount_fen)
        if question.flow == late.FLOW:
            detail = says("question.retry.detail.biller", biller=question.biller, amount=amount)
        else:
            detail = says("question.retry.detail.core", amount=amount)
        confirm = Confirm(
            says("question.retry.question", serial=spoken(question.serial)), detail=detail,
            yes=says("question.retry.yes"), no=says("question.retry.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(confirm, lambda meant: self._retry_if(meant, question))

    def _retry_if(self, meant: bool | None, question: OpenQuestion) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if not meant or screen.busy or who is None:
            return
        command = RetryQuestion(question.serial)
        whom = said(question.biller) if question.flow == late.FLOW else says("pay.starting")
        screen.shut(whom, says("question.otherwise.ask"))
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.questions.retry(who, command),
            lambda answer: self._asked_again(question, answer),
            self._failed,
        )

    # -- settled by hand

    def _ask_settle(self, question: OpenQuestion) -> None:
        def settle(desk: DeskPort, who: SignedOn, note: str) -> None:
            desk.questions.settle(who, SettleLate(question.serial, note))

        sheet = NoteSheet(question, "settle", settle, moves_money=True, required=True)
        self._screen.app.push_screen(sheet, lambda given: self._settled(given, question))

    def _settled(self, given: Answered[None] | None, question: OpenQuestion) -> None:
        if given is not None:
            self._screen.went(question, says("question.settle.done"))

    # -- booked to refunds payable

    def _ask_suspend(self, question: OpenQuestion) -> None:
        request_id = new_request_id()

        def suspend(desk: DeskPort, who: SignedOn, note: str) -> RefundView:
            return desk.refunds.suspend(who, Suspend(request_id, question.serial, note))

        sheet = NoteSheet(question, "suspend", suspend, moves_money=True, required=False)
        self._screen.app.push_screen(sheet, self._suspend_asked)

    def _suspend_asked(self, given: Answered[RefundView] | None) -> None:
        if given is None:
            self._screen.look_now()
        elif given.value.state == refunding.PENDING_SUSPENSE:
            self._screen.look_now()
            self._open_approval(given.value)
        else:
            self._suspended(given.value)

    def _open_approval(self, refund: RefundView) -> None:
        sheet = ApprovalSheet(refund.approval_id, Means.SUSPEND)
        self._screen.desk_app.desk_lock.lay(sheet, lambda ending: self._approval_left(ending, refund))

    def _approval_left(self, ending: Ending | None, refund: RefundView) -> None:
        if ending is Ending.GO_ON:
            self._go_on(refund)
        elif ending is Ending.WITHDRAWN:
            self._screen.note(says("question.suspend.withdrawn"), "warn")
            self._screen.look_now()
        elif ending is Ending.OVER:
            self._read_refund(refund)
        else:
            self._screen.note(says("question.suspend.waits"), "warn")

    def _go_on(self, refund: RefundView) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        command = GoOnWith(refund.serial)
        screen.shut(says("cancellation.whom"), says("question.otherwise.desk"))
        screen.desk_app.ask(
            screen,
            lambda desk, watch: desk.refunds.go_on(who, command, watch),
            self._suspended,
            lambda error: self._read_refund(refund, error),
            self._asking,
        )

    def _asking(self, asking: Asking) -> None:
        self._screen.waits_for(said(asking.counterpart), asking.deadline_s, says("question.otherwise.ask"))

    def _read_refund(self, refund: RefundView, error: TellerDeskError | None = None) -> None:
        """What stands in the books says whether it was begun, not the error."""
        screen, who = self._screen, self._screen.desk_app.who
        if who is None:
            return
        if not screen.busy:
            screen.shut(says("cancellation.whom"), says("question.otherwise.desk"))

        def seen(refund: RefundView) -> None:
            self._suspended(refund)
            if error is not None:
                screen.note(says_error(error), "error", serial=refund.payment_serial)

        screen.look(
            lambda desk: desk.refunds.refund(who, refund.serial), seen, lambda worse: self._failed(error or worse)
        )

    def _suspended(self, refund: RefundView) -> None:
        self._screen.reopen()
        told = joined([word_said(refund.word), says_message(refund.advice)], "  ")
        self._screen.note(told, "good" if refund.word is Word.REFUND_DUE else "warn", serial=refund.payment_serial)
        self._screen.look_now()

    # -- errors

    def _failed(self, error: TellerDeskError) -> None:
        """Whether anything was begun is seen from what the desk tells of it next."""
        self._screen.reopen()
        self._screen.note(says_error(error), "error", serial=serial_in(error))
        self._screen.look_now()


def _told(before: OpenQuestion, now: OpenQuestion) -> str:
    """What has come of asking or sending, where it is still open."""
    if (now.state, now.cash_return) != (before.state, before.cash_return):
        return "question.changed"
    return "question.not_done" if now.next_step is None else "outcome.still_unknown"


def _whom(question: OpenQuestion) -> Say:
    """Who is asked: whichever side is not known."""
    return says("pay.starting") if question.core is Known.NOT_KNOWN else said(question.biller)
