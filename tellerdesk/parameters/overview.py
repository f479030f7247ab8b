"""Everything under change control at a glance: what is in force, what comes, where a file on disk differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection

from tellerdesk.parameters import versions
from tellerdesk.parameters.changes import diff
from tellerdesk.parameters.drafts import Drafts
from tellerdesk.parameters.views import ParameterView


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
