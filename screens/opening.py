"""Opening the desk behind the first frame.

The desk's libraries take longer to import than a teller takes to look at the screen. A background thread loads them one
by one and stands aside while keys arrive: an import holds the interpreter for tens of milliseconds, and without the
pause every second key would echo late.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from screens.faults import fault_of
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from screens.desk_port import DeskPort

QUIET_S = 0.12
"""So long no key must have come before the next module is loaded."""

PATIENCE_S = 4.0
"""Someone who types without a pause must not keep the desk shut for ever."""

SWITCH_S = 0.001
"""How long the loading thread may hold the interpreter while the UI wants it."""

OWN_SCREENS = ("screens.home", "screens.bill_payment", "screens.till_opening", "screens.lock", "screens.help")


class KeyPause:
    """Keeps one thread waiting while keys arrive; also between the modules one import brings with it."""

    def __init__(self, *, quiet_s: float = QUIET_S, patience_s: float = PATIENCE_S) -> None:
        self._quiet_s = quiet_s
        self._left_s = patience_s
        self._last_key = float("-inf")
        self._thread = 0

    def key(self) -> None:
        """A key has just arrived."""
        self._last_key = time.monotonic()

    def wait(self) -> None:
        """Returns when it has been quiet for long enough, or when patience has run out."""
        while self._left_s > 0 and (rest := self._last_key + self._quiet_s - time.monotonic()) > 0:
            self._left_s -= rest
            time.sleep(rest)

    def find_spec(
        self, _name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A finder that finds nothing, only pauses the loading thread before each module."""
        if threading.get_ident() == self._thread:
            self.wait()
        return None

    @contextmanager
    def between_imports(self) -> Iterator[None]:
        """Within this block every import of the calling thread pauses while keys arrive."""
        self._thread = threading.get_ident()
        switch_s = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH_S, switch_s))
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            sys.setswitchinterval(switch_s)


def open_desk(
    opener: Callable[[], DeskPort],
    warm: Sequence[str],
    pause: KeyPause,
    tell: Callable[[Any, TellerDeskError | None], None],
) -> threading.Thread:
    """Starts the thread that loads the modules `warm` and the app's own screens, opens the desk, and tells."""

    def work() -> None:
        try:
            with pause.between_imports():
                for name in (*warm, *OWN_SCREENS):
                    pause.wait()
                    importlib.import_module(name)
                desk = opener()
        except TellerDeskError as error:
            tell(None, error)
        except BaseException as error:
            tell(None, fault_of(error))
        else:
            tell(desk, None)

    thread = threading.Thread(target=work, name="screens-opening", daemon=True)
    thread.start()
    return thread
