"""What a basket is paid with: the cash counted for all of it and the change, or the account it is taken from."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.bill_account import AccountPart
from screens.change import notes_said
from screens.saying import Say, money, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field, Reading
from tellerdesk.errors import BadInput
from tellerdesk.money import format_fen, parse_fen


class BasketCount(Vertical):
    """One count for the whole. `total_fen` is what all bills cost."""

    class Counted(Message):
        """Enter on the cash, which is enough."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.total_fen = 0
        self.tendered = Field(says("pay.tendered"), Entry(id="tendered"), after=says("unit.yuan"), id="cash-field")
        self.account = AccountPart(id="from-account")
        self._change = Reading(says("pay.change"), id="change")

    def compose(self) -> ComposeResult:
        yield self.tendered
        yield self._change
        yield self.account

    def open_for_typing(self, yes: bool) -> None:
        self.tendered.entry.disabled = not yes
        self.account.open_for_typing(yes)

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return {"tendered": self.tendered} | self.account.fields()

    def counted(self) -> int | None:
        """The cash in fen; None, with a remark at the field, where it is no amount or too little."""
        try:
            tendered_fen = parse_fen(self.tendered.entry.value, field="tendered")
        except BadInput as error:
            self._complain(says_error(error))
            return None
        if tendered_fen < self.total_fen:
            self._complain(says("pay.too_little", missing=format_fen(self.total_fen - tendered_fen)))
            return None
        self.tendered.entry.put(format_fen(tendered_fen))
        return tendered_fen

    def _complain(self, say: Say) -> None:
        self.tendered.complain(say)
        self.tendered.entry.focus()
        self.tendered.entry.select_all()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.tendered.has_class("-error"):
            self.tendered.remark(says("unit.yuan"))
        try:
            change_fen = parse_fen(event.value) - self.total_fen
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
