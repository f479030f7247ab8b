"""Asks for one line of text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from screens.saying import Say
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.line import Line


class OneLine(Sheet[str | None]):
    """Gives what was typed, `first` to begin with; None for Esc."""

    CSS_PATH = "one_line.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, question: Say, detail: Say, keys: Say, first: str = "") -> None:
        super().__init__()
        self._question, self._detail, self._keys, self._first = question, detail, keys, first

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(self._question, classes="head")
            yield Entry(id="line")
            yield Line(self._detail, id="detail")
            yield Line(self._keys, id="close")

    def on_mount(self) -> None:
        entry = self.query_one(Entry)
        entry.put(self._first)
        entry.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        typed = self.query_one(Entry).value.strip()
        if typed and self.desk_app.meant:
            self.dismiss(typed)
        else:
            self.app.bell()

    def action_leave(self) -> None:
        self.dismiss(None)
