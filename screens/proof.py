"""The fields by which somebody proves to be here: own number, password, one-time code; and a reason for a no."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.saying import says, says_error
from screens.widgets.entry import Entry, PasswordEntry
from screens.widgets.field import Field
from tellerdesk.approvals.commands import Credentials
from tellerdesk.errors import BadInput, TellerDeskError

if TYPE_CHECKING:
    from screens.app import TellerApp


class ProofFields(Vertical):
    """Nothing typed here outlives the question it was typed for. In training the code that a sample person's
    authenticator shows now stands beside its field."""

    DEFAULT_CSS = """
    ProofFields { height: auto; }
    ProofFields Field { height: 1; }
    ProofFields Field > .after { height: 1; }
    ProofFields Field Entry { width: 24; }
    ProofFields #reason-field Entry { width: 1fr; }
    ProofFields #reason-field > .after { width: auto; }
    ProofFields.-known #staff-field, ProofFields.-known #password-field { display: none; }
    """

    class Complete(Message):
        """Enter on the last field."""

    def __init__(self, *, known: str = "", id: str | None = None) -> None:  # noqa: A002
        """`known`: whose code it is, where number and password are proven already."""
        super().__init__(id=id)
        self._known = known
        self._code_told = ("", "")
        self._asks_reason = False
        self.set_class(bool(known), "-known")
        self._reason = Field(says("approval.reason"), Entry(id="reason"), id="reason-field")
        self._staff_no = Field(says("approval.staff_no"), Entry(id="approver", spaces=False), id="staff-field")
        self._password = Field(says("sign_on.password"), PasswordEntry(id="approver-password"), id="password-field")
        self._code = Field(says("approval.code"), Entry(id="code", spaces=False), after=says("approval.code.hint"))

    def compose(self) -> ComposeResult:
        yield self._reason
        yield self._staff_no
        yield self._password
        yield self._code

    @property
    def _app(self) -> TellerApp:
        return cast("TellerApp", self.app)

    @property
    def _fields(self) -> tuple[Field, ...]:
        """In the order they are filled."""
        reason = (self._reason,) if self._asks_reason else ()
        return (*reason, self._code) if self._known else (*reason, self._staff_no, self._password, self._code)

    # -- for the sheet around it

    def ask_reason(self, yes: bool) -> None:
        """A no needs one."""
        self._asks_reason = yes
        self._reason.display = yes
        if not yes:
            self._reason.entry.put("")
            self._reason.remark()

    def focus_first(self) -> None:
        empty = next((field for field in self._fields if not field.entry.value), self._fields[-1])
        empty.entry.focus()

    def shut(self, yes: bool) -> None:
        for field in self._fields:
            field.entry.disabled = yes

    def forget(self) -> None:
        """Nothing stays of who was here."""
        for field in (self._staff_no, self._password, self._code):
            field.entry.put("")
            field.remark()
        self._code.remark(says("approval.code.hint"))
        self._code_told = ("", "")

    def given(self) -> tuple[Credentials, str] | None:
        """Who proves to be here, and the reason; None, with a remark at the field, while something is missing."""
        for field in self._fields:
            if not field.entry.value.strip():
                field.complain(says("approval.missing"))
                field.entry.focus()
                return None
        staff_no = self._known or self._staff_no.entry.value.strip()
        proof = Credentials(staff_no, self._password.entry.value, self._code.entry.value.strip())
        return proof, self._reason.entry.value.strip() if self._asks_reason else ""

    def knows(self, field: str) -> bool:
        """Whether an error about `field` is said beside it."""
        return field == "reason" and self._asks_reason

    def refused(self, error: TellerDeskError) -> None:
        """The secrets go; the cursor stands where to type again."""
        self._password.entry.put("")
        self._code.entry.put("")
        if isinstance(error, BadInput) and self.knows(error.field):
            self._reason.complain(says_error(error))
            self._reason.entry.focus()
        else:
            self.focus_first()

    # -- the code in training

    def on_mount(self) -> None:
        self.ask_reason(self._asks_reason)
        self.tick()

    def tick(self) -> None:
        """The code of this moment, where this is training and somebody is named."""
        app = self._app
        staff_no = self._known or self._staff_no.entry.value.strip()
        if app.front.training and staff_no and not app.locked:
            app.look(
                self.screen,
                lambda desk: desk.training_code(staff_no),
                lambda code: self._code_seen(staff_no, code),
                lambda _error: None,
            )
        elif not staff_no:
            self._code_seen("", "")

    def _code_seen(self, staff_no: str, code: str) -> None:
        named = self._known or self._staff_no.entry.value.strip()
        if staff_no != named or self._code.has_class("-error") or (staff_no, code) == self._code_told:
            return
        self._code_told = staff_no, code
        told = says("approval.code.training", "$accent", code=code) if code else says("approval.code.hint")
        self._code.remark(told)

    # -- typing

    def on_input_changed(self, event: Input.Changed) -> None:
        for field in self._fields:
            if event.input is field.entry and event.value and field.has_class("-error"):
                field.remark()
                self._code_told = ("", "")
        if event.input in {self._staff_no.entry, self._code.entry}:
            self.tick()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        at = [field.entry for field in self._fields].index(event.input)  # type: ignore[arg-type]
        if at + 1 < len(self._fields):
            self._fields[at + 1].entry.focus()
        else:
            self.post_message(self.Complete())
