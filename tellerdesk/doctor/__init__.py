"""What is well and what is not with a workstation, one finding for each thing a person can mend.

Nothing is changed by looking: the counterparts are asked questions that move nothing, the database is only read, and
the file that proves the disk writable has no name and is gone at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from tellerdesk import config
from tellerdesk.doctor import workstation
from tellerdesk.doctor.findings import Finding, Group, Look, left_out, look
from tellerdesk.doctor.workstation import Terminal
from tellerdesk.store import keys

__all__ = ["Finding", "Terminal", "examine"]

ON_AUDIT = ("door.doctor.audit", "door.doctor.seals")
ON_RECORDS = (
    *(f"door.doctor.{what}" for what in ("server", "staff", "samples")),
    *ON_AUDIT,
    *(f"door.doctor.{what}" for what in ("parameters", "journal", "documents")),
)


def examine(
    folder: Path, *, terminal: Terminal, lacks: Callable[[str], str], sample_passwords: Collection[str]
) -> list[Finding]:
    """Every finding, in the order they are told. What depends on something that is not well is left out, and says so.

    `terminal` is where the desk would be shown; `lacks` tells which characters of a text the paper's typeface has no
    glyph for; `sample_passwords` are those of the demonstration's staff.
    """
    station = Look(Group.WORKSTATION)
    found = workstation.settings(folder)
    usable = all(finding.well for finding in found)
    found += [
        station("door.doctor.modes", lambda: workstation.modes(folder)),
        station("door.doctor.disk", lambda: workstation.disk(folder)),
        station("door.doctor.terminal", lambda: workstation.screen(terminal)),
        station("door.doctor.locale", lambda: workstation.locale(terminal)),
        station("door.doctor.paper", lambda: workstation.paper(lacks)),
        station("door.doctor.python", workstation.python),
        station("door.doctor.packages", lambda: workstation.packages(folder)),
    ]
    if not usable:
        return [
            *found,
            left_out(Group.RECORDS, "door.doctor.database"),
            left_out(Group.COUNTERPARTS, "door.doctor.core"),
        ]
    found.insert(1, station("door.doctor.keys", lambda: workstation.key_file(folder)))
    records = _records(folder, sample_passwords)
    return [*found, *records, *_counterparts(folder, readable=records[0].well)]


def _records(folder: Path, sample_passwords: Collection[str]) -> list[Finding]:
    from tellerdesk.doctor import change_control, records
    from tellerdesk.errors import TellerDeskError

    settings = config.load(folder)
    book = look(Group.RECORDS, "door.doctor.database", lambda: records.there(settings))
    if not book.well:
        return [book, *(left_out(Group.RECORDS, what) for what in ON_RECORDS)]
    with records.opened(settings) as store:
        book = look(Group.RECORDS, "door.doctor.database", lambda: records.database(store))
        if not book.well:
            return [book, *(left_out(Group.RECORDS, what) for what in ON_RECORDS)]
        try:
            ring = keys.load(folder / settings.store.key_file)
        except TellerDeskError:
            audit = [left_out(Group.RECORDS, what) for what in ON_AUDIT]
            control = left_out(Group.RECORDS, "door.doctor.parameters")
        else:
            kept = records.Audit(settings, store, ring)
            audit = [
                look(Group.RECORDS, what, found)
                for what, found in zip(ON_AUDIT, (kept.chains, kept.seals), strict=True)
            ]
            control = look(
                Group.RECORDS, "door.doctor.parameters", lambda: change_control.parameters(settings, store, ring)
            )
        return [
            book,
            look(Group.RECORDS, "door.doctor.server", lambda: records.server(settings, store)),
            look(Group.RECORDS, "door.doctor.staff", lambda: records.staff(settings, store)),
            look(Group.RECORDS, "door.doctor.samples", lambda: records.samples(settings, store, sample_passwords)),
            *audit,
            control,
            look(Group.RECORDS, "door.doctor.journal", lambda: records.journal(store)),
            look(Group.RECORDS, "door.doctor.documents", lambda: records.documents(folder, store)),
        ]


def _counterparts(folder: Path, *, readable: bool) -> list[Finding]:
    from tellerdesk.doctor import counterparts

    return counterparts.examine(config.load(folder), readable=readable)
