"""`tellerdesk billers`: the catalogue shown, checked, and a file tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerdesk.commandline.common import in_words, judge, speak_here, told

if TYPE_CHECKING:
    from tellerdesk.billers.catalogue import Biller
    from tellerdesk.settings import Settings

app = typer.Typer(help=speak_here("door.billers.help"), no_args_is_help=True, rich_markup_mode=None)


@app.command("list", help=speak_here("door.billers.list.help"))
def billers_list(
    folder: Annotated[Path | None, typer.Option("--folder", help=speak_here("door.billers.folder"))] = None,
) -> None:
    with in_words():
        from tellerdesk import config
        from tellerdesk.billers.catalogue import read_all
        from tellerdesk.billers.listing import table

        settings = config.load(folder) if folder is not None else None
        known = read_all() if settings is None else _known(settings)
        for line in table(known.values(), settings.billers if settings is not None else (), speak_here):
            typer.echo(line)


def _known(settings: Settings) -> dict[str, Biller]:
    """What a workstation's desk would open with: what is in force, not what lies on disk; that where there is no
    database yet. None is made by looking."""
    from tellerdesk.billers.catalogue import read_all
    from tellerdesk.doctor.records import opened, there
    from tellerdesk.errors import TellerDeskError
    from tellerdesk.parameters.overview import billers_known
    from tellerdesk.store import keys

    files = Path(settings.catalogue) if settings.catalogue else None
    try:
        there(settings)
    except TellerDeskError:
        return read_all(files)
    ring = keys.load(settings.folder / settings.store.key_file)
    with opened(settings) as store:
        return billers_known(store, ring.audit, files)


@app.command("check", help=speak_here("door.billers.check.help"))
def billers_check(files: Annotated[list[Path], typer.Argument(help=speak_here("door.billers.file"))]) -> None:
    from tellerdesk.billers.catalogue import check, mix_ups, read

    found = {path: check(path) for path in files}
    for path, mistake in mix_ups({path: read(path) for path in found if not found[path]}):
        found[path].append(mistake)
    judge(found)


@app.command("try", help=speak_here("door.billers.try.help"))
def billers_try(
    file: Annotated[Path, typer.Argument(help=speak_here("door.billers.file"))],
    consumer_no: Annotated[str, typer.Option("--consumer-no", help=speak_here("door.billers.consumer_no"))] = "",
    amount: Annotated[str, typer.Option("--amount", help=speak_here("door.billers.amount"))] = "",
) -> None:
    with in_words():
        from tempfile import TemporaryDirectory

        from tellerdesk.billers.catalogue import check
        from tellerdesk.money import parse_fen

        if mistakes := check(file):
            for mistake in mistakes:
                typer.echo(told(file, mistake))
            raise typer.Exit(1)
        amount_fen = parse_fen(amount) if amount else 0
        from tellerdesk.demo.trial import Trial

        with TemporaryDirectory(prefix="tellerdesk-") as folder:
            paid = Trial(file, consumer_no, amount_fen).run(Path(folder), speak_here, typer.echo)
        typer.echo(speak_here("door.billers.paid" if paid else "door.billers.not_paid"))
    raise typer.Exit(0 if paid else 1)
