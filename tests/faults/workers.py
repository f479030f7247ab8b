"""Workers: forked from a parent that has loaded everything, each with a house and counterparts of its own.

They ask for units one at a time. The parent keeps no thread and no database; it only listens.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from random import Random

from faults.alike import Known
from faults.flows import flows
from faults.foundation import Foundation
from faults.house import House
from faults.trial import Result, Trials
from faults.units import Unit, all_of, some_of


class WorkerDied(Exception):
    """A worker ended with an error; the text is its traceback."""


class Workers:
    """`some` has each unit run a few of its cases instead of all."""

    def __init__(self, folder: Path, foundation: Foundation, number: int, flow: str, seed: str, *, some: bool) -> None:
        self._lines: list[Connection] = []
        self._pids: list[int] = []
        for index in range(number):
            ours, theirs = Pipe()
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                for line in (*self._lines, ours):
                    line.close()
                _live(theirs, partial(_work, folder / f"worker-{index}", foundation, flow, seed, some))
            theirs.close()
            self._lines.append(ours)
            self._pids.append(pid)

    def results(self, units: list[Unit], known: Known) -> Iterator[Result]:
        """The cases of all units, as they come. Raises WorkerDied."""
        left = list(reversed(units))
        busy = set(self._lines)
        for line in self._lines:
            self._give(line, left, known, busy)
        while busy:
            for ready in wait(list(busy)):
                line = next(line for line in busy if line is ready)
                try:
                    told = line.recv()
                except EOFError:
                    raise WorkerDied("a worker is gone") from None
                if isinstance(told, Result):
                    yield told
                elif isinstance(told, str):
                    raise WorkerDied(told)
                else:
                    self._give(line, left, known, busy)

    def close(self) -> None:
        for line in self._lines:
            line.close()
        for pid in self._pids:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _give(self, line: Connection, left: list[Unit], known: Known, busy: set[Connection]) -> None:
        if left:
            line.send((left.pop(), known))
        else:
            busy.discard(line)


def _live(line: Connection, work: Callable[[Connection], None]) -> None:
    """A worker's whole life."""
    try:
        work(line)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass
    except BaseException:  # the parent must hear of it
        with suppress(OSError):
            line.send(traceback.format_exc())
    finally:
        os._exit(0)


def _work(folder: Path, foundation: Foundation, flow_name: str, seed: str, some: bool, line: Connection) -> None:
    flow = flows()[flow_name]
    house = House(folder, foundation)
    try:
        trials = Trials(house, flow)
        trials.warm_up()
        while True:
            unit, known = line.recv()
            random = Random(f"{seed}/{unit}")
            cases = some_of(unit, trials.run, random) if some else all_of(unit, flow, trials.run, known, random)
            for result in cases:
                line.send(result)
            line.send(None)
    finally:
        house.close()
