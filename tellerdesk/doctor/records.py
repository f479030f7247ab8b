"""What is kept: the database and its server, staff, audit, journal, documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select

from tellerdesk.audit import check
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import Verified
from tellerdesk.bills.states import AWAITING_CANCELLATION, PENDING_APPROVAL, REVERSE_FAILED
from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.desk import seals_file, store_url
from tellerdesk.doctor.findings import Ill, NotExamined
from tellerdesk.documents.models import Document
from tellerdesk.documents.shelf import Shelf
from tellerdesk.errors import BadSetup, TamperFound
from tellerdesk.i18n import Message
from tellerdesk.journal.entries import ENTRY
from tellerdesk.refunds.states import AWAITING_APPROVAL
from tellerdesk.settings import Settings
from tellerdesk.staff.models import StaffMember
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.store import checkup, schema, triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

MOST_WAL = 64 * 1024 * 1024
"""Bytes of write-ahead log above which nobody has folded it back for long."""
LEAST_POSTGRES = 14
MOST_WAIT = timedelta(hours=1)
"""Recovery asks every five minutes at the most: what has waited longer than this waits for a person."""
MOST_UNSEALED = timedelta(minutes=10)
"""A desk seals every minute and when it closes: what waits longer was left by a desk that ended suddenly."""

_WAIT_FOR_APPROVAL = sorted({PENDING_APPROVAL} | AWAITING_CANCELLATION | AWAITING_APPROVAL)

_STAFF, _DOCUMENT = table_of(StaffMember), table_of(Document)


def there(settings: Settings) -> Message:
    """The database may be opened without being made or changed by that. Raises Ill."""
    path = checkup.sqlite_file(store_url(settings))
    if path is not None:
        if not path.is_file():
            raise Ill("door.doctor.database.missing", path=str(path))
        write_ahead = checkup.is_write_ahead(path)
        if write_ahead is None:
            raise Ill("door.doctor.database.foreign", path=str(path))
        if not write_ahead:
            raise Ill("door.doctor.database.no_wal", path=str(path))
    return Message("door.doctor.database.there")


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    store = Store(store_url(settings))
    try:
        yield store
    finally:
        store.close()


def database(store: Store) -> Message:
    """Of this program's shape, with the triggers that keep history. Raises BadSetup, Ill, StoreUnavailable."""
    found = schema.version(store)
    if found is None or found < schema.HEAD:
        raise Ill("door.doctor.database.older", found=found or "-", wanted=schema.HEAD)
    if found != schema.HEAD:
        raise BadSetup("error.store.newer", found=found, known=schema.HEAD)
    with store.read() as session:
        present = set(triggers.present(session.connection()))
    wanted = set(triggers.wanted(schema.all_metadata(), store.dialect))
    if missing := sorted(wanted - present):
        raise Ill("door.doctor.database.triggers", names=", ".join(missing[:3]), count=len(missing))
    return Message("door.doctor.database.well", {"kind": store.dialect, "shape": found, "triggers": len(wanted)})


def server(settings: Settings, store: Store) -> Message:
    """How the database is run: SQLite's settings and its log, or PostgreSQL's version and what our role may do."""
    path = checkup.sqlite_file(store_url(settings))
    if path is None:
        return _postgres(store)
    if other := checkup.other_pragmas(store):
        raise Ill("door.doctor.server.pragmas", names=", ".join(other))
    size = checkup.wal_bytes(path)
    if size > MOST_WAL:
        raise Ill("door.doctor.server.wal", size=size // 1024**2)
    return Message("door.doctor.server.sqlite", {"size": size // 1024})


def _postgres(store: Store) -> Message:
    met = checkup.server(store)
    if met.major < LEAST_POSTGRES:
        raise Ill("door.doctor.server.old", version=met.version, least=LEAST_POSTGRES)
    if met.powers:
        raise Ill("door.doctor.server.powers", role=met.role, powers=", ".join(met.powers))
    return Message("door.doctor.server.postgres", {"version": met.version, "role": met.role})


def staff(settings: Settings, store: Store) -> Message:
    """Somebody to serve and somebody to approve. Raises Ill."""
    query = (
        select(_STAFF.c.role, func.count())
        .where(_STAFF.c.state == StaffState.ACTIVE.value, _STAFF.c.branch_no == settings.desk.branch_no)
        .group_by(_STAFF.c.role)
    )
    with store.read() as session:
        count = {str(role): int(many) for role, many in session.connection().execute(query)}
    for role, told in (
        (Role.TELLER, "door.doctor.staff.no_teller"),
        (Role.SUPERVISOR, "door.doctor.staff.no_supervisor"),
    ):
        if not count.get(role.value):
            raise Ill(told, branch=settings.desk.branch_no)
    return Message(
        "door.doctor.staff.well",
        {"count": sum(count.values()), "tellers": count[Role.TELLER], "supervisors": count[Role.SUPERVISOR]},
    )


def samples(settings: Settings, store: Store, known: Collection[str]) -> Message:
    """Outside training nobody has a password of the sample staff: everybody knows them. Raises Ill."""
    if settings.training:
        raise NotExamined("door.doctor.samples.training")
    if settings.sample_staff:
        raise Ill("door.doctor.samples.shown", path=str(settings.folder))
    with store.read() as session:
        people = list(session.connection().execute(select(_STAFF.c.staff_no, _STAFF.c.password_hash)))
    check = Passwords()
    found = sorted(staff_no for staff_no, stored in people if any(check.verify(stored, password) for password in known))
    if found:
        raise Ill("door.doctor.samples.found", people=", ".join(found))
    return Message("door.doctor.samples.well")


@dataclass
class Audit:
    """The audit, walked once for the two findings about it."""

    settings: Settings
    store: Store
    ring: Keys

    def chains(self) -> Message:
        """The chains are whole. Raises TamperFound, Ill."""
        finding = self._verified.finding
        if finding is not None:
            raise TamperFound("error.tamper.audit", person=finding.person, row=finding.person_seq)
        return Message("door.doctor.audit.well")

    def seals(self) -> Message:
        """What was written is sealed in time, here and outside, and the chains hold to every seal. Raises Ill."""
        clock = SystemClock()
        path = seals_file(self.settings)
        standing = Seals(self.store, self.ring, clock, path).standing()
        found = self._verified
        if found.seal is not None:
            raise Ill(found.sentence.id, **found.sentence.args)
        if standing.last is None:
            raise NotExamined("door.doctor.seals.none")
        if path.resolve().is_relative_to(self.settings.folder.resolve()):
            raise Ill("door.doctor.seals.inside", path=str(path))
        if standing.outside is None or standing.not_outside:
            raise Ill("door.doctor.seals.not_outside", count=standing.not_outside, path=str(path))
        if standing.waiting_since is not None and clock.now() - standing.waiting_since > MOST_UNSEALED:
            since = f"{branch_time(standing.waiting_since):%m-%d %H:%M}"
            raise Ill("door.doctor.seals.old", since=since)
        made = f"{branch_time(standing.last.at):%m-%d %H:%M}"
        first = standing.testifies_since
        told = {"since": f"{branch_time(first):%Y-%m-%d %H:%M}" if first is not None else "", "made": made}
        return Message("door.doctor.seals.well", {"count": found.seals, "path": str(path), **told})

    @cached_property
    def _verified(self) -> Verified:
        return check.everything(self.store, AuditTrail(self.ring, SystemClock()), seals_file(self.settings))


def journal(store: Store) -> Message:
    """What still waits for recovery, and for how long. Raises Ill where it waits for a person; one that waits for its
    approval is somebody's work of this moment, and no trouble."""
    waits = ENTRY.c.due_ms.is_not(None) & ENTRY.c.state.not_in(_WAIT_FOR_APPROVAL)
    with store.read() as session:
        connection = session.connection()
        waiting = connection.execute(select(func.count()).where(waits)).scalar_one()
        oldest: datetime | None = connection.execute(select(func.min(ENTRY.c.made_at)).where(waits)).scalar_one()
        stuck = list(
            connection.scalars(select(ENTRY.c.serial).where(ENTRY.c.state == REVERSE_FAILED).order_by(ENTRY.c.id))
        )
    if stuck:
        raise Ill("door.doctor.journal.person", count=len(stuck), serial=stuck[0])
    if not waiting:
        return Message("door.doctor.journal.none")
    age = timedelta() if oldest is None else SystemClock().now() - oldest
    minutes = int(age.total_seconds() // 60)
    if age > MOST_WAIT:
        raise Ill("door.doctor.journal.old", waiting=waiting, minutes=minutes)
    return Message("door.doctor.journal.well", {"waiting": waiting, "minutes": minutes})


def documents(folder: Path, store: Store) -> Message:
    """The file of each issued document is there with the bytes it was issued with. Raises Ill, DocumentFailed."""
    query = select(_DOCUMENT.c.number, _DOCUMENT.c.file_name, _DOCUMENT.c.sha256).where(_DOCUMENT.c.state == "ISSUED")
    with store.read() as session:
        issued = list(session.connection().execute(query.order_by(_DOCUMENT.c.number)))
    shelf = Shelf(folder / "documents")
    missing, altered = [], []
    for number, file_name, sha256 in issued:
        found = shelf.sha256(file_name)
        if found is None:
            missing.append(number)
        elif found != sha256:
            altered.append(number)
    if altered:
        raise Ill("door.doctor.documents.altered", count=len(altered), missing=len(missing), number=altered[0])
    if missing:
        raise Ill("door.doctor.documents.missing", count=len(missing), number=missing[0])
    return Message("door.doctor.documents.well", {"count": len(issued)})
