"""Reading a checked file: its text, and what a model says of it, every mistake with its line."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tellerdesk.checked.mistakes import Mistake, Place, mistakes_of
from tellerdesk.checked.toml_lines import Lines, line_of_syntax_error
from tellerdesk.i18n import Message
from tellerdesk.text import clean

LARGEST_FILE = 65_536
"""Bytes."""

Model = TypeVar("Model", bound=BaseModel)


class Unreadable(ValueError):
    """The file cannot be read as text. `mistake` says why."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.told.id)
        self.mistake = mistake


def text_of(path: Path) -> str:
    """The file's text, its lines ended by LF whatever they were ended by. Raises Unreadable."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Unreadable(_unreadable(f"> {LARGEST_FILE} B"))
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(_unreadable(str(error))) from None


def examined(text: str, model: type[Model]) -> tuple[Model | None, list[Mistake]]:
    """What the text says, or every mistake in it in the order of its lines. Raises nothing."""
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a number too long to be read
        return None, [_unreadable(str(error), line_of_syntax_error(text, error))]
    except RecursionError:
        return None, [_unreadable("[[[[ ...")]
    try:
        return model.model_validate(table), []
    except ValidationError as error:
        return None, mistakes_of(error, Lines(text))


def hash_of(text: str) -> str:
    """SHA-256 in hex: what an approval is bound to."""
    return hashlib.sha256(text.encode()).hexdigest()


def _unreadable(reason: str, line: int = 1) -> Mistake:
    return Mistake(Place(line), Message("error.catalogue.unreadable", {"reason": clean(reason)}))
