"""2002: a payment of today taken back at the customer's wish, in four visible steps.

Which payment -> its consumer number and amount once more, blind, and why -> four eyes -> cash back, paper. The biller
is told first and core after it; where the biller refuses, the payment stands. Enter asks for nothing, moves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from screens.actions import bindings
from screens.base import HelpPage
from screens.bill_approval import ApprovalTalk
from screens.cancel_asking import AskingTalk, FindTalk
from screens.cancel_find import FindPart, in_the_way
from screens.cancel_form import CancelForm, Step
from screens.cancel_rekey import RekeyPart
from screens.cancel_steps import KEYS, STEPS, Stage, label_of, stage_of, steps_said, working
from screens.money_task import MoneyTask
from screens.outcome import OutcomePart
from screens.payment_story import PaymentStory
from screens.saying import Say, nothing, says
from screens.widgets.line import Line
from screens.widgets.waiting import Waiting
from screens.wording import cancel_waits
from tellerdesk.bills.commands import AskCancellation, FindPayment
from tellerdesk.bills.views import Cancellable, PaymentView
from tellerdesk.staff.views import SignedOn

if TYPE_CHECKING:
    from screens.desk_port import DeskPort


class PaymentCancellation(MoneyTask):
    """One payment taken back, or left as it is; then an empty form for the next."""

    form: CancelForm
    CODE = "2002"
    NAME = "tx.2002"
    CSS_PATH: ClassVar = ["payment_cancellation.tcss", "outcome.tcss"]
    FIRST = "cancellation.whom"
    PRESS = "cancellation.press"
    KEYS: ClassVar[tuple[str, ...]] = KEYS
    BINDINGS: ClassVar = bindings("choices", "submit", "again", "print", "page_up", "page_down")
    PAGE = HelpPage(
        what="help.cancellation",
        fields=(
            ("cancellation.text", "help.cancellation.text"),
            ("pay.consumer", "help.cancellation.consumer"),
            ("pay.amount", "help.cancellation.amount"),
            ("cancellation.reason", "help.cancellation.reason"),
            ("cancellation.note", "help.cancellation.note"),
        ),
        wrong=(
            "help.cancellation.barred", "help.cancellation.original", "help.cancellation.approval",
            "help.cancellation.refused", "help.cancellation.unknown", "help.cancellation.cash",
        ),
    )  # fmt: skip

    def __init__(self, serial: str = "") -> None:
        """`serial` where the payment was named before: it is looked for at once."""
        super().__init__()
        self.form = CancelForm()
        self._named = serial
        self.find_part: FindPart[Cancellable] = FindPart(id="find")
        self.rekey = RekeyPart(id="rekey")
        self._finding = FindTalk(self, self.find_part, _find, self.take, lambda: self.show_step(Step.FIND))
        self._asking: AskingTalk[Cancellable, AskCancellation] = AskingTalk(self, self.rekey, self._ask, "cancellation")
        self._approval = ApprovalTalk(self, self)

    def compose_body(self) -> ComposeResult:
        yield self.find_part
        yield self.rekey
        with Horizontal(id="act"):
            yield self.go
            yield Waiting(self.desk_app.clock.monotonic, id="waiting")
        yield self.outcome

    def on_mount(self) -> None:
        self.start_over()
        self.find_part.start_over(self._named)
        if self._named:
            self._finding.find()

    def start_over(self) -> None:
        super().start_over()
        self.form = CancelForm()
        self.find_part.start_over()
        self.rekey.start_over()
        self.show_step(Step.FIND)

    # -- steps

    def show_step(self, step: Step) -> None:
        self.form.step = step
        self.update_classes({f"-{each.value}": each is step for each in STEPS})
        self.query_one("#steps", Line).show(steps_said(step))
        self.find_part.open_for_typing(self.stage is Stage.FIND)
        self.rekey.open_for_typing(step is Step.REKEY and self.form.sent is None)
        self.show_go()
        self.note_stage()
        if step is Step.FIND:
            self.find_part.focus_first()
        elif step is Step.REKEY:
            self.rekey.focus_first()
        elif step is Step.APPROVAL:
            self.go.focus()

    @property
    def stage(self) -> Stage:
        return stage_of(self.form, listed=self.find_part.listed)

    def show_go(self) -> None:
        """The button and the keys say what comes next."""
        stage = self.stage
        self.go.moves_money = stage in {Stage.REKEY, Stage.APPROVAL}
        self.go.disabled = self.busy
        self.go.show(says(f"cancellation.go.{stage.value}") if stage is not Stage.DONE else nothing)
        self.refresh_keys()

    def note_stage(self) -> None:
        stage = self.stage
        self.note(says(f"cancellation.do.{stage.value}") if stage is not Stage.DONE else nothing)

    def working_keys(self) -> tuple[str, ...]:
        here = self.find_part.here
        outcome = self.outcome.working_keys() if self.form.step is Step.DONE else ()
        return working(self.stage, busy=self.busy, sending=self.sending, begun=self.form.sent is not None,
                       barred=here is not None and bool(here.obstacles), outcome=outcome)  # fmt: skip

    def key_label(self, name: str) -> Say:
        if name == "submit" and self.form.step is Step.DONE:
            return self.outcome.next_label()
        return label_of(name, self.stage)

    # -- waiting

    def open_for_typing(self, yes: bool) -> None:
        if yes:
            self.find_part.open_for_typing(self.stage is Stage.FIND)
        self.rekey.open_for_typing(yes and self.form.step is Step.REKEY and self.form.sent is None)

    def otherwise(self, state: str) -> Say:
        if not state:
            return says("cancellation.otherwise.desk")
        side = "core" if state.startswith("CANCEL_CORE") else "biller"
        return says(f"cancellation.otherwise.{side}")

    # -- step 1: which payment

    def on_find_part_complete(self, event: FindPart.Complete) -> None:
        event.stop()
        self._finding.find()

    def on_find_part_chosen(self, event: FindPart.Chosen) -> None:
        event.stop()
        self._choose()

    def on_find_part_pointed(self, event: FindPart.Pointed) -> None:
        event.stop()
        self.note_stage()
        self.refresh_keys()

    def _choose(self) -> None:
        """The payment under the cursor; one that cannot be cancelled says why once more."""
        here = self.find_part.here
        if here is None or self.busy or not self.desk_app.meant:
            return
        if here.obstacles:
            self.note(in_the_way(here), "warn")
            self.app.bell()
        else:
            self.take(here)

    def take(self, meant: Cancellable) -> None:
        """Goes on with this payment: what the customer's paper says of it is keyed next."""
        self.form = CancelForm(meant=meant)
        self.rekey.start_over(meant)
        self.show_step(Step.REKEY)

    # -- step 2: keyed again

    def on_rekey_part_complete(self, event: RekeyPart.Complete) -> None:
        event.stop()
        self.go.focus()

    def _ask(self, command: AskCancellation) -> None:
        who, form = self.desk_app.who, self.form
        if who is not None:
            self.shut()
            self.desk_app.ask(
                self,
                lambda desk, _watch: desk.bills.ask_cancellation(who, command),
                self.show_outcome,
                lambda error: self._asking.refused(error, form),
            )

    def action_choices(self) -> None:
        """The reasons, or the story of the payment under the cursor or of the outcome."""
        stage, here = self.stage, self.find_part.here
        if self.busy:
            return
        if stage is Stage.REKEY and self.form.sent is None:
            self.rekey.open_list()
        elif stage is Stage.CHOOSE and here is not None and here.obstacles:
            self.open_story(here.serial)
        elif stage is Stage.DONE and self.outcome.payment is not None and not self.outcome.busy:
            self.app.push_screen(PaymentStory(self.outcome.payment, look_only=True))

    # -- keys

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        stage = self.stage
        if stage is Stage.FIND:
            self._finding.find()
        elif stage is Stage.CHOOSE:
            self._choose()
        elif stage is Stage.DONE:
            self.outcome.go_on()
        elif stage is Stage.REKEY and self.desk_app.meant:
            self._asking.ask(self.form)
        elif stage is Stage.APPROVAL and self.desk_app.meant:
            self._open_approval()

    def action_cancel(self) -> None:
        """One step back; during a look, gives it up: its late answer is not shown."""
        if self.busy and not self.sending and self.form.step is Step.FIND:
            self.looks.give_up()
            self.show_step(Step.FIND)
        elif self.form.step is Step.DONE:
            self.action_back()
        elif self.refuse_while_busy():
            return
        elif self.stage is Stage.CHOOSE or (self.stage is Stage.REKEY and self.form.sent is None):
            self.form = CancelForm()
            self.find_part.show(())
            self.rekey.start_over()
            self.show_step(Step.FIND)
        else:
            self.action_back()

    def action_again(self) -> None:
        if self.form.step is Step.DONE:
            self.outcome.ask_again()

    def action_page_up(self) -> None:
        self.outcome.page(-1)

    def action_page_down(self) -> None:
        self.outcome.page(1)

    # -- step 3: waiting for an approval

    def _open_approval(self) -> None:
        if not self.busy and self.form.awaiting is not None:
            self._approval.open(self.form.awaiting)

    def still_waits(self, payment: PaymentView) -> None:
        """Nothing was sent to anybody, and nothing can be typed: the sheet can be opened again."""
        self.form.awaiting = payment
        self.stop_waiting()
        self.show_step(Step.APPROVAL)

    def withdrawn(self, payment: PaymentView) -> None:  # noqa: ARG002 (another host shows it)
        """The same payment again, to be asked about in another way or not at all."""
        self.form = self.form.anew()
        self.stop_waiting()
        self.show_step(Step.REKEY)
        self.note(says("cancellation.withdrawn"), "warn")

    # -- step 4: done

    def show_outcome(self, payment: PaymentView) -> None:
        """What became of it; one that waits for its approval has only been asked for."""
        if cancel_waits(payment):
            self.still_waits(payment)
            self._open_approval()
            return
        self.form.awaiting = None
        self.stop_waiting()
        self.show_step(Step.DONE)
        self.outcome.show(payment, fresh=True)

    def on_outcome_part_open_approval(self, event: OutcomePart.OpenApproval) -> None:
        event.stop()
        if self.outcome.payment is not None:
            self._approval.open(self.outcome.payment)


def _find(desk: DeskPort, who: SignedOn, text: str) -> tuple[Cancellable, ...]:
    return desk.bills.find_cancellable(who, FindPayment(text))
