"""2001: taking the payment of a bill, in four visible steps.

Who -> what is owed, read aloud and nodded to -> cash counted -> outcome, paper, change. Nothing but F10, its chord or a
click pays; see `Push` for why Enter does not.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.bill_collect import CollectPart
from screens.bill_form import PaymentForm, Step
from screens.bill_panel import BillPanel
from screens.bill_who import WhoPart
from screens.confirm import Confirm
from screens.outcome import OutcomePart
from screens.saying import Say, joined, nothing, said, says, says_error
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.widgets.waiting import Waiting
from screens.wording import cash_is_due
from tellerdesk.bills.views import Asking, BillerView, BillView, PaymentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Words

STEPS = tuple(Step)


class BillPayment(DeskScreen):
    """One customer, one bill, one payment; then an empty form for the next."""

    CODE = "2001"
    NAME = "tx.2001"
    CSS_PATH: ClassVar = ["bill_payment.tcss", "outcome.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "go_to", "back", "choices", "again", "print", "submit", "cancel", "lock")
    BINDINGS: ClassVar = bindings("choices", "submit", "again", "print", "page_up", "page_down")
    PAGE = HelpPage(
        what="help.pay",
        fields=(
            ("pay.biller", "help.pay.biller"),
            ("pay.consumer", "help.pay.consumer"),
            ("pay.tendered", "help.pay.tendered"),
        ),
        wrong=("help.pay.wrong_number", "help.pay.processing", "help.pay.failed", "help.pay.twice"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.form = PaymentForm()
        self._look_up_no = 0
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
            self.look(lambda desk: desk.bills.billers(who), self._billers_seen, self.failed_quietly)
            self.look(lambda desk: desk.till.position(who), self.desk_app.till_seen, self.failed_quietly)
        self._start_over()

    def _start_over(self) -> None:
        """An empty form: a new request id, the cursor in the first field."""
        self.form = PaymentForm()
        self._who.start_over()
        self._collect.start_over()
        self._show_step(Step.WHO)

    # -- steps

    def _show_step(self, step: Step) -> None:
        self.form.step = step
        for each in STEPS:
            self.set_class(each is step, f"-{each.value}")
        self.query_one("#steps", Line).show(self._steps)
        self._who.open_for_typing(step is Step.WHO)
        self._go.moves_money = step is Step.COLLECT
        self._go.disabled = False
        self._go.show(says(f"pay.go.{step.value}") if step is not Step.DONE else nothing)
        self.note(says(f"pay.note.{step.value}") if step is not Step.DONE else nothing)
        self._focus_step(step)
        self.refresh_keys()

    def _focus_step(self, step: Step) -> None:
        if step is Step.WHO:
            self._who.focus_first()
        elif step is Step.BILL:
            self._go.focus()
        elif step is Step.COLLECT:
            self._collect.tendered.entry.focus()

    def _steps(self, words: Words) -> Content:
        at = STEPS.index(self.form.step)
        parts = []
        for number, step in enumerate(STEPS):
            name = words(f"pay.step.{step.value}")
            if number < at or self.form.step is Step.DONE:
                parts.append(Content.styled(f"✓ {name}", "$success"))
            elif number == at:
                parts.append(Content.styled(f"{number + 1} {name}", "bold $accent"))
            else:
                parts.append(Content.styled(f"{number + 1} {name}", "$secondary"))
        return Content("   ").join(parts)

    def working_keys(self) -> tuple[str, ...]:
        step = self.form.step
        works = {"choices": step is Step.WHO, "cancel": step is not Step.DONE, "again": False, "print": False}
        if step is Step.DONE:
            works |= {name: name in self.outcome.working_keys() for name in ("again", "print", "submit")}
        elif self.busy:
            works |= dict.fromkeys(("go_to", "back", "cancel", "choices", "submit"), False)
        return tuple(name for name in self.KEYS if works.get(name, True))

    def key_label(self, name: str) -> Say:
        step = self.form.step
        if name == "submit":
            return self.outcome.next_label() if step is Step.DONE else says(f"pay.key.{step.value}")
        return says({"again": "outcome.again"}.get(name, f"key.{name}"))

    # -- step 1: who

    def _billers_seen(self, billers: tuple[BillerView, ...]) -> None:
        self._who.billers = billers

    def on_who_part_complete(self, event: WhoPart.Complete) -> None:
        event.stop()
        self._look_up()

    def action_choices(self) -> None:
        if self.form.step is Step.WHO and not self.busy:
            self._who.open_list()

    def _look_up(self) -> None:
        who = self.desk_app.who
        if self.busy or who is None or (command := self._who.question()) is None or self._who.biller is None:
            return
        self.busy = True
        self._go.disabled = True
        self._look_up_no += 1
        number = self._look_up_no
        self.note()
        self.query_one(Waiting).start(said(self._who.biller.name), None, says("pay.otherwise.look_up"))
        self.look(
            lambda desk: desk.bills.look_up(who, command),
            lambda bill: self._looked_up(bill, number),
            lambda error: self._not_looked_up(error, number),
        )
        self.refresh_keys()

    def _looked_up(self, bill: BillView, number: int) -> None:
        if number != self._look_up_no:
            return
        self._stop_waiting()
        self.form.bill = bill
        self._who.settle(bill.consumer_no)
        self.query_one(BillPanel).show(bill)
        self._collect.start_over(bill.total_fen)
        self._show_step(Step.BILL)

    def _not_looked_up(self, error: TellerDeskError, number: int) -> None:
        if number != self._look_up_no:
            return
        self._stop_waiting()
        self._show_step(Step.WHO)
        self.note()
        self.complain(error, self._who.fields())

    def _stop_waiting(self) -> None:
        self.busy = False
        self.query_one(Waiting).stop()
        self._go.disabled = False

    # -- step 3: collect

    def _pay(self) -> None:
        """Sends the one payment of this form. Everything that could send a second is shut before this returns."""
        who, bill = self.desk_app.who, self.form.bill
        if self.busy or self.form.step is not Step.COLLECT or who is None or bill is None:
            return
        tendered_fen = self._collect.counted()
        if tendered_fen is None:
            return
        self.busy = True
        self._go.disabled = True
        self._collect.open_for_typing(False)
        command = self.form.command(tendered_fen)
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
        self._collect.open_for_typing(True)
        self._show_step(Step.DONE)
        self.outcome.show(payment, fresh=True)

    def _not_paid(self, error: TellerDeskError) -> None:
        self._stop_waiting()
        self.refresh_keys()
        if self.form.failed(error):
            self._collect.open_for_typing(True)
            self._collect.tendered.entry.focus()
            self.complain(error, {"tendered": self._collect.tendered, "amount": self._collect.tendered})
        else:
            # Whether it was begun is not known: the amounts stay as they are and the same request is sent again.
            self._go.focus()
            self.note(joined([says_error(error), says("pay.same_again")]), "error")

    # -- keys

    def on_collect_part_counted(self, event: CollectPart.Counted) -> None:
        event.stop()
        self._go.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._go_on()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.note(says("pay.press"), "warn")

    def action_submit(self) -> None:
        self._go_on()

    def _go_on(self) -> None:
        step = self.form.step
        if step is Step.WHO:
            self._look_up()
        elif step is Step.BILL and self.desk_app.meant:
            self._show_step(Step.COLLECT)
        elif step is Step.COLLECT:
            self._pay()
        elif step is Step.DONE:
            self.outcome.go_on()

    def action_cancel(self) -> None:
        """One step back; during a look-up, gives it up: it moves no money and its late answer is not shown."""
        step = self.form.step
        if step is Step.WHO and self.busy:
            self._look_up_no += 1
            self._stop_waiting()
            self._show_step(Step.WHO)
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
            self._collect.tendered.entry.put("")
            self._show_step(Step.BILL)
        elif step is Step.BILL:
            self.form = PaymentForm()
            self._show_step(Step.WHO)
        else:
            self.action_back()

    def refuse_while_busy(self) -> bool:
        looking_up = self.busy and self.form.step is Step.WHO
        if looking_up:
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
