"""1001: signing on. The first thing drawn; usable before the desk behind it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, fitted, joined, literal, nothing, said, says, says_error, shown, width_of
from screens.widgets.entry import Entry, PasswordEntry
from screens.widgets.field import Field
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from tellerdesk.config import SamplePerson
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from tellerdesk.staff.views import SignedOn


class SignOnScreen(DeskScreen):
    """Staff number and password. Pressed before the desk is open, it signs on as soon as it is."""

    KEYS: ClassVar[tuple[str, ...]] = ("help", "submit", "language", "quit")
    BINDINGS: ClassVar = bindings("submit")
    PAGE = HelpPage(
        what="help.sign_on",
        fields=(("sign_on.staff_no", "help.sign_on.staff_no"), ("sign_on.password", "help.sign_on.password")),
        wrong=("help.sign_on.refused", "help.sign_on.waiting"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._waits_for_desk = False
        self._staff_no = Field(says("sign_on.staff_no"), Entry(id="staff-no", spaces=False))
        self._password = Field(says("sign_on.password"), PasswordEntry(id="password"))

    def compose_body(self) -> ComposeResult:
        front = self.desk_app.front
        yield Line(said(front.bank), id="bank")
        yield Line(
            joined([said(front.branch), shown(front.branch_no), says("frame.till", till_no=front.till_no)]), id="branch"
        )
        yield self._staff_no
        yield self._password
        yield Line(says("sign_on.opening"), id="state")
        if front.training and front.sample_staff:
            with Vertical(id="people"):
                yield Line(says("sign_on.people"), classes="head")
                yield People(front.sample_staff)

    def on_mount(self) -> None:
        self._staff_no.entry.focus()

    def start_over(self) -> None:
        """An empty form for the next person."""
        self.busy = False
        for field in (self._staff_no, self._password):
            field.entry.put("")
            field.remark()
        self.note()
        self._staff_no.entry.focus()

    def key_label(self, name: str) -> Say:
        return says({"submit": "sign_on.submit", "quit": "sign_on.quit"}.get(name, f"key.{name}"))

    # -- the desk behind

    def desk_opened(self, error: TellerDeskError | None) -> None:
        """The desk is open, or cannot be."""
        state = self.query_one("#state", Line)
        if error is not None:
            self.busy = False
            state.show(joined([says_error(error), says("sign_on.not_open")], "\n"))
            state.set_classes("-error")
            return
        state.show()
        if self._waits_for_desk:
            self._waits_for_desk = self.busy = False
            self._submit()

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        password = self._password.entry
        if event.input is password and isinstance(password, PasswordEntry):
            self._password.remark(says("sign_on.caps", "$warning") if password.looks_shouted() else nothing)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._staff_no.entry:
            self._password.entry.focus()
        else:
            self._submit()

    def action_submit(self) -> None:
        self._submit()

    def action_back(self) -> None:
        """There is nothing behind this screen."""

    def _submit(self) -> None:
        staff_no, password = self._staff_no.entry.value.strip(), self._password.entry.value
        if self.busy or self._missing(staff_no, password):
            return
        self.busy = True
        if self.desk_app.desk is None:
            self._waits_for_desk = self.desk_app.desk_error is None
            self.busy = self._waits_for_desk
            self.note(says("sign_on.will_wait" if self._waits_for_desk else "sign_on.not_open"), "warn")
            return
        from tellerdesk.staff.commands import SignOn  # the first frame does without

        self.note(says("sign_on.asking"))
        command = SignOn(staff_no, password)
        self.desk_app.ask(self, lambda desk, _watch: desk.sign_on(command), self._signed_on, self._refused)

    def _missing(self, staff_no: str, password: str) -> bool:
        for field, value in ((self._staff_no, staff_no), (self._password, password)):
            field.remark()
            if not value:
                field.complain(says("sign_on.missing"))
                field.entry.focus()
                return True
        return False

    def _signed_on(self, who: SignedOn) -> None:
        self.start_over()
        self.desk_app.signed_on(who)

    def _refused(self, error: TellerDeskError) -> None:
        self.busy = False
        self._password.entry.put("")
        self._password.remark()
        self._password.entry.focus()
        self.note(says_error(error), "error")


class People(Figures):
    """The sample staff of the training set, passwords and all: these exist only in training."""

    def __init__(self, people: tuple[SamplePerson, ...]) -> None:
        super().__init__()
        widest = max(width_of(person.name) for person in people)
        self.show(
            Figure(
                joined([shown(person.staff_no, "bold $foreground"), _padded(person.name, widest),
                        says(f"role.{person.role.lower()}")], "  "),
                shown(person.password),
            )
            for person in people
        )  # fmt: skip


def _padded(name: str, width: int) -> Say:
    return lambda _words: fitted(literal(name, "$foreground"), width)
