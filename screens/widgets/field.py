"""A labelled field with room for what is said about it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from screens.saying import Say, nothing
from screens.widgets.entry import Entry
from screens.widgets.line import Line


class Field(Horizontal):
    """Label, entry, and a remark after it: quiet, or an error that is marked by a sign as well as by colour."""

    DEFAULT_CSS = """
    Field { height: 2; }
    Field > .label { width: 14; color: $secondary; }
    Field.-here > .label { color: $foreground; text-style: bold; }
    Field > .after { width: 1fr; height: 2; padding-left: 2; color: $secondary; }
    Field.-error > .after { color: $error; }
    """

    def __init__(self, label: Say, entry: Entry, *, after: Say = nothing, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = Line(label, classes="label")
        self.entry = entry
        self._after = Line(after, classes="after")

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.entry
        yield self._after

    def on_descendant_focus(self) -> None:
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        self.remove_class("-here")

    def label(self, say: Say) -> None:
        self._label.show(say)

    def remark(self, say: Say = nothing) -> None:
        """Says something quiet after the field; takes an error away."""
        self.remove_class("-error")
        self._after.show(say)

    def complain(self, say: Say) -> None:
        """Says what is wrong with what was typed."""
        self.add_class("-error")
        self._after.show(lambda words: Content("× ") + say(words))

    @property
    def remark_text(self) -> str:
        return self._after.text


class Reading(Horizontal):
    """A label and a value that is only read, lined up with the fields."""

    DEFAULT_CSS = """
    Reading { height: 2; }
    Reading > .label { width: 14; color: $secondary; }
    Reading > .value { width: 32; padding: 0 1; color: $foreground; }
    Reading > .after { width: 1fr; padding-left: 2; color: $secondary; height: 2; }
    """

    def __init__(self, label: Say, value: Say = nothing, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = Line(label, classes="label")
        self._value = Line(value, classes="value")
        self._after = Line(classes="after")

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._value
        yield self._after

    def show(self, value: Say = nothing, after: Say = nothing) -> None:
        self._value.show(value)
        self._after.show(after)

    @property
    def value_text(self) -> str:
        return self._value.text
