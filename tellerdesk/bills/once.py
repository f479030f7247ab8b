"""A request that is written once, whoever presses how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from tellerdesk.errors import Conflict, IllegalTransition, Refused

T = TypeVar("T")


def once(stands: Callable[[], bool], write: Callable[[], T]) -> T | None:
    """What `write` gives, None where the very request `stands` already. What it raises it raises: a refusal at once,
    where somebody came between our look and our row after a second try."""
    for last in (False, True):
        try:
            return write()
        except (IntegrityError, Conflict, IllegalTransition, Refused) as error:
            # Somebody asked between our look and our row, perhaps with this very request; now we see it.
            if stands():
                return None
            if last or isinstance(error, Refused):
                raise
    return None
