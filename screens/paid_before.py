"""What stands already for this consumer and period, and whether the teller means to go on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from screens.payment_story import PaymentStory
from screens.saying import Say, clock_time, joined, money, says, says_error, shown
from screens.sheet import Sheet
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.wording import word_said
from tellerdesk.bills.views import PaidBefore, PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.errors import TellerDeskError


class PaidBeforeSheet(Sheet[bool]):
    """The payments of before, newest as the desk told them, and one question whose first answer is no.

    Each of them can be opened to its story. A bounced Enter answers nothing.
    """

    CSS_PATH = "paid_before.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "answer_no", show=False),
        Binding("left,right", "other", show=False),
        Binding("down,f4", "list", show=False),
        Binding("f10,ctrl+s", "nothing", show=False),
    ]

    def __init__(self, before: tuple[PaidBefore, ...], named: tuple[Say, ...] = ()) -> None:
        """`named` says of each what it may be the same as, where several bills are asked about on one page."""
        super().__init__()
        self._before = before
        self._named = named

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says("pay.before.head"), id="question")
            yield Ledger(
                (
                    *((Column(12),) if self._named else ()),
                    Column(11),
                    Column(11),
                    Column(14, "right"),
                    Column(0),
                    Column(8, "right"),
                )
            )
            yield Line(says("pay.before.detail"), id="detail")
            with Horizontal(id="answers"):
                yield Push(says("pay.before.no"), id="no")
                yield Push(says("pay.before.yes"), id="yes")
            yield Line(says("pay.before.keys"), id="close")

    def on_mount(self) -> None:
        ledger = self.query_one(Ledger)
        ledger.styles.height = min(len(self._before), 6)
        ledger.show(_row(paid, self._named[at : at + 1]) for at, paid in enumerate(self._before))
        self.query_one("#no", Push).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if self.desk_app.meant:
            self.dismiss(event.button.id == "yes")

    # -- the story of one of them

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        app, serial = self.desk_app, event.key
        who = app.who
        if who is not None:
            app.look(self, lambda desk: desk.bills.payment(who, serial), self._story_seen, self._not_seen)

    def _story_seen(self, payment: PaymentView) -> None:
        if self.is_active:
            self.app.push_screen(PaymentStory(payment, look_only=True))

    def _not_seen(self, error: TellerDeskError) -> None:
        self.query_one("#close", Line).show(says_error(error, "$warning"))

    # -- keys

    def action_list(self) -> None:
        self.query_one(Ledger).focus()

    def action_answer_no(self) -> None:
        self.dismiss(False)

    def action_other(self) -> None:
        focused = self.focused
        self.query_one("#yes" if focused is not None and focused.id == "no" else "#no", Push).focus()

    def action_nothing(self) -> None:
        self.app.bell()


def _row(paid: PaidBefore, named: tuple[Say, ...] = ()) -> Row:
    day = shown(f"{branch_time(paid.made_at):%m-%d}")
    teller = joined([says("frame.teller"), shown(paid.teller_no)])
    return Row(
        paid.serial,
        (
            *named,
            joined([day, clock_time(paid.made_at)]),
            teller,
            money(paid.amount_fen),
            word_said(paid.word),
            shown(paid.serial[-8:].lstrip("0") or "0", "$secondary"),
        ),
    )
