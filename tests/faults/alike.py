"""What need not be tried twice: places with two names, and steps of one run that are no other than another run's."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from faults.case import Case, Fault, Stop, World, stops
from faults.flows import FaultFlow

ALSO_CALLED = {
    "CORE_REVERSE": {"CORE_UNPOST"},
    "CORE_BOOK": {"CORE_SUSPEND", "CORE_CREDIT", "CORE_RECEIVE", "CORE_PAY_OUT"},
    "BILLER_CANCEL": {"BILLER_UNDO"},
}
"""What else the desk calls messages of an endpoint, by what they are for."""


@dataclass(slots=True)
class Known:
    """What cases without a fault of their own have shown: the way of each course, and, for each step of it that was
    killed at, the calls recovery then made by itself."""

    ways: dict[tuple[str, World], list[str]] = field(default_factory=dict)
    calls: dict[tuple[str, World, str], frozenset[str]] = field(default_factory=dict)

    def calls_after(self, flow: FaultFlow, case: Case, stop: Stop) -> frozenset[str] | None:
        """Those recovery makes by itself once the case's course was killed at a step. None where nobody knows."""
        own = self.calls.get((case.course, case.world, str(stop)))
        if own is not None or not flow.alike or stop in own_part(*self._two_ways(flow, case)):
            return own
        return self.calls.get((first_of(flow), case.world, str(stop)))

    def own_steps(self, flow: FaultFlow, case: Case, trace: list[str]) -> set[Stop]:
        """The steps at which a run of a course without a fault of its own is not where the first course is."""
        course, first = flow.courses[case.course], flow.courses[first_of(flow)]
        there = stops(trace)
        if not flow.alike or course.whole or course is first:
            return set(there)
        own = own_part(there, stops(self.ways.get((first_of(flow), case.world), [])))
        here = {fault for fault in course.faults if fault not in first.faults}
        here |= {fault for fault in first.faults if fault not in course.faults}
        if course.faults_at:
            return own
        calls = calls_of(*here)
        return own | {
            stop for stop in there if self.calls.get((first_of(flow), case.world, str(stop)), frozenset()) & calls
        }

    def steps_under(self, flow: FaultFlow, case: Case, trace: list[str]) -> list[Stop]:
        """The steps of a run under a fault, until it is again where the same course is without it."""
        there = stops(trace)
        if not flow.alike:
            return there
        assert case.fault is not None
        without = stops(self.ways.get((case.course, case.world), []))
        if there == without:  # what is seen of it changes nothing: it is over with what is written down next
            return there[: _written_after(there, first_call(trace, case.fault))]
        return there[: own_end(there, without)]

    def _two_ways(self, flow: FaultFlow, case: Case) -> tuple[list[Stop], list[Stop]]:
        ways = (self.ways.get((name, case.world), []) for name in (case.course, first_of(flow)))
        own, first = (stops(way) for way in ways)
        return own, first


def first_of(flow: FaultFlow) -> str:
    """The course the others are held against."""
    return next(iter(flow.courses))


def calls_of(*faults: Fault) -> set[str]:
    """The calls faults are at work on, by all their names."""
    actions = {fault.action for fault in faults}
    return actions.union(*(ALSO_CALLED.get(action, set()) for action in actions))


def first_call(trace: list[str], fault: Fault) -> int:
    """At which step a fault may first be at work; the number of steps where it never is."""
    begun = {f"call.{call}:before" for call in calls_of(fault)}
    return next((place for place, point in enumerate(trace) if point in begun), len(trace))


def own_part(way: list[Stop], other: list[Stop]) -> set[Stop]:
    """The steps of a way where it is not the other one: from the call at which they part until what came of it is
    written down."""
    if way == other:
        return set()
    return set(way[max(_head(way, other) - 2, 0) : own_end(way, other)])


def own_end(way: list[Stop], other: list[Stop]) -> int:
    """How many steps a way takes until it is the other one again: past the first commit both go on from."""
    head, end = _head(way, other), len(way)
    for ours, theirs in zip(reversed(way[head:]), reversed(other[head:]), strict=False):
        if ours.point != theirs.point:
            break
        end -= 1
    return _written_after(way, end)


def _written_after(way: list[Stop], begin: int) -> int:
    """How many steps it is to the end of the next commit."""
    written = (place for place in range(begin, len(way)) if _is_written(way[place]))
    return next(written, len(way) - 1) + 1


def _head(way: list[Stop], other: list[Stop]) -> int:
    """How many steps two ways have in common from the beginning."""
    same = 0
    for ours, theirs in zip(way, other, strict=False):
        if ours != theirs:
            break
        same += 1
    return same


def _is_written(stop: Stop) -> bool:
    return stop.point.startswith("commit.") and stop.point.endswith(":after")


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
