"""2001: taking the payment of a bill, in four visible steps.

Who -> what is owed, read aloud and nodded to -> cash counted, or an account and consent -> outcome, paper,
change. Nothing but F10, its chord or a click pays; see `Push` for why Enter does not.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage, serial_in
from screens.bill_account import AccountPart
from screens.bill_collect import CollectPart
from screens.bill_form import IDENTITY_NEEDED, PAID_BEFORE, PaymentForm, Step
from screens.bill_panel import BillPanel
from screens.bill_steps import CONSENT, KEYS, STEPS, Stage, label_of, stage_of, steps_said, working
from screens.bill_who import WhoPart
from screens.confirm import Confirm
from screens.identity import IdentitySheet
from screens.outcome import OutcomePart
from screens.paid_before import PaidBeforeSheet
from screens.payment_story import PaymentStory
from screens.saying import Say, joined, nothing, said, says, says_error
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.widgets.waiting import Waiting
from screens.wording import cash_is_due
from tellerdesk.bills.commands import AskAccount, Identity, Method, ReadPin
from tellerdesk.bills.views import AccountView, Asking, BillerView, BillView, PaymentView
from tellerdesk.errors import BadInput, TellerDeskError


class BillPayment(DeskScreen):
    """One customer, one bill, one payment; then an empty form for the next."""

    CODE = "2001"
    NAME = "tx.2001"
    CSS_PATH: ClassVar = ["bill_payment.tcss", "outcome.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = KEYS
    BINDINGS: ClassVar = bindings("choices", "method", "submit", "again", "print", "page_up", "page_down")
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
            "help.pay.wrong_number", "help.pay.closed", "help.pay.before", "help.pay.identity", "help.pay.processing",
            "help.pay.failed", "help.pay.twice",
        ),
    )  # fmt: skip

    def __init__(self, biller: BillerView | None = None, consumer_no: str = "") -> None:
        """`biller` and `consumer_no` where they were named before: the form begins with them filled in."""
        super().__init__()
        self.form = PaymentForm()
        self._named = (biller, consumer_no) if biller is not None else None
        self._look_no = 0
        self._paying = False
        self._who = WhoPart(id="who")
        self._collect = CollectPart(id="collect")
        self._go = Push(id="go", moves_money=True)
        self.outcome = OutcomePart(id="outcome")

    def compose_body(self) -> ComposeResult:
        yield self._who
        yield BillPanel(id="bill")
        yield Line(says("pay.read_aloud"), id="aloud")
        yield self._collect
        with Horizontal(id="act"):
            yield self._go
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")
        yield self.outcome

    def on_mount(self) -> None:
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.till.position(who), self.desk_app.till_seen, self.failed_quietly)
        self._who.billers = self.desk_app.billers
        self._start_over()
        if self._named is not None:
            self._who.start_with(*self._named)

    def _start_over(self) -> None:
        """An empty form: a new request id, the cursor in the first field, the biller of before still chosen."""
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.bills.billers(who), self._billers_seen, self.failed_quietly)
        self.form = PaymentForm()
        self.outcome.payment = None
        self._who.start_over(self.desk_app.last_biller)
        self._collect.start_over()
        self._show_step(Step.WHO)

    # -- steps

    def _show_step(self, step: Step) -> None:
        self.form.step = step
        for each in STEPS:
            self.set_class(each is step, f"-{each.value}")
        self.query_one("#steps", Line).show(steps_said(step))
        self._who.open_for_typing(step is Step.WHO)
        self._show_go()
        self.note(says(f"pay.note.{self._stage.value}") if step is not Step.DONE else nothing)
        self._focus_step(step)

    @property
    def _stage(self) -> Stage:
        return stage_of(self.form, self._collect)

    def _show_go(self) -> None:
        """The button and the keys say what comes next."""
        stage = self._stage
        self._go.moves_money = stage.moves_money
        self._go.disabled = self.busy
        self._go.show(says(f"pay.go.{stage.value}") if stage is not Stage.DONE else nothing)
        self.set_class(self._collect.method is Method.ACCOUNT, "-by-account")
        self.refresh_keys()

    def _focus_step(self, step: Step) -> None:
        if step is Step.WHO:
            self._who.focus_first()
        elif step is Step.BILL:
            self._go.focus()
        elif step is Step.COLLECT:
            self._collect.focus_first()

    def working_keys(self) -> tuple[str, ...]:
        outcome = self.outcome.working_keys() if self.form.step is Step.DONE else ()
        return working(self._stage, busy=self.busy, paying=self._paying, begun=self.form.sent is not None,
                       outcome=outcome, names_serial=bool(self.named_serial))  # fmt: skip

    def key_label(self, name: str) -> Say:
        if name == "submit" and self.form.step is Step.DONE:
            return self.outcome.next_label()
        return label_of(name, self._stage, by_voucher=self._collect.account.by_voucher, story=bool(self.named_serial))

    # -- looking: what may be given up, since it moves no money

    def _begin_look(self, whom: Say, otherwise: Say) -> int:
        """Waits for `whom`; the number tells this look from the ones given up."""
        self.busy = True
        self._go.disabled = True
        self._look_no += 1
        self.note()
        self.query_one(Waiting).start(whom, None, otherwise)
        self.refresh_keys()
        return self._look_no

    def _look_ended(self, number: int) -> bool:
        """True where the look is still waited for; its screen is ready for the next key then."""
        if number != self._look_no or not self.busy:
            return False
        self._stop_waiting()
        return True

    def _give_up_look(self) -> None:
        """What still comes of it is not shown."""
        self._look_no += 1
        self._stop_waiting()
        self._show_step(self.form.step)
        if self._stage in CONSENT:
            self._focus_consent()

    def _stop_waiting(self) -> None:
        self.busy = self._paying = False
        self.query_one(Waiting).stop()
        self._collect.open_for_typing(True)
        self._show_go()

    # -- step 1: who

    def _billers_seen(self, billers: tuple[BillerView, ...]) -> None:
        self.desk_app.billers = billers
        self._who.know(billers)
        if self.form.step is Step.WHO and self._who.biller is None and not self.busy:
            self._who.keep(self.desk_app.last_biller)

    def on_who_part_complete(self, event: WhoPart.Complete) -> None:
        event.stop()
        self._look_up()

    def action_choices(self) -> None:
        """The list of what can be chosen here, or the story of the transaction that is named here."""
        stage = self._stage
        if self.busy:
            return
        if self.named_serial:
            self.open_story(self.named_serial)
        elif stage is Stage.WHO:
            self._who.open_list()
        elif stage is Stage.DONE and self.outcome.payment is not None and not self.outcome.busy:
            self.app.push_screen(PaymentStory(self.outcome.payment, look_only=True))
        elif self._collect.method is Method.ACCOUNT and stage is not Stage.ACCOUNT and self.form.sent is None:
            self._collect.account.switch_consent()
            self._show_go()
            self.note(says(f"pay.note.{self._stage.value}"))
            self._focus_consent()

    def _look_up(self) -> None:
        who = self.desk_app.who
        if self.busy or who is None or (command := self._who.question()) is None or self._who.biller is None:
            return
        number = self._begin_look(said(self._who.biller.name), says("pay.otherwise.look_up"))
        self.look(
            lambda desk: desk.bills.look_up(who, command),
            lambda bill: self._looked_up(bill, number),
            lambda error: self._not_looked_up(error, number),
        )

    def _looked_up(self, bill: BillView, number: int) -> None:
        if not self._look_ended(number):
            return
        self.form.bill = bill
        self.desk_app.last_biller = bill.biller.code
        self._who.settle(bill.consumer_no)
        self.query_one(BillPanel).show(bill)
        self._collect.start_over(bill)
        self._show_step(Step.BILL)
        if bill.paid_before:
            self.app.push_screen(PaidBeforeSheet(bill.paid_before), self._knows_paid_before)

    def _not_looked_up(self, error: TellerDeskError, number: int) -> None:
        if self._look_ended(number):
            self._show_step(Step.WHO)
            self.note()
            self.complain(error, self._who.fields())

    def _knows_paid_before(self, goes_on: bool | None) -> None:
        """Without a clear yes the customer is not charged again."""
        if goes_on:
            self.form.knows_paid_before = True
            self._focus_step(Step.BILL)
        else:
            self._one_step_back(Step.BILL)

    # -- step 3: from an account

    def action_method(self) -> None:
        """Cash or account; what was agreed to for the one does not count for the other."""
        if self.form.step is not Step.COLLECT or self.busy or self.form.sent is not None:
            return
        self._collect.empty_cash()
        self._collect.account.start_over()
        self._collect.pay_by(Method.CASH if self._collect.method is Method.ACCOUNT else Method.ACCOUNT)
        self._show_go()
        self.note(says(f"pay.note.{self._stage.value}"))
        if self._collect.amount_so_far() is None:
            self._collect.focus_first()
        else:
            self._collect.focus_means()

    def on_account_part_ask(self, event: AccountPart.Ask) -> None:
        event.stop()
        if self._stage is Stage.ACCOUNT:
            self._ask_account()
        else:
            self._focus_consent()

    def on_account_part_changed(self, event: AccountPart.Changed) -> None:
        event.stop()
        self._show_go()

    def on_collect_part_amount_changed(self, event: CollectPart.AmountChanged) -> None:
        event.stop()
        self._show_go()

    def on_account_part_signed(self, event: AccountPart.Signed) -> None:
        event.stop()
        if self._collect.account.consent(self._collect.amount()) is not None:
            self._go.focus()
            self.note(says(f"pay.note.{self._stage.value}"))

    def _focus_consent(self) -> None:
        if self._stage is Stage.VOUCHER:
            self._collect.account.voucher.entry.focus()
        else:
            self._go.focus()

    def _ask_account(self) -> None:
        who, bill = self.desk_app.who, self.form.bill
        if self.busy or who is None or bill is None or self._collect.amount() is None:
            return
        if (account_no := self._collect.account.to_ask()) is None:
            return
        command = AskAccount(account_no, bill.quote_id)
        number = self._begin_look(says("pay.starting"), says("pay.otherwise.account"))
        self.look(
            lambda desk: desk.bills.account(who, command),
            lambda account: self._account_seen(account, account_no, number),
            lambda error: self._account_not_seen(error, number),
        )

    def _account_seen(self, account: AccountView, account_no: str, number: int) -> None:
        if self._look_ended(number) and account_no == self._collect.account.account_no:
            self._collect.account.show(account, account_no)
            self._show_go()
            self.note(says(f"pay.note.{self._stage.value}"))
            self._focus_consent()

    def _account_not_seen(self, error: TellerDeskError, number: int) -> None:
        if self._look_ended(number):
            self._collect.account.number.entry.focus()
            self.complain(error, self._collect.fields())

    def _read_pin(self) -> None:
        """The customer keys the PIN on the pad; nothing of it passes this keyboard."""
        who, account, amount_fen = self.desk_app.who, self._collect.account.view, self._collect.amount()
        if self.busy or who is None or account is None or amount_fen is None:
            return
        command = ReadPin(account.account_no, amount_fen)
        number = self._begin_look(says("pay.pin.whom"), says("pay.otherwise.pin"))
        self._collect.open_for_typing(False)
        self.look(
            lambda desk: desk.bills.read_pin(who, command),
            lambda pin_block: self._pin_read(pin_block, amount_fen, number),
            lambda error: self._pin_not_read(error, number),
        )

    def _pin_read(self, pin_block: str, amount_fen: int, number: int) -> None:
        if self._look_ended(number):
            self._collect.account.entered(pin_block, amount_fen)
            self._show_go()
            self.note(says(f"pay.note.{self._stage.value}"))
            self._go.focus()

    def _pin_not_read(self, error: TellerDeskError, number: int) -> None:
        if self._look_ended(number):
            self._go.focus()
            self.complain(error)

    # -- step 3: the payment itself

    def _pay(self) -> None:
        """Sends the one payment of this form. Everything that could send a second is shut before this returns."""
        who, bill = self.desk_app.who, self.form.bill
        if self.busy or self.form.step is not Step.COLLECT or who is None or bill is None:
            return
        cash = self._collect.method is Method.CASH
        tendered_fen = self._collect.counted() if cash else 0
        amount_fen = self._collect.amount()
        if tendered_fen is None or amount_fen is None:
            return
        consent = None if cash else self._collect.account.consent(amount_fen)
        if not cash and consent is None:
            return
        command = self.form.command(amount_fen, tendered_fen, consent)
        self.busy = self._paying = True
        self._go.disabled = True
        self._collect.open_for_typing(False)
        self.note()
        self.query_one(Waiting).start(says("pay.starting"), None, says("pay.otherwise.flow"))
        self.refresh_keys()
        self.desk_app.ask(
            self, lambda desk, watch: desk.bills.pay(who, command, watch), self._paid, self._not_paid, self._asking
        )

    def _asking(self, asking: Asking) -> None:
        if self.busy:
            side = "core" if asking.state.startswith(("CORE", "AUTO")) else "biller"
            otherwise = says(f"pay.otherwise.{side}")
            self.query_one(Waiting).start(said(asking.counterpart), asking.deadline_s, otherwise)

    def _paid(self, payment: PaymentView) -> None:
        self._stop_waiting()
        self._show_step(Step.DONE)
        self.outcome.show(payment, fresh=True)

    def _not_paid(self, error: TellerDeskError) -> None:
        nothing_begun = self.form.failed(error)
        self._stop_waiting()
        if not nothing_begun:
            # Whether it was begun is not known: the amounts stay as they are and the same request is sent again.
            self._collect.open_for_typing(False)
            self._go.focus()
            self.note(joined([says_error(error), says("pay.same_again")]), "error", serial=serial_in(error))
        elif error.message_id == IDENTITY_NEEDED or self._is_about_identity(error):
            self.app.push_screen(IdentitySheet(error, self.form.identity), self._identified)
        elif error.message_id == PAID_BEFORE:
            self.note(says_error(error), "warn", serial=serial_in(error))
            question = Confirm(
                says("pay.before.head"), detail=joined([says_error(error), says("pay.before.detail")]),
                yes=says("pay.before.yes"), no=says("pay.before.no"), first="no",
            )  # fmt: skip
            self.app.push_screen(question, self._pays_again_if)
        else:
            self._collect.focus_means()
            self.complain(error, self._collect.fields())

    def _pays_again_if(self, meant: bool | None) -> None:
        """A yes goes back to F10, which still is what pays."""
        if meant:
            self.form.knows_paid_before = True
            self.note(says(f"pay.note.{self._stage.value}"))
        self._go.focus()

    def _is_about_identity(self, error: TellerDeskError) -> bool:
        """Something typed about a person cannot be used."""
        return self.form.identity is not None and isinstance(error, BadInput) and (
            error.field not in self._collect.fields()
        )  # fmt: skip

    def _identified(self, identity: Identity | None) -> None:
        """The same payment once more, now saying who brings the money."""
        if identity is None:
            self._collect.focus_means()
            self.note(says("pay.identity.missing"), "warn")
        else:
            self.form.identity = identity
            self._pay()

    # -- keys

    def on_collect_part_counted(self, event: CollectPart.Counted) -> None:
        event.stop()
        self._go.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._go_on(by_button=True)

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.note(says("pay.press"), "warn")

    def action_submit(self) -> None:
        self._go_on(by_button=False)

    def _go_on(self, *, by_button: bool) -> None:
        stage = self._stage
        if stage is Stage.WHO:
            self._look_up()
        elif stage is Stage.BILL and self.desk_app.meant:
            self._show_step(Step.COLLECT)
        elif stage is Stage.ACCOUNT:
            self._ask_account()
        elif stage is Stage.PIN:
            self._read_pin() if by_button else self._say_consent_is_missing()
        elif stage is Stage.VOUCHER:
            self._collect.account.consent(self._collect.amount())
        elif stage is Stage.DONE:
            self.outcome.go_on()
        elif stage.moves_money:
            self._pay()

    def _say_consent_is_missing(self) -> None:
        if not self.busy:
            self.note(says("pay.consent.missing"), "warn")
            self.app.bell()
            self._go.focus()

    def action_cancel(self) -> None:
        """One step back; during a look, gives it up: it moves no money and its late answer is not shown."""
        step = self.form.step
        if self.busy and not self._paying and step is not Step.DONE:
            self._give_up_look()
        elif step is Step.DONE:
            self.action_back()
        elif self.refuse_while_busy():
            return
        elif step is Step.WHO:
            self.action_back()
        else:
            self._one_step_back(step)

    def _one_step_back(self, step: Step) -> None:
        if step is Step.COLLECT and self.form.sent is None:
            self._collect.start_over(self.form.bill)
            self._show_step(Step.BILL)
        elif step is Step.BILL:
            self.form = PaymentForm()
            self._show_step(Step.WHO)
        else:
            self.action_back()

    def refuse_while_busy(self) -> bool:
        looking = self.busy and not self._paying and self.form.step is not Step.DONE
        if looking:
            return False
        if self.form.step is Step.DONE:
            self.busy = self.outcome.busy
        return super().refuse_while_busy()

    def action_back(self) -> None:
        """Home. Cash that is owed to the customer in front is asked about first."""
        if self.refuse_while_busy():
            return
        payment = self.outcome.payment
        if self.form.step is Step.DONE and payment is not None and cash_is_due(payment):
            question = Confirm(
                says("pay.leave.question"), detail=says("pay.leave.detail"),
                yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
            )  # fmt: skip
            self.app.push_screen(question, lambda meant: self.desk_app.go_home() if meant else None)
        else:
            self.desk_app.go_home()

    def action_again(self) -> None:
        if self.form.step is Step.WHO:
            self._look_up()
        elif self.form.step is Step.DONE:
            self.outcome.ask_again()

    def action_print(self) -> None:
        if self.form.step is Step.DONE:
            self.outcome.print_again()

    def action_page_up(self) -> None:
        self._page(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def _page(self, pages: int) -> None:
        (self.outcome if self.form.step is Step.DONE else self.query_one(BillPanel)).page(pages)

    # -- step 4: done

    def on_outcome_part_changed(self, event: OutcomePart.Changed) -> None:
        event.stop()
        self.busy = self.outcome.busy
        self.refresh_keys()

    def on_outcome_part_finished(self, event: OutcomePart.Finished) -> None:
        event.stop()
        self._start_over()
