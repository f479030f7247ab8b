"""Four eyes over a payment, its cancellation or a refund: what will happen, who may agree, and for how long it waits.

The approver agrees here, with number, password and one-time code of their own, or at a desk of their own; this sheet
asks every second what has been decided there.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input

from screens.approval_words import decision_said, figures_of, waits_said, who_may_said
from screens.confirm import Confirm
from screens.proof import ProofFields
from screens.saying import Say, joined, nothing, says, says_error
from screens.sheet import Sheet
from screens.widgets.figures import Figures
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.approvals.commands import DecideHere, Withdraw
from tellerdesk.approvals.states import ApprovalState
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.i18n import Words

LOOK_EVERY_S = 1.0


class Ending(Enum):
    """How the sheet was left; without one the request goes on waiting."""

    GO_ON = "go_on"
    WITHDRAWN = "withdrawn"
    OVER = "over"


class Face(Enum):
    """What the sheet asks for now."""

    ASKING = "asking"
    REFUSING = "refusing"
    APPROVED = "approved"
    OVER = "over"


class Means(Enum):
    """What an approval lets happen: the sentences about the money differ by it."""

    CASH = "cash"
    ACCOUNT = "account"
    CANCEL = "cancel"
    SUSPEND = "suspend"
    REFUND = "refund"
    PAY_OUT = "pay_out"


_YES = {Means.CANCEL: "cancellation.yes."} | dict.fromkeys((Means.SUSPEND, Means.REFUND, Means.PAY_OUT), "refunds.yes.")
"""How the ids of what goes on begin; of a payment it is "approval.yes."."""

_FACE = {ApprovalState.PENDING: Face.ASKING, ApprovalState.APPROVED: Face.APPROVED}


class ApprovalSheet(Sheet[Ending | None]):
    """Approved here, it goes on at once; approved from afar, it says by whom and F10 goes on. Nothing goes on
    behind a lock."""

    CSS_PATH = "approval_sheet.tcss"
    BINDINGS: ClassVar = [
        Binding("escape", "step_back", show=False),
        Binding("f3,ctrl+r", "leave_waiting", show=False),
        Binding("f4", "refuse", show=False),
        Binding("f5,ctrl+y", "again", show=False),
        Binding("f7", "page(-1)", show=False),
        Binding("f8", "page(1)", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, approval_id: str, means: Means) -> None:
        """`means`: a payment in cash, which lies on the counter and is nobody's yet but the customer's, one from an
        account, the cancellation of one, or one of the three things a refund has approved."""
        super().__init__()
        self._approval_id = approval_id
        self._means = means
        self._approval: ApprovalView | None = None
        self._face = Face.ASKING
        self._busy = False
        self._looking = False
        self._look_no = 0
        self._proof = ProofFields(id="proof")
        self._yes = Push(id="yes", moves_money=True)
        self._no = Push(says("approval.no.key"), id="no")

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(self._head, id="head")
            yield Line(id="money")
            with VerticalScroll(id="what", can_focus=False):
                yield Figures(id="changes", text_label_width=None)
            yield Line(id="who")
            yield self._proof
            with Horizontal(id="act"):
                yield self._yes
                yield self._no
            yield Line(id="told")
            yield Line(id="keys")

    def on_mount(self) -> None:
        self._turn(Face.ASKING)
        self.set_interval(LOOK_EVERY_S, self._tick)
        self._look()

    # -- what is shown

    def _head(self, words: Words) -> Content:
        return waits_said(self._approval, self.desk_app.clock.now())(words)

    def _show(self, approval: ApprovalView) -> None:
        self._approval = approval
        self.query_one("#head", Line).speak()
        self.query_one("#changes", Figures).show(figures_of(approval))
        self.query_one("#who", Line).show(who_may_said(approval))
        face = _FACE.get(approval.state, Face.OVER)
        if face is not self._face and not (face is Face.ASKING and self._face is Face.REFUSING):
            self._turn(face)

    def _turn(self, face: Face) -> None:
        """Another face: other fields, other buttons, another sentence about the money."""
        self._face = face
        self.update_classes({f"-{each.value}": each is face for each in Face})
        executed = self._approval is not None and self._approval.state is ApprovalState.EXECUTED
        self.query_one("#money", Line).show(
            says("approval.money.executed") if executed else says(f"approval.money.{face.value}.{self._means.value}")
        )
        self._yes.show(says(self._yes_label(face)))
        self._yes.moves_money = face in {Face.ASKING, Face.APPROVED}
        self.query_one("#keys", Line).show(says(f"approval.keys.{face.value}"))
        self.query_one("#told", Line).show()
        self._proof.ask_reason(face is Face.REFUSING)
        if face in {Face.ASKING, Face.REFUSING}:
            self._proof.focus_first()
        else:
            self._proof.forget()
            self._yes.focus()

    def _yes_label(self, face: Face) -> str:
        usual = "approval.yes."
        words = _YES.get(self._means, usual) if face in {Face.ASKING, Face.APPROVED} else usual
        return f"{words}{face.value}"

    def _tell(self, say: Say, level: str = "error") -> None:
        told = self.query_one("#told", Line)
        told.set_classes(f"-{level}")
        told.show(say)

    # -- what is decided elsewhere

    def _tick(self) -> None:
        self.query_one("#head", Line).speak()
        if self.desk_app.locked:
            self._proof.forget()
        self._proof.tick()
        self._look()

    def _look(self) -> None:
        """Asks how it stands, one question at a time; a locked desk asks nothing."""
        app, approval_id = self.desk_app, self._approval_id
        who = app.who
        if who is None or app.locked or self._busy or self._looking or self._face is Face.OVER:
            return
        self._looking = True
        number = self._look_no
        app.look(
            self,
            lambda desk: desk.approvals.approval(who, approval_id),
            lambda approval: self._seen(approval, number),
            lambda error: self._not_seen(error, number),
        )

    def _seen(self, approval: ApprovalView, number: int) -> None:
        self._looking = False
        if number == self._look_no and not self._busy:
            self._show(approval)

    def _not_seen(self, error: TellerDeskError, number: int) -> None:
        self._looking = False
        if number == self._look_no and not self._busy:
            self._tell(says_error(error), "warn")

    # -- deciding here

    def on_proof_fields_complete(self, event: ProofFields.Complete) -> None:
        event.stop()
        self._yes.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button is self._no:
            self.action_refuse()
        else:
            self.action_take()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self._tell(says("approval.press"), "warn")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def action_take(self) -> None:
        """F10: the approver's word, the payment itself once it is approved, or the end of one that is over."""
        if self._busy or self._approval is None:
            return
        if self._face in {Face.ASKING, Face.REFUSING}:
            self._decide(approve=self._face is Face.ASKING)
        elif self.desk_app.meant:
            self.leave(Ending.GO_ON if self._face is Face.APPROVED else Ending.OVER)

    def _decide(self, *, approve: bool) -> None:
        app, who = self.desk_app, self.desk_app.who
        given = self._proof.given()
        if who is None or given is None:
            return
        by, reason = given
        command = DecideHere(self._approval_id, approve, by, reason)
        self._begin()
        app.ask(
            self,
            lambda desk, _watch: desk.approvals.decide_here(who, command),
            lambda approval: self._decided(approval, approve=approve),
            self._not_done,
        )

    def _begin(self) -> None:
        """Shut until the desk has answered; what was looked at before that counts no more."""
        self._busy = True
        self._look_no += 1
        self._proof.shut(True)
        self._yes.disabled = self._no.disabled = True
        self._tell(says("approval.asking"), "quiet")

    def _answered(self) -> None:
        self._busy = False
        self._proof.shut(False)
        self._yes.disabled = self._no.disabled = False
        self._tell(nothing, "quiet")

    def _decided(self, approval: ApprovalView, *, approve: bool) -> None:
        self._answered()
        self._proof.forget()
        self._show(approval)
        if approval.state is ApprovalState.PENDING:
            self._turn(Face.ASKING)
            self._tell(joined([decision_said(approval.decisions[-1]), says("approval.more")], "  "), "good")
        elif approve and approval.state is ApprovalState.APPROVED and self.is_active:
            self.leave(Ending.GO_ON)

    def _not_done(self, error: TellerDeskError) -> None:
        self._answered()
        self._proof.refused(error)
        if not (isinstance(error, BadInput) and self._proof.knows(error.field)):
            self._tell(says_error(error))
        self._look()

    # -- leaving

    def action_refuse(self) -> None:
        """The approver says no, and why."""
        if not self._busy and self._face is Face.ASKING and self._approval is not None:
            self._turn(Face.REFUSING)

    def action_step_back(self) -> None:
        if self._busy or self._approval is None:
            self.app.bell()
        elif self._face is Face.REFUSING:
            self._turn(Face.ASKING)
        elif self._face is Face.OVER:
            self.leave(Ending.OVER)
        else:
            question = Confirm(
                says("approval.withdraw.question"), detail=says(f"approval.withdraw.detail.{self._means.value}"),
                yes=says("approval.withdraw.yes"), no=says("approval.withdraw.no"), first="no",
            )  # fmt: skip
            self.app.push_screen(question, self._withdraw_if)

    def _withdraw_if(self, meant: bool | None) -> None:
        who, command = self.desk_app.who, Withdraw(self._approval_id)
        if not meant or self._busy or who is None or self._face is Face.OVER:
            return
        self._begin()
        self.desk_app.ask(
            self,
            lambda desk, _watch: desk.approvals.withdraw(who, command),
            lambda _approval: self.leave(Ending.WITHDRAWN),
            self._not_done,
        )

    def action_leave_waiting(self) -> None:
        """Away from the sheet; the request goes on waiting, and can be opened again."""
        if self._busy:
            self.app.bell()
        else:
            self.leave(Ending.OVER if self._face is Face.OVER else None)

    def action_again(self) -> None:
        self._look()

    def action_page(self, pages: int) -> None:
        what = self.query_one("#what", VerticalScroll)
        what.scroll_page_down(animate=False) if pages > 0 else what.scroll_page_up(animate=False)
