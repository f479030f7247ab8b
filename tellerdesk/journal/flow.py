"""What a flow must bring so that the runner can run it: its table as data, and the few functions the table names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from tellerdesk.errors import IllegalTransition
from tellerdesk.journal.states import LegKind, State, Transition
from tellerdesk.links.answers import Answer
from tellerdesk.store.engine import UnitOfWork

Row = dict[str, Any]
"""A row of the journal by column name."""


@dataclass(slots=True)
class Work:
    """What a guard reads and an effect works on, inside the runner's unit of work.

    `entry` holds the entry before the step; an effect that changes one of its columns puts the new value into
    `changes`. `elapsed_s` counts from the moment this drive began. `live` is true only at the desk that made the entry,
    while its teller waits. An effect that leads to a state which sends nothing may set `rest_ms`: recovery leaves the
    entry alone for so long, by the database's clock.
    """

    unit: UnitOfWork
    entry: Row
    now: datetime
    by: str
    live: bool = False
    elapsed_s: float = 0.0
    answer: Answer[Any] | None = None
    changes: Row = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    """What the use case hands to its own effects."""
    rest_ms: int | None = None

    @property
    def connection(self) -> Connection:
        return self.unit.connection


Effect = Callable[[Work], None]
Guard = Callable[[Work], bool]


class Flow(Protocol):
    """A flow, complete. The runner knows states, events and legs, and nothing of what they mean."""

    name: str
    states: Mapping[str, State]
    table: tuple[Transition, ...]
    legs: Mapping[str, LegKind]
    effects: Mapping[str, Effect]
    guards: Mapping[str, Guard]

    def counterpart(self, kind: LegKind, entry: Row) -> str:
        """Whom this leg goes to: "core" or the biller's code."""

    def can_send(self, kind: LegKind, entry: Row) -> bool:
        """False where the counterpart lacks the capability; the entry then rests for a person."""

    def deadline_s(self, kind: LegKind, entry: Row) -> float:
        """The longest one sending of this leg can take, in seconds."""

    def compose(self, kind: LegKind, leg_id: str, work: Work) -> bytes:
        """The canonical body of a leg that moves money, fixed at its intent."""

    def send(self, kind: LegKind, leg_id: str, body: bytes, entry: Row) -> Answer[Any]:
        """Sends and says what the answer amounts to. Never raises for anything a counterpart does."""

    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:
        """The event of the table this answer is."""


def pick(flow: Flow, state: str, event: str, work: Work) -> Transition:
    """The first row for `state` and `event` whose guard holds. Raises IllegalTransition where there is none."""
    for transition in flow.table:
        if transition.state != state or transition.event != event:
            continue
        if transition.guard is None or flow.guards[transition.guard](work):
            return transition
    raise IllegalTransition("error.journal.illegal", state=state, event=event)


def check(flow: Flow) -> list[str]:
    """What is wrong with a flow's table, in words; empty where it is sound."""
    wrong = []
    known = set(flow.states)
    for row in flow.table:
        if row.next not in known:
            wrong.append(f"{row.row}: unknown state {row.next}")
        if row.state not in known and row.state != "-":
            wrong.append(f"{row.row}: unknown state {row.state}")
        wrong += [f"{row.row}: unknown effect {name}" for name in row.effects if name not in flow.effects]
        if row.guard is not None and row.guard not in flow.guards:
            wrong.append(f"{row.row}: unknown guard {row.guard}")
    for state in flow.states.values():
        if state.send is not None and state.send not in flow.legs:
            wrong.append(f"{state.name}: unknown leg {state.send}")
        if state.resume is not None and not any(
            row.state == state.name and row.event == state.resume for row in flow.table
        ):
            wrong.append(f"{state.name}: no row for its resume event {state.resume}")
        if state.name != "-" and not any(row.next == state.name for row in flow.table):
            wrong.append(f"{state.name}: cannot be reached")
    return wrong
