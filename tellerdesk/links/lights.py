"""One light for each counterpart, from what real calls met."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tellerdesk.i18n import Bilingual


class LightState(StrEnum):
    UNKNOWN = "UNKNOWN"
    """not asked yet"""
    UP = "UP"
    SLOW = "SLOW"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Light:
    """`code` is "core" or the biller's code."""

    code: str
    name: Bilingual
    state: LightState
