"""Short texts one after the other, as many in a line as fit; none is ever torn apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.saying import Say, words_of
from tellerdesk.i18n import Words

GAP = 3


def flowing(cells: Iterable[Content], width: int, gap: int = GAP) -> list[list[tuple[int, Content]]]:
    """The lines for `width` cells: each text with the column it begins at."""
    lines: list[list[tuple[int, Content]]] = []
    for cell in cells:
        at = lines[-1][-1][0] + lines[-1][-1][1].cell_length + gap if lines else 0
        if not lines or at + cell.cell_length > width:
            lines.append([(0, cell)])
        else:
            lines[-1].append((at, cell))
    return lines


def in_columns(cells: Iterable[Content], width: int, column: int) -> list[Content]:
    """As many in a line as fit, each beginning where one above it may begin: every `column` cells. Two cells at least
    stand between them."""
    lines: list[list[Content]] = []
    at = width
    for cell in cells:
        if at + cell.cell_length > width:
            lines.append([])
            at = 0
        taken = -(-(cell.cell_length + 2) // column) * column
        lines[-1].append(cell.pad_right(taken - cell.cell_length))
        at += taken
    return [Content("").join(line).rstrip() for line in lines]


class Flow(Widget):
    """As many texts in a line as fit, in columns as wide as `column` says."""

    DEFAULT_CSS = """
    Flow { height: auto; width: 1fr; }
    """

    def __init__(self, says: Iterable[Say], *, column: Callable[[Words], int]) -> None:
        super().__init__()
        self._says = tuple(says)
        self._column = column

    def speak(self) -> None:
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Content]:
        words = words_of(self)
        return in_columns((say(words) for say in self._says), width, self._column(words))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's signature)
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))
