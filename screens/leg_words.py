"""The steps of the story of a payment or a refund, in one line each or with all that a counterpart knows them by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.cells import cell_len
from textual.content import Content

from screens.saying import Say, clock_time, fitted, joined, literal, nothing, said, says, shown
from screens.widgets.figures import Figure
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Bilingual, Words
from tellerdesk.journal.states import LegState

CORE = "core"

_STYLE = {LegState.OK: "$success", LegState.REJECTED: "$error", LegState.UNKNOWN: "$warning"}
_TOOK = 6
"""Cells of the time a step took: "123.4 s" is cut nowhere, no deadline is that long."""


class Told(Protocol):
    """A payment, or a refund of one: its steps, and who is asked besides core."""

    @property
    def legs(self) -> tuple[LegView, ...]: ...

    @property
    def biller_name(self) -> Bilingual: ...


def story_of(told: Told) -> list[Figure]:
    """A row for each step: when, what, its outcome, how long it took, the counterpart's words."""
    return [
        Figure(clock_time(leg.sent_at, seconds=True), joined([line, shown(leg.message)], "  "), text=True)
        for leg, line in zip(told.legs, _lines(told.legs), strict=True)
    ]


def whole_story_of(told: Told) -> list[Figure]:
    """The same, and below each the counterpart, the request id it knows the step by, the serial it answered with, and
    its words."""
    rows = []
    for leg, line in zip(told.legs, _lines(told.legs), strict=True):
        whom = says("pay.starting") if leg.counterpart == CORE else said(told.biller_name)
        details = [whom, says("story.request", request=leg.leg_id)]
        if leg.counterpart_serial:
            details.append(says("story.serial", serial=leg.counterpart_serial))
        rows.append(Figure(clock_time(leg.sent_at, seconds=True), line, text=True))
        rows.append(Figure(nothing, joined([*details, shown(leg.code), shown(leg.message)], "  "), text=True))
    return rows


def legs_said(legs: Sequence[LegView]) -> list[Say]:
    """The steps in one line each, of whatever flow."""
    return [
        joined([clock_time(leg.sent_at, seconds=True), line, shown(leg.message)], "  ")
        for leg, line in zip(legs, _lines(legs), strict=True)
    ]


def _lines(legs: Sequence[LegView]) -> list[Say]:
    """What, its outcome, how long it took: each in a column as wide as these steps need."""
    widths: dict[str, tuple[int, int]] = {}

    def said_of(leg: LegView) -> Say:
        def say(words: Words) -> Content:
            if words.language not in widths:
                kinds, states = ([cell_len(words(name(each))) for each in legs] for name in (_kind, _state))
                widths[words.language] = (max(kinds), max(states))
            kind, state = widths[words.language]
            cells = [
                fitted(says(_kind(leg))(words), kind),
                fitted(says(_state(leg), _STYLE.get(leg.state, ""))(words), state),
                fitted(literal(_took(leg)), _TOOK, "right"),
            ]
            return Content("  ").join(cells)

        return say

    return [said_of(leg) for leg in legs]


def _kind(leg: LegView) -> str:
    return f"leg.{leg.kind.lower()}"


def _state(leg: LegView) -> str:
    return f"leg_state.{leg.state.value.lower()}"


def _took(leg: LegView) -> str:
    return "" if leg.answered_at is None else f"{(leg.answered_at - leg.sent_at).total_seconds():.1f} s"
