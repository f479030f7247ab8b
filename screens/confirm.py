"""One question with two answers."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from screens.saying import Say, nothing
from screens.sheet import Sheet
from screens.widgets.line import Line
from screens.widgets.push import Push


class Confirm(Sheet[bool]):
    """Asks, with the focus first on the answer `first` names: where money is meant that is "no".

    Enter gives the answer that has the focus, Esc is "no"; F10 does nothing here, so that a key pressed too often to
    get here cannot answer.
    """

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "answer_no", show=False),
        Binding("left,right,up,down", "other", show=False),
        Binding("f10,ctrl+s", "nothing", show=False),
    ]

    def __init__(self, question: Say, *, detail: Say = nothing, yes: Say, no: Say, first: Literal["yes", "no"]) -> None:
        super().__init__()
        self._question, self._detail, self._yes, self._no, self._first = question, detail, yes, no, first

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(self._question, id="question")
            yield Line(self._detail, id="detail")
            with Horizontal(id="answers"):
                yield Push(self._no, id="no")
                yield Push(self._yes, id="yes")

    def on_mount(self) -> None:
        self.query_one(f"#{self._first}", Push).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer_no(self) -> None:
        self.dismiss(False)

    def action_other(self) -> None:
        focused = self.focused
        self.query_one("#no" if focused is not None and focused.id == "yes" else "#yes", Push).focus()

    def action_nothing(self) -> None:
        self.app.bell()
