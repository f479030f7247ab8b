"""7003: who did what, and whether anybody has altered it since."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from screens.actions import bindings
from screens.audit_export import ExportSheet
from screens.base import DeskScreen, HelpPage
from screens.choose import Choose
from screens.saying import Say, joined, literal, says, says_message, shown
from screens.widgets.entry import Entry
from screens.widgets.figures import Figure, Figures
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from tellerdesk.approvals.states import ApprovalAction
from tellerdesk.audit.days import days_of
from tellerdesk.audit.views import AuditAction, AuditPage, AuditRowView, AuditSearch, Verified
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.parameters.states import ParameterAction
from tellerdesk.search.states import SearchAction
from tellerdesk.staff.states import StaffAction

ACTIONS_KNOWN: tuple[str, ...] = (
    *StaffAction,
    *ApprovalAction,
    *AuditAction,
    *ParameterAction,
    *SearchAction,
    "till.opened",
    "payment.submitted",
    "payment.went_on",
    "basket.handed_over",
    "cancellation.asked",
    "cancellation.miskeyed",
    "cancellation.went_on",
    "refund.asked",
    "refund.miskeyed",
    "refund.suspend_asked",
    "refund.approval_asked",
    "refund.pay_out_asked",
    "refund.went_on",
    "refund.handed_over",
    "question.explained",
    "question.retried",
    "question.settled",
    "document.issued",
    "document.changed",
)
"""What can be looked for by its name; F4 lists them."""

PAGE = 50
WIDE = 100
SUBJECT, SUBJECT_WIDE = 22, 34
FIELDS = ("person", "action", "subject", "days")


class AuditTrail(DeskScreen):
    """Four fields in one line, the rows that match below, the row under the cursor below those. F10 checks everything,
    Ctrl+P writes what was found to a file."""

    CODE = "7003"
    NAME = "tx.7003"
    CSS_PATH: ClassVar = ["task.tcss", "audit_trail.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = (
        "help", "back", "choices", "again", "submit", "print", "lock",
    )  # fmt: skip
    BINDINGS: ClassVar = [
        *bindings("choices", "again", "submit", "print", "page_up", "page_down"),
        Binding("f6", "next_pane", show=False),  # Tab goes from field to field
    ]
    PAGE = HelpPage(
        what="help.trail",
        fields=(
            ("trail.person", "help.trail.person"),
            ("trail.action", "help.trail.action"),
            ("trail.subject", "help.trail.subject"),
            ("trail.days", "help.trail.days"),
        ),
        wrong=("help.trail.finding", "help.trail.export"),
    )

    class Progress(Message):
        """How many rows the check has read so far."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def __init__(self) -> None:
        super().__init__()
        self._asked = AuditSearch()
        self._rows: tuple[AuditRowView, ...] = ()
        self._more = False
        self._looking = False
        self._questions = 0
        self._verifying = False
        self._entries = {name: Entry(id=name, hint=says(f"trail.{name}.hint")) for name in FIELDS}
        self._trail = Ledger(
            (Column(14), Column(8), Column(0), Column(SUBJECT, below=WIDE), Column(SUBJECT_WIDE, from_width=WIDE)),
            id="trail",
        )

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="filters"):
            for name, entry in self._entries.items():
                with Vertical(classes=f"filter {name}"):
                    yield Line(says(f"trail.{name}"), classes="label")
                    yield entry
        yield Line(id="found")
        yield self._trail
        yield Figures(id="row")

    def on_mount(self) -> None:
        self._entries["person"].focus()
        self._search()

    def key_label(self, name: str) -> Say:
        own = {"submit": "trail.key.verify", "print": "trail.key.export", "again": "trail.key.search"}
        return says(own.get(name, f"key.{name}"))

    # -- looking

    def _search(self) -> None:
        """The newest rows that match what stands in the fields."""
        typed = {name: entry.value.strip() for name, entry in self._entries.items()}
        try:
            since, until = days_of(typed["days"], branch_time(self.desk_app.clock.now()).date())
        except BadInput as error:
            self.complain(error)
            self._entries["days"].focus()
            return
        asked = AuditSearch(typed["person"].upper(), typed["action"], typed["subject"], since, until)
        self._ask(asked, (), self._trail.current if asked == self._asked else None)

    def _ask(self, asked: AuditSearch, before: tuple[AuditRowView, ...], stay_on: str | None = None) -> None:
        who = self.desk_app.who
        if who is None:
            return
        self._looking = True
        self._questions += 1
        question = self._questions
        search = replace(asked, before_id=before[-1].id) if before else asked

        def seen(page: AuditPage) -> None:
            if question == self._questions:  # an older question's answer may come later than a newer one's
                self._asked, self._more, self._looking = asked, page.more, False
                self._rows = (*before, *page.rows)
                self._show(stay_on)

        def failed(error: TellerDeskError) -> None:
            if question == self._questions:
                self._looking = False
                self.complain(error)

        self.look(lambda desk: desk.audit.search(who, search, PAGE), seen, failed)

    def _show(self, stay_on: str | None) -> None:
        self._trail.show(_row(row) for row in self._rows)
        if stay_on is None:
            self._trail.cursor = 0
        found = "trail.none" if not self._rows else "trail.found.more" if self._more else "trail.found"
        self.query_one("#found", Line).show(says(found, count=len(self._rows)))
        self._tell_row()

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()
        self._tell_row()
        if self._more and not self._looking and self._trail.cursor == len(self._rows) - 1:
            self._ask(self._asked, self._rows, self._trail.current)

    def _tell_row(self) -> None:
        at = self._trail.cursor
        row = self._rows[at] if at < len(self._rows) else None
        self.query_one("#row", Figures).show(_told(row) if row else ())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._search()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()

    # -- checking

    def _verify(self) -> None:
        who = self.desk_app.who
        if who is None or self._verifying:
            return
        self._verifying = True
        self.note(says("trail.verifying"))
        self.look(lambda desk: desk.audit.verify(who, self._read), self._verified, self._not_verified)

    def _read(self, rows: int) -> None:
        """From the thread that checks. A screen that has gone hears nothing."""
        with suppress(RuntimeError):
            self.post_message(self.Progress(rows))

    def on_audit_trail_progress(self, event: Progress) -> None:
        event.stop()
        if self._verifying:
            self.note(says("trail.read", count=event.rows))

    def _verified(self, found: Verified) -> None:
        self._verifying = False
        self.note(says_message(found.sentence), "good" if found.whole else "warn" if found.well else "error")
        if not found.well:
            self.app.bell()

    def _not_verified(self, error: TellerDeskError) -> None:
        self._verifying = False
        self.complain(error)

    # -- writing to a file

    def _export_to(self, typed: str | None) -> None:
        who, search = self.desk_app.who, self._asked
        if who is None or not typed:
            return
        path = self._folder / Path(typed).expanduser()
        self.note(says("trail.exporting"))

        def written(rows: int) -> None:
            self.note(says("trail.exported", count=rows, path=str(path)), "good")

        self.desk_app.ask(self, lambda desk, _watch: desk.audit.export(who, search, path), written, self.complain)

    @property
    def _folder(self) -> Path:
        return self.desk_app.front.folder / "documents"

    # -- keys

    def action_choices(self) -> None:
        """The actions there are; from another field, down to the rows."""
        if self._entries["action"].has_focus:
            rows = tuple(Row(action, (action_said(action), shown(action, "$secondary"))) for action in ACTIONS_KNOWN)
            self.app.push_screen(Choose(says("trail.actions"), (Column(0), Column(26)), rows), self._action_chosen)
        elif not self._trail.has_focus:
            self._trail.focus()

    def _action_chosen(self, action: str | None) -> None:
        if action is not None:
            self._entries["action"].put(action)
            self._search()

    def action_again(self) -> None:
        self._search()

    def action_next_pane(self) -> None:
        (self._entries["person"] if self._trail.has_focus else self._trail).focus()

    def action_submit(self) -> None:
        self._verify()

    def action_print(self) -> None:
        made = branch_time(self.desk_app.clock.now())
        self.app.push_screen(ExportSheet(self._folder, f"audit-{made:%Y%m%d-%H%M%S}.jsonl"), self._export_to)

    def action_page_up(self) -> None:
        self._trail.action_page(-1)

    def action_page_down(self) -> None:
        self._trail.action_page(1)


def action_said(action: str) -> Say:
    """What was done, in words; a word nobody has told us yet as it is."""
    message_id = f"audit.action.{action}"

    def say(words: Words) -> Content:
        return literal(words(message_id) if words.knows(message_id) else action)

    return say


def _row(row: AuditRowView) -> Row:
    """Subjects too long for their column keep both ends: those of ids differ everywhere, those of texts at one end."""
    made = branch_time(row.at)
    return Row(
        str(row.id),
        (
            shown(f"{made:%m-%d %H:%M:%S}"),
            shown(row.person),
            action_said(row.action),
            shown(_short(row.subject, SUBJECT), "$secondary"),
            shown(_short(row.subject, SUBJECT_WIDE), "$secondary"),
        ),
    )


def _short(subject: str, width: int) -> str:
    half = (width - 2) // 2
    return subject if len(subject) <= width else f"{subject[:half]}..{subject[-half:]}"


def _told(row: AuditRowView) -> tuple[Figure, ...]:
    """The row under the cursor, whole and as it was sealed."""
    return tuple(
        Figure(says(label), value, text=True)
        for label, value in (
            (
                "trail.row.when",
                joined([_when(row.at), says("trail.row.number", person=row.person, row=row.person_seq)]),
            ),
            ("trail.row.what", joined([action_said(row.action), shown(row.action, "$secondary")], "  ")),
            ("trail.subject", shown(row.subject)),
            ("trail.row.details", _pairs(row.details)),
        )
    )


def _when(at: datetime) -> Say:
    return shown(f"{branch_time(at):%Y-%m-%d %H:%M:%S}")


def _pairs(details: str) -> Say:
    try:
        told = json.loads(details)
    except ValueError:
        return shown(details)
    if not isinstance(told, dict):
        return shown(details)
    return joined((shown(f"{name}={value}") for name, value in told.items()), "  ")
