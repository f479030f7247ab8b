"""The lock over the screens: nothing of the work is read over it, and what an answer wants to show waits behind it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from textual.screen import Screen

    from screens.app import TellerApp
    from screens.desk_port import DeskPort

T = TypeVar("T")


class DeskLock:
    """Closed by F12 or by nobody touching the desk, opened by the person's own password."""

    def __init__(self, app: TellerApp) -> None:
        self.closed = False
        self._app = app
        self._waiting: list[Callable[[], None]] = []

    def close(self) -> None:
        """The screen is covered at once; the desk is told so that nothing is done in this session meanwhile. One that
        cannot be reached does not keep the screen open."""
        from screens.lock import LockScreen

        app = self._app
        who = app.who
        if who is None or self.closed:
            return
        self.closed = True
        told = Event()
        app.push_screen(LockScreen(who, told, goes_on=app.flow_running))

        def tell(desk: DeskPort) -> None:
            try:
                desk.lock(who)
            finally:
                told.set()

        app.ask(app.screen_stack[0], lambda desk, _watch: tell(desk), lambda _nothing: None, lambda _error: told.set())

    def open(self) -> None:
        """The lock goes from the screen, and what waited behind it comes."""
        self.closed = False
        self._app.pop_screen()
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            self.when_open(call)

    def lay(self, sheet: Screen[T], done: Callable[[T | None], None]) -> None:
        """Lays a sheet over what is in front because an answer asks for it; behind the lock it waits."""

        def lay() -> None:
            self._app.push_screen(sheet, done)

        self.when_open(lay)

    def when_open(self, call: Callable[[], None]) -> None:
        """Does what changes the screens: now, or once the lock is open."""
        if self.closed:
            self._waiting.append(call)
        else:
            call()

    def forget(self) -> None:
        """Nobody is signed on any more: there is nothing to hide, and what waited was for who was."""
        self.closed = False
        self._waiting.clear()
