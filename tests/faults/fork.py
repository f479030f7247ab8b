"""Children of a single-threaded parent: each does one thing, tells its steps as it passes them, and may die at one.

What is not to be killed may as well be done by the parent itself, as long as it is single-threaded again afterwards.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from faults.case import Stop
from tellerdesk.steps import StepHook

MOST_S = 90.0
"""A child that has not ended by then hangs: that is a finding, and it is killed."""

BURIED_S = 5.0

_STEP, _TOLD, _ERROR = ".", "=", "!"
"""What a line in a child's pipe begins with."""


@dataclass(slots=True)
class Outcome:
    """What became of a child: the steps it passed, what it told at its end (None where it was killed), its error."""

    trace: list[str] = field(default_factory=list)
    told: Any = None
    killed: bool = False
    error: str = ""


class Steps:
    """The hook of a child: writes each step down before anything else can happen, then dies there if it is to.

    `at` holds what else is to happen before a step: once, the first time it is passed.
    """

    def __init__(self, handle: int, stop: Stop | None, at: Mapping[str, Callable[[], object]]) -> None:
        self._handle = handle
        self._stop = stop
        self._at = dict(at)
        self._passed: dict[str, int] = {}

    def __call__(self, point: str) -> None:
        _write(self._handle, _STEP, point)
        nth = self._passed[point] = self._passed.get(point, 0) + 1
        errand = self._at.pop(point, None)
        if errand is not None:
            errand()
        if self._stop is not None and (self._stop.point, self._stop.nth) == (point, nth):
            os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(
    work: Callable[[StepHook], Any], stop: Stop | None, at: Mapping[str, Callable[[], object]] | None = None
) -> Outcome:
    """Does `work` in a forked child, gives it its hook, and waits for its end. What it returns must be JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _write(writing, _TOLD, json.dumps(work(Steps(writing, stop, at or {}))))
        except BaseException:  # whatever it is, the parent must hear of it
            _write(writing, _ERROR, json.dumps(traceback.format_exc()))
        os._exit(0)
    os.close(writing)
    try:
        return listen(reading, pid)
    finally:
        os.close(reading)


def here(
    work: Callable[[StepHook], Any], at: Mapping[str, Callable[[], object]] | None = None, most_s: float = MOST_S
) -> Outcome:
    """Does `work` in this process, with a hook that only notes the steps."""
    outcome = Outcome()
    errands = dict(at or {})

    def note(point: str) -> None:
        outcome.trace.append(point)
        errand = errands.pop(point, None)
        if errand is not None:
            errand()

    def too_long(*_: object) -> None:
        raise TimeoutError(f"hung for {most_s:.0f} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, most_s)
    try:
        outcome.told = work(note)
    except Exception:
        outcome.error = traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return outcome


def alone() -> None:
    """Raises RuntimeError where this process has threads: it must not fork then. One that has been joined may take the
    system a moment longer to bury."""
    last = time.monotonic() + BURIED_S
    while len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208
        if time.monotonic() > last:
            raise RuntimeError("a process with threads must not fork")
        time.sleep(0.001)


def listen(reading: int, pid: int, most_s: float = MOST_S) -> Outcome:
    """Hears a child out and waits for its end; one that hangs is killed."""
    raw = bytearray()
    last = time.monotonic() + most_s
    while True:
        readable, _, _ = select.select([reading], [], [], max(last - time.monotonic(), 0))
        if not readable:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            outcome = heard(bytes(raw))
            outcome.error = f"hung for {most_s:.0f} s"
            return outcome
        piece = os.read(reading, 65_536)
        if not piece:
            break
        raw += piece
    _, status = os.waitpid(pid, 0)
    outcome = heard(bytes(raw))
    outcome.killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if status and not outcome.killed and not outcome.error:
        outcome.error = f"ended with status {status}"
    return outcome


def heard(raw: bytes) -> Outcome:
    """What a child wrote."""
    outcome = Outcome()
    for line in raw.decode().splitlines():
        mark, rest = line[:1], line[1:]
        if mark == _STEP:
            outcome.trace.append(rest)
        elif mark == _TOLD:
            outcome.told = json.loads(rest)
        elif mark == _ERROR:
            outcome.error = json.loads(rest)
    return outcome


def _write(handle: int, mark: str, text: str) -> None:
    raw = f"{mark}{text}\n".encode()
    while raw:
        raw = raw[os.write(handle, raw) :]
