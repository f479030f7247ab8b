"""The sealer: every minute what was written to the audit is sealed, in the database and outside it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from tellerdesk.audit.seals import Seals
from tellerdesk.errors import TamperFound, TellerDeskError

log = structlog.get_logger("tellerdesk.sealer")


class SealerJob:
    """One thread that seals. Any number of them may run, on any desk: together they make one chain."""

    def __init__(self, seals: Seals, every_s: float) -> None:
        self._seals = seals
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, after: Callable[[], None] = lambda: None) -> None:
        """Seals in an own thread, at once and then every `every_s` seconds, until `stop`; calls `after` each time."""

        def run() -> None:
            while not self._stop.is_set():
                self.seal()
                after()
                self._stop.wait(self._every_s)
            self.seal()

        self._thread = threading.Thread(target=run, name="sealer", daemon=True)
        self._thread.start()

    def seal(self) -> None:
        """Once. What goes wrong is logged and tried again the next time; `tellerdesk doctor` shows what is left
        unsealed."""
        try:
            self._seals.seal()
        except TamperFound as error:
            log.critical("audit altered", message=error.message_id, **error.args_by_name)
        except TellerDeskError as error:
            log.warning("not sealed", code=error.code, message=error.message_id)
        except Exception:
            # A defect in one seal must not end them for the rest of the day.
            log.exception("not sealed")

    def stop(self, timeout_s: float = 0.0) -> None:
        """Seals once more, and waits that long for it. Nothing happens where it was never started."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
