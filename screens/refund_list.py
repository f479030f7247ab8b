"""The list of refunds that have not ended, and the picked one whole below it."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import ComposeResult

from screens.money_task import SendingTask
from screens.refund_form import Step
from screens.refund_panel import RefundPanel, Stage
from screens.refund_talks import ActsTalk, RefundApproval, opened
from screens.refund_words import heads_said, row_of
from screens.saying import nothing, says
from screens.search_list import Heads
from screens.widgets.ledger import Column, Ledger
from screens.widgets.line import Line
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.refunds.views import RefundView
from tellerdesk.staff.states import MAY, Permission

WIDE = 96
ROWS_SHORT, ROWS_TALL = 4, 10


class RefundList(SendingTask):
    """What was just worked on stays on the list, under the cursor, until the teller goes on."""

    def __init__(self, serial: str) -> None:
        super().__init__()
        self.step = Step.LIST
        self.panel = RefundPanel(lambda refund: self.approval.waits(refund), id="panel")
        self.approval = RefundApproval(self, self)
        self._named = serial
        self._refunds: dict[str, RefundView] = {}
        self._worked_on: RefundView | None = None
        self._known = False
        """the list was read: that it is empty is no guess"""
        self._look_no = 0
        self.acts = ActsTalk(self)
        self._approval_seen = ""
        """the request whose sheet has opened by itself"""
        columns = (
            Column(7),
            Column(0),
            Column(8),
            Column(12, "right"),
            Column(14),
            Column(14),
            Column(8, "right", from_width=WIDE),
        )
        self._heads = Heads(columns, id="heads")
        self._list = Ledger(columns, id="due")

    def compose_list(self) -> ComposeResult:
        """The list, and the panel below it."""
        yield self._heads
        yield self._list
        yield Line(id="none")
        yield self.panel

    @abstractmethod
    def for_payment(self, payment: PaymentView) -> None:
        """The screen was opened for a payment no refund of which stands."""

    @abstractmethod
    def show_step(self, step: Step) -> None:
        """Shows a step, and lays its keys out."""

    @abstractmethod
    def act(self) -> None:
        """Does what comes next for the picked refund."""

    def open_with(self, serial: str) -> None:
        """Reads the list, and picks what `serial` names."""
        who = self.desk_app.who
        if who is None:
            return
        number = self.looks.begin(says("cancellation.whom"), says("refunds.otherwise.list"))

        def seen(found: tuple[tuple[RefundView, ...], RefundView | None, PaymentView | None]) -> None:
            if self.looks.ended(number):
                due, named, payment = found
                self._seen(due)
                if named is not None:
                    self.keep(named, fresh=False)
                self.show_step(Step.LIST)
                if payment is not None:
                    self.for_payment(payment)

        def not_seen(error: TellerDeskError) -> None:
            if self.looks.ended(number):
                self.show_step(Step.LIST)
                self.complain(error)

        self.look(lambda desk: opened(desk, who, serial), seen, not_seen)

    @property
    def _refunds_here(self) -> bool:
        """Whether who is signed on may refund, or only looks."""
        who = self.desk_app.who
        return who is not None and Permission.REFUND in MAY[who.role]

    def read_again(self) -> None:
        """The list as it stands now; an answer that was overtaken by something newer is dropped."""
        who, number = self.desk_app.who, self._look_no
        if who is not None and self.step is Step.LIST:
            self.look(
                lambda desk: desk.refunds.due(who),
                lambda due: self._seen(due) if number == self._look_no else None,
                self.failed_quietly,
            )

    def _seen(self, due: tuple[RefundView, ...]) -> None:
        self._known = True
        self._refunds = {refund.serial: refund for refund in due}
        kept = self._worked_on
        if kept is not None:
            self._refunds[kept.serial] = self._refunds.get(kept.serial, kept)
        self.show_list()

    def keep(self, refund: RefundView, *, fresh: bool) -> None:
        """Picks `refund`, which stays on the list until the teller goes on."""
        self._look_no += 1
        self._worked_on = refund
        self._refunds[refund.serial] = refund
        self.show_list()
        self._list.point_at(refund.serial)
        if self.step is Step.LIST:
            self._list.focus()  # an empty list had hidden itself
        self.panel.show(refund, fresh=fresh)

    def let_go(self) -> None:
        """Nothing is worked on any more."""
        self._worked_on = None
        self.panel.show(None)
        self.read_again()

    def show_list(self) -> None:
        """The rows as they are, and the picked one."""
        self._list.show(row_of(refund) for refund in self._refunds.values())
        most = ROWS_SHORT if self.has_class("-short") else ROWS_TALL
        self._list.styles.height = max(min(len(self._refunds), most), 1)
        self._heads.show((heads_said(),))
        self._heads.display = self._list.display = self.step is Step.LIST and bool(self._refunds)
        empty = self.query_one("#none", Line)
        none = says("refunds.none") if self._refunds_here else says("refunds.none_seen")
        empty.show(none if self._known else nothing)
        empty.display = self.step is Step.LIST and not self._refunds
        self._point()

    def _point(self) -> None:
        """The refund under the cursor, whole; one just worked on stays as fresh as it is."""
        here = self._refunds.get(self._list.current or "")
        shown = self.panel.refund
        same = here is not None and shown is not None and here.serial == shown.serial
        self.panel.show(here, fresh=same and self.panel.fresh)
        self.panel.display = here is not None and self.step is Step.LIST
        self.refresh_keys()

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        if not self.busy:
            self._point()

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        """Enter goes on where that sends nothing."""
        event.stop()
        self._point()
        if self.panel.stage.moves_money:
            self.note(says("refunds.press"), "warn")
        else:
            self.act()

    # -- outcomes

    def show_outcome(self, refund: RefundView) -> None:
        """How it stands now. What waits for somebody's word opens its sheet; what was paid out has its slip first."""
        self.stop_waiting()
        asked_anew = refund.approval_id != self._approval_seen
        self.keep(refund, fresh=True)
        self.show_step(Step.LIST)
        self.read_again()
        if self.panel.stage is Stage.PRINTING:
            self.acts.print_slip(refund)
        elif asked_anew and self.approval.waits(refund):
            self._approval_seen = refund.approval_id
            self.approval.open(refund)

    def still_waits(self, refund: RefundView) -> None:
        """Nothing was sent to anybody; the sheet can be opened again."""
        self.stop_waiting()
        self.keep(refund, fresh=True)
        self.show_step(Step.LIST)

    def withdrawn(self, refund: RefundView) -> None:
        """The request is over; how the refund stands without it."""
        self.still_waits(refund)
        self.note(says("refunds.withdrawn"), "warn")
        self.read_again()

    # -- keys of the panel

    def turn_panel(self) -> None:
        """To every step of the picked refund, and back to its figures."""
        self.panel.tell(whole=not self.panel.whole)
        self.panel.draw()
        self.refresh_keys()

    def action_page_up(self) -> None:
        self.panel.page(-1)

    def action_page_down(self) -> None:
        self.panel.page(1)
