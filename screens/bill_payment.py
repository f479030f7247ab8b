"""2001: taking the payment of a bill, in four visible steps.

Who -> what is owed, read aloud and nodded to -> cash counted, or an account and consent -> outcome, paper,
change. Nothing but F10, its chord or a click pays; see `Push` for why Enter does not.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Button

from screens.actions import bindings
from screens.base import HelpPage
from screens.bill_account import AccountPart
from screens.bill_adding import AddingTalk
from screens.bill_approval import ApprovalTalk
from screens.bill_collect import CollectPart
from screens.bill_consent import ConsentTalk
from screens.bill_form import PaymentForm, Step
from screens.bill_looks import LookUpTalk
from screens.bill_panel import BillPanel
from screens.bill_sending import PaymentTalk
from screens.bill_steps import CONSENT, KEYS, STEPS, Stage, label_of, stage_of, steps_said, working
from screens.bill_who import WhoPart
from screens.money_task import MoneyTask
from screens.payment_story import PaymentStory
from screens.saying import Say, nothing, says
from screens.widgets.line import Line
from screens.widgets.waiting import Waiting
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import BillerView, PaymentView
from tellerdesk.journal.states import Word


class BillPayment(MoneyTask):
    """One customer, one bill, one payment; then an empty form for the next."""

    form: PaymentForm
    CODE = "2001"
    NAME = "tx.2001"
    CSS_PATH: ClassVar = ["bill_payment.tcss", "outcome.tcss"]
    FIRST = "pay.starting"
    PRESS = "pay.press"
    KEYS: ClassVar[tuple[str, ...]] = KEYS
    BINDINGS: ClassVar = [
        *bindings("choices", "method", "submit", "again", "print", "page_up", "page_down", "go_to"),
        Binding("plus", "basket", show=False, priority=True),  # no field here takes a plus sign
    ]
    PAGE = HelpPage(
        what="help.pay",
        fields=(
            ("pay.biller", "help.pay.biller"),
            ("pay.consumer", "help.pay.consumer"),
            ("pay.amount", "help.pay.amount"),
            ("pay.tendered", "help.pay.tendered"),
            ("pay.account", "help.pay.account"),
            ("pay.consent", "help.pay.consent"),
        ),
        wrong=(
            "help.pay.wrong_number", "help.pay.closed", "help.pay.before", "help.pay.identity", "help.pay.approval",
            "help.pay.processing", "help.pay.failed", "help.pay.twice", "help.pay.basket",
        ),
    )  # fmt: skip

    def __init__(self, biller: BillerView | None = None, consumer_no: str = "") -> None:
        """`biller` and `consumer_no` where they were named before: the form begins with them filled in."""
        super().__init__()
        self.form = PaymentForm()
        self.adding = AddingTalk(self)
        self._named = (biller, consumer_no) if biller is not None else None
        self.who_part = WhoPart(id="who")
        self.collect = CollectPart(id="collect")
        self._consent = ConsentTalk(self)
        self._lookup = LookUpTalk(self)
        self._payment = PaymentTalk(self)
        self._approval = ApprovalTalk(self, self)

    def compose_body(self) -> ComposeResult:
        yield self.who_part
        yield self.adding.panel
        yield BillPanel(id="bill")
        yield Line(says("pay.read_aloud"), id="aloud")
        yield self.collect
        with Horizontal(id="act"):
            yield self.go
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")
        yield self.outcome

    def on_mount(self) -> None:
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.till.position(who), self.desk_app.till_seen, self.failed_quietly)
            self.adding.look_for_open_ones()
        self.who_part.billers = self.desk_app.billers
        self.start_over()
        if self._named is not None:
            self.who_part.start_with(*self._named)

    def start_over(self) -> None:
        """An empty form, the biller of before still chosen."""
        super().start_over()
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.bills.billers(who), self._billers_seen, self.failed_quietly)
        self.form = self.adding.new_form()
        self.who_part.start_over(self.desk_app.last_biller)
        self.collect.start_over()
        self.show_step(Step.WHO)

    # -- steps

    def show_step(self, step: Step) -> None:
        self.form.step = step
        self.update_classes({f"-{each.value}": each is step for each in STEPS})
        self.collect.set_class(self.form.adding, "-adding")
        self.adding.show()
        self.query_one("#steps", Line).show(steps_said(step))
        self.who_part.open_for_typing(step is Step.WHO)
        self.show_go()
        self.note(says(f"pay.note.{self.stage.value}") if step is not Step.DONE else nothing)
        self.focus_step(step)

    @property
    def stage(self) -> Stage:
        return stage_of(self.form, self.collect)

    def show_go(self) -> None:
        """The button and the keys say what comes next."""
        stage = self.stage
        self.go.moves_money = stage.moves_money
        self.go.disabled = self.busy
        self.go.show(says(f"pay.go.{stage.value}") if stage is not Stage.DONE else nothing)
        self.set_class(self.collect.method is Method.ACCOUNT, "-by-account")
        self.refresh_keys()

    def note_stage(self) -> None:
        self.note(says(f"pay.note.{self.stage.value}"))

    def focus_step(self, step: Step) -> None:
        if step is Step.WHO:
            self.who_part.focus_first()
        elif step is Step.BILL:
            self.go.focus()
        elif step is Step.COLLECT:
            self.collect.focus_first()

    def working_keys(self) -> tuple[str, ...]:
        outcome = self.outcome.working_keys() if self.form.step is Step.DONE else ()
        return working(self.stage, busy=self.busy, sending=self.sending, begun=self.form.sent is not None,
                       outcome=outcome, names_serial=bool(self.named_serial), basket=self.adding.there)  # fmt: skip

    def key_label(self, name: str) -> Say:
        if name == "submit" and self.form.step is Step.DONE:
            return self.outcome.next_label()
        return label_of(name, self.stage, by_voucher=self.collect.account.by_voucher, story=bool(self.named_serial))

    # -- waiting

    def _give_up_look(self) -> None:
        self.looks.give_up()
        self.show_step(self.form.step)
        if self.stage in CONSENT:
            self.focus_consent()

    def open_for_typing(self, yes: bool) -> None:
        self.collect.open_for_typing(yes)

    def otherwise(self, state: str) -> Say:
        if not state:
            return says("pay.otherwise.flow")
        side = "core" if state.startswith(("CORE", "AUTO")) else "biller"
        return says(f"pay.otherwise.{side}")

    # -- step 1: who

    def _billers_seen(self, billers: tuple[BillerView, ...]) -> None:
        self.desk_app.billers = billers
        self.who_part.know(billers)
        if self.form.step is Step.WHO and self.who_part.biller is None and not self.busy:
            self.who_part.keep(self.desk_app.last_biller)

    def on_who_part_complete(self, event: WhoPart.Complete) -> None:
        event.stop()
        self._look_up()

    def _look_up(self) -> None:
        """What is owed; Enter on no number at all goes on to the basket, if there is one."""
        if self.form.adding and not self.who_part.consumer.entry.value.strip() and not self.busy:
            self.adding.open()
        else:
            self._lookup.look_up()

    def action_choices(self) -> None:
        """The list of what can be chosen here, or the story of the transaction that is named here."""
        stage = self.stage
        if self.busy:
            return
        if self.named_serial:
            self.open_story(self.named_serial)
        elif stage is Stage.WHO:
            self.who_part.open_list()
        elif stage is Stage.DONE and self.outcome.payment is not None and not self.outcome.busy:
            self.app.push_screen(PaymentStory(self.outcome.payment, look_only=True))
        elif self.collect.method is Method.ACCOUNT and stage is not Stage.ACCOUNT and self.form.sent is None:
            self.collect.account.switch_consent()
            self.show_go()
            self.note_stage()
            self.focus_consent()

    # -- step 3: from an account

    def action_method(self) -> None:
        """Cash or account; what was agreed to for the one does not count for the other."""
        if self.form.step is not Step.COLLECT or self.busy or self.form.sent is not None:
            return
        self.collect.empty_cash()
        self.collect.account.start_over()
        self.collect.pay_by(Method.CASH if self.collect.method is Method.ACCOUNT else Method.ACCOUNT)
        self.show_go()
        self.note_stage()
        if self.collect.amount_so_far() is None:
            self.collect.focus_first()
        else:
            self.collect.focus_means()

    def on_account_part_ask(self, event: AccountPart.Ask) -> None:
        event.stop()
        if self.stage is Stage.ACCOUNT:
            self._consent.ask_account()
        else:
            self.focus_consent()

    def on_account_part_changed(self, event: AccountPart.Changed) -> None:
        event.stop()
        self.show_go()

    def on_collect_part_amount_changed(self, event: CollectPart.AmountChanged) -> None:
        event.stop()
        self.show_go()

    def on_account_part_signed(self, event: AccountPart.Signed) -> None:
        event.stop()
        if self.collect.account.consent(self.collect.amount()) is not None:
            self.go.focus()
            self.note_stage()

    def consent_changed(self) -> None:
        """Another holder or another consent: what comes next is said, and stands under the cursor."""
        self.show_go()
        self.note_stage()
        self.focus_consent()

    def focus_consent(self) -> None:
        if self.stage is Stage.VOUCHER:
            self.collect.account.voucher.entry.focus()
        else:
            self.go.focus()

    # -- keys

    def on_collect_part_counted(self, event: CollectPart.Counted) -> None:
        event.stop()
        self.go.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._go_on(by_button=True)

    def action_submit(self) -> None:
        self._go_on(by_button=False)

    def _go_on(self, *, by_button: bool) -> None:
        stage = self.stage
        if stage is Stage.WHO:
            self._look_up()
        elif stage in {Stage.ADD, Stage.AMOUNT} and self.desk_app.meant:
            self.adding.add()
        elif stage is Stage.BILL and self.desk_app.meant:
            self.show_step(Step.COLLECT)
        elif stage is Stage.ACCOUNT:
            self._consent.ask_account()
        elif stage is Stage.PIN:
            self._consent.read_pin() if by_button else self._say_consent_is_missing()
        elif stage is Stage.VOUCHER:
            self.collect.account.consent(self.collect.amount())
        elif stage is Stage.DONE:
            self.outcome.go_on()
        elif stage.moves_money:
            self._payment.pay()
        elif stage is Stage.APPROVAL and self.desk_app.meant:
            self._open_approval()

    def _say_consent_is_missing(self) -> None:
        if not self.busy:
            self.note(says("pay.consent.missing"), "warn")
            self.app.bell()
            self.go.focus()

    def action_cancel(self) -> None:
        """One step back; during a look, gives it up: it moves no money and its late answer is not shown."""
        step = self.form.step
        if self.busy and not self.sending and step is not Step.DONE:
            self._give_up_look()
        elif step is Step.DONE:
            self.action_back()
        elif self.refuse_while_busy():
            return
        elif step is Step.WHO:
            self.action_back()
        else:
            self.one_step_back(step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A plus sign is a key only where it does something."""
        if action == "basket":
            return "basket" in self.working_keys()
        return super().check_action(action, parameters)

    def action_basket(self) -> None:
        """Puts the bill into the basket; where none is shown, opens the basket."""
        if not self.desk_app.meant:
            return
        if self.form.step is Step.WHO:
            self.adding.open()
        else:
            self.adding.add()

    def action_back(self) -> None:
        self.adding.before_leaving(super().action_back)

    def action_go_to(self) -> None:
        if not self.refuse_while_busy():
            self.adding.before_leaving(self.desk_app.go_home)

    def one_step_back(self, step: Step) -> None:
        if step is Step.COLLECT and self.form.sent is None:
            self.collect.start_over(self.form.bill)
            self.show_step(Step.BILL)
        elif step is Step.BILL:
            self.form = self.adding.new_form()
            self.show_step(Step.WHO)
        else:
            self.action_back()

    def action_again(self) -> None:
        if self.form.step is Step.WHO:
            self._look_up()
        elif self.form.step is Step.DONE:
            self.outcome.ask_again()

    def action_page_up(self) -> None:
        self._page(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def _page(self, pages: int) -> None:
        (self.outcome if self.form.step is Step.DONE else self.query_one(BillPanel)).page(pages)

    # -- step 3: waiting for an approval

    def _open_approval(self) -> None:
        if not self.busy and self.form.awaiting is not None:
            self._approval.open(self.form.awaiting, self.form.sent.account if self.form.sent else None)

    def still_waits(self, payment: PaymentView) -> None:
        """Nothing has moved, and nothing can be typed: the sheet can be opened again."""
        self.form.awaiting = payment
        self.stop_waiting()
        self.collect.open_for_typing(False)
        self.note_stage()
        self.go.focus()

    def withdrawn(self, payment: PaymentView) -> None:  # noqa: ARG002 (another host shows it)
        """The same bill again, to be paid in another way."""
        self.form = self.form.anew()
        self.stop_waiting()
        self.collect.start_over(self.form.bill)
        self.show_step(Step.COLLECT)
        self.note(says("pay.withdrawn"), "warn")

    # -- step 4: done

    def show_outcome(self, payment: PaymentView) -> None:
        """What became of the one payment of this form; one that needs an approval has only begun."""
        if payment.word is Word.AWAITING:
            self.still_waits(payment)
            self._open_approval()
            return
        self.form.awaiting = None
        self.stop_waiting()
        self.show_step(Step.DONE)
        self.outcome.show(payment, fresh=True)
