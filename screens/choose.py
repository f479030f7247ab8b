"""F4: a list to choose from."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from screens.saying import Say, says
from screens.sheet import Sheet
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line


class Choose(Sheet[str | None]):
    """Gives the key of the chosen row, None for Esc."""

    CSS_PATH = "choose.tcss"
    AUTO_FOCUS = "Ledger"
    BINDINGS: ClassVar = [
        Binding("escape,f3,f4", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, title: Say, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> None:
        super().__init__()
        self._title, self._columns, self._rows = title, columns, rows

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(self._title, classes="head")
            yield Ledger(self._columns)
            yield Line(says("choose.keys"), id="close")

    def on_mount(self) -> None:
        ledger = self.query_one(Ledger)
        ledger.styles.height = min(len(self._rows), 12)
        ledger.show(self._rows)

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_take(self) -> None:
        self.query_one(Ledger).action_choose()

    def action_leave(self) -> None:
        self.dismiss(None)
