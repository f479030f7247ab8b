"""Words, made at the edge: message ids with arguments become sentences in the teller's language.

Catalogues are gettext files, one domain for each room that speaks: `desk` (errors, states, roles), `screens`,
`receipts`, `door` (the command line). A message id is a key ("error.amount.empty"), never a sentence; a missing one is
a defect a test finds, and is shown as its id rather than as nothing.
"""

from __future__ import annotations

import gettext
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tellerdesk.errors import TellerDeskError

LANGUAGES = ("zh_CN", "en")
DOMAINS = ("desk", "screens", "receipts", "door")
LOCALE_FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be: its id and what fills it (strings and ints already fit to be shown)."""

    id: str
    args: dict[str, str | int] = field(default_factory=dict)

    @classmethod
    def of(cls, error: TellerDeskError) -> Message:
        return cls(error.message_id, dict(error.args_by_name))


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A name that comes with its translations as data (a biller, a field of its form)."""

    zh_CN: str
    en: str

    def said(self, language: str) -> str:
        return self.zh_CN if language == "zh_CN" else self.en


class Words:
    """The catalogues of one language."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(language)
        self.language = language
        self._catalogues = [gettext.translation(domain, LOCALE_FOLDER, [language], fallback=True) for domain in DOMAINS]

    def __call__(self, message_id: str, /, **args: str | int | Bilingual) -> str:
        """The sentence for `message_id`, its {places} filled; the id itself where no catalogue knows it.

        Arguments are put in as they are: they are never read as markup or as places of their own.
        """
        shown = {name: arg.said(self.language) if isinstance(arg, Bilingual) else arg for name, arg in args.items()}
        for catalogue in self._catalogues:
            sentence = catalogue.gettext(message_id)
            if sentence != message_id:
                return sentence.format_map(shown) if shown else sentence
        return message_id

    def knows(self, message_id: str) -> bool:
        return any(catalogue.gettext(message_id) != message_id for catalogue in self._catalogues)

    def message(self, message: Message) -> str:
        return self(message.id, **message.args)

    def error(self, error: TellerDeskError) -> str:
        return self(error.message_id, **error.args_by_name)


@cache
def words(language: str) -> Words:
    """The catalogues of `language` ("zh_CN" or "en"), read once."""
    return Words(language)


def language_of_locale() -> str:
    """The language the environment asks for. Unset and "C" ask for none, and this is a Chinese branch's desk."""
    asked = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    language = asked.split(".")[0].split("_")[0].lower()
    return "zh_CN" if language in {"", "c", "posix", "zh"} else "en"
