"""A piece of text that knows how to say itself."""

from __future__ import annotations

from textual.widgets import Static

from screens.saying import Say, nothing, words_of


class Line(Static):
    """Shows what a `Say` makes, in the language of the moment. Never parses markup."""

    def __init__(self, say: Say = nothing, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(markup=False, id=id, classes=classes)
        self._say = say

    def on_mount(self) -> None:
        self.speak()

    def show(self, say: Say = nothing) -> None:
        """Says something else from now on."""
        self._say = say
        if self.is_mounted:
            self.speak()

    def speak(self) -> None:
        self.update(self._say(words_of(self)))

    @property
    def text(self) -> str:
        """What is shown now, as plain text."""
        return self._say(words_of(self)).plain
