"""Which cases there are. A unit is one course with one fault at most: its first run lists its steps, and each step
is a case. So a new step, call or document is covered as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from faults.case import JUDGEMENT, By, Case, Fault, Stop, World, stops
from faults.flows import FaultFlow
from faults.trial import Result
from tellerdesk.sandbox.faults import PRODUCT, Processed

Run = Callable[[Case], Result]
Reached = dict[tuple[str, World, str], frozenset[str]]
"""For each course without a fault and each step killed at: the calls recovery then made."""

ALSO_CALLED = {
    "CORE_REVERSE": {"CORE_UNPOST"},
    "CORE_BOOK": {"CORE_SUSPEND", "CORE_CREDIT", "CORE_RECEIVE", "CORE_PAY_OUT"},
    "BILLER_CANCEL": {"BILLER_UNDO"},
}
"""What else the desk calls messages of an endpoint, by what they are for."""

STOPS_IN_SLICE = 2
SPAWNED = 10


@dataclass(frozen=True, slots=True)
class Unit:
    """What one worker does in one go. `plain` is its case without a second kill; `spawned` counts steps for new
    programs."""

    plain: Case
    spawned: int = 0

    @property
    def is_survey(self) -> bool:
        return self.plain.fault is None


def surveys(flow: FaultFlow) -> list[Unit]:
    """Every course as it is, and those of a blind counterpart."""
    courses = [(course, World.ABLE) for course in flow.courses]
    courses += [(course, World.BLIND) for course in dict.fromkeys(sum(flow.blind.values(), ()))]
    return [Unit(Case(flow.name, course, world=world)) for course, world in courses]


def pairs(flow: FaultFlow, reached: Reached) -> list[Unit]:
    """On courses that ask for it: each step killed at, to be paired with every step of its recovery."""
    return [
        Unit(Case(flow.name, course, stop=Stop.parse(stop), world=world))
        for course, world, stop in reached
        if flow.courses[course].pairs and world is World.ABLE
    ]


def products(flow: FaultFlow) -> list[Unit]:
    """Every call with every fault, on each course that leads to it, and for late ones at each time of arrival."""
    units = []
    for world, calls in ((World.ABLE, flow.product), (World.BLIND, flow.blind)):
        for action, courses in calls.items():
            for processed, answer in PRODUCT:
                late = flow.arrivals.get(action, ()) if processed is Processed.LATE and world is World.ABLE else ()
                for course in courses:
                    case = Case(flow.name, course, Fault(action, processed, answer), world=world)
                    units += [Unit(replace(case, arrival=arrival)) for arrival in (JUDGEMENT, *late)]
    return units


def spawned(flow: FaultFlow, number: int = SPAWNED) -> list[Unit]:
    """So many steps in programs of their own, shared out among the courses that have pairs."""
    courses = [name for name, course in flow.courses.items() if course.pairs]
    shares = [number // len(courses) + (place < number % len(courses)) for place in range(len(courses))]
    places = zip(courses, shares, strict=True)
    return [Unit(Case(flow.name, course, by=By.SPAWN), spawned=share) for course, share in places if share]


def all_of(unit: Unit, flow: FaultFlow, run: Run, reached: Reached, random: Random) -> Iterator[Result]:
    """Every case of a unit."""
    if unit.spawned:
        yield from _in_programs(unit, run)
    elif unit.plain.stop is not None:
        yield from _second_kills(unit, run)
    elif unit.is_survey:
        yield from _survey(unit, flow, run, random)
    else:
        yield from _under_fault(unit, run, reached, random)


def some_of(unit: Unit, run: Run, random: Random) -> Iterator[Result]:
    """A few cases of a unit: the plain one, some kills, one of them twice."""
    lasting = random.random() < 0.5
    case = unit.plain
    if case.fault is not None:
        case = replace(case, fault=replace(case.fault, lasting=lasting))
    plain = run(case)
    yield plain
    there = stops(plain.trace)
    last = plain
    for stop in random.sample(there, min(STOPS_IN_SLICE, len(there))):
        last = run(case.stopped(stop))
        yield last
    if last.recovery:
        yield run(replace(last.case, second=random.choice(stops(last.recovery))))


def one_of_each(there: list[Stop], arrival: str, random: Random) -> set[Stop]:
    """From where an effect has been to where the next one begins, nothing changes anywhere: those two steps are one
    place to die at, and chance says by which of its names. At `arrival` something does happen."""
    places: list[list[Stop]] = []
    for stop in there:
        goes_on = stop.point.endswith(":before") and stop.point != arrival
        if goes_on and places and places[-1][-1].point.endswith(":after"):
            places[-1].append(stop)
        else:
            places.append([stop])
    return {random.choice(place) for place in places}


def calls_in(trace: list[str]) -> frozenset[str]:
    return frozenset(
        point.removeprefix("call.").removesuffix(":before")
        for point in trace
        if point.startswith("call.") and point.endswith(":before")
    )


def _survey(unit: Unit, flow: FaultFlow, run: Run, random: Random) -> Iterator[Result]:
    plain = run(unit.plain)
    yield plain
    for stop in stops(plain.trace):
        killed = run(unit.plain.stopped(stop))
        yield killed
        if killed.recovery and not flow.courses[unit.plain.course].pairs:
            yield run(replace(killed.case, second=random.choice(stops(killed.recovery))))


def _second_kills(unit: Unit, run: Run) -> Iterator[Result]:
    """The recovery of one kill, killed at every step of its own."""
    first = run(unit.plain)
    yield from (run(replace(first.case, second=stop)) for stop in stops(first.recovery))


def _under_fault(unit: Unit, run: Run, reached: Reached, random: Random) -> Iterator[Result]:
    fault = unit.plain.fault
    assert fault is not None
    once = run(unit.plain)
    yield once
    lasting = run(replace(unit.plain, fault=replace(fault, lasting=True)))
    yield lasting
    killed = []
    there = stops(once.trace)
    more = [stop for stop in stops(lasting.trace) if stop not in there]
    chosen = one_of_each(there, unit.plain.arrival, random) | one_of_each(more, unit.plain.arrival, random)
    for stop, lasts in (*((stop, False) for stop in there), *((stop, True) for stop in more)):
        if stop not in chosen:
            continue
        if _is_as_without(unit, fault.action, stop, lasting.trace if lasts else once.trace, reached):
            continue
        result = run(unit.plain.stopped(stop, lasting=lasts))
        yield result
        if result.recovery:
            killed.append(result)
    if killed:
        first = random.choice(killed)
        yield run(replace(first.case, second=random.choice(stops(first.recovery))))


def _is_as_without(unit: Unit, action: str, stop: Stop, trace: list[str], reached: Reached) -> bool:
    """Whether a kill at `stop` keeps the fault from ever being at work: the call was not made yet, and recovery does
    not make it. That is a case of the survey, and is not run again."""
    calls = {action} | ALSO_CALLED.get(action, set())
    first = next((point for point in trace if point in {f"call.{call}:before" for call in calls}), None)
    if first is not None and stops(trace).index(stop) > trace.index(first):
        return False
    after = reached.get((unit.plain.course, unit.plain.world, str(stop)))
    return after is not None and not calls & after


def _in_programs(unit: Unit, run: Run) -> Iterator[Result]:
    """Steps spread evenly over a course, each in a program of its own."""
    there = stops(run(replace(unit.plain, by=By.FORK)).trace)
    for place in range(unit.spawned):
        yield run(unit.plain.stopped(there[(2 * place + 1) * len(there) // (2 * unit.spawned)]))
