"""Change control: what is in force, what waits, and files that count for nothing."""

from __future__ import annotations

from tellerdesk.checked.reading import hash_of
from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.desk import drafts_of
from tellerdesk.doctor.findings import Ill, NotExamined
from tellerdesk.i18n import Message
from tellerdesk.parameters import versions
from tellerdesk.parameters.overview import overview
from tellerdesk.parameters.states import Kind, VersionState
from tellerdesk.parameters.versions import Seals
from tellerdesk.parameters.views import ParameterView
from tellerdesk.settings import Settings
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

SUM_SHOWN = 16
"""Digits of the sum over everything adopted: enough for two people to compare aloud."""


def parameters(settings: Settings, store: Store, ring: Keys) -> Message:
    """What is in force is what was put in force, the files on disk say the same, and every biller of the settings has
    a version. Raises Ill, TamperFound."""
    today = branch_time(SystemClock().now()).date()
    with store.read() as session:
        connection = session.connection()
        if not versions.any_there(connection):
            raise NotExamined("door.doctor.parameters.none")
        seals = Seals(ring.audit)
        for version in versions.on(connection, today).values():
            seals.check(version)
        views = overview(connection, drafts_of(settings), today)
    in_force = [view.in_force for view in views if view.in_force is not None]
    known = {version.name for version in in_force if version.kind is Kind.BILLER}
    if unapproved := sorted(set(settings.billers) - known):
        raise Ill("door.doctor.parameters.unapproved", codes=", ".join(unapproved))
    if differ := [_name(view) for view in views if view.differs and not _waits(view)]:
        raise Ill("door.doctor.parameters.differ", names=", ".join(differ))
    adopted = [version for version in in_force if version.state is VersionState.ADOPTED]
    coming = [version for view in views for version in view.coming]
    return Message(
        "door.doctor.parameters.well",
        {
            "count": len(in_force),
            "adopted": len(adopted),
            "sum": hash_of("".join(version.content_hash for version in adopted))[:SUM_SHOWN],
            "waiting": sum(version.state is VersionState.PROPOSED for version in coming),
            "coming": sum(version.state is VersionState.APPROVED for version in coming),
        },
    )


def _waits(view: ParameterView) -> bool:
    """Somebody has proposed something here: that a file differs is as it should be."""
    return bool(view.coming)


def _name(view: ParameterView) -> str:
    return " ".join(filter(None, (view.kind.value, view.name)))
