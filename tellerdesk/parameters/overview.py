"""Everything under change control at a glance: what is in force, what comes, where a file on disk differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from tellerdesk.billers.catalogue import Biller, read_all
from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.parameters import versions
from tellerdesk.parameters.changes import diff
from tellerdesk.parameters.drafts import Drafts
from tellerdesk.parameters.in_force import InForce
from tellerdesk.parameters.versions import Seals
from tellerdesk.parameters.views import ParameterView
from tellerdesk.store import schema
from tellerdesk.store.engine import Store


def overview(
    connection: Connection, drafts: Drafts, day: date, approval_of: Callable[[int], str] = lambda _: ""
) -> tuple[ParameterView, ...]:
    """In the order of kinds and names. A file that is gone from the disk differs in nothing: what is in force stays.
    `approval_of` gives the id of the approval that was asked for a version."""
    on_disk = drafts.all()
    in_force = versions.on(connection, day)
    coming = versions.coming(connection, day)
    found = []
    for key in sorted({*on_disk, *in_force, *(version.key for version in coming)}):
        now, draft = in_force.get(key), on_disk.get(key)
        before = now.content if now is not None else ""
        found.append(
            ParameterView(
                kind=key[0],
                name=key[1],
                in_force=None if now is None else now.view(approval_of(now.number)),
                coming=tuple(version.view(approval_of(version.number)) for version in coming if version.key == key),
                differs=() if draft is None else diff(before, draft.text),
            )
        )
    return tuple(found)


def billers_known(store: Store, audit_key: bytes, files: Path | None) -> dict[str, Biller]:
    """The billers in force by code; where the database has no version of anything yet, those of the catalogue `files`
    (None: the shipped one), which will be adopted. Raises TamperFound, BadSetup, StoreUnavailable."""
    if schema.is_current(store):
        with store.read() as session:
            connection = session.connection()
            if versions.any_there(connection):
                seals, found = Seals(audit_key), versions.on(connection, branch_time(SystemClock().now()).date())
                for version in found.values():
                    seals.check(version)
                return InForce.billers_of(found)
    return read_all(files)
