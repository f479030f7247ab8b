"""The sheets of an open question: why it is open and what the customer was given, or one note to go with a request.

A sheet makes its request id when it opens and asks the desk itself, so that every press of its key is the same request;
where an error does not prove that nothing was begun, nothing else can be typed into it any more.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from screens.asks_once import new_request_id, proves_nothing_begun
from screens.choose import Choose
from screens.saying import Say, joined, money, nothing, said, says, says_error, shown
from screens.sheet import Sheet
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.ledger import Column, Row
from screens.widgets.line import Line
from screens.widgets.push import Push
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.serials import spoken

if TYPE_CHECKING:
    from screens.desk_port import DeskPort
    from tellerdesk.staff.views import SignedOn

T = TypeVar("T")
C = TypeVar("C")

REASONS = {str(number): reason for number, reason in enumerate(ExplainReason, 1)}
GIVEN = {str(number): given for number, given in enumerate(Given, 1)}
"""By the figure that names each."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What the desk answered; a sheet that was left without asking gives none."""

    value: T


class _RequestSheet(Sheet["Answered[Any] | None"], Generic[C]):
    """Fields, one button, one request. Its style comes with 2003's, which alone opens it."""

    BINDINGS: ClassVar = [
        Binding("escape,f3,ctrl+r", "give_up", show=False),
        Binding("f4", "choices", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, question: OpenQuestion, title: str, go: str, *, moves_money: bool) -> None:
        """`title` and `go` are message ids; `moves_money`: Enter on the button is not enough."""
        super().__init__()
        self.question = question
        self.note_field = Field(says("question.note"), Entry(id="remark"))
        self.note_field.add_class("remark")
        self._title = title
        self._sent: C | None = None
        self._busy = False
        self._push = Push(says(go), moves_money=moves_money, id="go")

    # -- what the sheet in front is about

    @property
    def fields(self) -> tuple[Field, ...]:
        """In the order they are filled."""
        return (self.note_field,)

    def detail(self) -> Say:
        """What will come of it."""
        return nothing

    @abstractmethod
    def command(self) -> C | None:
        """What is asked for; None, with a remark at the field, while something is missing."""

    @abstractmethod
    def call(self, desk: DeskPort, who: SignedOn, command: C) -> Any:
        """Asks the desk, off the UI thread."""

    # -- showing

    def compose(self) -> ComposeResult:
        question = self.question
        which = [
            said(question.biller),
            shown(question.customer_name),
            joined([money(question.amount_fen), says("unit.yuan")]),
        ]
        with Vertical(id="sheet"):
            yield Line(joined([says(self._title), shown(spoken(question.serial))], "  "), id="head")
            yield Line(joined(which, "  "), id="which")
            yield Line(self.detail(), id="detail")
            yield from self.fields
            with Horizontal(id="act"):
                yield self._push
            yield Line(id="told")
            yield Line(says("question.sheet.keys.list" if len(self.fields) > 1 else "question.sheet.keys"), id="keys")

    def on_mount(self) -> None:
        for field in self.fields:
            self.remark(field)
        self.fields[0].entry.focus()

    def tell(self, say: Say, level: str = "error") -> None:
        told = self.query_one("#told", Line)
        told.set_classes(f"-{level}")
        told.show(say)

    def refuse(self, field: Field, say: Say) -> None:
        """Says at `field` what is wrong with it."""
        field.complain(say)
        field.entry.focus()

    # -- asking

    def action_take(self) -> None:
        """Shut before it is sent: pressed again it sends no second, and once sent it is always the same."""
        app, who = self.desk_app, self.desk_app.who
        if self._busy or who is None:
            return
        if not app.meant:
            app.bell()
            return
        command = self._sent or self.command()
        if command is None:
            return
        self._sent, self._busy = command, True
        self._shut(True)
        self._push.disabled = True
        self.tell(says("question.sheet.asking"), "quiet")
        app.ask(self, lambda desk, _watch: self.call(desk, who, command), self._answered, self._refused)

    def _answered(self, value: Any) -> None:
        self.leave(Answered(value))

    def _refused(self, error: TellerDeskError) -> None:
        self._busy = self._push.disabled = False
        if not proves_nothing_begun(error):
            self.tell(joined([says_error(error), says("question.sheet.same_again")]))
            self._push.focus()
            return
        self._sent = None
        self._shut(False)
        at = self.note_field if isinstance(error, BadInput) and error.field == "note" else None
        self.tell(nothing if at is not None else says_error(error))
        if at is not None:
            self.refuse(at, says_error(error))
        else:
            self.fields[-1].entry.focus()

    def _shut(self, yes: bool) -> None:
        for field in self.fields:
            field.entry.disabled = yes

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        for field in self.fields:
            if field.entry is event.input:
                self.remark(field)

    def remark(self, field: Field) -> None:
        """Says what was typed means, or what is to be typed."""
        field.remark()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        at = next(at for at, field in enumerate(self.fields) if field.entry is event.input)
        if not self.filled(self.fields[at]):
            return
        if at + 1 < len(self.fields):
            self.fields[at + 1].entry.focus()
        else:
            self._push.focus()

    def filled(self, field: Field) -> bool:  # noqa: ARG002 (the sheets with lists look at it)
        """Whether Enter goes on from `field`."""
        return True

    def on_entry_paste_refused(self, event: Entry.PasteRefused) -> None:
        event.stop()
        self.tell(says(event.message_id))

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.tell(says("question.sheet.press"), "warn")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_take()

    def action_choices(self) -> None:
        """Nothing to choose from here."""
        self.app.bell()

    def action_give_up(self) -> None:
        if self._busy:
            self.app.bell()
        else:
            self.leave(None)


class NoteSheet(_RequestSheet[str]):
    """A note, then `ask` with it. `required`: it is refused without one."""

    def __init__(
        self,
        question: OpenQuestion,
        kind: str,
        ask: Callable[[DeskPort, SignedOn, str], Any],
        *,
        moves_money: bool,
        required: bool,
    ) -> None:
        """`kind`: what its sentences are called by."""
        super().__init__(question, f"question.{kind}.title", f"question.{kind}.go", moves_money=moves_money)
        self._kind, self._ask, self._required = kind, ask, required

    def detail(self) -> Say:
        return says(f"question.{self._kind}.detail")

    def command(self) -> str | None:
        note = self.note_field.entry.value.strip()
        if self._required and not note:
            self.refuse(self.note_field, says("question.note.missing"))
            return None
        return note

    def call(self, desk: DeskPort, who: SignedOn, command: str) -> Any:
        return self._ask(desk, who, command)


class ExplainSheet(_RequestSheet[Explain]):
    """Why it is open and what the customer was given, by figure or from the list of F4."""

    def __init__(self, question: OpenQuestion) -> None:
        super().__init__(question, "question.explain.title", "question.explain.go", moves_money=False)
        self._request_id = new_request_id()
        self._reason = Field(says("question.reason"), Entry(id="reason"))
        self._given = Field(says("question.given"), Entry(id="given"))

    @property
    def fields(self) -> tuple[Field, ...]:
        return self._reason, self._given, self.note_field

    def detail(self) -> Say:
        return says("question.explain.detail")

    def remark(self, field: Field) -> None:
        if field is not self.note_field:
            words = self._words(field)
            meant = words.get(field.entry.value.strip())
            hint = says("question.figure.hint", most=len(words))
            field.remark(hint if meant is None else joined([shown("→"), meant]))
        self.note_field.remark(says("question.note.missing" if self._needs_note else "question.note.hint"))

    @property
    def _needs_note(self) -> bool:
        return REASONS.get(self._reason.entry.value.strip()) is ExplainReason.OTHER

    def _words(self, field: Field) -> dict[str, Say]:
        if field is self._reason:
            return {key: says(f"question.reason.{reason.value.lower()}") for key, reason in REASONS.items()}
        return {key: says(f"question.given.{given.value.lower()}") for key, given in GIVEN.items()}

    def command(self) -> Explain | None:
        reason = REASONS.get(self._reason.entry.value.strip())
        given = GIVEN.get(self._given.entry.value.strip())
        note = self.note_field.entry.value.strip()
        if reason is None:
            self.refuse(self._reason, says("question.figure.missing", most=len(REASONS)))
            return None
        if given is None:
            self.refuse(self._given, says("question.figure.missing", most=len(GIVEN)))
            return None
        if reason is ExplainReason.OTHER and not note:
            self.refuse(self.note_field, says("question.note.missing"))
            return None
        return Explain(self._request_id, self.question.serial, reason, given, note)

    def call(self, desk: DeskPort, who: SignedOn, command: Explain) -> Any:
        return desk.questions.explain(who, command)

    def filled(self, field: Field) -> bool:
        """A figure that means nothing opens its list."""
        if field is self.note_field or field.entry.value.strip() in self._words(field):
            return True
        self._list(field)
        return False

    def action_choices(self) -> None:
        field = next((each for each in (self._reason, self._given) if each.entry.has_focus), None)
        if field is None or self._busy:
            self.app.bell()
        else:
            self._list(field)

    def _list(self, field: Field) -> None:
        rows = tuple(Row(key, (shown(key, "$accent"), meant)) for key, meant in self._words(field).items())
        title = says("question.reason" if field is self._reason else "question.given")
        after = self._given if field is self._reason else self.note_field

        def chosen(key: str | None) -> None:
            if key is not None:
                field.entry.put(key)
            (field if key is None else after).entry.focus()

        self.app.push_screen(Choose(title, (Column(2), Column(0)), rows), chosen)
