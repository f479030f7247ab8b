"""The limits of the settings that protect money, as one small document: what is approved and what counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tellerdesk.checked.mistakes import Mistake
from tellerdesk.checked.parts import Part
from tellerdesk.checked.reading import examined
from tellerdesk.errors import BadSetup
from tellerdesk.money import MAX_FEN


class LargeCash(Part):
    identity_from_fen: Annotated[int, Field(ge=1, le=MAX_FEN)]
    """From this amount of cash on, in fen, the payer's identity is asked for."""


class Flows(Part):
    duplicate_days: Annotated[int, Field(ge=0, le=366)]
    """How many days back a payment of the same consumer asks the teller to confirm the next one."""


class Limits(Part):
    """Named as in the settings, where their drafts stand."""

    large_cash: LargeCash
    flows: Flows


def written(*, identity_from_fen: int, duplicate_days: int) -> str:
    """The limits as TOML, always in these words: equal limits have equal hashes."""
    return f"[large_cash]\nidentity_from_fen = {identity_from_fen}\n\n[flows]\nduplicate_days = {duplicate_days}\n"


def check(text: str) -> list[Mistake]:
    """Every mistake of a document; none where it is well."""
    return examined(text, Limits)[1]


def parse(text: str, at: str) -> Limits:
    """Raises BadSetup with `at`, the first mistake's line and key."""
    found, mistakes = examined(text, Limits)
    if found is None:
        first = mistakes[0].at
        raise BadSetup("error.setup.limits", path=at, line=first.line, key=first.key or "-", count=len(mistakes))
    return found
