"""The steps of the story of a payment or a refund, in one line each or with all that a counterpart knows them by."""

from __future__ import annotations

from typing import Protocol

from textual.content import Content

from screens.saying import Say, clock_time, joined, literal, said, says, shown
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import LegState

CORE = "core"


class Told(Protocol):
    """A payment, or a refund of one: its steps, and who is asked besides core."""

    @property
    def legs(self) -> tuple[LegView, ...]: ...

    @property
    def biller_name(self) -> Bilingual: ...


def story_of(told: Told) -> list[Say]:
    """One line for each step: when, what, its outcome, how long it took, the counterpart's words."""
    return [joined([_leg(leg), shown(leg.message)], "  ") for leg in told.legs]


def whole_story_of(told: Told) -> list[Say]:
    """The same with the counterpart, the request id it knows the step by, and the serial it answered with."""
    lines = []
    for leg in told.legs:
        whom = says("pay.starting") if leg.counterpart == CORE else said(told.biller_name)
        lines.append(_leg(leg))
        details = [whom, says("story.request", request=leg.leg_id)]
        if leg.counterpart_serial:
            details.append(says("story.serial", serial=leg.counterpart_serial))
        lines.append(_indented(joined([*details, shown(leg.code), shown(leg.message)], "  ")))
    return lines


def _indented(say: Say) -> Say:
    return lambda words: Content(" " * 10) + say(words)


def _leg(leg: LegView) -> Say:
    took = ""
    if leg.answered_at is not None:
        took = f"{(leg.answered_at - leg.sent_at).total_seconds():.1f} s"
    style = {LegState.OK: "$success", LegState.REJECTED: "$error", LegState.UNKNOWN: "$warning"}.get(leg.state, "")
    return joined(
        [
            clock_time(leg.sent_at, seconds=True),
            says(f"leg.{leg.kind.lower()}"),
            says(f"leg_state.{leg.state.value.lower()}", style),
            lambda _words: literal(took),
        ],
        "  ",
    )


def legs_said(legs: tuple[LegView, ...]) -> list[Say]:
    """The steps in one line each, of whatever flow."""
    return [joined([_leg(leg), shown(leg.message)], "  ") for leg in legs]
