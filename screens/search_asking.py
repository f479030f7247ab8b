"""Questions to the journal: the newest answer of a kind counts, and one that hangs holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from screens.base import DeskScreen
from screens.desk_port import DeskPort
from tellerdesk.errors import BadInput, TellerDeskError
from tellerdesk.search.commands import JournalSearch
from tellerdesk.search.views import JournalPage
from tellerdesk.staff.views import SignedOn

T = TypeVar("T")

PAGE = 50

MOST = 3
"""Questions under way at once. A search that hangs keeps its thread; the last one is for the rest of the screens."""


class Lanes:
    """Room for a few questions at once. Of those of one asker that find none the newest alone waits for it."""

    def __init__(self, most: int = MOST) -> None:
        self._free = most
        self._waiting: dict[object, Callable[[], None]] = {}

    def take(self, asker: object, start: Callable[[], None]) -> None:
        """Starts now, or as soon as there is room."""
        if self._free:
            self._free -= 1
            start()
        else:
            self._waiting[asker] = start

    def forget(self, asker: object) -> None:
        self._waiting.pop(asker, None)

    def give_back(self) -> None:
        self._free += 1
        if self._waiting:
            asker = next(iter(self._waiting))
            self.take(asker, self._waiting.pop(asker))


class Asker:
    """One kind of question. The answer to an older one, or to one that was given up, is not shown; one that comes while
    the desk is locked waits until it is open, and nothing is asked behind the lock."""

    def __init__(self, screen: DeskScreen, lanes: Lanes) -> None:
        self._screen = screen
        self._lanes = lanes
        self._number = 0
        self.waits = False

    def ask(
        self,
        call: Callable[[DeskPort], T],
        seen: Callable[[T], None],
        failed: Callable[[TellerDeskError], None],
    ) -> None:
        """Asks, and forgets whatever was asked before."""
        self._number += 1
        number = self._number
        self.waits = True

        def ended(then: Callable[[], None]) -> None:
            self._lanes.give_back()
            self._screen.desk_app.desk_lock.when_open(lambda: self._answered(number, then))

        def start() -> None:
            if number != self._number:
                self._lanes.give_back()
                return
            self._screen.look(
                call,
                lambda answer: ended(lambda: seen(answer)),
                lambda error: ended(lambda: failed(error)),
            )

        self._lanes.forget(self)
        self._screen.desk_app.desk_lock.when_open(lambda: self._lanes.take(self, start))

    def _answered(self, number: int, then: Callable[[], None]) -> None:
        if number == self._number and self._screen.is_mounted:
            self.waits = False
            then()

    def give_up(self) -> None:
        """Nobody waits any more; what still comes of it is not shown."""
        self._number += 1
        self.waits = False
        self._lanes.forget(self)


def first_found(
    desk: DeskPort, who: SignedOn, searches: tuple[JournalSearch, ...]
) -> tuple[JournalSearch, JournalPage]:
    """The first rows of the first search that has any, and which that is; where none has, those of the first. A search
    that cannot be asked so (a serial that is none) is passed over where there is another."""
    empty: tuple[JournalSearch, JournalPage] | None = None
    refused: BadInput | None = None
    for search in searches:
        try:
            page = desk.search.page(who, search, None, PAGE)
        except BadInput as error:
            refused = refused or error
            continue
        if page.rows:
            return search, page
        empty = empty or (search, page)
    if empty is None:
        raise refused or BadInput("search.none")
    return empty
