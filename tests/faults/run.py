"""python -m faults.run --flow payment --seed 1 [--slice 330] | --case TEXT

Runs the cases of a flow, and says how many steps, faults and cases there were, and which rule was broken by which.
Every broken rule comes with the line that runs just that case again.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from support.folders import quick_folder

from faults.alike import Known, first_of
from faults.broken import BROKEN
from faults.case import By, Case
from faults.flows import FaultFlow, flows
from faults.foundation import Foundation, keep_statements_compiled
from faults.house import House
from faults.trial import Result, Trials
from faults.units import Unit, calls_in, gathered, pairs, products, spawned, surveys
from faults.workers import WorkerDied, Workers

CASES_OF_A_SLICED_UNIT = 4
TOLD_EVERY_S = 60
TOLD_IN_FULL = 25
"""Broken cases that are shown; the rest are counted."""


@dataclass(slots=True)
class Tally:
    """What has been seen so far."""

    broken: str
    cases: int = 0
    kills: int = 0
    second_kills: int = 0
    missed: int = 0
    violations: int = 0
    points: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)
    idle_faults: set[str] = field(default_factory=set)
    words: Counter[str] = field(default_factory=Counter)
    known: Known = field(default_factory=Known)

    def add(self, result: Result) -> None:
        case = result.case
        self.cases += 1
        self.kills += case.stop is not None
        self.second_kills += case.second is not None
        self.missed += result.missed
        self.points |= {*result.trace, *result.recovery}
        self.words[result.word] += 1
        if case.fault is not None:
            (self.faults if result.fired else self.idle_faults).add(str(case.fault).removesuffix(".lasting"))
        elif case.stop is None:
            self.known.ways[case.course, case.world] = result.trace
        elif case.second is None and case.by is By.FORK:
            by_itself = result.recovery[: result.alone]
            self.known.calls[case.course, case.world, str(case.stop)] = calls_in(by_itself)
        if result.violations:
            self.violations += 1
            if self.violations <= TOLD_IN_FULL:
                self._show(result)

    def _show(self, result: Result) -> None:
        for rule, seen in result.violations:
            print(f"VIOLATION {rule}: {seen}")
        more = ["--broken", self.broken] if self.broken else []
        print("  replay:", "PYTHONPATH=tests", _program(), shlex.join(["--case", str(result.case), *more]), flush=True)

    def told(self) -> str:
        idle = self.idle_faults - self.faults
        words = ", ".join(f"{times} {word}" for word, times in sorted(self.words.items()))
        return (
            f"{len(self.points)} steps, {len(self.faults)} faults, {self.cases} cases ({self.kills} killed, "
            f"{self.second_kills} twice), {self.violations} violations; ended {words}"
            + (f"; {self.missed} kills never reached" if self.missed else "")
            + (f"; {len(idle)} faults never at work" if idle else "")
        )


def main() -> int:
    given = _given()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # not without tidying up
    began = time.monotonic()
    known = flows()
    folder = quick_folder()
    if given.broken:
        BROKEN[given.broken].build_in()
    keep_statements_compiled()
    try:
        if given.case:
            return _replay(folder, known, given.case, given.broken)
        violations = 0
        for name in [given.flow] if given.flow else sorted(known):
            tally = Tally(given.broken)
            print(f"flow {name}, seed {given.seed}, {given.workers} workers", flush=True)
            foundation = Foundation(folder / f"foundation-{name}", known[name].counterpart)
            _run(folder / name, foundation, known[name], given, tally)
            took = f"{time.monotonic() - began:.0f} s ({_processor_s():.0f} s of processors)"
            print(f"flow {name}: {tally.told()}; {took}, seed {given.seed}", flush=True)
            violations += tally.violations
    except WorkerDied as died:
        print(died, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if violations else 0


def _run(folder: Path, foundation: Foundation, flow: FaultFlow, given: argparse.Namespace, tally: Tally) -> None:
    workers = Workers(folder, foundation, given.workers, flow.name, given.seed, some=given.slice > 0)
    told_at = time.monotonic()
    try:
        for units in _rounds(flow, given, tally.known):
            for result in workers.results(units, tally.known):
                tally.add(result)
                if time.monotonic() > told_at + TOLD_EVERY_S:
                    told_at = time.monotonic()
                    print(f"  {tally.cases} cases, {tally.violations} violations", flush=True)
    finally:
        workers.close()


def _rounds(flow: FaultFlow, given: argparse.Namespace, known: Known) -> Iterator[list[Unit]]:
    """What is run first, and what then; a later round knows what the ones before have found."""
    if given.spawned:
        yield spawned(flow, given.spawned)
        return
    first, second = surveys(flow), products(flow)
    if flow.alike and not given.slice:
        second = gathered(second)
    Random(given.seed).shuffle(second)
    if given.slice:
        yield (first + second)[: given.slice // CASES_OF_A_SLICED_UNIT + 1]
        return
    if flow.alike:  # the others are held against it
        yield [unit for unit in first if unit.plain.course == first_of(flow)] + spawned(flow)
        first = [unit for unit in first if unit.plain.course != first_of(flow)]
    yield first
    begun = [] if flow.alike else spawned(flow)
    yield begun + pairs(flow, known, Random(given.seed)) + second


def _replay(folder: Path, known: dict[str, FaultFlow], cases: list[Case], broken: str) -> int:
    """Runs cases in this process, and shows what they went through."""
    tally = Tally(broken)
    houses: dict[str, House] = {}
    try:
        for case in cases:
            where = known[case.flow].counterpart
            if where not in houses:
                houses[where] = House(folder / where, Foundation(folder / f"foundation-{where}", where))
            trials = Trials(houses[where], known[case.flow])
            trials.warm_up()
            result = trials.run(case)
            print(f"{case}: {result.word}{', the kill was never reached' if result.missed else ''}")
            for name, trace in (("served", result.trace), ("recovered", result.recovery)):
                print(f"  {name}: {' '.join(trace)}")
            tally.add(result)
    finally:
        for house in houses.values():
            house.close()
    print(f"{tally.violations} violations", flush=True)
    return 1 if tally.violations else 0


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults.run", description=__doc__.partition("\n")[2])
    parser.add_argument("--flow", default="", choices=["", *flows()], help="one flow instead of all")
    parser.add_argument("--seed", default="1", help="chooses second kills, and what a slice takes")
    parser.add_argument("--slice", type=int, default=0, help="about so many cases instead of all")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1), help="cases run at once")
    parser.add_argument("--spawned", type=int, default=0, help="only so many cases, in programs of their own")
    parser.add_argument("--broken", default="", choices=["", *BROKEN], help="try the harness on a desk with a defect")
    parser.add_argument("--case", type=Case.parse, action="append", help="run this one again; may be repeated")
    return parser.parse_args()


def _processor_s() -> float:
    """What all children have used up so far: on a busy machine the cost is told by this."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _program() -> str:
    here = Path(sys.executable)
    if here.is_relative_to(Path.cwd()):
        here = here.relative_to(Path.cwd())
    return shlex.join([str(here), "-m", "faults.run"])


if __name__ == "__main__":
    sys.exit(main())
