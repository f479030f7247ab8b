"""Small charts: columns by the hour, bars by name. Every figure stands beside its bar: none is only drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.saying import Say, fitted, words_of

EIGHTHS = " ▁▂▃▄▅▆▇█"
ACROSS = " ▏▎▍▌▋▊▉█"
GAP = 2


@dataclass(frozen=True, slots=True)
class Hour:
    """What happened in one hour of the day (0 to 23)."""

    hour: int
    count: int


class HourChart(Widget):
    """One column for each hour from the first to the last, as high as its count; the highest fills the chart. Below
    each stands its hour, above it its count where there is room."""

    DEFAULT_CSS = """
    HourChart { height: 7; width: 1fr; }
    """

    def __init__(self, *, first: int = 8, last: int = 17, id: str | None = None) -> None:  # noqa: A002
        """From `first` to `last` it is always drawn; hours beside them are added as they come."""
        super().__init__(id=id)
        self._first, self._last = first, last
        self._counts: dict[int, int] = {}

    def show(self, hours: Iterable[Hour]) -> None:
        self._counts = {each.hour: each.count for each in hours}
        self.refresh()

    def lines(self, width: int, height: int) -> list[Content]:
        """The chart in `width` x `height` cells: counts, columns, hours. Where not all hours have room, those up to
        the newest are drawn."""
        every = range(min([self._first, *self._counts]), max([self._last, *self._counts]) + 1)
        cells = max(min(width // len(every), 6), 3)
        room = max(width // cells, 1)
        newest = max(self._counts, default=self._last)
        hours = list(every)[max(newest - room + 1 - every.start, 0) :][:room] if len(every) > room else list(every)
        rows = max(height - 2, 1)
        most = max((self._counts.get(hour, 0) for hour in hours), default=0) or 1
        levels = [-(-self._counts.get(hour, 0) * rows * 8 // most) for hour in hours]
        drawn = [self._figures(hours, cells)]
        for row in range(rows, 0, -1):
            parts = [EIGHTHS[max(0, min(8, level - (row - 1) * 8))] * (cells - 1) + " " for level in levels]
            drawn.append(Content.styled("".join(parts), "$accent"))
        labels = "".join(f"{hour:02d}".ljust(cells) for hour in hours)
        return [*drawn, Content.styled(labels, "$secondary")]

    def _figures(self, hours: list[int], cells: int) -> Content:
        told = [str(self._counts.get(hour, 0) or "") for hour in hours]
        return Content("".join(text.ljust(cells) if len(text) < cells else "…".ljust(cells) for text in told))

    @property
    def text(self) -> str:
        return "\n".join(line.plain for line in self.lines(self.size.width or 40, self.size.height or 7))

    def render(self) -> Content:
        width, height = self.content_size
        return Content("\n").join(self.lines(width, height))


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name, how much of the longest it is, and the figures beside it."""

    name: Say
    share: int
    figures: tuple[Say, ...]


class BarChart(Widget):
    """Rows of a name, a bar and figures in columns on the right. The bar gives way, figures never do."""

    DEFAULT_CSS = """
    BarChart { height: auto; width: 1fr; }
    """

    def __init__(self, *, name_width: int = 12, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._bars: tuple[Bar, ...] = ()
        self._name_width = name_width

    def show(self, bars: Iterable[Bar]) -> None:
        self._bars = tuple(bars)
        self.refresh(layout=True)

    def speak(self) -> None:
        self.refresh(layout=True)

    def lines(self, width: int) -> list[Content]:
        words = words_of(self)
        told = [[figure(words) for figure in bar.figures] for bar in self._bars]
        columns = [max(each.cell_length for each in column) for column in zip(*told, strict=True)] if told else []
        room = max(width - self._name_width - GAP - sum(columns) - GAP * len(columns), 0)
        most = max((bar.share for bar in self._bars), default=0) or 1
        drawn = []
        for bar, figures in zip(self._bars, told, strict=True):
            name = fitted(bar.name(words), self._name_width)
            parts = [name, Content(" " * GAP), Content.styled(_across(bar.share, most, room), "$accent")]
            for figure, column in zip(figures, columns, strict=True):
                parts += [Content(" " * GAP), fitted(figure, column, "right")]
            drawn.append(Content("").join(parts))
        return drawn

    @property
    def text(self) -> str:
        return "\n".join(line.plain for line in self.lines(self.size.width or 40))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's signature)
        return len(self._bars)

    def render(self) -> Content:
        return Content("\n").join(self.lines(self.content_size.width))


def _across(share: int, most: int, room: int) -> str:
    """A bar of at most `room` cells, by the eighth; whatever there is at all can be seen."""
    eighths = max(share * room * 8 // most, 1) if share and room else 0
    return ("█" * (eighths // 8) + (ACROSS[eighths % 8] if eighths % 8 else "")).ljust(room)
