"""The front of the open questions: every use case with the permission it asks for."""

from __future__ import annotations

from tellerdesk.errors import NotAllowed
from tellerdesk.questions.commands import AskAboutQuestion, Explain, RetryQuestion, SettleLate
from tellerdesk.questions.explaining import Explaining
from tellerdesk.questions.handling import Handling
from tellerdesk.questions.listing import Listing
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class QuestionsRoom:
    """Every entry of a branch whose end nobody knows yet."""

    def __init__(self, staff: StaffRoom, listing: Listing, explaining: Explaining, handling: Handling) -> None:
        self.staff = staff
        self._listing = listing
        self._explaining = explaining
        self._handling = handling

    @permits(Permission.SEE_QUESTIONS)
    def open(self, who: SignedOn) -> tuple[OpenQuestion, ...]:
        """The branch's open questions: the person's own first, then the oldest."""
        return self._listing.open(who)

    @permits(Permission.SEE_QUESTIONS)
    def question(self, who: SignedOn, serial: str) -> OpenQuestion | None:
        """One of them as it stands; None where it is not open any more. Raises Refused where there is no such serial,
        NotAllowed where it is another branch's; so do all that follow."""
        return self._listing.one(who, serial)

    @permits(Permission.SEE_QUESTIONS)
    def own_count(self, who: SignedOn) -> int:
        """How many of the person's own nobody has taken over yet: with one of them nobody signs off."""
        return self._listing.own_count(who)

    @permits(Permission.EXPLAIN_QUESTION)
    def explain(self, who: SignedOn, command: Explain) -> OpenQuestion | None:
        """Keeps why it is open and what the customer was given; from then on it is the branch's. A repeated request id
        keeps it once. What is another teller's own only who decides about others' may explain.

        Raises BadInput (field "note"), NotAllowed, Refused where it is not open, Conflict.
        """
        self._explaining.explain(who, command, for_others=self._decides(who))
        return self._listing.one(who, command.serial)

    @permits(Permission.ASK_AGAIN)
    def ask_again(self, who: SignedOn, command: AskAboutQuestion) -> OpenQuestion | None:
        """Asks the counterparts again now."""
        self._handling.ask_again(who, command.serial)
        return self._listing.one(who, command.serial)

    @permits(Permission.RETRY_REVERSAL)
    def retry(self, who: SignedOn, command: RetryQuestion) -> OpenQuestion | None:
        """Has what was given up sent once more: a reversal, or the biller's part of a late answer. Audited."""
        self._handling.retry(who, command.serial)
        return self._listing.one(who, command.serial)

    @permits(Permission.SETTLE_LATE_ANSWER)
    def settle(self, who: SignedOn, command: SettleLate) -> None:
        """Closes a late answer that was settled with the biller by hand. Audited. Raises BadInput (field "note"),
        Refused, Conflict."""
        self._handling.settle(who, command)

    def _decides(self, who: SignedOn) -> bool:
        """Whether the person decides about what others have begun."""
        try:
            self.staff.require(who, Permission.RETRY_REVERSAL)
        except NotAllowed:
            return False
        return True
