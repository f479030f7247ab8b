"""Who is being asked, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from textual.content import Content

from screens.saying import Say, nothing, says
from screens.widgets.line import Line
from tellerdesk.i18n import Words

PATIENCE_S = 3.0
"""After this long a teller wants to know what happens if no answer comes."""


class Waiting(Line):
    """Counts the seconds of a question under way; after three it says what happens if no answer comes."""

    DEFAULT_CSS = """
    Waiting { height: auto; color: $warning; }
    """

    def __init__(self, monotonic: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._monotonic = monotonic
        self._since = 0.0
        self._whom: Say | None = None
        self._most_s: float | None = None
        self._otherwise: Say = nothing

    def on_mount(self) -> None:
        self._tick = self.set_interval(0.5, self._count, pause=True)

    def start(self, whom: Say, most_s: float | None, otherwise: Say) -> None:
        """Begins to count for `whom`; `otherwise` says what happens without an answer within `most_s`, where that is
        known."""
        self._since = self._monotonic()
        self._whom, self._most_s, self._otherwise = whom, most_s, otherwise
        self._count()
        self._tick.resume()

    def stop(self) -> None:
        self._whom = None
        self._tick.pause()
        self.show()

    @property
    def waited_s(self) -> float:
        return self._monotonic() - self._since

    def _count(self) -> None:
        self.show(self._sentence)

    def _sentence(self, words: Words) -> Content:
        if self._whom is None:
            return Content.empty()
        asking = says("waiting.asking", "bold", whom=self._whom(words).plain, waited=int(self.waited_s))(words)
        if self._most_s is not None:
            asking += Content(" ") + says("waiting.most", most=max(ceil(self._most_s), 1))(words)
        if self.waited_s < PATIENCE_S:
            return asking
        return asking + Content("\n") + self._otherwise(words).stylize_before("$foreground")
