"""7001: what waits for a second person, live, and the decision from the approver's own desk."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from screens.actions import bindings
from screens.approval_words import (
    amount_of,
    ended_said,
    figures_of,
    kind_said,
    left_s,
    left_said,
    maker_said,
    rules_said,
    waits_said,
    who_may_said,
)
from screens.base import DeskScreen, HelpPage
from screens.decide_sheet import DecideSheet
from screens.saying import Say, clock_time, joined, nothing, says, shown
from screens.widgets.figures import Figures
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from screens.widgets.reading_list import ReadingList
from tellerdesk.approvals.states import OPEN, ApprovalState
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.errors import TellerDeskError
from tellerdesk.staff.states import MAY, Permission

LOOK_EVERY_S = 1.0
WIDE = 96
MOST_DECIDED = 20
"""How many that have ended stay on the list, so that nothing moves from under the cursor."""


class ApprovalsWaiting(DeskScreen):
    """The requests of the branch, the oldest first; one's own, and those one may not decide, are dimmed and say why.

    The cursor stays on the request it is on. One that is decided elsewhere stays in its place, with who decided it:
    F10 never means another row than the one that was read.
    """

    CODE = "7001"
    NAME = "tx.7001"
    CSS_PATH = "approvals_waiting.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "choices", "again", "submit", "language", "lock")
    BINDINGS: ClassVar = bindings("choices", "again", "submit")
    PAGE = HelpPage(
        what="help.approvals",
        fields=(("approval.title.list", "help.approvals.list"), ("approval.code", "help.approvals.code")),
        wrong=("help.approvals.own", "help.approvals.first", "help.approvals.over"),
        keys=(("choices", "approval.no.help"), ("submit", "approval.yes.help")),
    )

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, ApprovalView] = {}
        self._asked: set[str] = set()
        self._looking = False
        self._list = ReadingList(
            (
                Column(5),
                Column(11, below=WIDE),
                Column(16, from_width=WIDE),
                Column(12),
                Column(12, "right"),
                Column(0),
                Column(7, "right"),
            ),
            id="requests",
        )

    def compose_body(self) -> ComposeResult:
        yield self._list
        yield Line(says("approval.none"), id="none")
        with Vertical(id="panel"):
            yield Line(id="state")
            with VerticalScroll(id="what", can_focus=False):
                yield Figures(id="changes", text_label_width=None)
            yield Line(id="why")

    def on_mount(self) -> None:
        self._list.focus()
        self._redraw()
        self.set_interval(LOOK_EVERY_S, self._tick)
        self._look()

    def on_screen_resume(self) -> None:
        self._list.focus()

    # -- the list, live

    def _tick(self) -> None:
        if self.is_current:
            self._redraw()
            self._look()

    def _look(self) -> None:
        app = self.desk_app
        who = app.who
        if who is not None and not app.locked and not self._looking:
            self._looking = True
            self.look(lambda desk: desk.approvals.waiting(who), self._seen, self._not_seen)

    def _seen(self, waiting: tuple[ApprovalView, ...]) -> None:
        self._looking = False
        here = {approval.approval_id for approval in waiting}
        self._views |= {approval.approval_id: approval for approval in waiting}
        for approval_id, approval in self._views.items():
            if approval_id not in here and approval.state in OPEN:
                self._ask_what_became(approval_id)
        self._redraw()

    def _not_seen(self, error: TellerDeskError) -> None:
        self._looking = False
        self.failed_quietly(error)

    def _ask_what_became(self, approval_id: str) -> None:
        """It waits no more: decided elsewhere, or its time is over."""
        who = self.desk_app.who
        if who is None or approval_id in self._asked:
            return
        self._asked.add(approval_id)
        self.look(
            lambda desk: desk.approvals.approval(who, approval_id),
            self._became,
            lambda _error: self._asked.discard(approval_id),
        )

    def _became(self, approval: ApprovalView) -> None:
        self._asked.discard(approval.approval_id)
        self._views[approval.approval_id] = approval
        self._redraw()

    def _redraw(self) -> None:
        now = self.desk_app.clock.now()
        self._forget_the_oldest()
        views = sorted(self._views.values(), key=lambda approval: approval.asked_at)
        self._list.show(_row(approval, left_s(approval, now)) for approval in views)
        self._list.styles.height = min(len(views), 6 if self.has_class("-short") else 12)
        self.query_one("#none", Line).display = not views
        self.query_one("#panel").display = bool(views)
        self._point()

    def _forget_the_oldest(self) -> None:
        """Too many that have ended go, but never the one under the cursor."""
        ended = [each for each in self._views.values() if each.state not in OPEN]
        ended.sort(key=lambda approval: approval.asked_at)
        for approval in ended[: max(len(ended) - MOST_DECIDED, 0)]:
            if approval.approval_id != self._list.current:
                del self._views[approval.approval_id]

    # -- the one under the cursor

    @property
    def _here(self) -> ApprovalView | None:
        return self._views.get(self._list.current or "")

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        self.query_one("#what", VerticalScroll).scroll_home(animate=False)
        self._point()

    def _point(self) -> None:
        """Shows all of the request under the cursor."""
        approval = self._here
        if approval is not None:
            now = self.desk_app.clock.now()
            asked = joined([kind_said(approval.use_case, "bold"), maker_said(approval)], "  ")
            self.query_one("#state", Line).show(joined([waits_said(approval, now), asked], "   "))
            self.query_one("#changes", Figures).show(figures_of(approval))
            self.query_one("#why", Line).show(_why(approval))
        self.refresh_keys()

    def working_keys(self) -> tuple[str, ...]:
        approval = self._here
        decides = approval is not None and _may_be_decided(approval)
        return tuple(name for name in self.KEYS if decides or name not in {"submit", "choices"})

    def key_label(self, name: str) -> Say:
        return says({"submit": "approval.yes.key", "choices": "approval.no.key"}.get(name, f"key.{name}"))

    # -- deciding

    def action_submit(self) -> None:
        self._ask_for_code(approve=True)

    def action_choices(self) -> None:
        self._ask_for_code(approve=False)

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        """Enter decides nothing; what there is to read is in sight already."""
        event.stop()
        self.note(says("approval.press.list"), "warn")

    def _ask_for_code(self, *, approve: bool) -> None:
        approval, who = self._here, self.desk_app.who
        if approval is None or who is None or not self.desk_app.meant:
            return
        if not _may_be_decided(approval) or Permission.DECIDE_APPROVAL not in MAY[who.role]:
            self.note(_why(approval), "warn")
            self.app.bell()
            return
        self.note()
        self.app.push_screen(DecideSheet(approval, who.staff_no, approve=approve), self._decided)

    def _decided(self, approval: ApprovalView | None) -> None:
        if approval is not None:
            self._views[approval.approval_id] = approval
            self._redraw()
            self.note(ended_said(approval), "good" if approval.state is not ApprovalState.REJECTED else "quiet")
            self.desk_app.frame_looks.look_at_approvals()
        self._look()

    # -- keys

    def action_again(self) -> None:
        """Reads anew; what has ended goes from the list, but for the one under the cursor."""
        self._views = {
            approval_id: approval
            for approval_id, approval in self._views.items()
            if approval.state in OPEN or approval_id == self._list.current
        }
        self._redraw()
        self._look()

    def action_back(self) -> None:
        """To where it was opened from: F9 opens it over any screen."""
        self.app.pop_screen()


def _may_be_decided(approval: ApprovalView) -> bool:
    return approval.may_decide and approval.state is ApprovalState.PENDING


def _why(approval: ApprovalView) -> Say:
    """Why this person may not decide it; who may, where this person may."""
    if approval.state is not ApprovalState.PENDING:
        return nothing
    if not approval.may_decide and approval.why_not:
        return says(approval.why_not, "$warning")
    return who_may_said(approval)


def _row(approval: ApprovalView, seconds: int) -> Row:
    name = joined([shown(approval.maker_no), shown(approval.maker_name)])
    left = shown(left_said(seconds), "$warning" if seconds < 60 else "")
    return Row(
        approval.approval_id,
        (
            clock_time(approval.asked_at),
            name,
            name,
            kind_said(approval.use_case),
            shown(amount_of(approval)),
            rules_said(approval) if approval.state is ApprovalState.PENDING else ended_said(approval, short=True),
            left if approval.state in OPEN else nothing,
        ),
        shut=not _may_be_decided(approval),
    )
