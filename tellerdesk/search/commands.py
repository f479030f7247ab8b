"""What a person asks of the journal search. Amounts in fen; days are the branch's calendar days, both included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from tellerdesk.bills.commands import Method
from tellerdesk.journal.states import Word
from tellerdesk.search.states import Format, Sort


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """What is looked for: any mix; what is empty is not asked. Texts are as typed, and taken literally.

    The days are those the entries were made on: `since` and `until`, or the last `last_days` days with today (1: today
    alone). Where neither is given and nothing names one customer or one serial, the last DEFAULT_DAYS are searched.
    """

    since: date | None = None
    until: date | None = None
    last_days: int = 0
    flow: str = ""
    """one of `search.states.STATES`"""
    biller_code: str = ""
    consumer_no: str = ""
    """whole; a personal number is found by its blind index"""
    customer_name: str = ""
    """any two characters or more that stand together in it"""
    account_no: str = ""
    """whole: the account a payment was made from or a refund was paid to"""
    teller_no: str = ""
    """who made the entry"""
    approver_no: str = ""
    """who decided a request about it, either way"""
    words: tuple[Word, ...] = ()
    """what an entry is called; a payment that is refunded is no paid one any more, and found by its refund"""
    state: str = ""
    cash_due: bool = False
    """only entries whose cash is still to be handed back"""
    amount_from_fen: int | None = None
    amount_to_fen: int | None = None
    serial: str = ""
    """any number: an entry's own, that of the payment it is about, core's, the biller's, a message's, a document's"""
    method: Method | None = None
    branch_no: str = ""
    """empty: the person's own, or every branch for whoever may see them all"""
    sort: Sort = Sort.TIME
    ascending: bool = False


DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows, made by a page and handed back as it is. `backward`: the rows before it."""

    value: datetime | int | str
    id: int
    backward: bool = False


@dataclass(frozen=True, slots=True)
class SaveFilter:
    """Keep a search under a name of the person's own; one of that name is replaced."""

    name: str
    search: JournalSearch


@dataclass(frozen=True, slots=True)
class ForgetFilter:
    """Throw a saved search away."""

    name: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """Show whose entry this is, unmasked; `reason` says why, and is kept in the audit."""

    serial: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExportJournal:
    """Write every row that matches to a new file, masked as on the screen. `language` is that of its headings."""

    search: JournalSearch
    path: Path
    format: Format
    language: str


@dataclass(frozen=True, slots=True)
class VoucherDay:
    """The vouchers of an accounting date; `code` and `teller_no` narrow them. `branch_no` as in JournalSearch."""

    day: date
    branch_no: str = ""
    code: str = ""
    teller_no: str = ""


@dataclass(frozen=True, slots=True)
class ExportVouchers:
    """Write the vouchers of an accounting date to a new file, those the list counts and no others, by code and then
    oldest first; masked as on the screen."""

    day: VoucherDay
    path: Path
    format: Format
    language: str
