"""The last question before a decision from the approver's own desk: the one-time code, and a reason for a no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input

from screens.approval_words import figures_of, kind_said, maker_said
from screens.proof import ProofFields
from screens.saying import Say, joined, says, says_error
from screens.sheet import Sheet
from screens.widgets.figures import Figures
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.approvals.commands import Decide
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.errors import BadInput, TellerDeskError


class DecideSheet(Sheet[ApprovalView | None]):
    """Decides the request it shows and no other, whatever the list behind it does meanwhile. Gives it as it stands
    after the decision; None where nothing was decided."""

    CSS_PATH = "approval_sheet.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3,ctrl+r", "give_up", show=False),
        Binding("f7", "page(-1)", show=False),
        Binding("f8", "page(1)", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, approval: ApprovalView, staff_no: str, *, approve: bool) -> None:
        """`staff_no` is the number of who is signed on."""
        super().__init__()
        self._approval = approval
        self._approve = approve
        self._busy = False
        self._word = "yes" if approve else "no"
        self._proof = ProofFields(known=staff_no, id="proof")
        self._push = Push(says(f"approval.decide.{self._word}"), moves_money=True, id="yes")

    def compose(self) -> ComposeResult:
        asked = joined([kind_said(self._approval.use_case), maker_said(self._approval)], "  ")
        with Vertical(id="sheet"):
            yield Line(joined([says(f"approval.title.{self._word}"), asked], "  "), id="head")
            with VerticalScroll(id="what", can_focus=False):
                yield Figures(id="changes", text_label_width=None)
            yield self._proof
            with Horizontal(id="act"):
                yield self._push
            yield Line(id="told")
            yield Line(says("approval.keys.decide"), id="keys")

    def on_mount(self) -> None:
        self.query_one("#changes", Figures).show(figures_of(self._approval))
        self._proof.ask_reason(not self._approve)
        self._proof.focus_first()
        self.set_interval(1.0, self._proof.tick)

    def _tell(self, say: Say, level: str) -> None:
        told = self.query_one("#told", Line)
        told.set_classes(f"-{level}")
        told.show(say)

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def on_proof_fields_complete(self, event: ProofFields.Complete) -> None:
        event.stop()
        self._push.focus()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self._tell(says("approval.press"), "warn")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Shut before the decision is sent: pressed again it sends no second."""
        app, who = self.desk_app, self.desk_app.who
        if self._busy or who is None or (given := self._proof.given()) is None:
            return
        by, reason = given
        command = Decide(self._approval.approval_id, self._approve, by.code, reason)
        self._busy = self._push.disabled = True
        self._proof.shut(True)
        self._tell(says("approval.asking"), "quiet")
        app.ask(self, lambda desk, _watch: desk.approvals.decide(who, command), self.leave, self._refused)

    def _refused(self, error: TellerDeskError) -> None:
        self._busy = self._push.disabled = False
        self._proof.shut(False)
        self._proof.refused(error)
        said_there = isinstance(error, BadInput) and self._proof.knows(error.field)
        self._tell(says_error(error) if not said_there else says("approval.nothing_decided"), "error")

    def action_give_up(self) -> None:
        if self._busy:
            self.app.bell()
        else:
            self.leave(None)

    def action_page(self, pages: int) -> None:
        what = self.query_one("#what", VerticalScroll)
        what.scroll_page_down(animate=False) if pages > 0 else what.scroll_page_up(animate=False)
