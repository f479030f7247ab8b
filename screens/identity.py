"""Large cash and refunds: whose the money is, and who stands at the counter for them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Button, Input

from screens.saying import Say, joined, says, says_error, shown
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.bills.commands import Identity, Person
from tellerdesk.errors import BadInput, TellerDeskError

KINDS = ("ID_CARD", "PASSPORT")
"""In the order of the figures a teller types for them."""


class IdentitySheet(Sheet[Identity | None]):
    """The person's document, and the agent's where somebody else stands at the counter. F10 sends what was asked for
    with them, Esc does not send it."""

    CSS_PATH = "identity.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3", "leave", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(
        self, why: TellerDeskError | Say, known: Identity | None = None, *, words: str = "pay.identity.", go: str = ""
    ) -> None:
        """`why` is why it is asked, or what was wrong with it; `known` is what was typed before. `words` begins the ids
        of who the person is and of the keys, `go` is the id of what F10 does."""
        super().__init__()
        self._why = why
        self._known = known
        self._words = words
        self._go = go or "pay.go.collect"
        self._payer = _PersonFields("payer")
        self._agent = _PersonFields("agent")

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says_error(self._why) if isinstance(self._why, TellerDeskError) else self._why, id="why")
            yield Line(says(f"{self._words}payer"), classes="head")
            yield from self._payer.fields
            yield Line(says(f"{self._words}agent"), classes="head")
            yield from self._agent.fields
            yield Push(says(self._go), moves_money=True, id="take")
            yield Line(says(f"{self._words}keys"), id="close")

    def on_mount(self) -> None:
        self._payer.put(self._known.payer if self._known else None)
        self._agent.put(self._known.agent if self._known else None)
        self._payer.name.entry.focus()
        self.call_after_refresh(self._point_at_what_is_wrong)

    def _point_at_what_is_wrong(self) -> None:
        named = {f"payer_{name}": field for name, field in self._payer.by_name().items()}
        named |= {f"agent_{name}": field for name, field in self._agent.by_name().items()}
        wrong = self._why.field.replace("payee_", "payer_") if isinstance(self._why, BadInput) else ""
        if wrong in named:
            field = named[wrong]
            field.complain(says("pay.identity.check"))
            field.entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        for person in (self._payer, self._agent):
            person.heard(event.input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_take()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.query_one("#close", Line).show(says("pay.press", "$warning"))

    def action_take(self) -> None:
        payer = self._payer.person()
        if payer is None:
            return
        if not self._agent.touched:
            self.dismiss(Identity(payer))
        elif (agent := self._agent.person()) is not None:
            self.dismiss(Identity(payer, agent))

    def action_leave(self) -> None:
        self.dismiss(None)


class _PersonFields:
    """Name, kind and number of a document."""

    def __init__(self, who: str) -> None:
        self.name = Field(says("pay.identity.name"), Entry(id=f"{who}-name"))
        self.kind = Field(says("pay.identity.kind"), Entry(id=f"{who}-kind"))
        self.number = Field(says("pay.identity.number"), Entry(id=f"{who}-number"))
        self.fields = (self.name, self.kind, self.number)

    def put(self, person: Person | None) -> None:
        self.name.entry.put(person.name if person else "")
        self.number.entry.put(person.document_no if person else "")
        kind = KINDS.index(person.kind) if person and person.kind in KINDS else 0
        self.kind.entry.put(str(kind + 1))

    def by_name(self) -> dict[str, Field]:
        """By what errors call them, after "payer_" or "agent_"."""
        return {"name": self.name, "kind": self.kind, "document_no": self.number}

    @property
    def touched(self) -> bool:
        return bool(self.name.entry.value.strip() or self.number.entry.value.strip())

    def heard(self, entry: Input) -> None:
        """Something was typed here: its error goes, the kind of document is said."""
        if entry is self.kind.entry:
            self.kind.remark(self._kinds())
        for field in (self.name, self.number):
            if entry is field.entry and entry.value:
                field.remark()

    def _kinds(self) -> Say:
        """All kinds with their figures, the chosen one bright."""
        chosen = self._kind()
        return joined(
            [
                joined([shown(str(at + 1), "$accent"), says(f"pay.identity.{kind.lower()}", _bright(kind == chosen))])
                for at, kind in enumerate(KINDS)
            ],
            "  ",
        )

    def _kind(self) -> str | None:
        typed = self.kind.entry.value.strip()
        return KINDS[int(typed) - 1] if typed in {str(at + 1) for at in range(len(KINDS))} else None

    def person(self) -> Person | None:
        """Who it is; None, with a remark at the field, while something is missing."""
        kind = self._kind()
        missing = [field for field in (self.name, self.number) if not field.entry.value.strip()]
        if kind is None:
            missing.insert(0, self.kind)
        if missing:
            missing[0].complain(says("pay.identity.empty"))
            missing[0].entry.focus()
        if missing or kind is None:
            return None
        return Person(self.name.entry.value.strip(), self.number.entry.value.strip(), kind)


def _bright(chosen: bool) -> str:
    return "bold $foreground" if chosen else "$secondary"
