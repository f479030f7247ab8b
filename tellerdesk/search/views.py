"""What the journal search tells. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.search.commands import Cursor, JournalSearch


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One entry as the list shows it. `consumer_no` is masked where it is personal, `customer_name` by the surname."""

    serial: str
    made_at: datetime
    accounting_date: date | None
    flow: str
    code: str
    """the transaction code it is booked under"""
    biller_code: str
    biller: Bilingual
    consumer_no: str
    customer_name: str
    amount_fen: int
    method: Method
    word: Word
    state: str
    cash_return: CashReturn
    teller_no: str
    till_no: str
    branch_no: str
    core_serial: str
    counterpart_serial: str


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some rows in the order asked for. `previous` and `next` lead on, None where there is nothing more. `since` and
    `until` are the days that were really searched, None where every day was."""

    rows: tuple[JournalRow, ...]
    previous: Cursor | None
    next: Cursor | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many entries match, and their amounts' sum. `at_least`: there are more than were counted, so both figures
    are lower bounds (10,000+)."""

    count: int
    sum_fen: int
    at_least: bool


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One approver's word on a request about the entry. `use_case` is one of `approvals.states.UseCase`, `verdict` one
    of `approvals.states.Verdict`."""

    use_case: str
    verdict: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperView:
    """A document that was issued for the entry; `kind` as in documents."""

    number: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class JournalStory:
    """An entry with everything that happened to it, oldest first. `advice` says what happened to the money and what to
    do now, None where the flow has no such sentence. `about` is the payment a refund or a late answer is about,
    `entries_about` the entries that are about this one."""

    row: JournalRow
    advice: Message | None
    legs: tuple[LegView, ...]
    next_try_at: datetime | None
    decisions: tuple[DecisionView, ...]
    papers: tuple[PaperView, ...]
    account_no: str
    """masked; empty where no account is in it"""
    about: str
    entries_about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A search somebody keeps under a name."""

    name: str
    search: JournalSearch
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Revealed:
    """Whose entry it is, in clear. `address` and `account_no` are empty where there is none."""

    serial: str
    consumer_no: str
    customer_name: str
    address: str
    account_no: str

    def __repr__(self) -> str:
        return f"Revealed({self.serial})"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the number of rows, and the SHA-256 of the file in hex."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class VoucherGroup:
    """The vouchers of one transaction code, teller and method that came to the same word."""

    code: str
    teller_no: str
    method: Method
    word: Word
    count: int
    sum_fen: int


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """One voucher. A cancellation's is its payment's entry, by whom and when it was cancelled."""

    code: str
    teller_no: str
    at: datetime
    row: JournalRow
    papers: tuple[str, ...]
    """numbers of the documents issued for it"""


@dataclass(frozen=True, slots=True)
class VoucherPage:
    """Some vouchers of one transaction code, oldest first."""

    rows: tuple[VoucherRow, ...]
    previous: Cursor | None
    next: Cursor | None
