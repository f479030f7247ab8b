"""5001: opening the till with the cash that was counted in it."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.saying import Say, clock_time, joined, literal, money, says, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field
from screens.widgets.figures import Figure, Figures
from screens.widgets.push import Push
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.i18n import Words
from tellerdesk.money import format_fen, parse_fen, rmb_upper
from tellerdesk.till.commands import OpenTill
from tellerdesk.till.views import TillView


class TillOpening(DeskScreen):
    """One amount, counted and typed; F10 opens. A till that is open shows where it stands instead."""

    CODE = "5001"
    NAME = "tx.5001"
    CSS_PATH = "till_opening.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "submit", "language", "lock")
    BINDINGS: ClassVar = bindings("submit")
    PAGE = HelpPage(
        what="help.till_opening",
        fields=(("till.counted", "help.till_opening.counted"),),
        wrong=("help.till_opening.open",),
    )

    def __init__(self) -> None:
        super().__init__()
        self._request_id = str(uuid4())
        self._opened: TillView | None = None
        self._counted = Field(says("till.counted"), Entry(id="counted"), after=says("unit.yuan"))

    def compose_body(self) -> ComposeResult:
        yield self._counted
        yield Push(says("till.open"), moves_money=True, id="open")
        yield Figures(id="position")

    def on_mount(self) -> None:
        self._counted.entry.focus()
        who = self.desk_app.who
        if who is not None:
            self.look(lambda desk: desk.till.position(who), self._position_seen, self.failed_quietly)

    def working_keys(self) -> tuple[str, ...]:
        return tuple(name for name in self.KEYS if name != "submit" or self._opened is None)

    def key_label(self, name: str) -> Say:
        return says({"submit": "till.open.key"}.get(name, f"key.{name}"))

    def _position_seen(self, till: TillView | None) -> None:
        self.desk_app.till_seen(till)
        if till is not None and not self.busy:
            self._show(till, says("till.is_open"))

    def _show(self, till: TillView, say: Say) -> None:
        self._opened = till
        self._counted.display = False
        self.query_one("#open", Push).display = False
        self.query_one("#position", Figures).show(
            (
                Figure(says("till.since"), clock_time(till.opened_at)),
                Figure(says("till.opening"), money(till.opening_fen)),
                Figure(says("till.in"), money(till.in_fen)),
                Figure(says("till.out"), money(till.out_fen)),
                Figure(says("till.balance"), money(till.balance_fen), strong=True, rule=True),
            )
        )
        self.note(say, "good")
        self.set_focus(None)
        self.refresh_keys()

    # -- keys

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            counted_fen = parse_fen(event.value)
        except BadInput:
            self._counted.remark(says("unit.yuan"))
        else:
            self._counted.remark(joined([says("unit.yuan"), _in_words(counted_fen)], "  "))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._amount() is not None:
            self.query_one("#open", Push).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_submit()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self.note(says("till.press"), "warn")

    def _amount(self) -> int | None:
        try:
            counted_fen = parse_fen(self._counted.entry.value)
        except BadInput as error:
            self.complain(error, {error.field: self._counted})
            return None
        self._counted.entry.put(format_fen(counted_fen))
        return counted_fen

    def action_submit(self) -> None:
        who = self.desk_app.who
        if self.busy or self._opened is not None or who is None:
            return
        counted_fen = self._amount()
        if counted_fen is None:
            return
        self.busy = True
        self._counted.entry.disabled = True
        self.note(says("till.asking"))
        command = OpenTill(counted_fen, self._request_id)
        self.desk_app.ask(self, lambda desk, _watch: desk.till.open(who, command), self._done, self._failed)

    def _done(self, till: TillView) -> None:
        self.busy = False
        self.desk_app.till_seen(till)
        self._show(till, says("till.opened", amount=format_fen(till.opening_fen)))

    def _failed(self, error: TellerDeskError) -> None:
        self.busy = False
        self._counted.entry.disabled = False
        self._counted.entry.focus()
        self.complain(error, {"amount": self._counted})


def _in_words(fen: int) -> Say:
    """The amount as it is written on vouchers, to check a slipped zero; there is no such form in English."""
    written = shown(rmb_upper(fen).removeprefix("人民币"), "$foreground")

    def say(words: Words) -> Content:
        return written(words) if words.language == "zh_CN" else literal(format_fen(fen), "$foreground")

    return say
