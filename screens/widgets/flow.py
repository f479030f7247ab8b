"""Short texts one after the other, as many in a line as fit; none is ever torn apart."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.saying import Say, words_of

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


class Flow(Widget):
    """As many texts in a line as fit."""

    DEFAULT_CSS = """
    Flow { height: auto; width: 1fr; }
    """

    def __init__(self, says: Iterable[Say]) -> None:
        super().__init__()
        self._says = tuple(says)

    def speak(self) -> None:
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Content]:
        cells = [say(words_of(self)) for say in self._says]
        return [Content(" " * GAP).join([cell for _, cell in line]) for line in flowing(cells, width)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's signature)
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))
