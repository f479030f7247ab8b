"""One light for each counterpart, from what real calls met."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tellerdesk.clock import Clock
from tellerdesk.i18n import Bilingual

DOWN_AFTER = 3
"""Timeouts in a row after which a counterpart counts as down; fewer may be a lost packet or one long wait."""
FADES_S = 300.0
"""How long what was met tells anything. Afterwards nobody knows."""


class LightState(StrEnum):
    UNKNOWN = "UNKNOWN"
    """not asked yet, or not for some minutes"""
    UP = "UP"
    SLOW = "SLOW"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Light:
    """`code` is "core" or the biller's code. `since` (aware UTC) is when the state began; None where nothing was ever
    asked."""

    code: str
    name: Bilingual
    state: LightState
    since: datetime | None = None


class Lamp:
    """The light of one counterpart as its calls come back, from any number of threads.

    An answer, a definite refusal too, makes it UP, or SLOW where it took long. One timeout makes it SLOW, the third in
    a row DOWN; a timeout never makes it better. What cannot be reached or believed is DOWN at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = LightState.UNKNOWN
        self._since: datetime | None = None
        self._seen_s = 0.0
        self._timeouts = 0

    def answered(self, *, slow: bool) -> None:
        with self._lock:
            self._timeouts = 0
            self._turn(LightState.SLOW if slow else LightState.UP)

    def timed_out(self) -> None:
        with self._lock:
            state, _ = self._now()
            self._timeouts = 1 if state is LightState.UNKNOWN else self._timeouts + 1
            down = state is LightState.DOWN or self._timeouts >= DOWN_AFTER
            self._turn(LightState.DOWN if down else LightState.SLOW)

    def failed(self) -> None:
        """It could not be reached, or what came back is not to be believed."""
        with self._lock:
            self._turn(LightState.DOWN)

    def seen(self) -> tuple[LightState, datetime | None]:
        """The state, and since when (aware UTC)."""
        with self._lock:
            return self._now()

    def _now(self) -> tuple[LightState, datetime | None]:
        if self._since is None:
            return LightState.UNKNOWN, None
        age_s = self._clock.monotonic() - self._seen_s
        if age_s < FADES_S:
            return self._state, self._since
        return LightState.UNKNOWN, self._clock.now() - timedelta(seconds=age_s - FADES_S)

    def _turn(self, state: LightState) -> None:
        if self._now()[0] is not state:
            self._since = self._clock.now()
        self._state = state
        self._seen_s = self._clock.monotonic()
