"""The threads in which a desk does what moves money: no screen that closes can cancel it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

FLOW_THREADS = 4
"""Few, but more than one: a biller that hangs must not stop the next customer."""


class FlowThreads:
    """Counts what is in flight."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(FLOW_THREADS, thread_name_prefix="flow")
        self._in_flight: set[Future[object]] = set()
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Runs `call` in one of the threads."""
        future = self._pool.submit(call)
        with self._lock:
            self._in_flight.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._landed)
        return future

    def in_flight(self) -> int:
        """How many calls have not come back yet."""
        with self._lock:
            return len(self._in_flight)

    def wait(self, timeout_s: float) -> bool:
        """Until nothing is in flight; False where time ran out first."""
        deadline = time.monotonic() + timeout_s
        while self.in_flight() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.in_flight() == 0

    def close(self) -> None:
        """Takes nothing more and begins nothing that still waits for a thread; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _landed(self, future: Future[T]) -> None:
        with self._lock:
            self._in_flight.discard(future)
