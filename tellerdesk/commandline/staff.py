"""`tellerdesk staff`: the first people of a desk, and the day no administrator can sign on. Audited as SETUP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk.commandline.common import DESK_FOLDER, FolderOption, in_words, speak_here

if TYPE_CHECKING:
    from tellerdesk.staff.views import StaffView

staff_app = typer.Typer(help=speak_here("door.staff.help"), no_args_is_help=True, rich_markup_mode=None)

_StaffNo = Annotated[str, typer.Argument(help=speak_here("door.staff.no"))]


@staff_app.command("add", help=speak_here("door.staff.add.help"))
def staff_add(
    staff_no: _StaffNo,
    name: Annotated[str, typer.Option(help=speak_here("door.staff.name"))],
    role: Annotated[str, typer.Option(help=speak_here("door.staff.role"))] = "TELLER",
    branch_no: Annotated[str, typer.Option(help=speak_here("door.init.branch_no"))] = "",
    same_person_as: Annotated[str, typer.Option("--same-person-as", help=speak_here("door.staff.same_person"))] = "",
    folder: FolderOption = DESK_FOLDER,
) -> None:
    with in_words():
        from tellerdesk import config, setup
        from tellerdesk.errors import BadInput
        from tellerdesk.staff import codes
        from tellerdesk.staff.commands import AddStaff
        from tellerdesk.staff.states import Role, decides

        if role.upper() not in set(Role):
            raise BadInput("error.staff.role", role=role, known=", ".join(Role))
        chosen = Role(role.upper())
        secret = codes.new_secret() if decides(chosen) else ""
        branch = branch_no or config.front(folder).branch_no
        person = AddStaff(
            staff_no=staff_no,
            name=name,
            role=chosen,
            branch_no=branch,
            password=_asked(),
            same_person_as=same_person_as,
            code_secret=secret,
        )
        setup.add_staff(folder, person, by="SETUP")
        typer.echo(speak_here("door.staff.added", staff_no=staff_no, name=name))
        if secret:
            _tell_code(folder, staff_no, secret)


@staff_app.command("list", help=speak_here("door.staff.list.help"))
def staff_list(folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk import setup

        with setup.roster(folder) as roster:
            people = roster.views()
        for person in people:
            typer.echo(_line(person))
        if not people:
            typer.echo(speak_here("door.staff.list.nobody"))


@staff_app.command("code", help=speak_here("door.staff.code.help"))
def staff_code(staff_no: _StaffNo, folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk import setup

        with setup.roster(folder) as roster:
            secret = roster.reset_code(staff_no, by="SETUP")
        _tell_code(folder, staff_no, secret)


@staff_app.command("unlock", help=speak_here("door.staff.unlock.help"))
def staff_unlock(staff_no: _StaffNo, folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk import setup

        with setup.roster(folder) as roster:
            roster.unlock(staff_no, by="SETUP")
        typer.echo(speak_here("door.staff.unlocked", staff_no=staff_no))


@staff_app.command("password", help=speak_here("door.staff.password.help"))
def staff_password(staff_no: _StaffNo, folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        from tellerdesk import setup

        with setup.roster(folder) as roster:
            roster.reset_password(staff_no, by="SETUP", password=_asked())
        typer.echo(speak_here("door.staff.password.done", staff_no=staff_no))


def _asked() -> str:
    """A new password, typed twice and not shown."""
    again = speak_here("door.staff.password.again")
    return str(typer.prompt(speak_here("door.staff.password"), hide_input=True, confirmation_prompt=again))


def _tell_code(folder: Path, staff_no: str, secret: str) -> None:
    """The secret and what an authenticator scans, this once."""
    from tellerdesk import config
    from tellerdesk.staff import codes

    bank = config.load(folder).bank.name_zh
    typer.echo(speak_here("door.staff.code.once", staff_no=staff_no))
    typer.echo(secret)
    typer.echo(codes.uri(secret, staff_no.upper(), bank))


def _line(person: StaffView) -> str:
    """One person, with a tabulator between the parts: to be read, and to be cut by other programs."""
    parts = [person.staff_no, person.name, speak_here(f"role.{person.role.lower()}"), person.branch_no]
    parts.append(speak_here(f"door.staff.state.{person.state.lower()}"))
    if person.has_code:
        parts.append(speak_here("door.staff.has_code"))
    if person.must_change:
        parts.append(speak_here("door.staff.must_change"))
    if not person.may_decide:
        parts.append(speak_here("door.staff.to_confirm"))
    if person.same_person:
        parts.append("= " + " ".join(person.same_person))
    return "\t".join(parts)
