"""The front of the journal search: every use case with the permission it asks for."""

from __future__ import annotations

from collections.abc import Callable

from tellerdesk.search.commands import (
    Cursor,
    ExportJournal,
    ForgetFilter,
    JournalSearch,
    Reveal,
    SaveFilter,
    VoucherDay,
)
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
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class SearchRoom:
    """Every transaction of the channel, found by whatever is known of it. Tellers and supervisors see their own
    branch."""

    def __init__(self, staff: StaffRoom) -> None:
        self.staff = staff

    @permits(Permission.SEARCH_JOURNAL)
    def page(self, who: SignedOn, search: JournalSearch, cursor: Cursor | None = None, size: int = 50) -> JournalPage:
        """The rows behind (or before) a cursor, at most `size` and 200; without one the first. Raises BadInput (its
        `field` is that of JournalSearch), NotAllowed for another branch, Refused where more than 10,000 rows would have
        to be sorted by anything but their time."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def totals(self, who: SignedOn, search: JournalSearch) -> Totals:
        """Count and sum of what matches, exact up to 10,000. Raises what `page` raises."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def story(self, who: SignedOn, serial: str) -> JournalStory:
        """Everything that happened to one entry. Raises Refused where the person sees none of that serial."""
        raise NotImplementedError

    @permits(Permission.SEARCH_EVERY_BRANCH)
    def branches(self, who: SignedOn) -> tuple[str, ...]:
        """The numbers of the branches that have entries."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def filters(self, who: SignedOn) -> tuple[SavedFilter, ...]:
        """The person's saved searches, by name."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def save_filter(self, who: SignedOn, command: SaveFilter) -> tuple[SavedFilter, ...]:
        """Keeps a search; gives what `filters` gives. Raises BadInput (field "name", or one of JournalSearch), Refused
        where the person has 50 already."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def forget_filter(self, who: SignedOn, command: ForgetFilter) -> tuple[SavedFilter, ...]:
        """Throws a saved search away; gives what `filters` gives."""
        raise NotImplementedError

    @permits(Permission.REVEAL_PERSON)
    def reveal(self, who: SignedOn, command: Reveal) -> Revealed:
        """Whose entry it is, in clear; that it was shown, and why, stands in the audit before. Raises BadInput (field
        "reason"), Refused where the person sees no entry of that serial."""
        raise NotImplementedError

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
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def vouchers(self, who: SignedOn, command: VoucherDay) -> tuple[VoucherGroup, ...]:
        """Count and sum of an accounting date's vouchers by code, teller, method and word. Raises BadInput, NotAllowed
        for another branch."""
        raise NotImplementedError

    @permits(Permission.SEARCH_JOURNAL)
    def voucher_page(
        self, who: SignedOn, command: VoucherDay, cursor: Cursor | None = None, size: int = 50
    ) -> VoucherPage:
        """The vouchers of one code (`command.code` must be given), oldest first. Raises BadInput (field "code"),
        NotAllowed for another branch."""
        raise NotImplementedError
