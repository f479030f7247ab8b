"""Recovery: carries on with what a crash, a kill or a silent counterpart left behind, now and every half minute."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import structlog

from tellerdesk.clock import Clock
from tellerdesk.errors import LeaseLost, StoreUnavailable, TellerDeskError
from tellerdesk.journal import entries
from tellerdesk.journal.runner import SYSTEM, Runner
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts.core import ACCOUNTING_DATE
from tellerdesk.links.link import Link
from tellerdesk.store.engine import Store

log = structlog.get_logger("tellerdesk.recovery")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep did: entries taken up, and entries that still wait."""

    resumed: int
    waiting: int


class Recovery:
    """One worker that sweeps the journal. Any number of them may run, on any desk: leases keep them apart."""

    def __init__(
        self,
        store: Store,
        runner: Runner,
        core: Link,
        clock: Clock,
        every_s: float,
        permit: Callable[[], None] = lambda: None,
        besides: Callable[[], object] = lambda: None,
    ) -> None:
        """`permit` raises NotAllowed where this process may not act for the house; `besides` is done in each sweep,
        and what goes wrong there holds nothing up."""
        self._permit = permit
        self._besides = besides
        self._store = store
        self._runner = runner
        self._core = core
        self._clock = clock
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def learn_day(self) -> date | None:
        """Asks core for its accounting date and keeps it; the newest known one where core does not answer."""
        answer = self._core.call(ACCOUNTING_DATE, request_id=f"d-{secrets.token_hex(8)}")
        if answer.kind is AnswerKind.ACCEPTED and answer.body is not None:
            day = answer.body.accounting_date
            with self._store.write("journal.day") as unit:
                entries.note_day(unit.connection, day, self._clock.now())
                unit.commit()
            return day
        with self._store.read() as session:
            return entries.open_day(session.connection())

    def sweep(self) -> Sweep:
        """Takes up everything that is due, once. Raises StoreUnavailable where the journal cannot be read or
        written."""
        self._permit()
        resumed = 0
        due = self._runner.due()
        if due:
            self.learn_day()
        for serial, version in due:
            if self._stop.is_set():
                break
            try:
                resumed += self._take_up(serial, version)
            except StoreUnavailable:
                raise
            except Exception:
                # An entry nobody can work on must not hold up the others.
                log.exception("entry put off", serial=serial)
                self._runner.put_off(serial, version)
        try:
            self._besides()
        except Exception:
            log.exception("what is done besides failed")
        with self._store.read() as session:
            return Sweep(resumed, entries.unfinished(session.connection()))

    def _take_up(self, serial: str, version: int) -> bool:
        """True where the entry was ours to work on."""
        held = self._runner.claim(serial, version)
        if held is None:
            return False
        try:
            self._runner.resume(held, by=SYSTEM)
        except LeaseLost:
            log.info("lease lost", serial=serial)
        return True

    def start(self, after_sweep: Callable[[Sweep], None] | None = None) -> None:
        """Sweeps in an own thread, at once and then every `every_s` seconds, until `stop`."""

        def run() -> None:
            while not self._stop.is_set():
                try:
                    done = self.sweep()
                    if after_sweep is not None:
                        after_sweep(done)
                except TellerDeskError as error:
                    log.warning("sweep failed", code=error.code, message=error.message_id)
                except Exception:
                    # A defect in one sweep must not end recovery for the rest of the day.
                    log.exception("sweep failed")
                self._stop.wait(self._every_s)

        self._thread = threading.Thread(target=run, name="recovery", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until `stop` is called, by a signal's handler for instance, and the thread has ended."""
        self._stop.wait()
        if self._thread is not None:
            self._thread.join()

    def stop(self, timeout_s: float = 0.0) -> None:
        """Asks the thread to end after the entry it is working on, and waits that long for it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
