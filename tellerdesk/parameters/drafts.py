"""What stands on disk: drafts. They take effect at the first opening, and after that only when they were approved."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tellerdesk.approvals.rules import Rules
from tellerdesk.billers import catalogue
from tellerdesk.checked.reading import Unreadable, hash_of, text_of
from tellerdesk.errors import BadSetup, Refused
from tellerdesk.parameters import limits
from tellerdesk.parameters.states import Kind

Key = tuple[Kind, str]
"""What is under change control: the kind, and the biller's code (empty for the rules and the limits)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`at` is the file it stands in."""

    kind: Kind
    name: str
    text: str
    at: str

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def content_hash(self) -> str:
        return hash_of(self.text)


@dataclass(frozen=True, slots=True)
class Drafts:
    """Where the drafts stand: a folder of biller files, a file of rules, and the limits as the settings have them,
    written as `limits.written`, with the settings' file."""

    catalogue: Path
    rules: Path
    limits: str
    settings: Path

    def first(self) -> tuple[Draft, ...]:
        """Everything, checked: what the first opening adopts. Raises BadSetup."""
        Rules.read(self.rules, catalogue.read_all(self.catalogue))
        limits.parse(self.limits, str(self.settings))
        found = self.all()
        return tuple(found[key] for key in sorted(found))

    def all(self) -> dict[Key, Draft]:
        """Everything that can be read, unchecked; a file that cannot be read is left out."""
        found = [Draft(Kind.LIMITS, "", self.limits, str(self.settings))]
        for path in sorted(self.catalogue.glob("*.toml")):
            try:
                text = text_of(path)
            except Unreadable:
                continue
            found.append(Draft(Kind.BILLER, _code(text, path), text, str(path)))
        with suppress(Unreadable):
            found.append(Draft(Kind.RULES, "", text_of(self.rules), str(self.rules)))
        return {draft.key: draft for draft in found}

    def one(self, key: Key) -> Draft:
        """Raises Refused where there is no such file, BadSetup where it cannot be read."""
        if (draft := self.all().get(key)) is not None:
            return draft
        kind, name = key
        path = self.rules if kind is Kind.RULES else self.catalogue / f"{name}.toml"
        if path.is_file():
            raise BadSetup("error.setup.unreadable", path=str(path), reason="UTF-8")
        raise Refused("error.parameters.no_draft", kind=kind.value, name=name or "-", path=str(path))


def check(draft: Draft, billers: Mapping[str, catalogue.Biller]) -> None:
    """Whether the content may come into force beside `billers`, those in force then. Raises BadSetup with the file, the
    first mistake's line and key."""
    if draft.kind is Kind.LIMITS:
        limits.parse(draft.text, draft.at)
    elif draft.kind is Kind.RULES:
        Rules.parse(draft.text, draft.at, billers)
    else:
        biller = catalogue.parse(draft.text, draft.at)
        if biller.code != draft.name:
            raise BadSetup("error.parameters.other_code", path=draft.at, code=biller.code, name=draft.name)
        beside = [other for code, other in billers.items() if code != biller.code]
        for _, key, _ in catalogue.clashes([*beside, biller]):
            raise BadSetup("error.parameters.mixed_up", path=draft.at, key=".".join(key))


def _code(text: str, path: Path) -> str:
    """The code a biller's file gives itself; that of its name where it gives none."""
    try:
        code = tomllib.loads(text).get("code")
    except (ValueError, RecursionError):
        code = None
    return code if isinstance(code, str) and 0 < len(code) <= 16 else path.stem[:16]
