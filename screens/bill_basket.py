"""2001, several bills of one customer: counted once, taken one after the other, one table of what became of each."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.basket_consent import BasketConsent
from screens.basket_count import BasketCount
from screens.basket_form import BasketForm
from screens.basket_outcome import BasketOutcome, Ended
from screens.basket_rows import COLUMNS, MOST_ROWS, added_rows, rows_of
from screens.basket_sending import BasketSending
from screens.bill_account import AccountPart
from screens.bill_looks import Looks
from screens.confirm import Confirm
from screens.saying import Say, joined, money, says
from screens.widgets.figures import Figures
from screens.widgets.ledger import Ledger
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.widgets.waiting import Waiting
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import PaymentView


class Stage(Enum):
    """What the teller does next."""

    COUNT = "count"
    ACCOUNT = "account"
    PIN = "pin"
    VOUCHER = "voucher"
    DEBIT = "debit"
    WAITING = "waiting"
    PRINT = "print"
    HAND_OVER = "hand_over"

    @property
    def moves_money(self) -> bool:
        return self in {Stage.COUNT, Stage.DEBIT}


BEFORE = frozenset({Stage.COUNT, Stage.ACCOUNT, Stage.PIN, Stage.VOUCHER, Stage.DEBIT})
BY_ACCOUNT = BEFORE - {Stage.COUNT}


class BillBasket(DeskScreen):
    """One basket, from its list to the cash handed over. Over the payment form, to which it goes back."""

    CODE = "2001"
    NAME = "tx.basket"
    CSS_PATH = "bill_basket.tcss"
    KEYS: ClassVar[tuple[str, ...]] = (
        "help", "back", "choices", "again", "print", "basket", "undo", "method", "submit", "cancel", "lock",
    )  # fmt: skip
    BINDINGS: ClassVar = bindings("choices", "again", "print", "basket", "undo", "method", "submit", "go_to")
    PAGE = HelpPage(
        what="help.basket",
        fields=(("pay.tendered", "help.basket.tendered"), ("pay.account", "help.basket.account")),
        wrong=("help.basket.failed", "help.basket.doubt", "help.basket.left", "help.basket.large"),
        keys=(("undo", "help.basket.undo"), ("basket", "help.basket.go_on"), ("print", "help.basket.print")),
    )

    def __init__(self, form: BasketForm, left: Callable[[bool], None], view: BasketView | None = None) -> None:
        """`left` is told when this screen goes: True where the basket is over. `view` is a basket of before that was
        not handed over."""
        super().__init__()
        self.form = form
        self.view = view
        self.agreeing = False
        """the customer agrees anew to what of a basket from an account was not begun"""
        self.sending = False
        self.printed = False
        self.go = Push(id="go", moves_money=True)
        self.looks = Looks(self)
        self.count = BasketCount(id="count")
        self.consent = BasketConsent(self)
        self.send = BasketSending(self)
        self.ending = BasketOutcome(self)
        self._left = left

    def compose_body(self) -> ComposeResult:
        yield Ledger(COLUMNS, id="bills")
        yield Line(id="why")
        yield Line(id="sum")
        yield self.count
        yield Figures(id="cash")
        yield Line(id="todo")
        with Horizontal(id="act"):
            yield self.go
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")

    def on_mount(self) -> None:
        if self.view is not None:
            self.ending.show(self.view)
        else:
            self.show_bills()
            self.show_stage()
            self.focus_stage()

    # -- stages

    @property
    def over(self) -> bool:
        """Whether what became of the basket is shown."""
        return self.view is not None and not self.agreeing

    @property
    def stage(self) -> Stage:
        if self.over:
            if self.ending.waiting is not None:
                return Stage.WAITING
            return Stage.HAND_OVER if self.printed or not self.ending.printable else Stage.PRINT
        if not self.has_class("-by-account"):
            return Stage.COUNT
        if self.form.sent is not None or self.consent.whole:
            return Stage.DEBIT
        if self.count.account.view is None:
            return Stage.ACCOUNT
        return Stage.VOUCHER if self.count.account.by_voucher else Stage.PIN

    def show_stage(self) -> None:
        """The button, the note and the keys say what comes next."""
        stage = self.stage
        over = self.over
        self.set_class(over, "-over")
        self.go.moves_money = stage.moves_money
        self.go.disabled = self.busy
        self.go.show(self.ending.go_label() if over else says(f"basket.go.{stage.value}"))
        self.note(self.ending.remark() if over else says(f"basket.note.{stage.value}"))
        self.refresh_keys()

    def focus_stage(self) -> None:
        stage = self.stage
        if stage is Stage.COUNT and self.form.sent is None:
            self.count.tendered.entry.focus()
        elif stage is Stage.ACCOUNT:
            self.count.account.number.entry.focus()
        elif stage is Stage.VOUCHER:
            self.count.account.voucher.entry.focus()
        else:
            self.go.focus()

    def show_bills(self) -> None:
        """The list before anything is sent, and the sum of what is to be paid."""
        agreed, fen = self.consent.agreed, self.consent.sum_fen
        rows = added_rows(self.form.bills, agreed) if self.view is None else rows_of(self.view, agreed)
        self.count.total_fen = fen
        self.table(len(rows)).show(rows)
        self.query_one("#why", Line).show()
        self.query_one("#sum", Line).show(
            joined([says("basket.sum", count=len(self.consent.debits)), money(fen, "bold"), says("unit.yuan")])
        )

    def table(self, count: int) -> Ledger:
        ledger = self.query_one(Ledger)
        ledger.styles.height = max(1, min(count, MOST_ROWS if self.has_class("-short") else 2 * MOST_ROWS))
        return ledger

    def working_keys(self) -> tuple[str, ...]:
        stage = self.stage
        if self.busy:
            works = {"help", "lock"} if self.sending else {"help", "cancel", "lock"}
        elif stage in BEFORE:
            works = {"help", "back", "submit", "cancel", "lock"}
            if self.form.sent is None:
                works |= (
                    set() if self.agreeing else {"method"} | ({"undo"} if self.query_one(Ledger).has_focus else set())
                )
                works |= {"choices"} if stage in BY_ACCOUNT - {Stage.ACCOUNT} else set()
        else:
            works = {"help", "back", "choices", "submit", "lock", *self.ending.offers()}
        return tuple(name for name in self.KEYS if name in works)

    def key_label(self, name: str) -> Say:
        by_account = self.has_class("-by-account")
        if not self.over and name == "choices":
            return says("pay.consent.by_pad" if self.count.account.by_voucher else "pay.consent.by_voucher")
        if name == "method":
            return says("pay.method.cash" if by_account else "pay.method.account")
        own = {"undo": "basket.key.undo", "basket": "basket.key.go_on", "submit": f"basket.key.{self.stage.value}"}
        own |= {
            "choices": "story.key",
            "again": "basket.key.again",
            "print": "key.print" if self.printed else "basket.key.one_each",
        }
        return says(own.get(name, f"key.{name}"))

    # -- waiting

    def shut(self) -> None:
        """Money is about to move: nothing can be typed, pressed or left until the answer is there."""
        self.busy = self.sending = True
        self.go.disabled = True
        self.open_for_typing(False)
        self.note()
        self.query_one(Waiting).start(says("pay.starting"), None, says("pay.otherwise.flow"))
        self.refresh_keys()

    def stop_waiting(self) -> None:
        self.busy = self.sending = False
        self.query_one(Waiting).stop()
        self.open_for_typing(self.form.sent is None)
        self.show_stage()

    def open_for_typing(self, yes: bool) -> None:
        self.count.open_for_typing(yes)

    # -- an approval one of its bills waits for

    def asking(self, asking: object) -> None:
        self.send.asking(asking)

    def show_outcome(self, payment: PaymentView) -> None:  # noqa: ARG002 (the whole basket is read again)
        self.ending.read_again()

    def still_waits(self, payment: PaymentView) -> None:  # noqa: ARG002 (the whole basket is read again)
        self.ending.read_again()

    def withdrawn(self, payment: PaymentView) -> None:  # noqa: ARG002 (the whole basket is read again)
        self.ending.read_again()

    def on_basket_count_counted(self, event: BasketCount.Counted) -> None:
        event.stop()
        self.go.focus()

    # -- from an account

    def action_method(self) -> None:
        """Cash or account; what was agreed to for the one does not count for the other."""
        if self.busy or self.view is not None or self.form.sent is not None:
            return
        self.count.tendered.entry.put("")
        self.count.account.start_over()
        self.consent.forget()
        self.toggle_class("-by-account")
        self.show_bills()
        self.show_stage()
        self.focus_stage()

    def on_account_part_ask(self, event: AccountPart.Ask) -> None:
        event.stop()
        if self.stage is Stage.ACCOUNT:
            self.consent.ask_account()
        else:
            self.focus_stage()

    def on_account_part_changed(self, event: AccountPart.Changed) -> None:
        event.stop()
        self.consent.changed()

    def on_account_part_signed(self, event: AccountPart.Signed) -> None:
        event.stop()
        if self.count.account.consent(self.consent.sum_fen) is not None:
            self.show_stage()
            self.go.focus()

    # -- keys

    @property
    def method(self) -> Method:
        return Method.ACCOUNT if self.has_class("-by-account") else Method.CASH

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._go_on(by_button=True)

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.note(says("pay.press"), "warn")

    def action_submit(self) -> None:
        self._go_on(by_button=False)

    def _go_on(self, *, by_button: bool) -> None:
        stage = self.stage
        if self.busy:
            return
        if self.over:
            if self.desk_app.meant:
                self.ending.go_on()
        elif stage.moves_money:
            self.send.pay()
        elif stage is Stage.ACCOUNT:
            self.consent.ask_account()
        elif stage is Stage.PIN and by_button:
            self.consent.read_pin()
        elif stage is Stage.PIN:
            self.note(says("pay.consent.missing"), "warn")
            self.app.bell()
        else:
            self.count.account.consent(self.consent.sum_fen)

    def action_choices(self) -> None:
        """Before: PIN or voucher. After: the story of the bill under the cursor."""
        if self.busy:
            return
        if self.over:
            self.ending.open_story()
        elif self.stage in BY_ACCOUNT - {Stage.ACCOUNT} and self.form.sent is None:
            self.consent.forget()
            self.count.account.switch_consent()
            self.show_bills()
            self.show_stage()
            self.focus_stage()

    def action_again(self) -> None:
        if not self.busy and self.over:
            self.ending.ask_again()

    def action_print(self) -> None:
        if not self.busy and self.over:
            self.ending.print_otherwise()

    def action_basket(self) -> None:
        if not self.busy and self.over:
            self.ending.begin_the_rest()

    def action_undo(self) -> None:
        """Takes the bill under the cursor out of the list; the last one taken out, the form comes back."""
        ledger = self.query_one(Ledger)
        if self.busy or self.view is not None or self.form.sent is not None or not ledger.has_focus:
            return
        if ledger.current is not None:
            self.form.take_out(ledger.current)
        self.consent.forget()
        if not self.form.bills:
            self.leave(over=False)
            return
        self.show_bills()
        self.count.tendered.entry.put("")
        self.show_stage()

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        if self.over:
            self.ending.open_story()

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        if self.over:
            self.ending.explain()

    def on_descendant_focus(self) -> None:
        self.refresh_keys()

    def action_cancel(self) -> None:
        if self.busy and not self.sending:
            self.looks.give_up()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Back to the form, to put in more; from agreeing anew to what became of it; from a basket that was sent, home
        after asking."""
        if self.refuse_while_busy():
            return
        if self.agreeing and self.view is not None:
            self.ending.show(self.view)
        elif self.view is None and self.form.sent is None:
            self.leave(over=False)
        else:
            self.ending.before_leaving(lambda: self.leave(over=True))

    def action_go_to(self) -> None:
        """Home, after asking: a list that was not sent is forgotten, one that was is offered again."""
        if self.refuse_while_busy():
            return
        if self.view is None and self.form.sent is None:
            question = Confirm(
                says("basket.leave.question", count=len(self.form.bills)), detail=says("basket.leave.detail"),
                yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
            )  # fmt: skip
            self.app.push_screen(question, lambda meant: self.desk_app.go_home() if meant else None)
        else:
            self.ending.before_leaving(self.desk_app.go_home)

    def refuse_while_busy(self) -> bool:
        """A look may be given up at any time."""
        if self.busy and not self.sending:
            self.looks.give_up()
        return super().refuse_while_busy()

    def leave(self, *, over: bool) -> None:
        self.app.pop_screen()
        self._left(over)

    def ended(self, ended: Ended) -> None:
        """The customer has what is due."""
        self.leave(over=True)
        self.desk_app.note(ended.say, "good")
