"""Labels on the left, figures in a column on the right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.saying import Say, fitted, words_of

GAP = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `text` values stand on the left beside their label and wrap; figures stand on the right and never do."""

    label: Say
    value: Say
    strong: bool = False
    text: bool = False
    rule: bool = False


class Figures(Widget):
    """Rows of `Figure`, laid out for the width there is. A figure is never cut: its label gives way."""

    DEFAULT_CSS = """
    Figures { height: auto; width: 1fr; }
    """

    def __init__(self, *, text_label_width: int | None = 10, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """`text_label_width` of None: as wide as the longest label there is, three fifths of the row at most."""
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Figure, ...] = ()
        self._text_label_width = text_label_width

    def show(self, rows: Iterable[Figure]) -> None:
        self._rows = tuple(rows)
        self.refresh(layout=True)

    def speak(self) -> None:
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        return "\n".join(line.plain for line in self.lines(self.size.width or 40))

    def lines(self, width: int) -> list[Content]:
        """The rows as they are drawn in `width` cells."""
        drawn: list[Content] = []
        for row in self._rows:
            if row.rule:
                drawn.append(Content.styled("─" * width, "$panel-lighten-2"))
            drawn.extend(self._text_row(row, width) if row.text else [self._figure_row(row, width)])
        return drawn

    def _figure_row(self, row: Figure, width: int) -> Content:
        words = words_of(self)
        value = row.value(words)
        label = row.label(words).stylize_before("$foreground" if row.strong else "$secondary")
        content = fitted(label, max(width - value.cell_length - GAP, 0)) + Content(" " * GAP) + value
        return content.stylize("bold") if row.strong else content

    def _text_row(self, row: Figure, width: int) -> list[Content]:
        words = words_of(self)
        label_width = self._label_width(width)
        label = fitted(row.label(words).stylize_before("$secondary"), label_width)
        wrapped = row.value(words).wrap(max(width - label_width, 2))
        if row.strong:
            wrapped = [line.stylize("bold") for line in wrapped]
        indent = Content(" " * label_width)
        return [(label if index == 0 else indent) + line for index, line in enumerate(wrapped)]

    def _label_width(self, width: int) -> int:
        if self._text_label_width is not None:
            return self._text_label_width
        words = words_of(self)
        longest = max((row.label(words).cell_length for row in self._rows if row.text), default=0)
        return min(longest + GAP, width * 3 // 5)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's signature)
        return len(self.lines(width))

    def render(self) -> Content:
        return Content("\n").join(self.lines(self.content_size.width))
