"""What is well and what is not with a workstation's folder, one finding for each thing a person can mend."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tellerdesk import config
from tellerdesk.errors import BadSetup, CounterpartUnavailable, StoreUnavailable, TellerDeskError
from tellerdesk.i18n import Message

LEAST_FREE = 200 * 1024 * 1024
"""Bytes below which the disk counts as nearly full."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, whether it is `well`, and the sentence about it."""

    what: str
    well: bool
    told: Message


def examine(folder: Path) -> list[Finding]:
    """Looks at settings, keys, disk, database, staff, audit, catalogue and counterparts, in this order. Changes
    nothing. What depends on something that is not well is left out."""
    findings = [_look("settings", lambda: _settings(folder))]
    if not findings[0].well:
        return findings
    findings.append(_look("keys", lambda: _keys(folder)))
    findings.append(_look("disk", lambda: _disk(folder)))
    findings.append(_look("database", lambda: _database(folder)))
    if not all(finding.well for finding in findings if finding.what != "disk"):
        return findings
    findings.append(_look("staff", lambda: _staff(folder)))
    findings.append(_look("audit", lambda: _audit(folder)))
    findings.append(_look("journal", lambda: _journal(folder)))
    findings.append(_look("core", lambda: _core(folder)))
    return findings


def _look(what: str, look: Callable[[], Message]) -> Finding:
    try:
        return Finding(what, True, look())
    except TellerDeskError as error:
        return Finding(what, False, Message.of(error))


def _settings(folder: Path) -> Message:
    from tellerdesk.billers.catalogue import read_all

    settings = config.load(folder)
    catalogue = read_all(Path(settings.catalogue) if settings.catalogue else None)
    for code in settings.billers:
        if code not in catalogue:
            raise BadSetup("error.setup.no_biller", biller=code)
    return Message("door.doctor.settings.well", {"path": str(folder), "billers": len(settings.billers)})


def _keys(folder: Path) -> Message:
    from tellerdesk.store import keys

    settings = config.load(folder)
    ring = keys.load(folder / settings.store.key_file)
    for code in ("core", *settings.billers):
        ring.link(code)
    return Message("door.doctor.keys.well")


def _disk(folder: Path) -> Message:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise StoreUnavailable("door.doctor.disk.little", free=free // 1024**2)
    return Message("door.doctor.disk.well", {"free": free // 1024**2})


def _database(folder: Path) -> Message:
    from tellerdesk.desk import store_url
    from tellerdesk.store import schema, triggers
    from tellerdesk.store.engine import Store

    store = Store(store_url(config.load(folder)))
    try:
        if not schema.is_current(store):
            raise BadSetup("error.store.not_current")
        with store.read() as session:
            there = triggers.present(session.connection())
        missing = set(triggers.wanted(schema.all_metadata(), store.dialect)) - set(there)
        if missing:
            raise BadSetup("error.store.triggers", names=", ".join(sorted(missing)))
        return Message("door.doctor.database.well", {"kind": store.dialect})
    finally:
        store.close()


def _staff(folder: Path) -> Message:
    from sqlalchemy import func, select

    from tellerdesk.desk import open_desk
    from tellerdesk.staff.models import StaffMember
    from tellerdesk.store.base import table_of

    desk = open_desk(config.load(folder), recovery=False)
    try:
        with desk.store.read() as session:
            count = session.connection().execute(select(func.count()).select_from(table_of(StaffMember))).scalar_one()
    finally:
        desk.close()
    if not count:
        raise BadSetup("door.doctor.staff.none")
    return Message("door.doctor.staff.well", {"count": int(count)})


def _audit(folder: Path) -> Message:
    from tellerdesk.audit.trail import AuditTrail
    from tellerdesk.clock import SystemClock
    from tellerdesk.desk import store_url
    from tellerdesk.errors import TamperFound
    from tellerdesk.store import keys
    from tellerdesk.store.engine import Store

    settings = config.load(folder)
    store = Store(store_url(settings))
    try:
        with store.read() as session:
            finding = AuditTrail(keys.load(folder / settings.store.key_file), SystemClock()).verify(session)
    finally:
        store.close()
    if finding is not None:
        raise TamperFound("error.tamper.audit", person=finding.person, row=finding.person_seq)
    return Message("door.doctor.audit.well")


def _journal(folder: Path) -> Message:
    from tellerdesk.desk import store_url
    from tellerdesk.journal import entries
    from tellerdesk.store.engine import Store

    store = Store(store_url(config.load(folder)))
    try:
        with store.read() as session:
            waiting = entries.unfinished(session.connection())
    finally:
        store.close()
    return Message("door.doctor.journal.well", {"waiting": waiting})


def _core(folder: Path) -> Message:
    from tellerdesk.desk import open_desk
    from tellerdesk.links.lights import LightState

    desk = open_desk(config.load(folder), recovery=False)
    try:
        desk.recovery.learn_day()
        light = desk.lights()[0].state
    finally:
        desk.close()
    if light is LightState.DOWN:
        raise CounterpartUnavailable("door.doctor.core.silent")
    return Message("door.doctor.core.well")
