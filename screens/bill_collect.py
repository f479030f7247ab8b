"""Step three of a bill payment: the cash on the counter, and the change."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.change import notes_said
from screens.saying import Say, money, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field, Reading
from tellerdesk.errors import BadInput
from tellerdesk.money import format_fen, parse_fen


class CollectPart(Vertical):
    """What is due, what the customer gave, and the change in notes that add up exactly."""

    DEFAULT_CSS = """
    CollectPart { height: auto; }
    """

    class Counted(Message):
        """Enter on the amount, which is enough."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._due_fen = 0
        self._due = Reading(says("pay.due"), id="due")
        self.tendered = Field(says("pay.tendered"), Entry(id="tendered"), after=says("unit.yuan"))
        self._change = Reading(says("pay.change"), id="change")

    def compose(self) -> ComposeResult:
        yield self._due
        yield self.tendered
        yield self._change

    def start_over(self, due_fen: int = 0) -> None:
        """An empty amount against `due_fen`."""
        self._due_fen = due_fen
        self._due.show(money(due_fen, "bold"), says("unit.yuan"))
        self._change.show()
        self.tendered.entry.put("")
        self.tendered.remark(says("unit.yuan"))

    def open_for_typing(self, yes: bool) -> None:
        self.tendered.entry.disabled = not yes

    def counted(self) -> int | None:
        """The cash in fen; None, with a remark at the field, where it is no amount or too little."""
        try:
            tendered_fen = parse_fen(self.tendered.entry.value, field="tendered")
        except BadInput as error:
            self._complain(says_error(error))
            return None
        if tendered_fen < self._due_fen:
            self._complain(says("pay.too_little", missing=format_fen(self._due_fen - tendered_fen)))
            return None
        self.tendered.entry.put(format_fen(tendered_fen))
        return tendered_fen

    def _complain(self, say: Say) -> None:
        self.tendered.complain(say)
        self.tendered.entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.tendered.has_class("-error"):
            self.tendered.remark(says("unit.yuan"))
        try:
            change_fen = parse_fen(event.value) - self._due_fen
        except BadInput:
            change_fen = -1
        if change_fen < 0:
            self._change.show()
        else:
            notes = shown(notes_said(change_fen)) if change_fen else says("pay.no_change")
            self._change.show(money(change_fen, "bold"), notes)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.counted() is not None:
            self.post_message(self.Counted())
