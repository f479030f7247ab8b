"""The front of the journal search: every use case with the permission it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from tellerdesk.audit.new_file import new_file
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.quotes import Quotes
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, NotAllowed, Refused
from tellerdesk.i18n import Bilingual, Message, words
from tellerdesk.journal.entries import ENTRY, SEQUENCE
from tellerdesk.search import asked, export, vouchers
from tellerdesk.search.accounts import Accounts
from tellerdesk.search.commands import (
    Cursor,
    ExportJournal,
    ExportVouchers,
    ForgetFilter,
    JournalSearch,
    Reveal,
    SaveFilter,
    VoucherDay,
)
from tellerdesk.search.filters import Filters, named
from tellerdesk.search.finder import Finder
from tellerdesk.search.matching import Matcher
from tellerdesk.search.states import SearchAction
from tellerdesk.search.story import Stories
from tellerdesk.search.views import (
    Exported,
    JournalPage,
    JournalStory,
    Revealed,
    SavedFilter,
    Totals,
    VoucherGroup,
    VoucherPage,
)
from tellerdesk.serials import spoken
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_number, typed

SHORTEST_REASON = 4

_LONG_NUMBER = re.compile(r"[0-9]{6,}")
_NAMES_SOMEBODY = ("consumer_no", "customer_name", "account_no")


class SearchRoom:
    """Every transaction of the channel, found by whatever is known of it. Tellers and supervisors see their own
    branch."""

    def __init__(
        self,
        *,
        store: Store,
        staff: StaffRoom,
        audit: AuditTrail,
        clock: Clock,
        vault: Vault,
        quotes: Quotes,
        payments: PaymentSubject,
        billers: Mapping[str, Bilingual],
        advice: Mapping[str, Callable[[str], Message]],
    ) -> None:
        """`billers`: names by code; `advice`: by flow, the sentence about an entry by its serial."""
        self.staff = staff
        self._store = store
        self._audit = audit
        self._clock = clock
        self._finder = Finder(Matcher(vault), billers)
        self._stories = Stories(self._finder, vault, quotes, payments, advice)
        self._filters = Filters(vault)
        self._accounts = Accounts(store, vault, payments)

    @permits(Permission.SEARCH_JOURNAL)
    def page(self, who: SignedOn, search: JournalSearch, cursor: Cursor | None = None, size: int = 50) -> JournalPage:
        """The rows behind (or before) a cursor, at most `size` and 200; without one the first. Raises BadInput (its
        `field` is that of JournalSearch), NotAllowed for another branch, Refused where more than 10,000 rows would have
        to be sorted by anything but their time."""
        read = self._read(who, search)
        with self._store.read() as session:
            return self._finder.page(session.connection(), read, cursor, size)

    @permits(Permission.SEARCH_JOURNAL)
    def totals(self, who: SignedOn, search: JournalSearch) -> Totals:
        """Count and sum of what matches, exact up to 10,000. Raises what `page` raises."""
        read = self._read(who, search)
        with self._store.read() as session:
            return self._finder.totals(session.connection(), read)

    @permits(Permission.SEARCH_JOURNAL)
    def story(self, who: SignedOn, serial: str) -> JournalStory:
        """Everything that happened to one entry. Raises Refused where the person sees none of that serial."""
        branch_no = self._branch(who, "")
        with self._store.read() as session:
            advice = self._stories.advice(_entry(session.connection(), serial, branch_no))
        with self._store.read() as session:
            connection = session.connection()
            return self._stories.story(connection, _entry(connection, serial, branch_no), advice)

    @permits(Permission.SEARCH_EVERY_BRANCH)
    def branches(self, who: SignedOn) -> tuple[str, ...]:  # noqa: ARG002
        """The numbers of the branches that have entries."""
        with self._store.read() as session:
            return tuple(sorted(session.connection().scalars(select(SEQUENCE.c.branch_no).distinct())))

    @permits(Permission.SEARCH_JOURNAL)
    def filters(self, who: SignedOn) -> tuple[SavedFilter, ...]:
        """The person's saved searches, by name."""
        with self._store.read() as session:
            return self._filters.of(session.connection(), who.staff_no)

    @permits(Permission.SEARCH_JOURNAL)
    def save_filter(self, who: SignedOn, command: SaveFilter) -> tuple[SavedFilter, ...]:
        """Keeps a search; gives what `filters` gives. Raises BadInput (field "name", or one of JournalSearch), Refused
        where the person has 50 already."""
        name = named(command.name)
        self._read(who, command.search)
        with self._store.write("search.filter") as unit:
            self._filters.save(unit.connection, who.staff_no, name, command.search, self._clock.now())
            unit.commit()
        return self.filters(who)

    @permits(Permission.SEARCH_JOURNAL)
    def forget_filter(self, who: SignedOn, command: ForgetFilter) -> tuple[SavedFilter, ...]:
        """Throws a saved search away; gives what `filters` gives."""
        with self._store.write("search.filter") as unit:
            self._filters.forget(unit.connection, who.staff_no, command.name)
            unit.commit()
        return self.filters(who)

    @permits(Permission.REVEAL_PERSON)
    def reveal(self, who: SignedOn, command: Reveal) -> Revealed:
        """Whose entry it is, in clear; that it was shown, and why, stands in the audit before. Raises BadInput (field
        "reason"), Refused where the person sees no entry of that serial, TamperFound where what is sealed is not what
        was sealed."""
        reason = typed(command.reason, field="reason", most=200)
        if len(reason) < SHORTEST_REASON:
            raise BadInput("error.search.reason", field="reason", least=SHORTEST_REASON)
        branch_no = self._branch(who, "")
        with self._store.read() as session:
            connection = session.connection()
            revealed = self._stories.revealed(connection, _entry(connection, command.serial, branch_no))
        masked = _LONG_NUMBER.sub(lambda found: mask_number(found.group()), reason)
        with self._store.write("search.reveal") as unit:
            self._audit.write(unit.session, who.staff_no, SearchAction.REVEALED, revealed.serial, {"reason": masked})
            unit.commit()
        return revealed

    @permits(Permission.EXPORT_JOURNAL)
    def export(
        self,
        who: SignedOn,
        command: ExportJournal,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        """Writes every row that matches to a new file, page by page, whole or not at all; audited. `told` hears from
        time to time how many rows were written; once `stopped` says so it ends with Refused and no file. Raises
        BadInput (field "path" where it cannot be written or is there already, or one of JournalSearch)."""
        read = self._read(who, command.search)
        say = words(command.language)

        def rows(connection: Connection) -> Iterator[list[str]]:
            return (export.cells(row, say) for row in self._finder.every(connection, read, export.AT_ONCE))

        return self._written(who, command, rows, export.COLUMNS, self._told(command.search), told, stopped)

    @permits(Permission.EXPORT_JOURNAL)
    def export_vouchers(
        self,
        who: SignedOn,
        command: ExportVouchers,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        """Writes every voucher `vouchers` counts to a new file, as `export` does. Raises what that raises; a BadInput's
        field is "path" or one of VoucherDay."""
        day, branch_no = self._read_day(who, command.day)
        say = words(command.language)

        def rows(connection: Connection) -> Iterator[list[str]]:
            every = vouchers.every(connection, self._finder, day, branch_no)
            return (export.voucher_cells(voucher, say) for voucher in every)

        asked_for = {"accounting_date": day.day, "code": day.code, "teller_no": day.teller_no, "branch_no": branch_no}
        details = {name: _plain(value) for name, value in asked_for.items() if value}
        return self._written(who, command, rows, export.VOUCHER_COLUMNS, details, told, stopped)

    @permits(Permission.SEARCH_JOURNAL)
    def vouchers(self, who: SignedOn, command: VoucherDay) -> tuple[VoucherGroup, ...]:
        """Count and sum of an accounting date's vouchers by code, teller, method and word. Raises BadInput (field
        "teller_no"), NotAllowed for another branch."""
        command, branch_no = self._read_day(who, command)
        with self._store.read() as session:
            return vouchers.groups(session.connection(), command, branch_no)

    @permits(Permission.SEARCH_JOURNAL)
    def voucher_page(
        self, who: SignedOn, command: VoucherDay, cursor: Cursor | None = None, size: int = 50
    ) -> VoucherPage:
        """The vouchers of one code (`command.code` must be given), oldest first. Raises BadInput (field "code"),
        NotAllowed for another branch."""
        command, branch_no = self._read_day(who, command)
        with self._store.read() as session:
            return vouchers.page(session.connection(), self._finder, command, branch_no, cursor, size)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _index_accounts(self) -> None:
        """Payments from before accounts could be searched get their blind index, with the desk's own recovery."""
        self._accounts.index_all()

    def _read(self, who: SignedOn, search: JournalSearch) -> asked.Asked:
        read = asked.read(search, self._branch(who, search.branch_no), self._clock.now())
        if read.account_no:
            self._accounts.index_all()
        return read

    def _read_day(self, who: SignedOn, command: VoucherDay) -> tuple[VoucherDay, str]:
        teller_no = typed(command.teller_no, field="teller_no", most=16)
        return replace(command, teller_no=teller_no), self._branch(who, command.branch_no)

    def _written(
        self,
        who: SignedOn,
        command: ExportJournal | ExportVouchers,
        rows: Callable[[Connection], Iterator[list[str]]],
        columns: tuple[str, ...],
        details: dict[str, str | int],
        told: Callable[[int], None] | None,
        stopped: Callable[[], bool] | None,
    ) -> Exported:
        """The file, whole, and what it is in the audit; or neither."""
        with new_file(command.path) as temporary:
            with closing(self._every(rows)) as cells:
                count, digest = export.write(
                    temporary, command.format, cells, columns, words(command.language), told, stopped
                )
            details = {**details, "format": command.format.value, "rows": count, "sha256": digest}
            with self._store.write("search.export") as unit:
                self._audit.write(unit.session, who.staff_no, SearchAction.EXPORTED, command.path.name[:64], details)
                unit.commit()
        return Exported(count, digest)

    def _every(self, rows: Callable[[Connection], Iterator[list[str]]]) -> Generator[list[str]]:
        """Every row, as of one moment. The database is let go with the last one, not when the file is done."""
        with self._store.read() as session:
            yield from rows(session.connection())

    def _branch(self, who: SignedOn, branch_no: str) -> str:
        """The branch to be searched, empty for every one. Raises NotAllowed for another branch than the own."""
        if branch_no == who.branch_no:
            return branch_no
        try:
            self.staff.require(who, Permission.SEARCH_EVERY_BRANCH)
        except NotAllowed:
            if branch_no:
                raise NotAllowed("error.search.other_branch", branch=who.branch_no) from None
            return who.branch_no
        return branch_no

    def _told(self, search: JournalSearch) -> dict[str, str | int]:
        """What was looked for, without what was left open; what names a customer blinded."""
        nothing = JournalSearch()
        told: dict[str, str | int] = {}
        for field in fields(search):
            value: Any = getattr(search, field.name)
            if value == getattr(nothing, field.name):
                continue
            if field.name in _NAMES_SOMEBODY:
                value = self._audit.blinded(value)
            told[field.name] = _plain(value)
        return told


def _plain(value: Any) -> str | int:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, int) else str(value)[:64]


def _entry(connection: Connection, serial: str, branch_no: str) -> dict[str, Any]:
    query = select(ENTRY).where(ENTRY.c.serial == typed(serial, field="serial", most=64))
    if branch_no:
        query = query.where(ENTRY.c.branch_no == branch_no)
    found = connection.execute(query).first()
    if found is None:
        raise Refused("error.search.no_entry", serial=spoken(serial[:40]))
    return dict(found._mapping)
