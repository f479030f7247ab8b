"""A piece of text that knows how to say itself."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from screens.saying import Say, nothing, words_of


class Line(Widget, inherit_bindings=False):
    """Shows what a `Say` makes, in the language of the moment: Content, so no markup is ever parsed."""

    DEFAULT_CSS = """
    Line { height: auto; }
    """

    def __init__(self, say: Say = nothing, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self._say = say

    def show(self, say: Say = nothing) -> None:
        """Says something else from now on."""
        self._say = say
        self.speak()

    def speak(self) -> None:
        if self.is_mounted:
            self.refresh(layout=True)

    def render(self) -> Content:
        return self._say(words_of(self))

    @property
    def text(self) -> str:
        """What is shown now, as plain text."""
        return self._say(words_of(self)).plain


class Still(Line, inherit_bindings=False):
    """A line in a place whose size is given: what it says anew moves nothing around it, so nothing is laid out anew."""

    def speak(self) -> None:
        if self.is_mounted:
            self.refresh()
