"""F12: the desk is locked. Nothing of the work can be read; what runs goes on and is shown after unlocking."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, joined, nothing, says, says_error, shown
from screens.widgets.entry import PasswordEntry
from screens.widgets.field import Field
from screens.widgets.line import Line
from tellerdesk.errors import TellerDeskError
from tellerdesk.staff.views import SignedOn

if TYPE_CHECKING:
    from screens.desk_port import DeskPort

OVER = frozenset(
    f"error.session.{why}" for why in ("ended", "expired", "revoked", "locked", "left", "other_branch")
)  # fmt: skip
"""No password opens a session that is over: signing on anew is the way out."""


OVER = frozenset(
    f"error.session.{why}" for why in ("ended", "expired", "revoked", "locked", "left", "other_branch")
)  # fmt: skip
"""No password opens a session that is over: signing on anew is the way out."""


class LockScreen(DeskScreen):
    """Only the person who is signed on opens it again, with the password."""

    CSS_PATH = "lock.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("submit", "language")
    BINDINGS: ClassVar = bindings("submit")
    PAGE = HelpPage(what="help.lock")

    def __init__(self, who: SignedOn, told: Event, *, goes_on: bool) -> None:
        """`told` is set once the desk knows of the lock, or cannot be told: a password proven before that would be
        followed by the lock. `goes_on`: a payment is under way."""
        super().__init__()
        self._who = who
        self._told = told
        self._goes_on = goes_on
        self._password = Field(says("sign_on.password"), PasswordEntry(id="password"))

    def compose_body(self) -> ComposeResult:
        yield Line(says("lock.locked"), id="locked")
        yield Line(joined([says("frame.teller"), shown(self._who.staff_no)]), id="person")
        yield self._password
        yield Line(says("lock.goes_on") if self._goes_on else nothing, id="goes-on")

    def on_mount(self) -> None:
        self._password.entry.focus()

    def key_label(self, name: str) -> Say:
        return says({"submit": "lock.unlock"}.get(name, f"key.{name}"))

    def action_back(self) -> None:
        """There is no way back but the password."""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        password = self._password.entry
        shouted = isinstance(password, PasswordEntry) and password.looks_shouted()
        self._password.remark(says("sign_on.caps", "$warning") if shouted else nothing)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        password, who, told = self._password.entry.value, self._who, self._told
        if self.busy or not password:
            return
        self.busy = True
        self._password.entry.put("")
        self.note(says("lock.asking"))

        def confirm(desk: DeskPort) -> None:
            told.wait()
            desk.confirm(who, password)

        self.desk_app.ask(
            self,
            lambda desk, _watch: confirm(desk),
            lambda _nothing: self.desk_app.unlocked(),
            self._refused,
        )

    def _refused(self, error: TellerDeskError) -> None:
        self.busy = False
        if error.message_id in OVER and not self.desk_app.flow_running:
            self.desk_app.session_over(error)
            return
        self._password.entry.focus()
        self.note(says_error(error), "error")
