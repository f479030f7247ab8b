"""The button of a step."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from screens.saying import Say, nothing, words_of


class Push(Button):
    """A compact button that knows how to say its label.

    One that moves money is pressed by its F-key or a click, never by Enter: fields pass Enter on to the button, and
    held keys, scanners that end with Enter, and keys that queued up behind a slow line all arrive as one Enter too
    many. No waiting time tells those from a decision, because a slow line spreads them at will.
    """

    class NeedsKey(Message):
        """Enter was pressed on a button that moves money."""

        def __init__(self, button: Push) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> Push:
            return self.button

    DEFAULT_CSS = """
    Push { height: 1; min-width: 10; width: auto; border: none; padding: 0 1; background: $panel; color: $foreground;
        text-style: none; }
    Push:focus { background: $accent; color: $background; text-style: bold; background-tint: $accent 0%; }
    Push:disabled { color: $secondary; text-style: none; opacity: 100%; background: $panel; }
    Push.-textual-compact { border: none !important; }
    """

    def __init__(self, say: Say = nothing, *, moves_money: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(Content.empty(), id=id, compact=True)
        self.active_effect_duration = 0
        self.moves_money = moves_money
        self._say = say

    def action_press(self) -> None:
        if self.moves_money:
            self.post_message(self.NeedsKey(self))
        else:
            super().action_press()

    def on_mount(self) -> None:
        self.speak()

    def show(self, say: Say) -> None:
        self._say = say
        if self.is_mounted:
            self.speak()

    def speak(self) -> None:
        self.label = self._say(words_of(self))
        self.refresh(layout=True)  # the stock button keeps the width of its first label
