"""Everything that can be checked about the audit: the chains, the seals in the database, and those outside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from tellerdesk.audit.chain import NO_MAC, Sealer
from tellerdesk.audit.outside import Line, OutsideFile, Seal
from tellerdesk.audit.seals import every_seal, fits
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import SealDamage, SealFinding, Verified
from tellerdesk.store.engine import Store

TOLD_EVERY = 500
"""Rows between two words about how far it is."""


def everything(store: Store, trail: AuditTrail, outside: Path, told: Callable[[int], None] | None = None) -> Verified:
    """Checks all of one moment; `told` hears from time to time how many rows were read.

    Seals outside are read first: those of later moments could be of seals the database is not asked about any more.
    Raises StoreUnavailable, and BadSetup where the file outside cannot be read.
    """
    lines = OutsideFile(outside).read()
    with store.read() as session:
        return compare(session, trail, lines, told)


def compare(session: Session, trail: AuditTrail, lines: list[Line], told: Callable[[int], None] | None) -> Verified:
    """The chains and the seals of `session` against themselves, and against `lines`."""
    known = _Known(trail.sealer, told)
    altered = known.learn_outside(lines)
    altered = known.learn_inside(session) or altered
    finding = trail.verify(session, known.row)
    seal = altered if finding else (known.first_row_missed() or altered or known.first_gone())
    return Verified(known.rows, known.inside, known.outside, finding, seal)


@dataclass(frozen=True, slots=True)
class _End:
    """The oldest seal that knows a row as the end of its chain."""

    made: datetime
    number: int


@dataclass(slots=True)
class _Known:
    """What the seals know, and what the rows that were read say to it."""

    sealer: Sealer
    told: Callable[[int], None] | None
    rows: int = 0
    inside: int = 0
    outside: int = 0
    ends: dict[str, dict[int, dict[bytes, _End]]] = field(default_factory=dict)
    """by person, number and seal of the row: seals of two histories know two rows of one number"""
    only_outside: dict[bytes, Seal] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    others: list[tuple[int, str, int, datetime]] = field(default_factory=list)
    """rows that are not those a seal knows: number of the seal, whose, which, when sealed"""

    def learn_outside(self, lines: list[Line]) -> SealFinding | None:
        """The first line that is not as it was written, or does not follow the one before it."""
        altered, before = None, None
        for line in lines:
            seal = line.seal
            if seal is None or not fits(self.sealer, seal):
                at = seal.at if seal else before.at if before else None
                altered = altered or SealFinding(at, "", 0, True, SealDamage.ALTERED, line.number)
                continue
            if before is not None and seal.previous_mac != before.mac:
                altered = altered or SealFinding(seal.at, "", 0, True, SealDamage.ALTERED, line.number)
            self.outside += 1
            self.only_outside.setdefault(seal.mac, seal)
            self._learn(seal)
            before = seal
        return altered

    def learn_inside(self, session: Session) -> SealFinding | None:
        """The first seal of the database that is not the one that was made, or does not follow the one before it."""
        altered, previous_mac = None, NO_MAC
        for seal in every_seal(session.connection()):
            genuine = fits(self.sealer, seal)
            if altered is None and (not genuine or seal.previous_mac != previous_mac):
                altered = SealFinding(seal.at, "", 0, False, SealDamage.ALTERED, seal.id)
            if genuine:
                self.inside += 1
                self.only_outside.pop(seal.mac, None)
                self._learn(seal)
            previous_mac = seal.mac
        return altered

    def _learn(self, seal: Seal) -> None:
        for person, (seq, mac) in seal.ends().items():
            known = self.ends.setdefault(person, {}).setdefault(seq, {})
            if mac not in known or known[mac].number > seal.id:
                known[mac] = _End(seal.at, seal.id)

    def row(self, person: str, seq: int, mac: bytes) -> None:
        """A row as it is walked by."""
        self.rows += 1
        if self.told is not None and self.rows % TOLD_EVERY == 0:
            self.told(self.rows)
        self.reached[person] = seq
        for known_mac, end in self.ends.get(person, {}).get(seq, {}).items():
            if known_mac != mac:
                self.others.append((end.number, person, seq, end.made))

    def first_row_missed(self) -> SealFinding | None:
        """Of the oldest seal the chains do not hold to any more: the first row it knows and they do not."""
        missed = list(self.others)
        for person, known in self.ends.items():
            reached = self.reached.get(person, 0)
            behind = (end for seq, ends in known.items() if seq > reached for end in ends.values())
            missed += [(end.number, person, reached + 1, end.made) for end in behind]
        if not missed:
            return None
        number, person, seq, made = min(missed)
        outside = any(seal.id == number for seal in self.only_outside.values())
        return SealFinding(made, person, seq, outside, SealDamage.ROW, number)

    def first_gone(self) -> SealFinding | None:
        """The oldest seal that stands outside alone."""
        if not self.only_outside:
            return None
        seal = min(self.only_outside.values(), key=lambda gone: gone.id)
        return SealFinding(seal.at, "", 0, True, SealDamage.GONE, seal.id)
