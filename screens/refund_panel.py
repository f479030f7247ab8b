"""The picked refund, whole: its word, what to do, what is known of it, its steps, and one key for what comes next."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button

from screens.leg_words import story_of, whole_story_of
from screens.refund_words import figures_of, outcome_said
from screens.saying import Say, clock_time, joined, nothing, says, says_message
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.bills.commands import Method
from tellerdesk.documents.views import DocumentView
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.money import format_fen
from tellerdesk.refunds import states
from tellerdesk.refunds.views import RefundAct, RefundView


class Stage(Enum):
    """What comes next, from what may be done with it alone. PRINTING and SIGNING only while its customer stands at the
    counter; WAITS where it is another's turn."""

    PRINTING = "printing"
    HAND_OVER = "hand_over"
    SIGNING = "signing"
    APPROVAL = "approval"
    ASK_APPROVAL = "ask_approval"
    PAY_OUT = "pay_out"
    UNKNOWN = "unknown"
    WAITS = "waits"
    ENDED = "ended"

    @property
    def moves_money(self) -> bool:
        """Enter alone does not do it."""
        return self in {Stage.HAND_OVER, Stage.ASK_APPROVAL}

    @property
    def has_button(self) -> bool:
        return self not in {Stage.PRINTING, Stage.UNKNOWN, Stage.WAITS}


_NEXT = (
    (RefundAct.HAND_OVER, Stage.HAND_OVER),
    (RefundAct.GO_ON, Stage.APPROVAL),
    (RefundAct.ASK_APPROVAL, Stage.ASK_APPROVAL),
    (RefundAct.PAY_OUT, Stage.PAY_OUT),
    (RefundAct.ASK_AGAIN, Stage.UNKNOWN),
)
"""The first act that may be done is what the main key does."""


def stage_of(refund: RefundView, *, fresh: bool, printed: bool, mine: bool) -> Stage:
    """`fresh`: its customer stands at the counter; `printed`: the slip was tried to print; `mine`: it waits for an
    approval the person here asked for."""
    if fresh and not printed and is_paid_out(refund):
        return Stage.PRINTING
    for act, stage in _NEXT:
        if act in refund.may:
            return stage
    if mine:
        return Stage.APPROVAL
    if fresh and is_paid_out(refund) and refund.cash_return is CashReturn.NONE:
        return Stage.SIGNING
    return Stage.ENDED if states.STATES[refund.state].terminal else Stage.WAITS


def is_paid_out(refund: RefundView) -> bool:
    """It has, or may have, its slip."""
    return refund.word is Word.REFUNDED


class RefundPanel(Vertical):
    """Shows one refund; nothing where none is picked."""

    class Next(Message):
        """The button was clicked."""

    def __init__(self, mine: Callable[[RefundView], bool], *, id: str | None = None) -> None:  # noqa: A002
        """`mine` tells whether one waits for an approval the person here asked for."""
        super().__init__(id=id)
        self._mine = mine
        self.refund: RefundView | None = None
        self.fresh = False
        self.printed = False
        self._document: DocumentView | None = None
        self._button = Push(id="next")
        self._button.can_focus = False

    def compose(self) -> ComposeResult:
        yield Line(id="word")
        yield Line(id="advice")
        yield Figures(id="figures")
        yield Line(id="todo")
        yield self._button
        with VerticalScroll(id="story", can_focus=False):
            yield Figures(id="legs")

    @property
    def stage(self) -> Stage:
        if self.refund is None:
            return Stage.ENDED
        return stage_of(self.refund, fresh=self.fresh, printed=self.printed, mine=self._mine(self.refund))

    def show(self, refund: RefundView | None, *, fresh: bool = False) -> None:
        """`fresh` while its customer stands at the counter, waiting for paper and money."""
        if refund is None or self.refund is None or refund.serial != self.refund.serial:
            self.printed, self._document = False, None
            self.tell(whole=False)
        self.refund, self.fresh = refund, fresh
        self.draw()

    def issued(self, document: DocumentView | None) -> None:
        """The slip was made, or could not be; what comes next does not wait for it."""
        self.printed, self._document = True, document or self._document
        self.draw()

    def tell(self, *, whole: bool) -> None:
        """`whole`: every step with what a counterpart knows it by, in place of the figures."""
        self.set_class(whole, "-steps")

    @property
    def whole(self) -> bool:
        return self.has_class("-steps")

    def draw(self) -> None:
        """Everything again, as it stands."""
        refund = self.refund
        self.display = refund is not None
        if refund is None:
            return
        stage = self.stage
        self.query_one("#word", Line).show(outcome_said(refund))
        self.query_one("#advice", Line).show(says_message(refund.advice))
        paper_no = self._document.number if self._document is not None else ""
        self.query_one("#figures", Figures).show(figures_of(refund, paper_no))
        self.query_one("#todo", Line).show(_todo(refund, stage))
        story = whole_story_of(refund) if self.whole else story_of(refund)
        self.query_one("#legs", Figures).show([*story, *_next_try(refund)])
        self._button.display = stage.has_button
        self._button.moves_money = stage.moves_money
        self._button.show(says(f"refunds.next.{stage.value}"))

    def page(self, pages: int) -> None:
        """Pages the steps."""
        story = self.query_one("#story", VerticalScroll)
        story.scroll_page_down(animate=False) if pages > 0 else story.scroll_page_up(animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Next())


def _todo(refund: RefundView, stage: Stage) -> Say:
    if stage is Stage.HAND_OVER:
        return says("refunds.todo.hand_over", amount=format_fen(refund.amount_fen))
    if stage is Stage.PAY_OUT and refund.paid_by is Method.ACCOUNT:
        return joined([says("refunds.todo.pay_out"), says("refunds.todo.pay_out.account")])
    return says(f"refunds.todo.{stage.value}") if stage is not Stage.ENDED else nothing


def _next_try(refund: RefundView) -> tuple[Figure, ...]:
    """When the desk asks again by itself."""
    if refund.next_try_at is None:
        return ()
    return (Figure(clock_time(refund.next_try_at, seconds=True), says("refunds.next_try"), text=True),)
