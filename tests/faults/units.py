"""Which cases there are. A unit is one course with one fault at most: its first run lists its steps, and each step
is a case. So a new step, call or document is covered as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from faults.alike import Known, calls_of, first_call, one_of_each
from faults.case import JUDGEMENT, By, Case, Fault, Stop, World, stops
from faults.flows import FaultFlow
from faults.trial import Result
from tellerdesk.sandbox.faults import PRODUCT, Processed

Run = Callable[[Case], Result]
STOPS_IN_SLICE = 2
SPAWNED = 10
SPAWNED_OF_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """What one worker does in one go. `plain` is its case without a second kill; `faults` are those it is tried under,
    where they are more than its own; `spawned` counts steps for new programs."""

    plain: Case
    spawned: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def is_survey(self) -> bool:
        return self.plain.fault is None


def surveys(flow: FaultFlow) -> list[Unit]:
    """Every course as it is, and those of a blind counterpart."""
    courses = [(course, World.ABLE) for course in flow.courses]
    courses += [(course, World.BLIND) for course in dict.fromkeys(sum(flow.blind.values(), ()))]
    return [Unit(Case(flow.name, course, world=world)) for course, world in courses]


def pairs(flow: FaultFlow, known: Known, random: Random) -> list[Unit]:
    """On courses that ask for it: each step killed at, to be paired with every step of its recovery."""
    units = []
    for course in (name for name, course in flow.courses.items() if course.pairs):
        there = [Stop.parse(stop) for name, world, stop in known.calls if (name, world) == (course, World.ABLE)]
        chosen = one_of_each(there, JUDGEMENT, random) if flow.alike else there
        units += [Unit(Case(flow.name, course, stop=stop)) for stop in there if stop in chosen]
    return units


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


def gathered(units: list[Unit]) -> list[Unit]:
    """The same cases without a kill, in one unit those that differ only in what is seen of the answer. A message that
    is read once more changes nothing in a counterpart's books, or is a finding."""
    together: dict[tuple[Case, str, bool, bool], list[Fault]] = {}
    for unit in units:
        fault = unit.plain.fault
        assert fault is not None
        becomes = (fault.processed is Processed.NO, fault.processed is Processed.LATE)
        together.setdefault((replace(unit.plain, fault=None), fault.action, *becomes), []).append(fault)
    return [Unit(replace(case, fault=faults[0]), faults=tuple(faults)) for (case, *_), faults in together.items()]


def spawned(flow: FaultFlow, number: int = 0) -> list[Unit]:
    """So many steps in programs of their own, shared out among the courses that have pairs."""
    number = number or (SPAWNED_OF_ALIKE if flow.alike else SPAWNED)
    courses = [name for name, course in flow.courses.items() if course.pairs]
    shares = [number // len(courses) + (place < number % len(courses)) for place in range(len(courses))]
    places = zip(courses, shares, strict=True)
    return [Unit(Case(flow.name, course, by=By.SPAWN), spawned=share) for course, share in places if share]


def all_of(unit: Unit, flow: FaultFlow, run: Run, known: Known, random: Random) -> Iterator[Result]:
    """Every case of a unit."""
    if unit.spawned:
        yield from _in_programs(unit, run)
    elif unit.plain.stop is not None:
        yield from _second_kills(unit, flow, run, random)
    elif unit.is_survey:
        yield from _survey(unit, flow, run, known, random)
    else:
        yield from _under_faults(unit, flow, run, known, random)


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


def calls_in(trace: list[str]) -> frozenset[str]:
    return frozenset(
        point.removeprefix("call.").removesuffix(":before")
        for point in trace
        if point.startswith("call.") and point.endswith(":before")
    )


def _survey(unit: Unit, flow: FaultFlow, run: Run, known: Known, random: Random) -> Iterator[Result]:
    plain = run(unit.plain)
    yield plain
    own = known.own_steps(flow, unit.plain, plain.trace)
    for stop in stops(plain.trace):
        if stop not in own:
            continue
        killed = run(unit.plain.stopped(stop))
        yield killed
        if (there := _again(killed, flow)) and not flow.courses[unit.plain.course].pairs:
            yield run(replace(killed.case, second=random.choice(there)))


def _again(killed: Result, flow: FaultFlow) -> list[Stop]:
    """Where a recovery may be killed too. Once it has come to rest, what people then do is no other than it was."""
    there = stops(killed.recovery)
    return there[: killed.alone] if flow.alike else there


def _second_kills(unit: Unit, flow: FaultFlow, run: Run, random: Random) -> Iterator[Result]:
    """The recovery of one kill, killed at every step of its own; where faults are alike, once in what people do."""
    first = run(unit.plain)
    there = stops(first.recovery)
    chosen = set(there)
    if flow.alike:
        chosen = one_of_each(_again(first, flow), JUDGEMENT, random)
        chosen |= set(random.sample(there[first.alone :], min(1, len(there) - first.alone)))
    yield from (run(replace(first.case, second=stop)) for stop in there if stop in chosen)


def _under_faults(unit: Unit, flow: FaultFlow, run: Run, known: Known, random: Random) -> Iterator[Result]:
    """Each fault for one request; then, of those that went one way, one by chance for as long as it is not healed, and
    the steps to be killed at, each under one of them by chance."""
    ways: dict[tuple[object, ...], list[Result]] = {}
    for fault in unit.faults or (unit.plain.fault,):
        once = run(replace(unit.plain, fault=fault))
        yield once
        ways.setdefault((once.left, *once.trace, "", *once.recovery), []).append(once)
    for alike in ways.values():
        lasting = run(random.choice(alike).case.lasting())
        yield lasting
        yield from _killed_under(alike, lasting, flow, run, known, random)


def _killed_under(
    alike: list[Result], lasting: Result, flow: FaultFlow, run: Run, known: Known, random: Random
) -> Iterator[Result]:
    once, case = alike[0], alike[0].case
    killed = []
    there = known.steps_under(flow, case, once.trace)
    more = [stop for stop in known.steps_under(flow, case, lasting.trace) if stop not in stops(once.trace)]
    chosen = one_of_each(there, case.arrival, random) | one_of_each(more, case.arrival, random)
    for stop, lasts in (*((stop, False) for stop in there), *((stop, True) for stop in more)):
        if stop not in chosen:
            continue
        if _is_as_without(flow, case, stop, lasting.trace if lasts else once.trace, known):
            continue
        under = lasting.case if lasts else random.choice(alike).case
        result = run(under.stopped(stop))
        yield result
        if result.recovery:
            killed.append(result)
    if killed:
        first = random.choice(killed)
        yield run(replace(first.case, second=random.choice(stops(first.recovery))))


def _is_as_without(flow: FaultFlow, case: Case, stop: Stop, trace: list[str], known: Known) -> bool:
    """Whether a kill at `stop` keeps the fault from ever being at work: the call was not made yet, and recovery does
    not make it by itself. That is a case of the survey, and is not run again."""
    assert case.fault is not None
    if stops(trace).index(stop) > first_call(trace, case.fault):
        return False
    after = known.calls_after(flow, case, stop)
    return after is not None and not calls_of(case.fault) & after


def _in_programs(unit: Unit, run: Run) -> Iterator[Result]:
    """Steps spread evenly over a course, each in a program of its own."""
    there = stops(run(replace(unit.plain, by=By.FORK)).trace)
    for place in range(unit.spawned):
        yield run(unit.plain.stopped(there[(2 * place + 1) * len(there) // (2 * unit.spawned)]))
