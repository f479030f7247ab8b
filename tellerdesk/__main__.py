"""The door: the command line. The only file that imports screens, receipts and the sandbox, each inside a function."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk import __version__
from tellerdesk.commandline import approvals, audit, billers, parameters
from tellerdesk.commandline.common import (
    DESK_FOLDER,
    FolderOption,
    LanguageOption,
    asked_language,
    in_words,
    speak_here,
)
from tellerdesk.commandline.staff import staff_app
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Words, words

if TYPE_CHECKING:
    from receipts.renderer import PdfRenderer
    from tellerdesk.config import Front
    from tellerdesk.demo.branch import Branch
    from tellerdesk.desk import Desk

WARM = ("sqlmodel", "pydantic_settings", "httpx", "tellerdesk.desk", "pypinyin")
"""Loaded one after the other behind the first frame, while the teller types."""

app = typer.Typer(
    name="tellerdesk",
    help=speak_here("door.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sandbox_app = typer.Typer(help=speak_here("door.sandbox.help"), rich_markup_mode=None, invoke_without_command=True)
app.add_typer(staff_app, name="staff")
app.add_typer(billers.app, name="billers")
app.add_typer(approvals.app, name="approvals")
app.add_typer(parameters.app, name="parameters")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(audit.app, name="audit")

DEMO_FOLDER = Path("tellerdesk-demo")

UNFORESEEN = 70
"""Exit code of a defect (EX_SOFTWARE of sysexits.h)."""


def main() -> None:
    """The console script."""
    os.umask(0o077)
    try:
        app()
    except Exception as error:
        from screens.faults import fault_of

        # A traceback's last line is the error's own text, which may quote a customer.
        typer.echo(speak_here.error(fault_of(error)), err=True)
        raise SystemExit(UNFORESEEN) from None


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@app.command("demo", help=speak_here("door.demo.help"))
def demo(
    folder: FolderOption = DEMO_FOLDER,
    fault: Annotated[str, typer.Option("--fault", help=speak_here("door.option.fault"))] = "",
    lang: LanguageOption = "",
) -> None:
    language = asked_language(lang)
    with in_words(language):
        from tellerdesk.demo.branch import Branch

        speak = words(language)
        typer.echo(speak("door.demo.starting"))
        with Branch(folder, lang) as branch:
            if fault:
                branch.fault(fault)
            if _at_a_terminal():
                code = _screens(branch.folder)
                typer.echo(speak("door.demo.left", path=str(branch.folder)))
            else:
                code = _story(branch.folder, speak, branch)
    raise typer.Exit(code)


def _story(folder: Path, speak: Words, branch: Branch) -> int:
    from receipts.renderer import PdfRenderer
    from tellerdesk import config, logs
    from tellerdesk.demo.story import Story
    from tellerdesk.desk import open_desk

    logs.to_file(folder)
    desk = open_desk(config.load(folder), renderer=PdfRenderer(), recovery=False)
    try:
        return 0 if Story(branch, desk, speak, typer.echo).tell() else 1
    finally:
        desk.close()


def _screens(folder: Path, till_no: str = "") -> int:
    from screens.run import run
    from tellerdesk import config

    front: Front = config.front(folder, till_no)
    return run(front, _opener(folder, till_no), warm=WARM)


def _opener(folder: Path, till_no: str) -> Callable[[], Desk]:
    def open_it() -> Desk:
        from receipts.renderer import PdfRenderer
        from tellerdesk import config, logs
        from tellerdesk.desk import open_desk

        logs.to_file(folder)
        renderer = PdfRenderer()
        opened = open_desk(config.load(folder, till_no), renderer=renderer)
        threading.Thread(target=warm, args=(renderer,), name="warm-paper", daemon=True).start()
        return opened

    def warm(renderer: PdfRenderer) -> None:
        with suppress(TellerDeskError):  # the first receipt says what is wrong, where the teller can read it
            renderer.warm()

    return open_it


@app.command("desk", help=speak_here("door.desk.help"))
def desk(
    folder: FolderOption = DESK_FOLDER,
    till: Annotated[str, typer.Option("--till", help=speak_here("door.option.till"))] = "",
) -> None:
    with in_words():
        if not _at_a_terminal():
            typer.echo(speak_here("door.desk.no_terminal"), err=True)
            raise typer.Exit(2)
        code = _screens(folder, till)
    raise typer.Exit(code)


@app.command("init", help=speak_here("door.init.help"))
def init(
    folder: Annotated[Path, typer.Argument(help=speak_here("door.option.folder"))],
    branch_no: Annotated[str, typer.Option(help=speak_here("door.init.branch_no"))],
    till_no: Annotated[str, typer.Option(help=speak_here("door.init.till_no"))],
    core_url: Annotated[str, typer.Option(help=speak_here("door.init.core_url"))],
    biller: Annotated[list[str], typer.Option(help=speak_here("door.init.biller"))],
    bank_zh: str = "示例银行",
    bank_en: str = "Sample Bank",
    branch_zh: str = "营业部",
    branch_en: str = "Main Branch",
    channel_id: str = "TD01",
    store_url: Annotated[str, typer.Option(help=speak_here("door.init.store_url"))] = "sqlite:///tellerdesk.sqlite3",
) -> None:
    with in_words():
        from tellerdesk import setup
        from tellerdesk.errors import BadInput

        urls = dict(part.split("=", 1) for part in biller if "=" in part)
        if len(urls) != len(biller):
            raise BadInput("error.setup.biller_option", given=" ".join(biller))
        setup.init(
            folder,
            setup.Plan(
                bank_zh=bank_zh,
                bank_en=bank_en,
                branch_no=branch_no,
                branch_zh=branch_zh,
                branch_en=branch_en,
                till_no=till_no,
                core_url=core_url,
                biller_urls=urls,
                store_url=store_url,
                channel_id=channel_id,
            ),
        )
        typer.echo(speak_here("door.init.done", path=str(folder)))


@sandbox_app.callback()
def sandbox(context: typer.Context, folder: FolderOption = DESK_FOLDER) -> None:
    if context.invoked_subcommand is not None:
        return
    with in_words():
        from tellerdesk.demo.branch import start_sandbox

        process = start_sandbox(folder)
        for name, url in process.urls.items():
            typer.echo(f"{name}\t{url}")
        typer.echo(speak_here("door.sandbox.runs"))
        try:
            process.wait()
        except KeyboardInterrupt:
            process.stop()


@sandbox_app.command("roll-day", help=speak_here("door.sandbox.roll_day"))
def roll_day(folder: FolderOption = DESK_FOLDER) -> None:
    with in_words():
        typer.echo(speak_here("door.sandbox.rolled", day=str(_switches(folder).roll_day(billers=True))))


@sandbox_app.command("fault", help=speak_here("door.sandbox.fault"))
def fault(
    name: Annotated[str, typer.Argument(help=speak_here("door.option.fault"))] = "",
    folder: FolderOption = DESK_FOLDER,
    times: Annotated[int, typer.Option(help=speak_here("door.sandbox.times"))] = 0,
) -> None:
    with in_words():
        from tellerdesk.sandbox.faults import FAULTS

        if not name:
            widest = max(map(len, FAULTS))
            for known, of in FAULTS.items():
                typer.echo(f"{known:<{widest}}  {of.description.said(speak_here.language)}")
        elif name == "none":
            _switches(folder).clear()
        else:
            _switches(folder).fault(name, times=times or None)


def _switches(folder: Path) -> Switches:
    from tellerdesk.demo.branch import sandbox_ports
    from tellerdesk.sandbox.switches import Switches

    return Switches(f"http://127.0.0.1:{sandbox_ports(folder)['control']}")


@app.command("recover", help=speak_here("door.recover.help"))
def recover(
    folder: FolderOption = DESK_FOLDER,
    loop: Annotated[bool, typer.Option("--loop", help=speak_here("door.recover.loop"))] = False,
) -> None:
    with in_words():
        import signal

        from tellerdesk import config, logs
        from tellerdesk.desk import open_desk

        logs.to_file(folder)
        opened = open_desk(config.load(folder), recovery=False)
        try:
            if loop:
                opened.sealer.start()
                opened.recovery.start(lambda sweep: typer.echo(_swept(sweep.resumed, sweep.waiting)))
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, lambda *_: opened.recovery.stop())
                opened.recovery.wait()
            else:
                sweep = opened.recovery.sweep()
                typer.echo(_swept(sweep.resumed, sweep.waiting))
        finally:
            opened.close()


def _swept(resumed: int, waiting: int) -> str:
    return speak_here("door.recover.swept", resumed=resumed, waiting=waiting)


@app.command("doctor", help=speak_here("door.doctor.help"))
def doctor(
    folder: FolderOption = DESK_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help=speak_here("door.doctor.json"))] = False,
) -> None:
    with in_words():
        from receipts.renderer import PdfRenderer
        from tellerdesk.demo.plan import PEOPLE
        from tellerdesk.doctor import Terminal, examine, sheet

        terminal = Terminal.here()
        speak = speak_here if terminal.writes_chinese else words("en")
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # that an encoding cannot write the marks is a finding, no crash
        findings = examine(
            folder,
            terminal=terminal,
            lacks=PdfRenderer().lacks,
            sample_passwords={person.password for person in PEOPLE},
        )
        if as_json:
            typer.echo(sheet.to_json(findings, speak))
        else:
            for line in sheet.lines(findings, speak, terminal.columns if terminal.is_terminal else None):
                typer.echo(line)
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


@app.command("version", help=speak_here("door.version.help"))
def version() -> None:
    typer.echo(__version__)


if TYPE_CHECKING:
    from tellerdesk.sandbox.switches import Switches

if __name__ == "__main__":
    main()
