"""What a person asks of the parameters room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tellerdesk.parameters.states import Kind


@dataclass(frozen=True, slots=True)
class Propose:
    """Have a file, as it stands on disk, take effect from a day on (the branch's calendar; today: once approved).
    `name` is the biller's code, empty for RULES and LIMITS."""

    kind: Kind
    name: str
    effective_from: date
    reason: str
