"""Counting tries of a password, so that guessing ends.

A try is counted and committed before the password is looked at: whoever guesses in parallel, or has the process killed
before the answer, has used up a try. Numbers that nobody has are counted in the very same way, so that neither delay
nor lock tells who exists. All times are the database's clock, never the desk's.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, case, select, text
from sqlmodel import Session

from tellerdesk.errors import SignOnRefused
from tellerdesk.staff.models import Tries
from tellerdesk.store.base import table_of
from tellerdesk.store.types import database_now_ms

LOCK_AT = 10
"""Tries without a right one after which the number is locked."""
DELAY_FROM = 5
FIRST_DELAY_MS = 2_000
MOST_DELAY_MS = 300_000
DELAYS_MS = {
    tries: min(FIRST_DELAY_MS * 2 ** (tries - DELAY_FROM), MOST_DELAY_MS) for tries in range(DELAY_FROM, LOCK_AT)
}
"""After so many tries, how long no further one is looked at: 2 s after the 5th, doubling."""

_TRIES = table_of(Tries)
_THIS = _TRIES.c.number == bindparam("of")

_BEGIN = text(  # the same words on both databases
    "INSERT INTO staff_tries (number, failures, not_before_ms) VALUES (:of, 0, 0) ON CONFLICT (number) DO NOTHING"
)
_COUNT = (
    _TRIES.update()
    .where(_THIS, _TRIES.c.failures < LOCK_AT, _TRIES.c.not_before_ms <= database_now_ms())
    .values(
        failures=_TRIES.c.failures + 1,
        not_before_ms=database_now_ms() + case(DELAYS_MS, value=_TRIES.c.failures + 1, else_=0),
    )
    .returning(_TRIES.c.failures)
)
_STANDING = select(_TRIES.c.failures, (_TRIES.c.not_before_ms - database_now_ms()).label("left_ms")).where(_THIS)
_NEVER_LONGER = (
    _TRIES.update()
    .where(_THIS, _TRIES.c.not_before_ms > database_now_ms() + MOST_DELAY_MS)
    .values(not_before_ms=database_now_ms() + MOST_DELAY_MS)
)
_EXHAUSTED = select(_TRIES.c.failures >= LOCK_AT).where(_THIS).with_for_update()
_FAILURES = select(_TRIES.c.number, _TRIES.c.failures).where(_TRIES.c.failures > 0)
_FORGET = _TRIES.update().where(_THIS).values(failures=0, not_before_ms=0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of asking for a try: it was counted as the `failures`-th in a row, or it may not be made now."""

    granted: bool
    failures: int
    wait_s: int = 0

    @property
    def locked(self) -> bool:
        return self.failures >= LOCK_AT

    def refusal(self) -> SignOnRefused:
        """What to tell who may not try now. It is the same whether or not somebody has the number."""
        if self.locked:
            return SignOnRefused("error.sign_on.locked")
        return SignOnRefused("error.sign_on.wait", seconds=self.wait_s)


def count(session: Session, number: str) -> Counted:
    """Counts a try under `number` (blinded), or tells why none may be made. To be committed either way.

    A wait that got longer than the longest one (the database's clock was put back) is cut to it: it does not end
    early, and it does not last for ever.
    """
    connection = session.connection()
    connection.execute(_BEGIN, {"of": number})
    counted = connection.execute(_COUNT, {"of": number}).scalar()
    if counted is not None:
        return Counted(granted=True, failures=counted)
    connection.execute(_NEVER_LONGER, {"of": number})
    failures, left_ms = connection.execute(_STANDING, {"of": number}).one()
    return Counted(granted=False, failures=failures, wait_s=max(1, -(-left_ms // 1000)))


def forget(session: Session, number: str) -> None:
    """The password was right: counting starts anew."""
    session.connection().execute(_FORGET, {"of": number})


def exhausted(session: Session, number: str) -> bool:
    """Whether the last try is used up, now that a wrong one is written down; a right one may have come between."""
    return bool(session.connection().execute(_EXHAUSTED, {"of": number}).scalar())


def failures(session: Session) -> dict[str, int]:
    """The tries without a right one, for each blinded number that has any."""
    return {number: int(count) for number, count in session.connection().execute(_FAILURES)}
