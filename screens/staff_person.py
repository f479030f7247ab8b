"""One person of the list: to be added, or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Input

from screens.saying import Say, joined, says, says_error, shown
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.errors import BadInput, Conflict, TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.staff.states import Role

ROLES = tuple(Role)
"""In the order of the figures that are typed for them."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form. `same_person_as` is another number of the same person, empty for none."""

    staff_no: str
    name: str
    role: Role
    branch_no: str
    same_person_as: str = ""


class PersonSheet(Sheet[Entered | None]):
    """F10 or its button gives what was entered, Esc None. `number` is whom to change, empty to add somebody; `why` is
    what the desk said to the last try."""

    CSS_PATH = "staff_person.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, known: Entered, *, number: str = "", why: TellerDeskError | None = None) -> None:
        super().__init__()
        self._known = known
        self._number = number
        self._why = why
        self._staff_no = Field(says("staff.no"), Entry(id="staff-no", spaces=False))
        self._called = Field(says("staff.name"), Entry(id="name"))
        self._role = Field(says("staff.role"), Entry(id="role", spaces=False), id="role-field")
        self._branch_no = Field(says("staff.branch"), Entry(id="branch-no", spaces=False))
        self._same = Field(says("staff.same_person"), Entry(id="same-person", spaces=False))

    @property
    def _fields(self) -> tuple[Field, ...]:
        asked = (self._called, self._role, self._branch_no)
        return asked if self._number else (self._staff_no, *asked, self._same)

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            if self._number:
                yield Line(joined([says("staff.change.head"), shown(self._number, "$accent")]), id="head")
            else:
                yield Line(says("staff.add.head"), id="head")
            for field in self._fields:
                yield field
                if field is self._role:
                    yield Line(self._roles, id="roles")
            yield Line(id="why")
            yield Push(says("staff.change.go" if self._number else "staff.add.go"), id="take")
            yield Line(says("staff.sheet.keys"), id="close")

    def on_mount(self) -> None:
        known = self._known
        self._staff_no.entry.put(known.staff_no)
        self._called.entry.put(known.name)
        self._role.entry.put(str(ROLES.index(known.role) + 1))
        self._branch_no.entry.put(known.branch_no)
        self._same.entry.put(known.same_person_as)
        if not self._number:
            self._same.remark(says("staff.same_person.hint"))
        self._fields[0].entry.focus()
        self.call_after_refresh(self._point_at_what_is_wrong)

    def _point_at_what_is_wrong(self) -> None:
        if self._why is None:
            return
        named = {"staff_no": self._staff_no, "name": self._called, "branch_no": self._branch_no}
        named["same_person_as"] = self._same
        at = self._why.field if isinstance(self._why, BadInput) else ""
        field = self._staff_no if isinstance(self._why, Conflict) else named.get(at)
        if field in self._fields and field is not None:
            field.complain(says("pay.identity.check"))
            field.entry.focus()
        why = self.query_one("#why", Line)
        why.show(says_error(self._why))
        why.display = True

    def _roles(self, words: Words) -> Content:
        """All roles with their figures, the chosen one bright."""
        chosen = self._chosen()
        parts = [
            joined([shown(str(at + 1), "$accent"), says(f"staff.role.{role.lower()}", _bright(role is chosen))])
            for at, role in enumerate(ROLES)
        ]
        return joined(parts, "  ")(words)

    def _chosen(self) -> Role | None:
        typed = self._role.entry.value.strip()
        return ROLES[int(typed) - 1] if typed in {str(at + 1) for at in range(len(ROLES))} else None

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self._role.entry:
            self.query_one("#roles", Line).speak()
        for field in self._fields:
            if event.input is field.entry and field.has_class("-error"):
                field.remark()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        role = self._chosen()
        for field in self._fields:
            empty = not field.entry.value.strip() and field is not self._same
            if empty or (field is self._role and role is None):
                field.complain(says("staff.sheet.empty"))
                field.entry.focus()
                return
        if role is not None:
            self.dismiss(self._entered(role))

    def _entered(self, role: Role) -> Entered:
        staff_no, name, branch_no, same = (
            field.entry.value.strip() for field in (self._staff_no, self._called, self._branch_no, self._same)
        )
        return Entered(self._number or staff_no, name, role, branch_no, same)

    def action_leave(self) -> None:
        self.dismiss(None)


def _bright(chosen: bool) -> str:
    return "bold $foreground" if chosen else "$secondary"


def role_said(role: Role, *, short: bool = False) -> Say:
    """The role in a word, or in a shorter one for a narrow column."""
    return says(f"staff.role.{role.lower()}" if short else f"role.{role.lower()}")
