"""Findings: what was looked at, whether it is well, and the sentence that says so or says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Bilingual, Message


class Group(StrEnum):
    """The parts of the report, by their headings' message ids."""

    WORKSTATION = "door.doctor.group.workstation"
    RECORDS = "door.doctor.group.records"
    COUNTERPARTS = "door.doctor.group.counterparts"


class Verdict(StrEnum):
    """By the message ids of their words."""

    WELL = "door.doctor.well"
    WRONG = "door.doctor.wrong"
    """Somebody has to do something."""
    LEFT_OUT = "door.doctor.left_out"
    """Not examined: it is not set up, or depends on something that is not well."""


class Ill(TellerDeskError):
    """Not well; the sentence says what to do."""

    code = "ill"


class NotExamined(TellerDeskError):
    """Could not be examined here, and nobody has to do anything about that."""

    code = "not-examined"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is the message id of what was looked at, `name` its own name where it has one (a biller)."""

    group: Group
    what: str
    verdict: Verdict
    told: Message
    name: Bilingual | None = None

    @property
    def well(self) -> bool:
        """False where somebody has to do something."""
        return self.verdict is not Verdict.WRONG


def look(group: Group, what: str, found: Callable[[], Message], name: Bilingual | None = None) -> Finding:
    """A finding from a look that gives a sentence, or raises one of ours. An unforeseen error is a finding too, by its
    kind: its text may quote somebody."""
    try:
        return Finding(group, what, Verdict.WELL, found(), name)
    except NotExamined as error:
        return Finding(group, what, Verdict.LEFT_OUT, Message.of(error), name)
    except TellerDeskError as error:
        return Finding(group, what, Verdict.WRONG, Message.of(error), name)
    except Exception as error:
        return Finding(
            group, what, Verdict.WRONG, Message("door.doctor.unforeseen", {"kind": type(error).__name__}), name
        )


def left_out(group: Group, what: str) -> Finding:
    """What depends on something that is not well."""
    return Finding(group, what, Verdict.LEFT_OUT, Message("door.doctor.depends"))


@dataclass(frozen=True, slots=True)
class Look:
    """`look` for one group."""

    group: Group

    def __call__(self, what: str, found: Callable[[], Message]) -> Finding:
        return look(self.group, what, found)
