"""How the rows of one person are sealed into a chain, and what a broken chain looks like."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tellerdesk.audit.views import Damage, Finding

NO_MAC = bytes(32)
"""Stands where the first row of a chain has no row before it."""

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def told(details: Mapping[str, str | int]) -> str:
    """Details as canonical JSON: keys in order, no spaces, characters as they are."""
    return canonical(details)


def canonical(contents: Mapping[str, object]) -> str:
    return _canonical(dict(contents))


def _told_at(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Row:
    """What is sealed. `at` is aware UTC, `details` canonical JSON."""

    person: str
    person_seq: int
    at: datetime
    action: str
    subject: str
    details: str
    previous_mac: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last row's number and mac, and the head's own."""

    seq: int
    row_mac: bytes
    mac: bytes


class Sealer:
    """HMAC-SHA256 with the audit key, 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def row(self, row: Row) -> bytes:
        contents = _canonical([row.person, row.person_seq, _told_at(row.at), row.action, row.subject, row.details])
        return hmac.digest(self._key, b"row\n" + row.previous_mac + contents.encode(), "sha256")

    def seal(self, at: datetime, rows: int, heads: str, previous_mac: bytes) -> bytes:
        """Of a seal that joins all chains; `heads` is canonical JSON."""
        contents = _canonical([_told_at(at), rows, heads])
        return hmac.digest(self._key, b"seal\n" + previous_mac + contents.encode(), "sha256")

    def head(self, person: str, seq: int, row_mac: bytes) -> bytes:
        return hmac.digest(self._key, b"head\n" + row_mac + _canonical([person, seq]).encode(), "sha256")

    def fits(self, row: Row, mac: bytes) -> bool:
        return hmac.compare_digest(self.row(row), mac)

    def head_fits(self, person: str, head: Head) -> bool:
        return hmac.compare_digest(self.head(person, head.seq, head.row_mac), head.mac)


def first_damage(
    sealer: Sealer,
    person: str,
    rows: Iterable[tuple[Row, bytes]],
    head: Head | None,
    beyond: tuple[Row, bytes] | None = None,
) -> Finding | None:
    """The first bad place of one person's chain, None where all is well.

    `rows` up to the head in the order of their numbers, each with its mac; they are read once. `beyond`: the first row
    that stands behind the head.
    """
    last, mac = 0, NO_MAC
    coming = iter(rows)
    for row, row_mac in coming:
        here = last + 1
        if row.person_seq != here:
            return Finding(person, here, Damage.MISSING)
        if not sealer.fits(row, row_mac):
            most = max(here, head.seq if head else 0) + 1
            return Finding(person, here, _why(sealer, row, row_mac, next(coming, beyond), most))
        if row.previous_mac != mac:
            return Finding(person, here, Damage.UNCHAINED)
        last, mac = here, row_mac
    if head is None or not sealer.head_fits(person, head):
        return Finding(person, last, Damage.HEAD)
    if head.seq > last:
        return Finding(person, last + 1, Damage.MISSING)
    if head.row_mac != mac:
        return Finding(person, last, Damage.HEAD)
    if beyond is not None:
        return Finding(person, last + 1, Damage.HEAD if sealer.fits(*beyond) else Damage.INSERTED)
    return None


def _why(sealer: Sealer, row: Row, mac: bytes, after: tuple[Row, bytes] | None, most: int) -> Damage:
    """What happened to a row whose mac does not fit: it was written under another number (at most `most`), it pushed
    the row after it up, or it was changed where it stands."""
    if any(sealer.fits(replace(row, person_seq=number), mac) for number in range(1, most + 1)):
        return Damage.MOVED
    if after is not None and sealer.fits(replace(after[0], person_seq=row.person_seq), after[1]):
        return Damage.INSERTED
    return Damage.EDITED
