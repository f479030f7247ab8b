"""Calls to the desk: made off the UI thread, answered by a message to the app.

Never a Textual worker: those are cancelled with their screen or the app, and money would move with nobody told. What
moves money runs on the desk's flow threads and belongs to the app, not to the screen that asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.message import Message

from screens.faults import fault_of
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from textual.screen import Screen

    from screens.desk_port import DeskPort
    from tellerdesk.bills.views import Asking

T = TypeVar("T")

Watch = Callable[["Asking"], None]


@dataclass(eq=False)
class Errand(Generic[T]):
    """One call under way. `flow` errands may have moved money: their outcome is shown even if `owner` is gone."""

    owner: Screen[Any]
    done: Callable[[T], None]
    failed: Callable[[TellerDeskError], None]
    flow: bool
    asking: Watch | None = None
    future: Future[T] = field(default_factory=Future)

    def outcome(self) -> T | TellerDeskError:
        """What the finished call gave: its value, its error, or a Fault in place of anything unforeseen."""
        try:
            return self.future.result(timeout=0)
        except TellerDeskError as error:
            return error
        except (Exception, CancelledError) as error:
            return fault_of(error)


class ErrandEnded(Message):
    """The call has returned or raised."""

    def __init__(self, errand: Errand[Any]) -> None:
        super().__init__()
        self.errand = errand


class ErrandAsking(Message):
    """A flow tells whom it is asking now."""

    def __init__(self, errand: Errand[Any], asking: Asking) -> None:
        super().__init__()
        self.errand = errand
        self.asking = asking


class DeskOpened(Message):
    """The desk behind the screens is open, or could not be opened."""

    def __init__(self, error: TellerDeskError | None) -> None:
        super().__init__()
        self.error = error


class Errands:
    """The calls under way. `tell` takes a message to the app from any thread."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell
        self._reads = ReadThreads()
        self._under_way: set[Errand[Any]] = set()

    def look(self, desk: DeskPort, errand: Errand[T], call: Callable[[DeskPort], T]) -> None:
        """A call that only looks, on threads of the app's own."""
        self._follow(errand, lambda: self._reads.submit(lambda: call(desk)))

    def ask(self, desk: DeskPort, errand: Errand[T], call: Callable[[DeskPort, Watch], T]) -> None:
        """A call that may write or move money, on the desk's flow threads."""

        def watch(asking: Asking) -> None:
            self._tell(ErrandAsking(errand, asking))

        self._follow(errand, lambda: desk.submit(lambda: call(desk, watch)))

    def _follow(self, errand: Errand[T], start: Callable[[], Future[T]]) -> None:
        self._under_way.add(errand)
        try:
            errand.future = start()
        except Exception as error:
            errand.future = Future()
            errand.future.set_exception(error)
        errand.future.add_done_callback(lambda _future: self._tell(ErrandEnded(errand)))

    def ended(self, errand: Errand[Any]) -> None:
        self._under_way.discard(errand)

    def running(self, errand: Errand[Any]) -> bool:
        return errand in self._under_way

    def flows(self) -> tuple[Errand[Any], ...]:
        """The flows whose outcome no screen has shown yet."""
        return tuple(errand for errand in self._under_way if errand.flow)


class ReadThreads:
    """A few daemon threads for calls that only look. A hung look never keeps the process from ending."""

    def __init__(self, count: int = 4) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._count = count
        self._started = False

    def submit(self, call: Callable[[], T]) -> Future[T]:
        if not self._started:
            self._started = True
            for number in range(self._count):
                threading.Thread(target=self._work, name=f"screens-read-{number}", daemon=True).start()
        future: Future[T] = Future()
        self._jobs.put((call, future))
        return future

    def _work(self) -> None:
        while True:
            call, future = self._jobs.get()
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
