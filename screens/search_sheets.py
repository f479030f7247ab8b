"""The searches somebody keeps, to choose among."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from screens.actions import bindings
from screens.saying import nothing, says, shown
from screens.sheet import Sheet
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from tellerdesk.search.views import SavedFilter

Wish = tuple[str, SavedFilter]
"""Something to do with a saved search: "take" or "forget"."""


class Kept(Sheet[Wish | None]):
    """The searches somebody keeps: Enter takes one, Del throws it away."""

    CSS_PATH = "search_sheets.tcss"
    AUTO_FOCUS = "Ledger"
    BINDINGS: ClassVar = [
        Binding("escape,f3,f4", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
        *bindings("undo"),
    ]

    def __init__(self, kept: tuple[SavedFilter, ...]) -> None:
        super().__init__()
        self._kept = {each.name: each for each in kept}

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says("search.kept"), classes="head")
            yield Ledger((Column(0),))
            yield Line(nothing if self._kept else says("search.kept.none"), id="detail")
            yield Line(says("search.kept.keys" if self._kept else "search.kept.keys.none"), id="close")

    def on_mount(self) -> None:
        ledger = self.query_one(Ledger)
        ledger.styles.height = min(len(self._kept), 12)
        ledger.show(Row(name, (shown(name),)) for name in self._kept)
        self.query_one("#detail").display = not self._kept

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        self.dismiss(("take", self._kept[event.key]))

    def action_take(self) -> None:
        self.query_one(Ledger).action_choose()

    def action_undo(self) -> None:
        if (name := self.query_one(Ledger).current) is not None:
            self.dismiss(("forget", self._kept[name]))

    def action_leave(self) -> None:
        self.dismiss(None)
