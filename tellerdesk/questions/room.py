"""The front of the open questions: every use case with the permission it asks for."""

from __future__ import annotations

from tellerdesk.questions.commands import AskAboutQuestion, Explain, RetryQuestion, SettleLate
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class QuestionsRoom:
    """Every entry of a branch whose end nobody knows yet."""

    def __init__(self, staff: StaffRoom) -> None:
        self.staff = staff

    @permits(Permission.SEE_QUESTIONS)
    def open(self, who: SignedOn) -> tuple[OpenQuestion, ...]:
        """The branch's open questions: the person's own first, then the oldest."""
        raise NotImplementedError

    @permits(Permission.SEE_QUESTIONS)
    def question(self, who: SignedOn, serial: str) -> OpenQuestion | None:
        """One of them as it stands; None where it is not open any more."""
        raise NotImplementedError

    @permits(Permission.SEE_QUESTIONS)
    def own_count(self, who: SignedOn) -> int:
        """How many of the person's own nobody has taken over yet: with one of them nobody signs off."""
        raise NotImplementedError

    @permits(Permission.EXPLAIN_QUESTION)
    def explain(self, who: SignedOn, command: Explain) -> OpenQuestion | None:
        """Keeps why it is open and what the customer was given; from then on it is the branch's. A repeated request id
        keeps it once. Raises BadInput (field "note"), NotAllowed, Refused where it is not open."""
        raise NotImplementedError

    @permits(Permission.ASK_AGAIN)
    def ask_again(self, who: SignedOn, command: AskAboutQuestion) -> OpenQuestion | None:
        """Asks the counterparts again now."""
        raise NotImplementedError

    @permits(Permission.RETRY_REVERSAL)
    def retry(self, who: SignedOn, command: RetryQuestion) -> OpenQuestion | None:
        """Has what was given up sent once more: a reversal, or the biller's part of a late answer."""
        raise NotImplementedError

    @permits(Permission.SETTLE_LATE_ANSWER)
    def settle(self, who: SignedOn, command: SettleLate) -> None:
        """Closes a late answer that was settled with the biller by hand. Raises BadInput (field "note"), Refused."""
        raise NotImplementedError
