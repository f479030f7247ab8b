"""Paper for a refund: the slip the customer signs and takes once it was paid out."""

from __future__ import annotations

from tellerdesk.bills.papers import House
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import DocumentView
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class RefundPapers:
    """Issues the slip of a refund."""

    def __init__(self, staff: StaffRoom, papers: Papers, house: House) -> None:
        self.staff = staff
        self._papers = papers
        self._house = house

    @permits(Permission.ISSUE_DOCUMENT)
    def issue(self, who: SignedOn, serial: str) -> DocumentView:
        """The slip of a refund that was paid out, the same one each time. Raises NotAllowed, Refused where it is not
        paid out or its cash not handed over yet, DocumentFailed: the refund is not touched."""
        raise NotImplementedError
