"""Home: where a teller says what comes next, and sees what has just been done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, clock_time, joined, money, said, says, shown
from screens.transactions import GROUPS, Transaction, matching, offered
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from screens.wording import outcome_of
from tellerdesk.bills.views import PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.staff.states import MAY, Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.text import grouped
from tellerdesk.till.views import TillView

RECENT = 30
WIDE = 96


class Home(DeskScreen):
    """The transaction field, what this person may start, and the till's newest payments."""

    CSS_PATH: ClassVar = ["task.tcss", "home.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "again", "next_pane", "language", "lock", "quit")
    BINDINGS: ClassVar = bindings("again", "next_pane")
    PAGE = HelpPage(
        what="help.home",
        fields=(("home.transaction", "help.home.transaction"), ("home.recent", "help.home.recent")),
        wrong=("help.home.no_till",),
    )

    def __init__(self, who: SignedOn) -> None:
        super().__init__()
        self._who = who
        self._offered = offered(who.role)
        self._payments: dict[str, PaymentView] = {}
        self._go = Field(says("home.transaction"), Entry(id="go"), after=says("home.hint"))
        self._recent = Ledger(
            (
                Column(5),
                Column(0),
                Column(20),
                Column(14, "right"),
                Column(16, below=WIDE),
                Column(36, from_width=WIDE),
                Column(8, "right", from_width=WIDE),
            ),
            id="recent",
        )

    def compose_body(self) -> ComposeResult:
        yield self._go
        with Horizontal(id="offered"):
            for group in GROUPS:
                if any(transaction.group == group for transaction in self._offered):
                    yield from self._group(group)
        with Vertical(id="just-now"):
            yield Line(says("home.recent"), classes="head")
            yield self._recent
            yield Line(says("home.none"), id="none")

    def _group(self, group: str) -> ComposeResult:
        with Vertical(classes="group"):
            yield Line(says(group), classes="head")
            for transaction in self._offered:
                if transaction.group == group:
                    yield Line(joined([shown(transaction.code, "$accent"), says(transaction.name)], "  "))

    def on_mount(self) -> None:
        self._go.entry.focus()
        self.note(self._greeting())

    def on_screen_resume(self) -> None:
        self._go.entry.put("")
        self._go.remark(says("home.hint"))
        self._go.entry.focus()
        self._look_again()

    def _greeting(self) -> Say:
        """When this person was last here, and whether someone else tried to be."""
        last = self._who.last_sign_on
        if last is None:
            return says("home.first_time")
        when = says("home.last_time", when=f"{branch_time(last):%Y-%m-%d %H:%M}")
        if not self._who.failures_before:
            return when
        return joined([when, says("home.failures", "bold $warning", count=self._who.failures_before)], "  ")

    # -- what is shown

    def _look_again(self) -> None:
        who = self._who
        may = MAY[who.role]
        if Permission.SEE_TILL in may:
            self.look(lambda desk: desk.till.position(who), self._till_seen, self.failed_quietly)
        if Permission.SEE_PAYMENTS in may:
            self.look(lambda desk: desk.bills.recent(who, RECENT), self._recent_seen, self.failed_quietly)

    def _till_seen(self, till: TillView | None) -> None:
        self.desk_app.till_seen(till)

    def _recent_seen(self, payments: tuple[PaymentView, ...]) -> None:
        self._payments = {payment.serial: payment for payment in payments}
        self._recent.show(_row(payment) for payment in payments)
        self.query_one("#none", Line).display = not payments
        self._recent.display = bool(payments)

    # -- the transaction field

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        found = matching(event.value, self._offered)
        if not event.value.strip():
            self._go.remark(says("home.hint"))
        elif found:
            self._go.remark(joined([_means(transaction) for transaction in found[:3]], "   "))
        else:
            self._go.remark(says("home.no_match"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        found = matching(event.value, self._offered)
        if not found:
            self._go.complain(says("home.no_match"))
        elif found[0].needs_till and self.desk_app.till_known and self.desk_app.till is None:
            self._go.complain(says("home.no_till"))
        else:
            self.desk_app.start(found[0])

    # -- keys

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        from screens.payment_story import PaymentStory

        event.stop()
        self.app.push_screen(PaymentStory(self._payments[event.key]))

    def action_again(self) -> None:
        self._look_again()
        self.desk_app.look_at_lights()

    def action_next_pane(self) -> None:
        if self._go.entry.has_focus and self._recent.rows:
            self._recent.focus()
        else:
            self._go.entry.focus()

    def action_back(self) -> None:
        self._go.entry.put("")
        self._go.entry.focus()


def _means(transaction: Transaction) -> Say:
    return joined([shown("→"), shown(transaction.code, "$accent"), says(transaction.name, "$foreground")])


def _row(payment: PaymentView) -> Row:
    return Row(
        payment.serial,
        (
            clock_time(payment.made_at),
            said(payment.biller_name),
            shown(grouped(payment.consumer_no)),
            money(payment.amount_fen),
            outcome_of(payment, short=True),
            outcome_of(payment),
            shown(payment.serial[-8:].lstrip("0") or "0", "$secondary"),
        ),
    )
