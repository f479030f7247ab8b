"""Where to write what was found in the audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from screens.saying import says
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.line import Line

if TYPE_CHECKING:
    from screens.app import TellerApp


class ExportSheet(Sheet[str | None]):
    """Asks for a file's name, `name` to begin with; gives what was typed, None for Esc. A name without a folder is one
    in `folder`."""

    CSS_PATH = "audit_export.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__()
        self._folder, self._file_name = folder, name

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says("trail.export"), classes="head")
            yield Entry(id="file")
            yield Line(says("trail.export.folder", folder=str(self._folder)), id="folder")
            yield Line(says("trail.export.keys"), id="close")

    def on_mount(self) -> None:
        entry = self.query_one(Entry)
        entry.put(self._file_name)
        entry.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        typed = self.query_one(Entry).value.strip()
        if typed and cast("TellerApp", self.app).meant:
            self.dismiss(typed)
        else:
            self.app.bell()

    def action_leave(self) -> None:
        self.dismiss(None)
