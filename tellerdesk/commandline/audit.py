"""tellerdesk audit: verify, export, seal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk.commandline.common import DESK_FOLDER, FolderOption, in_words, speak_here

if TYPE_CHECKING:
    from tellerdesk.settings import Settings
    from tellerdesk.store.engine import Store
    from tellerdesk.store.keys import Keys

app = typer.Typer(help=speak_here("door.audit.help"), no_args_is_help=True, rich_markup_mode=None)

TILL_NO = "00"
TERMINAL = "command line"
"""Where somebody is signed on who exports from here."""


@app.command("verify", help=speak_here("door.audit.verify.help"))
def verify(folder: FolderOption = DESK_FOLDER) -> None:
    """Needs no session: it only reads, and tells of no one's business but a broken place."""
    with in_words():
        from tellerdesk.audit import check
        from tellerdesk.audit.outside import OutsideFile
        from tellerdesk.audit.trail import AuditTrail
        from tellerdesk.clock import SystemClock, branch_time
        from tellerdesk.desk import seals_file

        with _opened(folder) as (settings, store, ring):
            trail = AuditTrail(ring, SystemClock())
            path = seals_file(settings)
            found = check.everything(store, trail, path)
            first = OutsideFile(path).first()
        typer.echo(speak_here.message(found.sentence), err=not found.well)
        if found.well and first is not None:
            since = f"{branch_time(first.at):%Y-%m-%d %H:%M}"
            typer.echo(speak_here("door.audit.witness", since=since, path=str(path)))
    raise typer.Exit(0 if found.well else 1)


@app.command("seal", help=speak_here("door.audit.seal.help"))
def seal(folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk.audit.seals import Seals
        from tellerdesk.clock import SystemClock
        from tellerdesk.desk import seals_file

        with _opened(folder) as (settings, store, ring):
            path = seals_file(settings)
            made = Seals(store, ring, SystemClock(), path).seal()
        if made is None:
            typer.echo(speak_here("door.audit.nothing_to_seal", path=str(path)))
        else:
            typer.echo(speak_here("door.audit.sealed", number=made.id, rows=made.rows, path=str(path)))


@app.command("export", help=speak_here("door.audit.export.help"))
def export(
    file: Annotated[Path, typer.Argument(help=speak_here("door.audit.export.file"))],
    since: Annotated[str, typer.Option("--since", help=speak_here("door.audit.export.since"))] = "",
    until: Annotated[str, typer.Option("--until", help=speak_here("door.audit.export.until"))] = "",
    person: Annotated[str, typer.Option("--person", help=speak_here("door.audit.export.person"))] = "",
    folder: FolderOption = DESK_FOLDER,
) -> None:
    with in_words():
        from tellerdesk.audit.trail import AuditTrail
        from tellerdesk.audit.views import AuditSearch
        from tellerdesk.clock import SystemClock
        from tellerdesk.desk import seals_file
        from tellerdesk.staff.audit_room import AuditRoom
        from tellerdesk.staff.commands import SignOn
        from tellerdesk.staff.passwords import Passwords
        from tellerdesk.staff.room import StaffRoom
        from tellerdesk.store.vault import Vault

        search = AuditSearch(person=person, since=_day(since), until=_day(until))
        with _opened(folder) as (settings, store, ring):
            clock = SystemClock()
            trail = AuditTrail(ring, clock)
            staff = StaffRoom(store, trail, clock, Passwords(), Vault(ring))
            command = SignOn(
                typer.prompt(speak_here("door.audit.staff_no")),
                typer.prompt(speak_here("door.audit.password"), hide_input=True),
            )
            who = staff.sign_on(command, branch_no=settings.desk.branch_no, till_no=TILL_NO, terminal=TERMINAL)
            try:
                rows = AuditRoom(store, staff, trail, clock, seals_file(settings)).export(who, search, file)
            finally:
                staff.sign_off(who)
        typer.echo(speak_here("door.audit.exported", rows=rows, path=str(file)))


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Settings, Store, Keys]]:
    """The audit's database, as it is: a command that looks brings nothing up to date. Raises BadSetup,
    StoreUnavailable."""
    from tellerdesk import config
    from tellerdesk.desk import store_url
    from tellerdesk.errors import BadSetup
    from tellerdesk.store import checkup, keys, schema
    from tellerdesk.store.engine import Store

    settings = config.load(folder)
    ring = keys.load(folder / settings.store.key_file)
    path = checkup.sqlite_file(store_url(settings))
    if path is not None and not path.is_file():
        raise BadSetup("error.setup.no_file", path=str(path))
    store = Store(store_url(settings))
    try:
        if not schema.is_current(store):
            raise BadSetup("error.store.not_current")
        yield settings, store, ring
    finally:
        store.close()


def _day(text: str) -> date | None:
    """Raises BadInput."""
    from tellerdesk.audit.days import days_of
    from tellerdesk.clock import SystemClock, branch_time
    from tellerdesk.errors import BadInput

    first, last = days_of(text, branch_time(SystemClock().now()).date())
    if first != last:
        raise BadInput("error.audit.days", field="days", given=text)
    return first
