"""One payment opened to its story, and what can still be done about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.bill_approval import ApprovalTalk
from screens.outcome import OutcomePart
from screens.outcome import Stage as OutcomeStage
from screens.saying import Say, clock_time, joined, said, says, shown
from screens.transactions import REFUNDS, made
from screens.widgets.figures import Figure, Figures
from screens.widgets.waiting import Waiting
from screens.wording import cancel_waits, cancellation_said, cash_is_due, number_said, word_said
from tellerdesk.bills.states import SUSPENDABLE
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.journal.states import Word
from tellerdesk.serials import spoken
from tellerdesk.staff.states import MAY, Permission

CANCELLATION = "screens.payment_cancellation:PaymentCancellation"


class PaymentStory(DeskScreen):
    """A payment of before, or one whose own screen is gone (`fresh`: its customer still waits). F4 changes between its
    outcome and every step of its story; `look_only` shows the story alone, over a screen that goes on after it."""

    NAME = "tx.story"
    CSS_PATH: ClassVar = ["payment_story.tcss", "outcome.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = (
        "help",
        "back",
        "choices",
        "again",
        "next_pane",
        "print",
        "undo",
        "submit",
        "lock",
    )
    BINDINGS: ClassVar = bindings("choices", "next_pane", "undo", "submit", "again", "print", "page_up", "page_down")
    PAGE = HelpPage(
        what="help.story",
        wrong=(
            "help.story.processing", "help.story.cash_due", "help.story.awaiting", "help.story.cancel",
            "help.story.refund",
        ),
        keys=(("next_pane", "help.story.key.next_pane"),),
    )  # fmt: skip

    def __init__(self, payment: PaymentView, *, fresh: bool = False, look_only: bool = False) -> None:
        super().__init__()
        self._payment = payment
        self._fresh = fresh
        self._look_only = look_only
        self.set_class(look_only, "-steps")
        self._carrying_on = False
        self.outcome = OutcomePart(id="outcome")
        self._approval = ApprovalTalk(self, self)

    def compose_body(self) -> ComposeResult:
        yield Figures(id="of")
        yield Waiting(self.desk_app.clock.monotonic, id="waiting")
        yield self.outcome

    def on_mount(self) -> None:
        self.query_one(Waiting).display = False
        self.outcome.show(self._payment, fresh=self._fresh)
        self._tell()

    def _tell(self) -> None:
        payment = self._payment
        teller = [says("frame.teller"), shown(payment.teller_no), shown(payment.teller_name)]
        rows = {
            "pay.biller": joined([said(payment.biller_name), said(payment.item)], "  "),
            "story.consumer": shown(number_said(payment.consumer_no)),
            "pay.name": joined([shown(payment.customer_name), shown(payment.address)], "  "),
            "story.made": joined([clock_time(payment.made_at, seconds=True), *teller]),
            "outcome.serial": shown(spoken(payment.serial)),
        }
        if payment.cancellation is not None:
            rows["cancellation.tried"] = cancellation_said(payment.cancellation)
        if payment.refund is not None:
            note = payment.refund
            rows["refunds.story"] = joined([word_said(note.word), shown(spoken(note.serial))], "  ")
        if not self.has_class("-steps"):
            del rows["outcome.serial"]  # among the figures
        of = self.query_one("#of", Figures)
        of.show(Figure(says(label), value, text=True) for label, value in rows.items())
        self.outcome.tell(whole=self.has_class("-steps"))

    def working_keys(self) -> tuple[str, ...]:
        if self._look_only:
            return ("help", "back", "page_up", "page_down", "language", "lock")
        if self._carrying_on:
            return ("help", "lock")
        refunds = ("next_pane",) if self._leads_to_refunds else ()
        own = (*self.outcome.working_keys(), *refunds, *(("undo",) if self._may_be_undone else ()))
        asked_for = {"again", "next_pane", "print", "undo", "submit"}
        return tuple(name for name in self.KEYS if name not in asked_for or name in own)

    @property
    def _may_be_undone(self) -> bool:
        """Whether this leads to its cancellation; what stands in the way of it is said there. One whose outcome is not
        known is asked about first, and found by its serial on 2002."""
        who, payment = self.desk_app.who, self._payment
        if who is None or Permission.CANCEL_PAYMENT not in MAY[who.role] or self._look_only or self._carrying_on:
            return False
        paid = payment.word is Word.PAID and not cancel_waits(payment)
        return paid and self._is_open_ended and not self._is_of_another_day

    @property
    def _is_open_ended(self) -> bool:
        return self.outcome.stage in {OutcomeStage.ENDED, OutcomeStage.STANDS} and not self.outcome.busy

    @property
    def _is_of_another_day(self) -> bool:
        """Core has rolled its date since: it is refunded then, not cancelled."""
        today, day = self.desk_app.accounting_date, self._payment.accounting_date
        return today is not None and day is not None and day < today

    @property
    def _leads_to_refunds(self) -> bool:
        """There is a refund of it to see, money to book to refunds payable, or a biller to ask."""
        who, payment = self.desk_app.who, self._payment
        if who is None or Permission.SEE_REFUNDS not in MAY[who.role] or self._look_only or self._carrying_on:
            return False
        if self.outcome.busy or payment.refund is not None:
            return not self.outcome.busy
        may = Permission.REFUND in MAY[who.role]
        paid_before = payment.word is Word.PAID and self._is_of_another_day and self._is_open_ended
        return may and (paid_before or cash_is_due(payment) or payment.state in SUSPENDABLE)

    def key_label(self, name: str) -> Say:
        if name == "submit":
            return self.outcome.next_label()
        if name == "choices":
            return says("story.figures" if self.has_class("-steps") else "story.key")
        return says({"again": "outcome.again", "next_pane": "refunds.story.key"}.get(name, f"key.{name}"))

    def refuse_while_busy(self) -> bool:
        self.busy = self.outcome.busy or self._carrying_on
        return super().refuse_while_busy()

    def on_outcome_part_changed(self, event: OutcomePart.Changed) -> None:
        event.stop()
        self.refresh_keys()

    # -- a payment that waits for an approval

    def on_outcome_part_open_approval(self, event: OutcomePart.OpenApproval) -> None:
        event.stop()
        if not self._carrying_on and not self._look_only:
            self._approval.open(self._payment, None)

    def shut(self) -> None:
        self._carrying_on = self.busy = self.outcome.busy = True
        waiting = self.query_one(Waiting)
        waiting.display = True
        waiting.start(says("pay.starting"), None, says("pay.otherwise.flow"))
        self.note()
        self.refresh_keys()

    def asking(self, asking: Asking) -> None:
        if self._carrying_on:
            self.query_one(Waiting).start(said(asking.counterpart), asking.deadline_s, says("pay.otherwise.flow"))

    def show_outcome(self, payment: PaymentView) -> None:
        """What became of it: its customer stands here for paper and change."""
        self._show(payment, fresh=payment.word is not Word.FAILED)

    def still_waits(self, payment: PaymentView) -> None:
        self._show(payment, fresh=False)

    def withdrawn(self, payment: PaymentView) -> None:
        self._show(payment, fresh=False)

    def _show(self, payment: PaymentView, *, fresh: bool) -> None:
        self._payment = payment
        self._carrying_on = self.busy = self.outcome.busy = False
        waiting = self.query_one(Waiting)
        waiting.stop()
        waiting.display = False
        self.outcome.show(payment, fresh=fresh)
        self._tell()
        self.refresh_keys()

    # -- keys

    def on_outcome_part_finished(self, event: OutcomePart.Finished) -> None:
        event.stop()
        self.action_back()

    def action_back(self) -> None:
        """To where it was opened from."""
        if not self.refuse_while_busy():
            self.app.pop_screen()

    def action_choices(self) -> None:
        if not self._look_only:
            self.toggle_class("-steps")
            self._tell()
            self.refresh_keys()

    def action_undo(self) -> None:
        """To the cancellation of this payment."""
        if self._may_be_undone:
            self.app.push_screen(made(CANCELLATION, serial=self._payment.serial))
        else:
            self.app.bell()

    def action_next_pane(self) -> None:
        """To the refund of this payment."""
        if self._leads_to_refunds:
            self.app.push_screen(made(REFUNDS, serial=self._payment.serial))

    def action_submit(self) -> None:
        if self._look_only:
            self.action_back()
        else:
            self.outcome.go_on()

    def action_again(self) -> None:
        if not self._look_only:
            self.outcome.ask_again()

    def action_print(self) -> None:
        if not self._look_only:
            self.outcome.print_again()

    def action_page_up(self) -> None:
        self.outcome.page(-1)

    def action_page_down(self) -> None:
        self.outcome.page(1)
