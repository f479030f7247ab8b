"""The approvals room's front: what waits, and the decisions of people."""

from __future__ import annotations

from tellerdesk.approvals.book import ApprovalBook, Subject
from tellerdesk.approvals.commands import Decide, DecideHere, Withdraw
from tellerdesk.approvals.states import UseCase
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.clock import Clock
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store


class ApprovalsRoom:
    """Requests of the person's own branch. One decision of one person; maker and checker are different persons."""

    def __init__(self, store: Store, staff: StaffRoom, book: ApprovalBook, clock: Clock) -> None:
        self.staff = staff
        self._store = store
        self._book = book
        self._clock = clock
        self._subjects: dict[UseCase, Subject] = {}

    def _register(self, subject: Subject) -> None:
        self._subjects[subject.use_case] = subject

    @permits(Permission.SEE_APPROVALS)
    def waiting(self, who: SignedOn) -> tuple[ApprovalView, ...]:
        """The open requests of the branch, the oldest first, with the person's own among them."""
        raise NotImplementedError

    @permits(Permission.SEE_APPROVALS)
    def waiting_count(self, who: SignedOn) -> int:
        """How many requests this person may decide now."""
        raise NotImplementedError

    @permits(Permission.SEE_APPROVALS)
    def approval(self, who: SignedOn, approval_id: str) -> ApprovalView:
        """One request as it stands. Raises Refused where there is none, NotAllowed where it is another branch's."""
        raise NotImplementedError

    @permits(Permission.DECIDE_APPROVAL)
    def decide(self, who: SignedOn, command: Decide) -> ApprovalView:
        """The decision of who is signed on here, proven by a one-time code.

        Raises BadInput (no reason for a no), SignOnRefused (wrong or used code; counts as a try), NotAllowed (own
        work, own till, wrong role), Refused (expired), Conflict naming who decided first.
        """
        raise NotImplementedError

    @permits(Permission.ASK_APPROVAL)
    def decide_here(self, who: SignedOn, command: DecideHere) -> ApprovalView:
        """The decision of somebody else at `who`'s desk. Raises what `decide` raises, for the approver."""
        raise NotImplementedError

    @permits(Permission.ASK_APPROVAL)
    def withdraw(self, who: SignedOn, command: Withdraw) -> ApprovalView:
        """The maker takes the request back, approved or not, as long as it is not executed. Raises NotAllowed for
        anybody else, Conflict where it has ended."""
        raise NotImplementedError
