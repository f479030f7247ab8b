"""2005: what the bank owes customers, and how they get it.

The list of refunds that have not ended, the picked one whole below it. From there a payment of an earlier day is taken
back with the biller's consent, and what is due is paid out against identity. Enter asks for nothing, moves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from screens.actions import bindings
from screens.base import HelpPage
from screens.bill_account import AccountPart
from screens.cancel_asking import AskingTalk, FindTalk
from screens.cancel_find import FindPart, in_the_way
from screens.cancel_form import RekeyForm
from screens.cancel_rekey import RekeyPart
from screens.confirm import Confirm
from screens.refund_form import PayOutForm, Step
from screens.refund_list import RefundList
from screens.refund_panel import RefundPanel, Stage
from screens.refund_pay import PayOutPart
from screens.refund_steps import KEYS, asks_again, form_keys, label_of, panel_keys, steps_said, while_busy
from screens.refund_talks import PayOutTalk, can_be_suspended, is_left_behind
from screens.saying import Say, nothing, says
from screens.widgets.line import Line
from screens.widgets.waiting import Waiting
from tellerdesk.bills.views import PaymentView
from tellerdesk.refunds.commands import AskRefund, FindRefundable
from tellerdesk.refunds.views import Refundable
from tellerdesk.staff.views import SignedOn

if TYPE_CHECKING:
    from screens.desk_port import DeskPort


class Refunds(RefundList):
    """The list and its two forms. What somebody has just worked on stays on it until the teller goes on."""

    CODE = "2005"
    NAME = "tx.2005"
    CSS_PATH: ClassVar = ["refunds.tcss"]
    FIRST = "cancellation.whom"
    PRESS = "refunds.press"
    KEYS: ClassVar[tuple[str, ...]] = KEYS
    BINDINGS: ClassVar = bindings(
        "choices", "again", "next_pane", "print", "undo", "method", "submit", "page_up", "page_down"
    )
    PAGE = HelpPage(
        what="help.refund",
        fields=(
            ("refunds.list", "help.refund.list"),
            ("refunds.new", "help.refund.new"),
            ("refunds.method", "help.refund.method"),
            ("refunds.payee", "help.refund.payee"),
        ),
        wrong=(
            "help.refund.consent", "help.refund.unknown", "help.refund.approval", "help.refund.slip",
            "help.refund.left",
        ),
        keys=(
            ("choices", "help.refund.key.choices"), ("next_pane", "help.refund.key.next_pane"),
            ("undo", "help.refund.key.undo"),
        ),
    )  # fmt: skip

    def __init__(self, serial: str = "") -> None:
        """`serial` of a refund picks it; of a payment, its refund, or the form that asks for one filled with it."""
        super().__init__(serial)
        self.rekeyed: RekeyForm[Refundable, AskRefund] = RekeyForm(AskRefund)
        self.pay_out: PayOutForm | None = None
        self.find_part: FindPart[Refundable] = FindPart(free="refunds.free", id="find")
        self.rekey = RekeyPart(id="rekey")
        self.paying = PayOutPart(id="pay-out")
        self._finding = FindTalk(self, self.find_part, _find, self.take, lambda: self.show_step(Step.FIND))
        self._asking: AskingTalk[Refundable, AskRefund] = AskingTalk(self, self.rekey, self._ask, "refunds")
        self._paying_out = PayOutTalk(self)

    def compose_body(self) -> ComposeResult:
        yield from self.compose_list()
        yield self.find_part
        yield self.rekey
        yield self.paying
        with Horizontal(id="act"):
            yield self.go
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")

    def on_mount(self) -> None:
        self.show_step(Step.LIST)
        self.open_with(self._named)

    def on_screen_resume(self) -> None:
        if not self.busy:
            self.read_again()

    def for_payment(self, payment: PaymentView) -> None:
        """Its money is booked to refunds payable, or its biller is asked."""
        if not self._refunds_here:
            self.note(says("refunds.none_of_it"), "warn")
        elif can_be_suspended(payment):
            self.acts.suspend_payment(payment)
        else:
            self._new(payment.serial)
            self._finding.find()

    # -- steps

    def show_step(self, step: Step) -> None:
        self.step = step
        self.update_classes({f"-{each.value}": each is step for each in Step})
        self.query_one("#steps", Line).show(steps_said(step, 1 if step is Step.REKEY else 0))
        self._open_parts()
        self.show_list()
        self.show_go()
        self.note(says(f"refunds.do.{'choose' if self._listed else step.value}") if step is not Step.LIST else nothing)
        if step is Step.LIST:
            self._list.focus()
        elif step is Step.FIND:
            self.find_part.focus_first()
        elif step is Step.REKEY:
            self.rekey.focus_first()
        elif self.paying.needs_account:
            self.paying.account.number.entry.focus()
        else:
            self.go.focus()

    def _open_parts(self) -> None:
        self.find_part.open_for_typing(self.step is Step.FIND and not self._listed)
        self.rekey.open_for_typing(self.step is Step.REKEY and self.rekeyed.sent is None)
        self.paying.open_for_typing(self.step is Step.PAY_OUT and not self._begun)

    @property
    def _listed(self) -> bool:
        return self.step is Step.FIND and self.find_part.listed

    @property
    def _begun(self) -> bool:
        """What the form asks for may have been asked for."""
        if self.step is Step.PAY_OUT:
            return self.pay_out is not None and self.pay_out.sent is not None
        return self.step is Step.REKEY and self.rekeyed.sent is not None

    def show_go(self) -> None:
        """The button and the keys say what comes next."""
        self.go.moves_money = self.step in {Step.REKEY, Step.PAY_OUT}
        self.go.disabled = self.busy
        self.go.display = self.step is not Step.LIST
        account = self.step is Step.PAY_OUT and self.paying.needs_account
        word = "account" if account else "choose" if self._listed else self.step.value
        self.go.show(says(f"refunds.go.{word}") if self.step is not Step.LIST else nothing)
        self.refresh_keys()

    def working_keys(self) -> tuple[str, ...]:
        here = self.find_part.here
        if self.step is Step.LIST:
            names = panel_keys(self.panel, refunds=self._refunds_here)
        else:
            names = form_keys(self.step, barred=here is not None and bool(here.obstacles), begun=self._begun)
        return while_busy(names, sending=self.sending) if self.busy else names

    def key_label(self, name: str) -> Say:
        if name == "submit" and self.step is Step.PAY_OUT and self.paying.needs_account:
            return says("refunds.key.account")
        by_account = self.paying.has_class("-account")
        return label_of(name, self.step, self.panel, listed=self._listed, by_account=by_account)

    # -- waiting

    def open_for_typing(self, yes: bool) -> None:
        if yes:
            self._open_parts()
        else:
            self.rekey.open_for_typing(False)
            self.paying.open_for_typing(False)

    def otherwise(self, state: str) -> Say:
        if not state:
            return says("refunds.otherwise.desk")
        side = "biller" if state.startswith("CONSENT") else "core"
        return says(f"refunds.otherwise.{side}")

    # -- a payment of an earlier day

    def _new(self, text: str = "") -> None:
        self.rekeyed = RekeyForm(AskRefund)
        self.find_part.start_over(text)
        self.rekey.start_over()
        self.show_step(Step.FIND)

    def take(self, meant: Refundable) -> None:
        """Goes on with this payment: what the customer's paper says of it is keyed next."""
        self.rekeyed = RekeyForm(AskRefund, meant)
        self.rekey.start_over(meant)
        self.show_step(Step.REKEY)

    def _ask(self, command: AskRefund) -> None:
        who, form = self.desk_app.who, self.rekeyed
        if who is not None:
            self.shut()
            self.desk_app.ask(
                self,
                lambda desk, watch: desk.refunds.ask(who, command, watch),
                self.show_outcome,
                lambda error: self._asking.refused(error, form),
                self.asking,
            )

    def _choose(self) -> None:
        """The payment under the cursor; one that cannot be refunded says why once more."""
        here = self.find_part.here
        if here is None or self.busy or not self.desk_app.meant:
            return
        if here.obstacles:
            self.note(in_the_way(here), "warn")
            self.app.bell()
        else:
            self.take(here)

    def on_find_part_complete(self, event: FindPart.Complete) -> None:
        event.stop()
        self._finding.find()

    def on_find_part_chosen(self, event: FindPart.Chosen) -> None:
        event.stop()
        self._choose()

    def on_find_part_pointed(self, event: FindPart.Pointed) -> None:
        event.stop()
        self.refresh_keys()

    def on_rekey_part_complete(self, event: RekeyPart.Complete) -> None:
        event.stop()
        self.go.focus()

    # -- what is due

    def act(self) -> None:
        """What comes next for the picked refund, as its button says."""
        refund, stage = self.panel.refund, self.panel.stage
        if self.busy or refund is None or not self.desk_app.meant:
            return
        if stage is Stage.APPROVAL:
            self.approval.open(refund)
        elif stage is Stage.ASK_APPROVAL:
            self.acts.ask_approval(refund)
        elif stage is Stage.PAY_OUT:
            self.pay_out = PayOutForm(refund)
            self.paying.start_over(refund)
            self.show_step(Step.PAY_OUT)
        elif stage is Stage.HAND_OVER:
            self.acts.hand_over(refund)
        elif stage in {Stage.SIGNING, Stage.ENDED}:
            self.let_go()

    def on_refund_panel_next(self, event: RefundPanel.Next) -> None:
        event.stop()
        self.act()

    def on_account_part_ask(self, event: AccountPart.Ask) -> None:
        event.stop()
        if self.paying.needs_account:
            self._paying_out.ask_account()
        else:
            self.go.focus()

    def on_account_part_changed(self, event: AccountPart.Changed) -> None:
        event.stop()
        self.show_go()

    # -- keys

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        if self.step is Step.LIST:
            self.act()
        elif self._listed:
            self._choose()
        elif self.step is Step.FIND:
            self._finding.find()
        elif not self.desk_app.meant:
            return
        elif self.step is Step.REKEY:
            self._asking.ask(self.rekeyed)
        elif self.pay_out is not None:
            self._paying_out.ask(self.pay_out)

    def action_choices(self) -> None:
        """The steps of the picked refund, the reasons, or the story of a payment that cannot be refunded."""
        here = self.find_part.here
        if "choices" not in self.working_keys():
            return
        if self.step is Step.LIST:
            self.turn_panel()
        elif self.step is Step.REKEY:
            self.rekey.open_list()
        elif here is not None:
            self.open_story(here.serial)

    def action_next_pane(self) -> None:
        """To the form that asks a biller for a payment of an earlier day."""
        if "next_pane" in self.working_keys():
            self._new()

    def action_again(self) -> None:
        """Asks the counterparts about the picked one, or reads the list anew."""
        refund = self.panel.refund
        if "again" not in self.working_keys():
            return
        if refund is not None and asks_again(refund):
            self.acts.ask_again(refund)
        else:
            self.let_go()

    def action_print(self) -> None:
        if "print" in self.working_keys() and self.panel.refund is not None:
            self.acts.print_slip(self.panel.refund)

    def action_undo(self) -> None:
        """The customer has gone without the cash."""
        if "undo" in self.working_keys() and self.panel.refund is not None:
            self.acts.suspend_cash_of(self.panel.refund)

    def action_method(self) -> None:
        if "method" in self.working_keys():
            self.paying.switch()
            self.show_step(Step.PAY_OUT)

    def action_cancel(self) -> None:
        """One step back; during a look, gives it up: its late answer is not shown."""
        if self.busy and not self.sending:
            self.looks.give_up()
            self.show_step(self.step)
        elif self.refuse_while_busy():
            return
        elif self._listed:
            self.find_part.show(())
            self.show_step(Step.FIND)
        elif self.step is not Step.LIST and not self._begun:
            self.show_step(Step.LIST)
            self.read_again()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Home. Cash that is owed to the customer in front is asked about first."""
        if self.refuse_while_busy():
            return
        if self.step is Step.LIST and self.panel.fresh and is_left_behind(self.panel.stage):
            question = Confirm(
                says("pay.leave.question"), detail=says("refunds.leave.detail"),
                yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
            )  # fmt: skip
            self.app.push_screen(question, lambda meant: self.desk_app.go_home() if meant else None)
        else:
            self.desk_app.go_home()


def _find(desk: DeskPort, who: SignedOn, text: str) -> tuple[Refundable, ...]:
    return desk.refunds.find(who, FindRefundable(text))
