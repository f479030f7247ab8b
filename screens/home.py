"""Home: where a teller says what comes next, and sees what has just been done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.choose import Choose
from screens.finding import Customer, Found, customers_of, found, means
from screens.saying import Say, clock_time, joined, money, said, says, shown
from screens.transactions import GROUPS, Transaction, offered
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.flow import Flow
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from screens.wording import number_said, outcome_of
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.views import BillerView, PaymentView
from tellerdesk.clock import branch_time
from tellerdesk.i18n import Words
from tellerdesk.staff.states import MAY, Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.views import TillView

RECENT = 30
QUESTIONS_EVERY_S = 10.0
WIDE = 96


class Home(DeskScreen):
    """The transaction field, what this person may start, and the till's newest payments."""

    CSS_PATH: ClassVar = ["task.tcss", "home.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "choices", "again", "next_pane", "approvals", "language", "lock", "quit")
    BINDINGS: ClassVar = bindings("choices", "again", "next_pane")
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
        self._customers: tuple[Customer, ...] = ()
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
        yield Line(id="questions")
        yield Line(id="baskets")
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
            yield Flow(
                (_offer(transaction) for transaction in self._offered if transaction.group == group),
                column=self._column,
            )

    def _column(self, words: Words) -> int:
        """Cells from one transaction to the next: the same in every group."""
        return max(_offer(transaction)(words).cell_length for transaction in self._offered) + 2

    def on_mount(self) -> None:
        self._go.entry.focus()
        self.query_one("#questions", Line).display = False
        self.query_one("#baskets", Line).display = False
        self.note(self._greeting())
        self.set_interval(QUESTIONS_EVERY_S, self._look_at_questions)

    def on_screen_resume(self) -> None:
        self._go.entry.put("")
        self._go.remark(says("home.hint"))
        self._go.entry.focus()
        self._look_again()

    def working_keys(self) -> tuple[str, ...]:
        """Who decides is reminded of F9; signing off is 1002 then, which stands above."""
        hidden = "quit" if Permission.DECIDE_APPROVAL in MAY[self._who.role] else "approvals"
        return tuple(name for name in self.KEYS if name != hidden)

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
        if self._takes_payments:
            self.look(lambda desk: desk.bills.billers(who), self._billers_seen, self.failed_quietly)
            self.look(lambda desk: desk.baskets.left_open(who), self._baskets_seen, self.failed_quietly)
        self._look_at_questions()

    def _look_at_questions(self) -> None:
        """How many of the person's own open questions nobody has taken over; one that fails leaves what was known."""
        who, app = self._who, self.desk_app
        if self.is_current and not app.locked and Permission.SEE_QUESTIONS in MAY[who.role]:
            self.look(lambda desk: desk.questions.own_count(who), self._questions_seen, lambda _error: None)

    def _questions_seen(self, count: int) -> None:
        line = self.query_one("#questions", Line)
        line.display = bool(count)
        line.show(joined([shown("2003", "$accent"), says("home.questions", "$warning", count=count)], "  "))

    def _baskets_seen(self, found: tuple[BasketView, ...]) -> None:
        """Those of the person's own that were not handed over."""
        line = self.query_one("#baskets", Line)
        line.display = bool(found)
        line.show(joined([shown("2001", "$accent"), says("home.baskets", "$warning", count=len(found))], "  "))

    @property
    def _takes_payments(self) -> bool:
        return Permission.TAKE_PAYMENT in MAY[self._who.role]

    def _billers_seen(self, billers: tuple[BillerView, ...]) -> None:
        self.desk_app.billers = billers
        self._customers = customers_of(self._payments.values(), billers)

    def _till_seen(self, till: TillView | None) -> None:
        self.desk_app.till_seen(till)

    def _recent_seen(self, payments: tuple[PaymentView, ...]) -> None:
        self._payments = {payment.serial: payment for payment in payments}
        self._recent.show(_row(payment) for payment in payments)
        self._customers = customers_of(payments, self.desk_app.billers)
        self.query_one("#none", Line).display = not payments
        self._recent.display = bool(payments)

    # -- the transaction field

    def _found(self, text: str) -> tuple[Found, ...]:
        billers = self.desk_app.billers if self._takes_payments else ()
        return found(text, self._offered, billers, self._customers if self._takes_payments else ())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        meant = self._found(event.value)
        if not event.value.strip():
            self._go.remark(says("home.hint"))
        elif meant:
            self._go.remark(joined([shown("→"), means(meant[0]), *_more(meant[1:])]))
        else:
            self._go.remark(says("home.no_match"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            return
        if meant := self._found(event.value):
            self._start(meant[0])
        else:
            self._go.complain(says("home.no_match"))

    def _start(self, one: Found) -> None:
        """Opens what was found; a biller or a customer stands in the payment form already."""
        needs_till = not isinstance(one, Transaction) or one.needs_till
        biller = one.biller if isinstance(one, Customer) else one
        if needs_till and self.desk_app.till_known and self.desk_app.till is None:
            self._go.complain(says("home.no_till"))
        elif isinstance(biller, Transaction):
            self.desk_app.start(biller)
        elif not biller.open_now:
            self._go.complain(says("pay.biller.closed", hours=biller.hours))
        else:
            from screens.bill_payment import BillPayment

            consumer_no = one.consumer_no if isinstance(one, Customer) else ""
            self.app.push_screen(BillPayment(biller, consumer_no))

    # -- keys

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        from screens.payment_story import PaymentStory

        event.stop()
        self.app.push_screen(PaymentStory(self._payments[event.key]))

    def action_choices(self) -> None:
        """Everything the field may mean, to choose from."""
        meant = self._found(self._go.entry.value) or self._found_without_typing()
        rows = tuple(Row(str(at), (means(one), _kind_of(one)), shut=_is_shut(one)) for at, one in enumerate(meant))
        if rows and not self._recent.has_focus:
            sheet = Choose(says("home.found"), (Column(0), Column(24)), rows)
            self.app.push_screen(sheet, lambda key: self._start(meant[int(key)]) if key is not None else None)

    def _found_without_typing(self) -> tuple[Found, ...]:
        return (*self._offered, *self.desk_app.billers) if self._takes_payments else self._offered

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


def _offer(transaction: Transaction) -> Say:
    return joined([shown(transaction.code, "$accent"), says(transaction.name)], "  ")


def _more(rest: tuple[Found, ...]) -> tuple[Say, ...]:
    return (says("home.more", count=len(rest)),) if rest else ()


def _kind_of(one: Found) -> Say:
    """What sort of thing was found; a biller outside its hours is told with them."""
    biller = one.biller if isinstance(one, Customer) else one
    if isinstance(biller, Transaction):
        return says(biller.group)
    return said(biller.item) if biller.open_now else says("pay.biller.shut", hours=biller.hours)


def _is_shut(one: Found) -> bool:
    biller = one.biller if isinstance(one, Customer) else one
    return isinstance(biller, BillerView) and not biller.open_now


def _row(payment: PaymentView) -> Row:
    return Row(
        payment.serial,
        (
            clock_time(payment.made_at),
            said(payment.biller_name),
            shown(number_said(payment.consumer_no)),
            money(payment.amount_fen),
            outcome_of(payment, short=True),
            outcome_of(payment),
            shown(payment.serial[-8:].lstrip("0") or "0", "$secondary"),
        ),
    )
