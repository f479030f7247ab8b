"""The audit trail: who did what, chained so that no row can be changed, taken out, put in or moved unseen.

One chain for each person: row n is sealed with HMAC-SHA256 over its contents and the seal of row n-1; the head of the
chain is sealed too. The key stands in the key file, outside the database. What one database cannot show by itself (all
of it put back to an older copy, a whole person taken out) needs seals kept outside it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, text
from sqlmodel import Session

from tellerdesk.audit.chain import NO_MAC, Head, Row, Sealer, first_damage, told
from tellerdesk.audit.models import AuditHead, AuditRow
from tellerdesk.audit.views import Finding
from tellerdesk.clock import Clock
from tellerdesk.errors import TamperFound
from tellerdesk.store.base import table_of
from tellerdesk.store.keys import Keys

_ROWS = table_of(AuditRow)
_HEADS = table_of(AuditHead)

# Made once: these are walked in the commit of every payment.
_HEAD = select(_HEADS.c.seq, _HEADS.c.row_mac, _HEADS.c.mac).where(_HEADS.c.person == bindparam("of")).with_for_update()
_ADVANCE = (
    _HEADS.update()
    .where(_HEADS.c.person == bindparam("of"))
    .where(_HEADS.c.seq == bindparam("seq_before"), _HEADS.c.mac == bindparam("mac_before"))
    .values({name: bindparam(f"head_{name}") for name in ("seq", "row_mac", "mac")})
)
_PARTS = (*(part.name for part in fields(Row)), "mac")
_APPEND = _ROWS.insert().values({part: bindparam(f"its_{part}") for part in _PARTS}).inline()
# PostgreSQL takes both in one round trip; SQLite has none to spare and no WITH ... UPDATE.
_ADVANCED = _ADVANCE.returning(_HEADS.c.person).cte("advanced")
_ADVANCE_AND_APPEND = (
    _ROWS.insert()
    .from_select(
        _PARTS, select(*(bindparam(f"its_{part}", type_=_ROWS.c[part].type) for part in _PARTS)).select_from(_ADVANCED)
    )
    .execution_options(preserve_rowcount=True)
)

_BEGIN = text(  # the same words on both databases
    "INSERT INTO audit_head (person, seq, row_mac, mac) VALUES (:of, 0, :row_mac, :mac) ON CONFLICT (person) DO NOTHING"
)
_FIRST_ROW = select(_ROWS.c.id).where(_ROWS.c.person == bindparam("of")).limit(1)
_PERSONS = select(_ROWS.c.person).union(select(_HEADS.c.person))
_END = select(_HEADS.c.seq, _HEADS.c.row_mac, _HEADS.c.mac).where(_HEADS.c.person == bindparam("of"))
_CHAIN = (
    select(*(_ROWS.c[part] for part in _PARTS)).where(_ROWS.c.person == bindparam("of")).order_by(_ROWS.c.person_seq)
)
# One statement sees one moment: a row written while the chain is walked never looks like one behind the head.
_BEYOND = _CHAIN.join(_HEADS, _HEADS.c.person == _ROWS.c.person).where(_ROWS.c.person_seq > _HEADS.c.seq).limit(1)
_UP_TO = _CHAIN.where(_ROWS.c.person_seq <= bindparam("most"))


Seen = Callable[[str, int, bytes], None]
"""Hears of a row: whose, its number, its seal."""


class AuditTrail:
    """Appends to the chains and checks them."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._sealer = Sealer(keys.audit)
        self._index_key = keys.index
        self._clock = clock
        self._remembered: dict[str, Head] = {}
        """Heads this process wrote last: one question less per row. A head that moved on, or fell with its
        transaction, is not there any more, and is asked for."""

    def write(
        self, session: Session, person: str, action: str, subject: str, details: Mapping[str, str | int] = {}
    ) -> None:
        """Appends a row to `person`'s chain in the caller's transaction: it stands or falls with what it tells of.

        The person's head stays locked until that transaction ends, so this is best called last; a transaction that
        writes for several persons does so in the order of their names. Personal data enters `details` masked, secrets
        never. Raises TamperFound where the head is not the one written last, and the caller's work falls with it: a
        chain that was cut is never sealed over.
        """
        connection = session.connection()
        at, details_told = self._clock.now(), told(details)

        def after(head: Head) -> Row:
            return Row(person, head.seq + 1, at, str(action), subject, details_told, head.row_mac)

        remembered = self._remembered.get(person)
        if remembered is not None and self._append(connection, remembered, after(remembered)):
            return
        head = self._locked_head(connection, person)
        if not self._append(connection, head, after(head)):
            raise TamperFound("error.tamper.audit", person=person, row=head.seq)

    def blinded(self, text: str) -> str:
        """32 hex digits that stand for a text that must not be written down itself (what was typed as a staff number
        may have been a password): equal for equal texts, telling nothing else."""
        return hmac.digest(self._index_key, f"audit.blinded\n{text}".encode(), "sha256")[:16].hex()

    @property
    def sealer(self) -> Sealer:
        """What seals with the audit key."""
        return self._sealer

    def verify(self, session: Session, seen: Seen | None = None) -> Finding | None:
        """Walks every chain, persons in the order of their names, and names the first bad row; None where all is well.

        Each row is read once and none is kept, however long the chains are. `seen` hears of each as it is walked by.
        """
        connection = session.connection()
        for person in sorted(connection.scalars(_PERSONS)):
            (*beyond,) = _sealed_rows(connection, _BEYOND, {"of": person})
            end = connection.execute(_END, {"of": person}).first()
            head = None if end is None else Head(*end)
            if head is None or not self._sealer.head_fits(person, head):
                rows = _sealed_rows(connection, _CHAIN, {"of": person})
            else:
                rows = _sealed_rows(connection, _UP_TO, {"of": person, "most": head.seq})
            if seen is not None:
                rows = _telling(rows, seen)
            if finding := first_damage(self._sealer, person, rows, head, next(iter(beyond), None)):
                return finding
        return None

    def _append(self, connection: Connection, head: Head, row: Row) -> bool:
        """Moves the head from `head`, if it still is that one, and adds `row`. The guarded update is what locks it."""
        mac = self._sealer.row(row)
        moved = Head(row.person_seq, mac, self._sealer.head(row.person, row.person_seq, mac))
        values = {"of": row.person, "seq_before": head.seq, "mac_before": head.mac, "its_mac": mac}
        values |= {f"head_{part}": getattr(moved, part) for part in moved.__slots__}
        values |= {f"its_{part}": getattr(row, part) for part in row.__slots__}
        if connection.dialect.name == "postgresql":
            if connection.execute(_ADVANCE_AND_APPEND, values).rowcount != 1:
                return False
        else:
            if connection.execute(_ADVANCE, values).rowcount != 1:
                return False
            connection.execute(_APPEND, values)
        self._remembered[row.person] = moved
        return True

    def _locked_head(self, connection: Connection, person: str) -> Head:
        """The head as it is now, locked; a new one for a person without rows. Two who begin a chain at once wait for
        each other here, and share one."""
        found = connection.execute(_HEAD, {"of": person}).first()
        if found is None:
            connection.execute(_BEGIN, {"of": person, "row_mac": NO_MAC, "mac": self._sealer.head(person, 0, NO_MAC)})
            found = connection.execute(_HEAD, {"of": person}).one()
        head = Head(*found)
        rows_without_head = head.seq == 0 and connection.execute(_FIRST_ROW, {"of": person}).first() is not None
        if rows_without_head or not self._sealer.head_fits(person, head):
            raise TamperFound("error.tamper.audit", person=person, row=head.seq)
        return head


def _telling(rows: Iterator[tuple[Row, bytes]], seen: Seen) -> Iterator[tuple[Row, bytes]]:
    for row, mac in rows:
        seen(row.person, row.person_seq, mac)
        yield row, mac


def _sealed_rows(
    connection: Connection, statement: Select[Any], of: dict[str, str | int]
) -> Iterator[tuple[Row, bytes]]:
    for *contents, mac in connection.execute(statement, of, execution_options={"yield_per": 2000}):
        yield Row(*contents), mac
