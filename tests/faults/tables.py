"""The tables of all flows whose entries may stand in one case's books, by the name the journal has for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tellerdesk.bills import states as payments
from tellerdesk.journal.states import LegKind, State, Transition
from tellerdesk.questions import states as late
from tellerdesk.refunds import states as refunds


@dataclass(frozen=True, slots=True)
class Tables:
    """What is written of one flow."""

    states: Mapping[str, State]
    table: tuple[Transition, ...]
    legs: Mapping[str, LegKind]
    untouched: frozenset[str]
    """states before anything was sent or any cash was moved, and those reached from them alone"""


TABLES: Mapping[str, Tables] = {
    payments.FLOW: Tables(
        payments.STATES,
        payments.TABLE,
        payments.LEGS,
        frozenset({payments.PENDING_APPROVAL, payments.ABORTED}),
    ),
    refunds.FLOW: Tables(
        refunds.STATES,
        refunds.TABLE,
        refunds.LEGS,
        frozenset({refunds.PENDING_SUSPENSE, refunds.GIVEN_UP}),
    ),
    late.FLOW: Tables(late.STATES, late.TABLE, late.LEGS, frozenset()),
}
