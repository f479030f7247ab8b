"""The last question before money is booked to refunds payable: nobody takes it away meanwhile."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Button, Input

from screens.saying import says
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.money import format_fen


class SuspendSheet(Sheet[str | None]):
    """F10 gives the note, which may be empty; Esc books nothing. `cash`: it lies at the counter, else in core."""

    CSS_PATH = "refund_suspend.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3,ctrl+r", "leave_it", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, amount_fen: int, *, cash: bool) -> None:
        super().__init__()
        self._amount = format_fen(amount_fen)
        self._what = "cash" if cash else "posting"
        self._note = Field(says("cancellation.note"), Entry(id="note-text"), after=says("refunds.suspend.hint"))

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says(f"refunds.suspend.{self._what}", amount=self._amount), id="question")
            yield Line(says("refunds.suspend.detail"), id="detail")
            yield self._note
            yield Push(says("refunds.suspend.yes"), moves_money=True, id="take")
            yield Line(says("refunds.suspend.keys"), id="close")

    def on_mount(self) -> None:
        self._note.entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#take", Push).focus()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.query_one("#close", Line).show(says("refunds.press", "$warning"))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        if self.desk_app.meant:
            self.dismiss(self._note.entry.value.strip())

    def action_leave_it(self) -> None:
        self.dismiss(None)
