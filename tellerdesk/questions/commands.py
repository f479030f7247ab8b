"""What a person asks of the list of open questions."""

from __future__ import annotations

from dataclasses import dataclass

from tellerdesk.questions.states import ExplainReason, Given


@dataclass(frozen=True, slots=True)
class Explain:
    """Say why a question is still open and what the customer was given, and hand it over to the branch."""

    request_id: str
    serial: str
    reason: ExplainReason
    given: Given
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskAboutQuestion:
    """Ask the counterparts again now."""

    serial: str


@dataclass(frozen=True, slots=True)
class RetryQuestion:
    """Have what was given up sent once more (a supervisor's decision)."""

    serial: str


@dataclass(frozen=True, slots=True)
class SettleLate:
    """A supervisor has settled a late answer with the biller by hand; `note` says how."""

    serial: str
    note: str
