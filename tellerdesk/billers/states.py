"""What billers differ in, as words."""

from __future__ import annotations

from enum import StrEnum


class AmountRule(StrEnum):
    """What may be paid against what is owed."""

    EXACT = "EXACT"
