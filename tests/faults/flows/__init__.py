"""The flows the harness knows: every module of this package that has a FLOW. Adding one is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tellerdesk.journal.states import LegKind, State, Transition, Word
from tellerdesk.staff.views import SignedOn

if TYPE_CHECKING:
    from faults.case import Fault
    from faults.evidence import Evidence
    from tellerdesk.desk import Desk
    from tellerdesk.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Course:
    """A way through a flow: what the counterparts do so that it is taken. `down` names one that refuses connections
    once the step `down_at` is passed; faults are on from the beginning, or once the step `faults_at` is passed. With
    `pairs` every step of it is tried with every step of its recovery."""

    faults: tuple[Fault, ...] = ()
    faults_at: str = ""
    overtaken_at: str = ""
    """Before this step another worker takes everything over and finishes it, and the biller then forgets that it has
    promised never to take the payment."""
    down: str = ""
    down_at: str = ""
    pairs: bool = False
    whole: bool = False
    """Every step of it is killed at, those too at which it looks like the first course: its books are others."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who and what a case is played with, in the process that plays it. `course` says what people do where they have a
    choice. `consumer_no` and `request_id` are the case's own, the same in all its processes."""

    desk: Desk
    teller: SignedOn
    supervisor: SignedOn
    more_supervisors: tuple[SignedOn, ...]
    consumer_no: str
    request_id: str
    control: Switches
    course: str


class FaultFlow(Protocol):
    """What a flow tells the harness: how it is started, which ways it goes, and what the books must say."""

    name: str
    counterpart: str
    """The biller it goes to, by its name in the sandbox: it runs beside core, and no other."""
    states: Mapping[str, State]
    table: tuple[Transition, ...]
    legs: Mapping[str, LegKind]
    courses: Mapping[str, Course]
    product: Mapping[str, tuple[str, ...]]
    """For each call that gets the whole product of faults, the courses that lead to it."""
    arrivals: Mapping[str, tuple[str, ...]]
    """For a call that may arrive late, the steps before which it also arrives, besides the judging."""
    blind: Mapping[str, tuple[str, ...]]
    """As `product`, for a counterpart without memory, inquiry and tombstones."""
    once: frozenset[str]
    """Calls that are never made again, whatever becomes of them, unless they certainly did not leave."""
    stands: frozenset[Word]
    """Words with which core and counterpart both hold the amount, once."""
    gone: frozenset[Word]
    """Words with which neither holds anything."""
    untouched: frozenset[str]
    """States before anything was sent or any cash was taken, and those reached from them."""

    alike: bool
    """Whether what went one way is one way to be killed on: under faults that leave the same behind, on courses until
    they leave the first one, in recoveries that have come to rest. Otherwise every step is killed at each time."""

    several: bool
    """Whether one case may have several payments: each is judged by itself then."""
    otherwise: frozenset[str]
    """Rules that do not hold here as they are written; the flow's own judgement says what holds instead."""

    def act(self, scene: Scene) -> None:
        """All a person does, from the first key to the paper."""

    def mend(self, scene: Scene) -> None:
        """What people do once recovery has come to rest and everything is healed. It may be done twice."""

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """Rules of this flow alone that are broken: (rule, what is seen)."""


def flows() -> dict[str, FaultFlow]:
    """All flows by name."""
    found: dict[str, FaultFlow] = {}
    for module in pkgutil.iter_modules(__path__):
        flow: FaultFlow | None = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FLOW", None)
        if flow is not None:
            found[flow.name] = flow
    return found
