"""The outcome of a payment, and what is still to be done about it over the counter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button

from screens.change import notes_said
from screens.confirm import Confirm
from screens.leg_words import story_of, whole_story_of
from screens.saying import Say, joined, money, says, says_error, says_message, shown
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.wording import cancel_is_open, cancel_waits, cash_is_due, cash_was_taken, mark_of, outcome_of
from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, Method
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken

if TYPE_CHECKING:
    from screens.base import DeskScreen

PRINTED = frozenset({Word.PAID, Word.PROCESSING, Word.CANCELLED})
"""Outcomes with a paper: a receipt, a processing slip, a cancellation slip."""


class Stage(Enum):
    """What the teller does next, in this order; a payment that did not stand has CASH_BACK alone, one that needs an
    approval AWAITING. Of a cancellation: CANCEL_AWAITING its approval, CANCELLING while its outcome is not known,
    STANDS where it came to nothing."""

    PRINTING = "printing"
    NO_PAPER = "no_paper"
    CLEAR = "clear"
    HAND_OVER = "hand_over"
    CASH_BACK = "cash_back"
    AWAITING = "awaiting"
    CANCEL_AWAITING = "cancel_awaiting"
    CANCELLING = "cancelling"
    STANDS = "stands"
    ENDED = "ended"


_AFTER_TRY = {
    CancelOutcome.UNDER_WAY: Stage.CANCELLING,
    CancelOutcome.REFUSED: Stage.STANDS,
    CancelOutcome.GIVEN_UP: Stage.STANDS,
}
"""The stage of a payment somebody has just tried to cancel: nobody is given a receipt a second time."""
_NO_PAPER_YET = frozenset({Stage.PRINTING, Stage.CASH_BACK})


class OutcomePart(Vertical):
    """The word, the sentence, the figures, the paper, and one key for what comes next."""

    class Finished(Message):
        """The teller has gone on from an outcome that asks for nothing more."""

    class OpenApproval(Message):
        """The teller wants to see the approval this payment waits for."""

    class Changed(Message):
        """Another stage: other keys work."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._story = story_of
        self.payment: PaymentView | None = None
        self.stage = Stage.ENDED
        self.busy = False
        self._fresh = False
        self._document: DocumentView | None = None

    def compose(self) -> ComposeResult:
        yield Line(id="word")
        yield Line(id="advice")
        yield Figures(id="figures")
        yield Line(id="todo")
        yield Push(id="next")
        with VerticalScroll(id="story", can_focus=False):
            yield Figures(id="legs")

    @property
    def _host(self) -> DeskScreen:
        return cast("DeskScreen", self.screen)

    # -- showing

    def show(self, payment: PaymentView, *, fresh: bool) -> None:
        """Shows `payment`; `fresh` while its customer stands at the counter, waiting for paper and change."""
        self.payment, self._fresh, self._document = payment, fresh, None
        self.query_one("#word", Line).show(joined([mark_of(payment), outcome_of(payment)], "  "))
        self.query_one("#advice", Line).show(says_message(payment.advice))
        self.query_one("#legs", Figures).show(self._story(payment))
        if cash_is_due(payment):
            self._enter(Stage.CASH_BACK)
        elif payment.word is Word.AWAITING and self._is_mine(payment.teller_no):
            self._enter(Stage.AWAITING)
        elif (tried := payment.cancellation) is not None and cancel_waits(payment) and self._is_mine(tried.asked_by):
            self._enter(Stage.CANCEL_AWAITING)
        elif fresh and tried is not None and tried.outcome in _AFTER_TRY:
            self._enter(_AFTER_TRY[tried.outcome])
        elif fresh and payment.word in PRINTED:
            self._enter(Stage.PRINTING)
            self._issue()
        else:
            self._enter(Stage.ENDED)

    def _is_mine(self, staff_no: str) -> bool:
        who = self._host.desk_app.who
        return who is not None and who.staff_no == staff_no

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        payment = self.payment
        if payment is None:
            return
        todo = self.query_one("#todo", Line)
        todo.show(says(f"outcome.todo.{stage.value}") if stage is not Stage.HAND_OVER else _hand_over(payment))
        todo.display = self._asks_for_something
        self.query_one("#figures", Figures).show(self._figures(payment))
        button = self.query_one("#next", Push)
        button.show(self.next_label())
        button.disabled = stage is Stage.PRINTING
        button.display = self._asks_for_something
        button.focus()
        self.post_message(self.Changed())

    def _figures(self, payment: PaymentView) -> Iterator[Figure]:
        tried = payment.cancellation
        if payment.word is Word.CANCELLED:
            yield from _cancelled_figures(payment)
        elif self.stage is Stage.CASH_BACK:
            yield Figure(says("outcome.back_all"), money(payment.tendered_fen, "$warning"), strong=True)
            yield Figure(says("outcome.back_amount"), money(payment.amount_fen, "$warning"), strong=True)
        else:
            yield Figure(says("pay.due"), money(payment.amount_fen))
            if payment.method is Method.ACCOUNT:
                yield Figure(says("pay.account"), shown(payment.account_no))
            elif cash_was_taken(payment) and tried is None:
                yield Figure(says("pay.tendered"), money(payment.tendered_fen))
            # Its change was given long before anybody tried to cancel it, and is not told as if it were due now.
            if payment.method is Method.CASH and payment.word in PRINTED and tried is None:
                yield Figure(says("pay.change"), money(payment.change_fen), strong=True)
                if self._asks_for_something:
                    yield Figure(says("pay.notes"), _notes(payment.change_fen))
        if tried is not None and tried.outcome is CancelOutcome.REFUSED:
            yield Figure(says("cancellation.refusal"), shown(tried.refusal, "$warning"), text=True)
        yield Figure(says("outcome.serial"), shown(spoken(payment.serial)))
        if (document := self._document) is not None:
            yield Figure(says(f"outcome.paper.{document.kind.value.lower()}"), shown(document.number))

    @property
    def _asks_for_something(self) -> bool:
        """False for a payment of before that is only looked at."""
        return self._fresh or self.stage is not Stage.ENDED

    def tell(self, *, whole: bool) -> None:
        """`whole`: each step with its counterpart, request id and serial; else in one line."""
        self._story = whole_story_of if whole else story_of
        if self.payment is not None:
            self.query_one("#legs", Figures).show(self._story(self.payment))

    def page(self, pages: int) -> None:
        """Pages the story."""
        story = self.query_one("#story", VerticalScroll)
        story.scroll_page_down(animate=False) if pages > 0 else story.scroll_page_up(animate=False)

    def next_label(self) -> Say:
        """What the go-on key does at this stage."""
        if not self._asks_for_something:
            return says("outcome.next.leave")
        return says(f"outcome.next.{self.stage.value}")

    def working_keys(self) -> tuple[str, ...]:
        """The actions of this part that work now."""
        payment = self.payment
        if payment is None or self.busy:
            return ()
        again = ("again",) if payment.word is Word.PROCESSING else ()
        prints = ("print",) if payment.word in PRINTED and self._has_paper(payment) else ()
        return (*again, *prints, "submit")

    def _has_paper(self, payment: PaymentView) -> bool:
        """False while neither paper would be true, and while one is being made."""
        return self.stage not in _NO_PAPER_YET and not cancel_is_open(payment)

    def before_leaving(self, leave: Callable[[], None]) -> None:
        """Does `leave`; cash that is owed to the customer in front is asked about first."""
        if self.payment is None or not cash_is_due(self.payment):
            leave()
            return
        question = Confirm(
            says("pay.leave.question"), detail=says("pay.leave.detail"),
            yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
        )  # fmt: skip
        self.app.push_screen(question, lambda meant: leave() if meant else None)

    # -- doing

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.go_on()

    def go_on(self) -> None:
        """The one key of this part. A bounce, a held key or a busy moment is not a decision."""
        if self.busy or not self._host.desk_app.meant or self.stage is Stage.PRINTING:
            return
        if self.stage is Stage.CASH_BACK:
            self._ask_cash_returned()
        elif self.stage in {Stage.AWAITING, Stage.CANCEL_AWAITING}:
            self.post_message(self.OpenApproval())
        elif self.stage in {Stage.CLEAR, Stage.NO_PAPER}:
            self._enter(Stage.HAND_OVER)
        else:
            self.post_message(self.Finished())

    def print_again(self) -> None:
        """The same paper once more; the desk keeps it, so a second issue is the first one's bytes."""
        if not self.busy and "print" in self.working_keys():
            self._issue()

    def _issue(self) -> None:
        payment, who = self.payment, self._host.desk_app.who
        if payment is None or who is None:
            return
        self._begin(says("outcome.printing"))
        self._host.desk_app.ask(
            self._host, lambda desk, _watch: desk.papers.issue(who, payment.serial), self._issued, self._not_issued
        )

    def _issued(self, document: DocumentView) -> None:
        self.busy = False
        self._document = document
        self._host.note(says("outcome.saved", file=document.path.name))
        self._enter(Stage.CLEAR if self._fresh else Stage.ENDED)

    def _not_issued(self, error: TellerDeskError) -> None:
        self.busy = False
        self._host.note(says_error(error), "error")
        self._enter(Stage.NO_PAPER if self._fresh else Stage.ENDED)

    def ask_again(self) -> None:
        """Asks the counterparts about an outcome that is not known."""
        payment, who = self.payment, self._host.desk_app.who
        if self.busy or payment is None or who is None or payment.word is not Word.PROCESSING:
            return
        self._begin(says("outcome.asking"))
        command = AskAgain(payment.serial)
        self._host.desk_app.ask(
            self._host, lambda desk, _watch: desk.bills.ask_again(who, command), self._asked_again, self._failed
        )

    def _asked_again(self, payment: PaymentView) -> None:
        self.busy = False
        if payment.word is Word.PROCESSING:
            self._host.note(says("outcome.still_unknown"), "warn")
            stage = self.stage
            self.payment = payment
            self.query_one("#legs", Figures).show(self._story(payment))
            self._enter(stage)
        else:
            self._host.note()
            self.show(payment, fresh=self._fresh)

    def _ask_cash_returned(self) -> None:
        payment = self.payment
        if payment is not None:
            question = Confirm(
                says("outcome.returned.question", amount=format_fen(payment.amount_fen)),
                detail=says("outcome.returned.detail"),
                yes=says("outcome.returned.yes"),
                no=says("outcome.returned.no"),
                first="no",
            )
            self.app.push_screen(question, self._cash_returned_if)

    def _cash_returned_if(self, meant: bool | None) -> None:
        payment, who = self.payment, self._host.desk_app.who
        if not meant or self.busy or payment is None or who is None or not cash_is_due(payment):
            return
        self._begin(says("outcome.returning"))
        command = ConfirmCashReturned(payment.serial)
        self._host.desk_app.ask(
            self._host,
            lambda desk, _watch: desk.bills.confirm_cash_returned(who, command),
            self._cash_returned,
            self._failed,
        )

    def _cash_returned(self, payment: PaymentView) -> None:
        self.busy = False
        self._host.note(says("outcome.returned.done", amount=format_fen(payment.amount_fen)), "good")
        self.show(payment, fresh=self._fresh)

    def _begin(self, say: Say) -> None:
        self.busy = True
        self._host.note(say)
        self.post_message(self.Changed())

    def _failed(self, error: TellerDeskError) -> None:
        self.busy = False
        self._host.note(says_error(error), "error")
        self.post_message(self.Changed())


def _cancelled_figures(payment: PaymentView) -> Iterator[Figure]:
    """What goes back: the amount alone, since its change was given when it was paid."""
    due = cash_is_due(payment)
    label = "cancellation.back" if due else "cancellation.returned"
    yield Figure(says(label), money(payment.amount_fen, "$warning" if due else ""), strong=True)
    if payment.method is Method.ACCOUNT:
        yield Figure(says("cancellation.back_to"), shown(payment.account_no))
    elif due:
        yield Figure(says("pay.notes"), _notes(payment.amount_fen))


def _hand_over(payment: PaymentView) -> Say:
    if payment.word is Word.CANCELLED:
        return says("outcome.todo.hand_over.cancelled")
    paper = "receipt" if payment.word is Word.PAID else "slip"
    change = "with_change" if payment.change_fen else "no_change"
    return says(f"outcome.todo.hand_over.{paper}.{change}", change=format_fen(payment.change_fen))


def _notes(change_fen: int) -> Say:
    return shown(notes_said(change_fen)) if change_fen else says("pay.no_change")
