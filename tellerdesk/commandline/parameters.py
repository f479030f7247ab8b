"""`tellerdesk parameters`: what is under change control, shown and proposed. Approval is given at a desk (7001)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk.commandline.common import DESK_FOLDER, FolderOption, in_words, speak_here

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tellerdesk.parameters.in_force import InForce
    from tellerdesk.parameters.states import Kind
    from tellerdesk.parameters.views import ParameterView

COUNTER = "00"
"""The till a person is signed on at who proposes from the command line: no drawer has this number."""
TERMINAL = "command line"

app = typer.Typer(help=speak_here("door.parameters.help"), no_args_is_help=True, rich_markup_mode=None)

KindArgument = Annotated[str, typer.Argument(help=speak_here("door.parameters.kind"))]
NameArgument = Annotated[str, typer.Argument(help=speak_here("door.parameters.name"))]


@app.command("list", help=speak_here("door.parameters.list.help"))
def list_all(folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        views, adopted = _views(folder)
        if not adopted:
            typer.echo(speak_here("door.parameters.not_adopted"))
        for view in views:
            for line in rows(view):
                typer.echo(line)


@app.command("show", help=speak_here("door.parameters.show.help"))
def show(kind: KindArgument, name: NameArgument = "", folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk.errors import BadInput
        from tellerdesk.parameters import versions

        wanted = _kind(kind), name.upper()
        view = next((view for view in _views(folder)[0] if (view.kind, view.name) == wanted), None)
        if view is None:
            raise BadInput("error.parameters.unknown", kind=wanted[0].value, name=wanted[1])
        for line in rows(view):
            typer.echo(line)
        if view.in_force is not None:
            with in_force_of(folder) as (_, connection):
                content = versions.content_of(connection, view.in_force.number)
            typer.echo(speak_here("door.parameters.in_force"))
            typer.echo(content)
        if view.differs:
            typer.echo(speak_here("door.parameters.diff"))
            for line in view.differs:
                typer.echo(line)


@app.command("propose", help=speak_here("door.parameters.propose.help"))
def propose(
    kind: KindArgument,
    effective_from: Annotated[str, typer.Option("--from", help=speak_here("door.parameters.from"))],
    reason: Annotated[str, typer.Option("--reason", help=speak_here("door.parameters.reason"))],
    staff_no: Annotated[str, typer.Option("--staff-no", help=speak_here("door.staff.no"))],
    name: NameArgument = "",
    folder: FolderOption = DESK_FOLDER,
) -> None:
    with in_words():
        from tellerdesk import config, logs
        from tellerdesk.desk import open_desk
        from tellerdesk.parameters.commands import Propose
        from tellerdesk.staff.commands import SignOn

        command = Propose(_kind(kind), name, _day(effective_from), reason)
        password = typer.prompt(speak_here("door.parameters.password", staff_no=staff_no), hide_input=True)
        logs.to_file(folder)
        desk = open_desk(config.load(folder), recovery=False)
        try:
            who = desk.staff.sign_on(
                SignOn(staff_no, password),
                branch_no=desk.settings.desk.branch_no,
                till_no=COUNTER,
                terminal=TERMINAL,
            )
            try:
                version = desk.parameters.propose(who, command)
            finally:
                desk.sign_off(who)
        finally:
            desk.close()
        day = version.effective_from.isoformat()
        args = {"kind": version.kind.value, "name": version.name, "number": version.number, "day": day}
        typer.echo(speak_here("door.parameters.proposed", **args))


def rows(view: ParameterView) -> list[str]:
    """One thing under change control, as lines."""
    from tellerdesk.clock import branch_time
    from tellerdesk.parameters.states import VersionState

    what = {"kind": view.kind.value, "name": view.name}
    now = view.in_force
    if now is None:
        lines = [speak_here("door.parameters.row_none", **what)]
    else:
        day, at = now.effective_from.isoformat(), f"{branch_time(now.proposed_at):%Y-%m-%d %H:%M}"
        row = speak_here("door.parameters.row", **what, number=now.number, day=day, hash=now.content_hash)
        if now.state is VersionState.ADOPTED:
            lines = [row, speak_here("door.parameters.adopted_by", at=at)]
        else:
            told = speak_here("door.parameters.approved_by", by=now.proposed_by, at=at, reason=now.reason)
            lines = [row, told, speak_here("door.parameters.before", hash=now.before_hash or "-")]
    for version in view.coming:
        day = version.effective_from.isoformat()
        if version.state is VersionState.APPROVED:
            said = speak_here("door.parameters.coming", number=version.number, day=day, hash=version.content_hash)
        else:
            said = speak_here(
                "door.parameters.waiting",
                number=version.number,
                day=day,
                hash=version.content_hash,
                by=version.proposed_by,
                reason=version.reason,
            )
        lines.append(said)
    if view.differs:
        lines.append(speak_here("door.parameters.differs", count=len(view.differs)))
    return lines


@contextmanager
def in_force_of(folder: Path) -> Iterator[tuple[InForce, Connection]]:
    """What is in force in a workstation's database, read and never changed. Raises BadSetup, StoreUnavailable."""
    from tellerdesk import config
    from tellerdesk.audit.trail import AuditTrail
    from tellerdesk.clock import SystemClock
    from tellerdesk.desk import store_url
    from tellerdesk.errors import BadSetup
    from tellerdesk.parameters.in_force import InForce
    from tellerdesk.store import keys, schema
    from tellerdesk.store.engine import Store

    settings, clock = config.load(folder), SystemClock()
    ring = keys.load(folder / settings.store.key_file)
    store = Store(store_url(settings))
    try:
        if not schema.is_current(store):
            raise BadSetup("error.store.not_current")
        with store.read() as session:
            yield InForce(store, AuditTrail(ring, clock), clock, ring.audit), session.connection()
    finally:
        store.close()


def _views(folder: Path) -> tuple[tuple[ParameterView, ...], bool]:
    """Everything, and whether the database has any version yet."""
    from tellerdesk import config
    from tellerdesk.desk import drafts_of
    from tellerdesk.parameters import versions
    from tellerdesk.parameters.overview import overview

    drafts = drafts_of(config.load(folder))
    with in_force_of(folder) as (in_force, connection):
        return overview(connection, drafts, in_force.today()), versions.any_there(connection)


def _kind(text: str) -> Kind:
    from tellerdesk.errors import BadInput
    from tellerdesk.parameters.states import Kind

    if text.upper() not in set(Kind):
        raise BadInput("error.parameters.kind", kind=text, known=", ".join(Kind))
    return Kind(text.upper())


def _day(text: str) -> date:
    from tellerdesk.clock import SystemClock, branch_time
    from tellerdesk.errors import BadInput

    try:
        return date.fromisoformat(text)
    except ValueError:
        today = branch_time(SystemClock().now()).date()
        raise BadInput("error.parameters.day", field="effective_from", today=today.isoformat()) from None
