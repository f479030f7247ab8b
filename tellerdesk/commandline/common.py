"""What every command shares: the language, the folder, and errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import LANGUAGES, language_of_locale, words

if TYPE_CHECKING:
    from tellerdesk.checked.mistakes import Mistake

speak_here = words(language_of_locale())
"""The words of the language this terminal asks for."""

FolderOption = Annotated[Path, typer.Option("--folder", help=speak_here("door.option.folder"))]
LanguageOption = Annotated[str, typer.Option("--lang", help=speak_here("door.option.lang"))]

DESK_FOLDER = Path()


@contextmanager
def in_words(language: str = "") -> Iterator[None]:
    """An error of ours as a sentence on the plain terminal, and exit code 1: never a traceback."""
    speak = words(language) if language in LANGUAGES else speak_here
    try:
        yield
    except TellerDeskError as error:
        typer.echo(speak.error(error), err=True)
        raise typer.Exit(1) from None


def asked_language(asked: str) -> str:
    """The language asked for, or the terminal's. Raises typer's BadParameter for one there is not."""
    if asked and asked not in LANGUAGES:
        raise typer.BadParameter(", ".join(LANGUAGES))
    return asked or language_of_locale()


def told(path: Path, mistake: Mistake) -> str:
    """A mistake of a checked file as one line: where it is, and what is wrong."""
    where = f"{path}:{mistake.at.line}"
    return ": ".join(part for part in (where, mistake.at.key, speak_here.message(mistake.told)) if part)


def judge(found: Mapping[Path, Sequence[Mistake]]) -> NoReturn:
    """Tells what was found in each checked file, and ends: with 1 where anything is wrong."""
    for path, mistakes in found.items():
        for mistake in mistakes:
            typer.echo(told(path, mistake))
        if not mistakes:
            typer.echo(speak_here("door.billers.well", path=str(path)))
    raise typer.Exit(1 if any(found.values()) else 0)
