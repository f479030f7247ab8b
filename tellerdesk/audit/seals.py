"""Seals: all chains joined at one moment, one seal following the other; in the database, and as lines outside it.

What one database cannot show by itself it shows against them: a tail cut off together with its head, a whole person
taken out, an older copy put back. Outside the data folder, because who takes the folder takes the table too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.audit.chain import NO_MAC, Head, Sealer, canonical
from tellerdesk.audit.models import AuditHead, AuditRow, AuditSeal
from tellerdesk.audit.outside import OutsideFile, Seal
from tellerdesk.clock import Clock
from tellerdesk.errors import TamperFound
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

TRIES = 5
LINES_AT_ONCE = 2_000
"""A desk that was shut for long catches up with the others' seals bit by bit."""

_HEADS, _ROWS, _SEALS = table_of(AuditHead), table_of(AuditRow), table_of(AuditSeal)
_PARTS = tuple(_SEALS.c[part] for part in Seal.__slots__)
_ENDS = select(_HEADS.c.person, _HEADS.c.seq, _HEADS.c.row_mac, _HEADS.c.mac).where(_HEADS.c.seq > 0)
_LAST = select(*_PARTS).order_by(_SEALS.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: the newest seal, since when rows wait for one, and how many seals wait to be written outside
    (all that can be told of a file that is not there is that none was). `testifies_since`: when the oldest seal outside
    was made."""

    last: Seal | None
    waiting_since: datetime | None
    outside: Seal | None
    not_outside: int
    testifies_since: datetime | None


class Seals:
    """Makes them, and carries them outside."""

    def __init__(self, store: Store, keys: Keys, clock: Clock, outside: Path) -> None:
        self.outside = OutsideFile(outside)
        self._store = store
        self._sealer = Sealer(keys.audit)
        self._clock = clock

    def seal(self) -> Seal | None:
        """Joins all heads in a new seal, None where nothing was written since the last, and writes outside what is
        missing there.

        The database's writer is held for one insert. Two who seal at once make one chain. Raises TamperFound where a
        head is not the one that was written, or not behind the last seal: nothing is sealed over; StoreUnavailable,
        and BadSetup where the file cannot be written (it is made up for next time).
        """
        made = self._made()
        self.outside.add(self._missing_after)
        return made

    def standing(self) -> Standing:
        """Raises BadSetup, StoreUnavailable."""
        first, outside = self.outside.first(), self.outside.last()
        with self._store.read() as session:
            connection = session.connection()
            last = last_seal(connection)
            behind = None if last is None else _first_behind(connection, last)
            after = -1 if outside is None else outside.id
            waiting = connection.execute(select(func.count()).where(_SEALS.c.id > after)).scalar_one()
        return Standing(last, behind, outside, int(waiting), None if first is None else first.at)

    def _made(self) -> Seal | None:
        for _ in range(TRIES):
            with self._store.read() as session:
                connection = session.connection()
                last = last_seal(connection)
                ends = {row[0]: Head(*row[1:]) for row in connection.execute(_ENDS)}
            self._check(last, ends)
            heads = canonical({person: [head.seq, head.row_mac.hex()] for person, head in ends.items()})
            if not ends or (last is not None and last.heads == heads):
                return None
            at, rows = self._clock.now(), sum(head.seq for head in ends.values())
            previous = NO_MAC if last is None else last.mac
            mac = self._sealer.seal(at, rows, heads, previous)
            values = {"at": at, "rows": rows, "heads": heads, "previous_mac": previous, "mac": mac}
            try:
                with self._store.write("audit.seal") as unit:
                    number = unit.connection.execute(_SEALS.insert().values(values).returning(_SEALS.c.id)).scalar_one()
                    unit.commit()
            except IntegrityError:
                continue  # another desk's seal took this place: look again what is left to seal
            return Seal(int(number), at, rows, heads, previous, mac)
        return None

    def _check(self, last: Seal | None, ends: dict[str, Head]) -> None:
        for person, head in ends.items():
            if not self._sealer.head_fits(person, head):
                raise TamperFound("error.tamper.audit", person=person, row=head.seq)
        if last is None:
            return
        if not fits(self._sealer, last):
            raise TamperFound("error.tamper.seal", number=last.id)
        for person, (seq, mac) in last.ends().items():
            head = ends.get(person, Head(0, NO_MAC, b""))
            if head.seq < seq:
                raise TamperFound("error.tamper.audit", person=person, row=head.seq + 1)
            if head.seq == seq and head.row_mac != mac:
                raise TamperFound("error.tamper.audit", person=person, row=seq)

    def _missing_after(self, last: Seal | None) -> Sequence[Seal]:
        """A new file begins with the newest seal: it knows every row of before. Seals of before would add no witness,
        since they would come from the database they are to bear witness against; and a file that was taken away and
        made anew would look as if it had always been there. So its first line tells since when it testifies."""
        with self._store.read() as session:
            connection = session.connection()
            if last is None:
                newest = last_seal(connection)
                return [newest] if newest is not None else []
            query = select(*_PARTS).where(_SEALS.c.id >= last.id).order_by(_SEALS.c.id).limit(LINES_AT_ONCE)
            found = [Seal(*row) for row in connection.execute(query)]
        if not found or found[0].mac != last.mac:
            raise TamperFound("error.tamper.seal_outside", number=last.id, path=str(self.outside.path))
        return found[1:]


def last_seal(connection: Connection) -> Seal | None:
    found = connection.execute(_LAST).first()
    return None if found is None else Seal(*found)


def every_seal(connection: Connection) -> Iterator[Seal]:
    """In the order they were made; none is kept."""
    for row in connection.execute(select(*_PARTS).order_by(_SEALS.c.id), execution_options={"yield_per": 500}):
        yield Seal(*row)


def fits(sealer: Sealer, seal: Seal) -> bool:
    """Whether the seal is one that was made with this key, as it stands."""
    return sealer.seal(seal.at, seal.rows, seal.heads, seal.previous_mac) == seal.mac


def _first_behind(connection: Connection, seal: Seal) -> datetime | None:
    """When the first row behind a seal was written."""
    first: datetime | None = None
    sealed = seal.ends()
    for person, seq in connection.execute(select(_HEADS.c.person, _HEADS.c.seq)).all():
        known = sealed.get(person, (0, b""))[0]
        if seq > known:
            at = connection.execute(
                select(_ROWS.c.at).where(_ROWS.c.person == person, _ROWS.c.person_seq == known + 1)
            ).scalar_one_or_none()
            first = at if first is None or (at is not None and at < first) else first
    return first
