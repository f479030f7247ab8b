"""Rows to choose from, in aligned columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from screens.saying import Say, fitted, words_of

MARK = "› "


@dataclass(frozen=True, slots=True)
class Column:
    """`width` cells; 0 shares what is left. Shown only where the ledger is at least `from_width` and less than
    `below` cells wide."""

    width: int
    align: str = "left"
    from_width: int = 0
    below: int = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names the row to whoever listens; one `Say` for each column. One that is `shut` is dimmed and cannot be
    chosen."""

    key: str
    cells: tuple[Say, ...]
    shut: bool = False


class Ledger(Widget, can_focus=True):
    """A list with a cursor. Only the rows that fit are drawn. The cursor is a sign, not only a shade."""

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("pageup,f7", "page(-1)", show=False),
        Binding("pagedown,f8", "page(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    DEFAULT_CSS = """
    Ledger { height: 1fr; width: 1fr; }
    """

    class Chosen(Message):
        """Enter or a click on a row."""

        def __init__(self, ledger: Ledger, key: str) -> None:
            super().__init__()
            self.ledger = ledger
            self.key = key

        @property
        def control(self) -> Ledger:
            return self.ledger

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, ledger: Ledger) -> None:
            super().__init__()
            self.ledger = ledger

        @property
        def control(self) -> Ledger:
            return self.ledger

    def __init__(self, columns: tuple[Column, ...], *, id: str | None = None, gap: int = 2) -> None:  # noqa: A002
        super().__init__(id=id)
        self._columns = columns
        self._gap = gap
        self.rows: tuple[Row, ...] = ()
        self.cursor = 0
        self._top = 0

    def show(self, rows: Iterable[Row]) -> None:
        """Other rows; the cursor stays on the row it was on, if that is still there."""
        old = self.current
        self.rows = tuple(rows)
        keys = [row.key for row in self.rows]
        self.cursor = keys.index(old) if old in keys else 0
        self.refresh()

    def point_at(self, key: str) -> None:
        """Puts the cursor on the row `key` names, where it is there."""
        self.cursor = next((at for at, row in enumerate(self.rows) if row.key == key), self.cursor)
        self.refresh()

    def speak(self) -> None:
        self.refresh()

    @property
    def current(self) -> str | None:
        """The key of the row under the cursor."""
        return self.rows[self.cursor].key if self.rows else None

    def action_move(self, by: int) -> None:
        self.cursor = max(0, min(len(self.rows) - 1, self.cursor + by)) if self.rows else 0
        self.post_message(self.Moved(self))
        self.refresh()

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(self.content_size.height - 1, 1))

    def action_choose(self) -> None:
        if (key := self.current) is None or self.rows[self.cursor].shut:
            self.app.bell()
        else:
            self.post_message(self.Chosen(self, key))

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is not None and self._top + at.y < len(self.rows):
            self.cursor = self._top + at.y
            self.post_message(self.Moved(self))
            self.refresh()
            self.action_choose()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render(self) -> Content:
        width, height = self.content_size
        self._scroll(height)
        shown = self.rows[self._top : self._top + height]
        return Content("\n").join(
            [self._drawn(row, width, self._top + index == self.cursor) for index, row in enumerate(shown)]
        )

    def _scroll(self, height: int) -> None:
        if self.cursor < self._top:
            self._top = self.cursor
        elif height and self.cursor >= self._top + height:
            self._top = self.cursor - height + 1
        self._top = max(0, min(self._top, len(self.rows) - height))

    def _drawn(self, row: Row, width: int, under_cursor: bool) -> Content:
        words = words_of(self)
        marked = under_cursor and self.has_focus
        parts = [Content(MARK if marked else "  ")]
        for index, (column_width, align) in self._widths(width - len(MARK)):
            if len(parts) > 1:
                parts.append(Content(" " * self._gap))
            parts.append(fitted(row.cells[index](words), column_width, align))
        content = Content("").join(parts).pad_right(max(width - sum(part.cell_length for part in parts), 0))
        if row.shut:
            content = Content.styled(content.plain, "$secondary")
        return content.stylize_before("on $field-focus") if marked else content

    def _widths(self, width: int) -> list[tuple[int, tuple[int, str]]]:
        kept = [
            (index, column) for index, column in enumerate(self._columns) if column.from_width <= width < column.below
        ]
        fixed = sum(column.width for _, column in kept) + self._gap * (len(kept) - 1)
        sharing = sum(1 for _, column in kept if not column.width) or 1
        share = max((width - fixed) // sharing, 4)
        return [(index, (column.width or share, column.align)) for index, column in kept]
