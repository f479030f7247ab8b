"""Leaving the desk: asked first, refused while something of one's own still has to be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.confirm import Confirm
from screens.saying import says, says_error
from tellerdesk.errors import TellerDeskError
from tellerdesk.staff.states import MAY, Permission

if TYPE_CHECKING:
    from screens.app import TellerApp
    from tellerdesk.bills.basket_views import BasketView

BASKETS = "error.sign_off.baskets"
"""The desk's no because of a basket."""


class SigningOff:
    """The desk decides whether a person may leave. Where it says no because of their own open questions, or of a basket
    that was not handed over, the way leads there, and from there back here."""

    def __init__(self, app: TellerApp) -> None:
        self._app = app

    def ask(self) -> None:
        """One question; one that stands already is enough."""
        if not isinstance(self._app.screen, Confirm):
            question = Confirm(says("leave.question"), yes=says("leave.yes"), no=says("leave.no"), first="yes")
            self._app.push_screen(question, self._sign_off_if)

    def _sign_off_if(self, meant: bool | None) -> None:
        app = self._app
        who = app.who
        if meant and who is not None and not app.flow_running:
            app.ask(
                app.screen_stack[0],
                lambda desk, _watch: desk.sign_off(who),
                lambda _nothing: app.signed_off(),
                self._refused,
            )

    def _refused(self, error: TellerDeskError) -> None:
        """The desk's no stands; where open questions are the reason, it says how many and shows them."""
        app = self._app
        who = app.who
        app.note(says_error(error), "error")
        if who is not None and error.message_id == BASKETS:
            app.look(
                app.screen_stack[0],
                lambda desk: desk.baskets.left_open(who),
                lambda found: app.desk_lock.when_open(lambda: self._to_basket(found[0], error)) if found else None,
                lambda _error: None,
            )
        elif who is not None and Permission.SEE_QUESTIONS in MAY[who.role]:
            app.look(
                app.screen_stack[0],
                lambda desk: desk.questions.own_count(who),
                lambda count: app.desk_lock.when_open(lambda: self._to_questions(count)) if count else None,
                lambda _error: None,
            )

    def _to_basket(self, view: BasketView, error: TellerDeskError) -> None:
        """The newest one; once none is left, leaving is offered again."""
        from screens.basket_form import BasketForm
        from screens.bill_basket import BillBasket

        app = self._app
        if app.who is None or app.flow_running:
            return
        app.go_home()
        screen = BillBasket(BasketForm(), lambda _over: self._ask_if_none_left(), view)
        app.push_screen(screen)
        screen.call_after_refresh(lambda: screen.note(says_error(error), "warn"))

    def _ask_if_none_left(self) -> None:
        app = self._app
        who = app.who
        if who is not None:
            app.look(
                app.screen_stack[0],
                lambda desk: desk.baskets.left_open(who),
                lambda found: None if found else app.desk_lock.when_open(self.ask),
                lambda _error: None,
            )

    def _to_questions(self, count: int) -> None:
        from screens.open_questions import OpenQuestions

        app = self._app
        if app.who is None or app.flow_running:
            return
        if isinstance(app.screen, OpenQuestions):
            app.pop_screen()
        screen = OpenQuestions(leaving=True)
        app.push_screen(screen)
        screen.call_after_refresh(lambda: screen.note(says("question.leave.first", count=count), "warn"))
