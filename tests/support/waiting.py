"""Waiting for a condition, bounded: the only way a test may wait."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], what: str, most_s: float = 15.0) -> None:
    """Returns as soon as `holds()`; fails with `what` where it does not in time."""
    deadline = time.monotonic() + most_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen in {most_s} s: {what}")
        time.sleep(0.02)
