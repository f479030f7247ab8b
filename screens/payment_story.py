"""One payment opened to its story, and what can still be done about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.outcome import OutcomePart
from screens.saying import Say, clock_time, joined, said, says, shown
from screens.widgets.figures import Figure, Figures
from tellerdesk.bills.views import PaymentView
from tellerdesk.text import grouped


class PaymentStory(DeskScreen):
    """A payment of before, or one whose own screen is gone (`fresh`: its customer still waits)."""

    NAME = "tx.story"
    CSS_PATH: ClassVar = ["payment_story.tcss", "outcome.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "again", "print", "submit", "language", "lock")
    BINDINGS: ClassVar = bindings("submit", "again", "print", "page_up", "page_down")
    PAGE = HelpPage(
        what="help.story",
        wrong=("help.story.processing", "help.story.cash_due"),
    )

    def __init__(self, payment: PaymentView, *, fresh: bool = False) -> None:
        super().__init__()
        self._payment = payment
        self._fresh = fresh
        self.outcome = OutcomePart(id="outcome")

    def compose_body(self) -> ComposeResult:
        yield Figures(id="of")
        yield self.outcome

    def on_mount(self) -> None:
        payment = self._payment
        teller = [says("frame.teller"), shown(payment.teller_no), shown(payment.teller_name)]
        rows = {
            "pay.biller": joined([said(payment.biller_name), said(payment.item)], "  "),
            "story.consumer": shown(grouped(payment.consumer_no)),
            "pay.name": joined([shown(payment.customer_name), shown(payment.address)], "  "),
            "story.made": joined([clock_time(payment.made_at, seconds=True), *teller]),
        }
        of = self.query_one("#of", Figures)
        of.show(Figure(says(label), value, text=True) for label, value in rows.items())
        self.outcome.show(payment, fresh=self._fresh)

    def working_keys(self) -> tuple[str, ...]:
        own = self.outcome.working_keys()
        return tuple(name for name in self.KEYS if name not in {"again", "print", "submit"} or name in own)

    def key_label(self, name: str) -> Say:
        if name == "submit":
            return self.outcome.next_label()
        return says({"again": "outcome.again"}.get(name, f"key.{name}"))

    def refuse_while_busy(self) -> bool:
        self.busy = self.outcome.busy
        return super().refuse_while_busy()

    def on_outcome_part_changed(self, event: OutcomePart.Changed) -> None:
        event.stop()
        self.refresh_keys()

    def on_outcome_part_finished(self, event: OutcomePart.Finished) -> None:
        event.stop()
        self.action_back()

    def action_submit(self) -> None:
        self.outcome.go_on()

    def action_again(self) -> None:
        self.outcome.ask_again()

    def action_print(self) -> None:
        self.outcome.print_again()

    def action_page_up(self) -> None:
        self.outcome.page(-1)

    def action_page_down(self) -> None:
        self.outcome.page(1)
