"""The billers of a catalogue as a plain table, aligned also where a name is Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from tellerdesk.billers.catalogue import Biller
from tellerdesk.billers.states import AmountRule
from tellerdesk.i18n import Words

RULES = {
    AmountRule.EXACT: "door.billers.rule_exact",
    AmountRule.EXACT_OR_MORE: "door.billers.rule_exact_or_more",
    AmountRule.PART_OLDEST_FIRST: "door.billers.rule_part",
    AmountRule.FREE: "door.billers.rule_free",
}
"""What may be paid, in words."""

_ABILITIES = {
    "dedupe": "door.billers.can_dedupe",
    "inquiry": "door.billers.can_inquiry",
    "tombstone": "door.billers.can_tombstone",
    "cancel": "door.billers.can_cancel",
}

_HEADS = (
    "door.billers.code",
    "door.billers.name",
    "door.billers.rule",
    "door.billers.hours",
    "door.billers.abilities",
    "door.billers.link",
)


def table(billers: Iterable[Biller], linked: Collection[str], words: Words) -> list[str]:
    """One line for each biller under a line of heads. `linked` are the codes this workstation has an address for."""
    rows = [tuple(words(head) for head in _HEADS)]
    for biller in billers:
        able = [words(told) for name, told in _ABILITIES.items() if getattr(biller.capabilities, name)]
        rows.append(
            (
                biller.code,
                biller.name.both.said(words.language),
                words(RULES[biller.amount.rule]),
                biller.hours_text or words("door.billers.always"),
                " ".join(able) or "-",
                words("door.billers.linked" if biller.code in linked else "door.billers.not_linked"),
            )
        )
    widths = [max(_cells(row[column]) for row in rows) for column in range(len(_HEADS))]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """How many cells of a terminal it takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
