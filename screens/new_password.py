"""A new password: one's own choice, or the first thing after signing on with one somebody else has given."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, nothing, says
from screens.widgets.entry import PasswordEntry
from screens.widgets.field import Field
from screens.widgets.line import Line
from tellerdesk.errors import TellerDeskError
from tellerdesk.staff.commands import ChangePassword
from tellerdesk.staff.views import SignedOn


class NewPassword(DeskScreen):
    """The old one, the new one, the new one again; F10 changes it. Where it `must` be changed there is no way past it
    but signing off."""

    NAME = "tx.password"
    CSS_PATH: ClassVar = ["task.tcss", "new_password.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "submit", "language", "lock")
    BINDINGS: ClassVar = bindings("submit")
    PAGE = HelpPage(
        what="help.password",
        fields=(
            ("password.old", "help.password.old"),
            ("password.new", "help.password.new"),
            ("password.again", "help.password.again"),
        ),
        wrong=("help.password.tries",),
    )

    def __init__(self, *, must: bool = False) -> None:
        super().__init__()
        self._must = must
        self._changed: SignedOn | None = None
        self._old = Field(says("password.old"), PasswordEntry(id="old"))
        self._new = Field(says("password.new"), PasswordEntry(id="new"))
        self._again = Field(says("password.again"), PasswordEntry(id="again"))
        self._fields = (self._old, self._new, self._again)

    def compose_body(self) -> ComposeResult:
        yield Line(says("password.must") if self._must else nothing, id="why")
        yield from self._fields
        yield Line(says("password.rules"), id="rules")

    def on_mount(self) -> None:
        self.query_one("#why").display = self._must
        self._old.entry.focus()

    def working_keys(self) -> tuple[str, ...]:
        return ("help", "submit", "language", "lock", "quit") if self._must else self.KEYS

    def key_label(self, name: str) -> Say:
        return says({"submit": "password.submit"}.get(name, f"key.{name}"))

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        for field in self._fields:
            password = field.entry
            if event.input is password and isinstance(password, PasswordEntry) and password.value:
                field.remark(says("sign_on.caps", "$warning") if password.looks_shouted() else nothing)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._again.entry:
            self.action_submit()
        else:
            self.focus_next()

    def action_back(self) -> None:
        if self._must:
            self.note(says("password.no_way_past"), "warn")
            self.app.bell()
        else:
            super().action_back()

    def action_submit(self) -> None:
        who = self.desk_app.who
        if self.busy or self._changed is not None or who is None or self._wrong():
            return
        self.busy = True
        self.note(says("password.asking"))
        command = ChangePassword(self._old.entry.value, self._new.entry.value)
        self.desk_app.ask(
            self,
            lambda desk, _watch: desk.change_password(who, command),
            lambda _nothing: self._done(who),
            self._failed,
        )

    def _wrong(self) -> bool:
        for field in self._fields:
            field.remark()
            if not field.entry.value:
                field.complain(says("sign_on.missing"))
                field.entry.focus()
                return True
        if self._new.entry.value != self._again.entry.value:
            self._again.entry.put("")
            self._again.complain(says("password.differ"))
            self._again.entry.focus()
            return True
        return False

    def _done(self, who: SignedOn) -> None:
        self.busy = False
        self._empty()
        self._changed = replace(who, must_change=False)
        self._leave()

    def on_screen_resume(self) -> None:
        self._leave()

    def _leave(self) -> None:
        """On to the work. While the desk is locked, or help lies on top, it waits."""
        who = self._changed
        if who is None or not self.is_active or self.desk_app.who is None:
            return
        if self._must:
            self.desk_app.password_changed(who)
        else:
            self.desk_app.who = who
            self.desk_app.go_home()
            self.desk_app.note(says("password.changed"), "good")

    def _failed(self, error: TellerDeskError) -> None:
        self.busy = False
        self.note()
        wrong_old = error.message_id == "error.password.old"
        if wrong_old:
            self._old.entry.put("")
            self._old.entry.focus()
        self.complain(error, {"new": self._new})

    def _empty(self) -> None:
        for field in self._fields:
            field.entry.put("")
            field.remark()
