"""What is shown once and never again: a temporary password, the secret of one-time codes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from screens.saying import Say, joined, nothing, says, shown
from screens.sheet import Sheet
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.widgets.qr import drawn, half_blocks
from tellerdesk.staff.views import NewCode, TemporaryPassword

BESIDE = 32
"""Cells for the words beside a QR code."""
AROUND = 5
"""Cells between and around the two."""


class OnceSheet(Sheet[None]):
    """Closed by Enter on its one button or Esc, never by F10: the key that led here may come twice. The code is drawn
    to be scanned where the window has room for it, and can be typed in any case."""

    CSS_PATH = "staff_once.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "leave", show=False),
        Binding("f10,ctrl+s", "nothing", show=False),
    ]

    def __init__(self, staff_no: str, name: str, password: TemporaryPassword | None, code: NewCode | None) -> None:
        super().__init__()
        self._person = joined([shown(staff_no, "bold $accent"), shown(name, "bold")])
        self._password = password
        self._code = code

    def compose(self) -> ComposeResult:
        rows = self._rows_that_fit()
        with Horizontal(id="sheet", classes="-drawn" if rows else "") as sheet:
            if rows:
                code = Line(lambda _words: drawn(rows), id="code")
                code.styles.width = len(rows[0])
                sheet.styles.width = len(rows[0]) + BESIDE + AROUND
                yield code
            with Vertical(id="words"):
                yield Line(self._person, id="person")
                if self._password is not None:
                    yield Line(says("staff.once.password"), classes="label")
                    yield Line(shown(self._password.password, "bold $foreground"), id="password")
                    yield Line(says("staff.once.password.next"), classes="next")
                if self._code is not None:
                    yield Line(says("staff.once.code"), classes="label")
                    yield Line(_in_fours(self._code.secret), id="secret")
                    yield Line(says("staff.once.code.scan" if rows else "staff.once.code.type"), classes="next")
                yield Line(says("staff.once.never"), id="never")
                yield Push(says("staff.once.close"), id="close")

    def _rows_that_fit(self) -> list[str]:
        """The code as it is drawn, empty where there is none or no room for it."""
        if self._code is None:
            return []
        rows, window = half_blocks(self._code.uri), self.app.size
        fits = len(rows[0]) + BESIDE + AROUND <= window.width and len(rows) <= window.height
        return rows if fits else []

    def on_mount(self) -> None:
        self.query_one(Push).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_leave()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_nothing(self) -> None:
        self.app.bell()


def _in_fours(secret: str) -> Say:
    """Groups of four, to be typed into an authenticator; two lines, so that none is cut."""
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    half = -(-len(groups) // 2)
    lines = [shown(" ".join(part), "bold $foreground") for part in (groups[:half], groups[half:]) if part]
    return joined(lines, "\n") if lines else nothing
