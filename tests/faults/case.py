"""A case of the harness, and its text: one line that names everything about it, so that it can be run again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tellerdesk.sandbox.faults import AnswerWay, Processed

JUDGEMENT = "judgement"
"""When late requests arrive unless a case says otherwise: after everything else has come to rest."""

_NONE = "-"


class World(StrEnum):
    """What the biller's side can do."""

    ABLE = "able"
    """it remembers leg ids, answers inquiries and takes tombstones"""
    BLIND = "blind"
    """it does none of these, and the catalogue says so"""


class By(StrEnum):
    """How the process that is killed came to be."""

    FORK = "fork"
    SPAWN = "spawn"
    """a new interpreter, leases that run out by themselves, recovery by the command line"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One case of the product on one call: "BILLER_PAY.late.timeout", with ".lasting" where it stays until healed."""

    action: str
    processed: Processed
    answer: AnswerWay
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.action}.{self.processed}.{self.answer}" + (".lasting" if self.lasting else "")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Raises ValueError."""
        action, processed, answer, *more = text.split(".")
        if more not in ([], ["lasting"]):
            raise ValueError(text)
        return cls(action, Processed(processed), AnswerWay(answer), bool(more))


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a process is killed: at the `nth` time it passes a named step ("call.CORE_POST:after@2")."""

    point: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.point}@{self.nth}"

    @classmethod
    def parse(cls, text: str) -> Stop:
        """Raises ValueError."""
        point, _, nth = text.rpartition("@")
        return cls(point, int(nth))


@dataclass(frozen=True, slots=True)
class Case:
    """One transaction of `flow` on one of its courses.

    `fault` lies on top of what the course itself does. `stop` is in the process that serves the customer, `second` in
    the one that recovers. `arrival` is the step before which held-back requests are delivered, or JUDGEMENT.
    """

    flow: str
    course: str
    fault: Fault | None = None
    stop: Stop | None = None
    second: Stop | None = None
    world: World = World.ABLE
    arrival: str = JUDGEMENT
    by: By = By.FORK

    def __str__(self) -> str:
        parts = (self.flow, self.course, self.fault, self.stop, self.second, self.world, self.arrival, self.by)
        return "/".join(_NONE if part is None else str(part) for part in parts)

    @classmethod
    def parse(cls, text: str) -> Case:
        """The case a text names. Raises ValueError."""
        flow, course, fault, stop, second, world, arrival, by = text.split("/")
        return cls(
            flow,
            course,
            None if fault == _NONE else Fault.parse(fault),
            None if stop == _NONE else Stop.parse(stop),
            None if second == _NONE else Stop.parse(second),
            World(world),
            arrival,
            By(by),
        )

    def stopped(self, stop: Stop) -> Case:
        """The same with a kill."""
        return replace(self, stop=stop)

    def lasting(self) -> Case:
        """The same with its fault on until it is healed."""
        return self if self.fault is None else replace(self, fault=replace(self.fault, lasting=True))


def stops(trace: list[str]) -> list[Stop]:
    """Every place a run passed, in its order: one stop for each step of its trace."""
    counted: dict[str, int] = {}
    found = []
    for point in trace:
        counted[point] = counted.get(point, 0) + 1
        found.append(Stop(point, counted[point]))
    return found
