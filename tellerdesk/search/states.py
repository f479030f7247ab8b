"""The words of the journal search: how it sorts, what it writes, and what each flow's entries are called outside."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tellerdesk.bills import states as bills
from tellerdesk.journal.states import State, Word
from tellerdesk.questions import states as questions
from tellerdesk.refunds import states as refunds


class Sort(StrEnum):
    """What rows are sorted by; those that are equal, by the order they were written in."""

    TIME = "TIME"
    AMOUNT = "AMOUNT"
    BILLER = "BILLER"
    TELLER = "TELLER"


class Format(StrEnum):
    """What an export is written as."""

    CSV = "CSV"
    XLSX = "XLSX"


class SearchAction(StrEnum):
    """What the journal search writes into the audit."""

    REVEALED = "journal.revealed"
    """Somebody has seen in clear whose entry it is."""
    EXPORTED = "journal.exported"


STATES: Mapping[str, Mapping[str, State]] = {
    bills.FLOW: bills.STATES,
    refunds.FLOW: refunds.STATES,
    questions.FLOW: questions.STATES,
}
"""Every flow whose entries stand in the journal, with its states."""

CANCELLATION = "2002"

CODES: Mapping[str, str] = {bills.FLOW: "2001", refunds.FLOW: "2005", questions.FLOW: "2003"}
"""The transaction code a flow's entries are booked under. A cancellation (CANCELLATION) is a part of its payment's
entry and a voucher of its own."""


_WORDS = {(flow, name): state.word for flow, known in STATES.items() for name, state in known.items()}


def word_of(flow: str, state: str) -> Word:
    """What an entry is called outside; PROCESSING where a newer program has written a state this one does not know."""
    return _WORDS.get((flow, state), Word.PROCESSING)
