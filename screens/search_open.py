"""From a row of the journal to its story."""

from __future__ import annotations

from screens.base import DeskScreen
from screens.journal_story import JournalStoryScreen
from screens.payment_story import PaymentStory
from screens.search_asking import Asker
from tellerdesk.bills.states import FLOW as BILLS
from tellerdesk.bills.views import PaymentView
from tellerdesk.search.views import JournalRow, JournalStory
from tellerdesk.staff.states import MAY, Permission


class StoryOpener:
    """Opens a payment of the own branch with what can still be done about it, and anything else to be read."""

    def __init__(self, screen: DeskScreen, asker: Asker) -> None:
        self._screen = screen
        self._asker = asker

    def open(self, row: JournalRow) -> None:
        """Reads the story, and shows it unless its list has been left or covered meanwhile."""
        who = self._screen.desk_app.who
        if who is None:
            return
        if row.flow == BILLS and row.branch_no == who.branch_no and Permission.SEE_PAYMENTS in MAY[who.role]:
            look_only = Permission.TAKE_PAYMENT not in MAY[who.role]
            self._asker.ask(
                lambda desk: desk.bills.payment(who, row.serial),
                lambda payment: self._payment(payment, look_only=look_only),
                self._screen.complain,
            )
        else:
            self._asker.ask(lambda desk: desk.search.story(who, row.serial), self._story, self._screen.complain)

    def _payment(self, payment: PaymentView, *, look_only: bool) -> None:
        if self._screen.is_active:
            self._screen.app.push_screen(PaymentStory(payment, look_only=look_only))

    def _story(self, story: JournalStory) -> None:
        if self._screen.is_active:
            self._screen.app.push_screen(JournalStoryScreen(story))
