"""What became of a basket, and what is still to be done about it over the counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.basket_rows import cash_of, rows_of, why
from screens.basket_sending import is_about_identity
from screens.bill_approval import ApprovalTalk
from screens.bill_form import PAID_BEFORE
from screens.confirm import Confirm
from screens.identity import IdentitySheet
from screens.payment_story import PaymentStory
from screens.saying import Say, joined, money, nothing, says, says_error, shown
from screens.widgets.figures import Figures
from screens.widgets.ledger import Ledger
from screens.widgets.line import Line
from screens.wording import cancel_is_open
from tellerdesk.bills.basket_commands import GoOnWithBasket, HandOver
from tellerdesk.bills.basket_views import BasketLineView, BasketView
from tellerdesk.bills.commands import AskAgain, Identity, Method
from tellerdesk.bills.states import SUCCESS
from tellerdesk.bills.views import PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen

if TYPE_CHECKING:
    from screens.bill_basket import BillBasket


@dataclass(frozen=True, slots=True)
class Ended:
    """What is said once the customer has what is due."""

    say: Say


class BasketOutcome:
    """One table, one figure, one key for what comes next: approvals first, then paper, then the cash."""

    def __init__(self, screen: BillBasket) -> None:
        self._screen = screen
        self._approval = ApprovalTalk(screen, screen)
        self._combined = True

    # -- showing

    def show(self, view: BasketView) -> None:
        """Shows what became of each bill, the first that asks for something under the cursor."""
        screen = self._screen
        screen.view, screen.agreeing = view, False
        screen.consent.forget()
        ledger = screen.table(len(view.lines))
        ledger.show(rows_of(view))
        odd = [at for at, line in enumerate(view.lines) if line.payment is None or line.payment.word is not Word.PAID]
        ledger.cursor = odd[0] if odd else 0
        ledger.refresh()
        told = [says("basket.sum", count=len(view.lines)), money(view.total_fen, "bold"), says("unit.yuan")]
        if view.method is Method.CASH:
            told += [says("pay.tendered"), money(view.tendered_fen, "bold"), says("unit.yuan")]
        screen.query_one("#sum", Line).show(joined(told))
        screen.query_one("#cash", Figures).show(cash_of(view))
        self.explain()
        screen.stop_waiting()
        self._enter()

    def _enter(self) -> None:
        screen = self._screen
        screen.query_one("#todo", Line).show(self._todo())
        screen.show_stage()
        screen.go.focus()

    def explain(self) -> None:
        """What is to be known of the bill under the cursor."""
        line = self._here()
        self._screen.query_one("#why", Line).show(nothing if line is None else why(line))

    def _here(self) -> BasketLineView | None:
        view, key = self._screen.view, self._screen.query_one(Ledger).current
        return next((line for line in view.lines if line.request_id == key), None) if view is not None else None

    @property
    def waiting(self) -> PaymentView | None:
        """The first payment that waits for an approval."""
        view = self._screen.view
        return next(iter(view.of(Word.AWAITING)), None) if view is not None else None

    @property
    def printable(self) -> bool:
        view = self._screen.view
        return view is not None and any(_has_paper(each) for each in view.of(Word.PAID, Word.PROCESSING))

    @property
    def _paid(self) -> int:
        view = self._screen.view
        return len(view.of(Word.PAID)) if view is not None else 0

    def go_label(self) -> Say:
        stage = self._screen.stage.value
        if stage == "print":
            return says("basket.go.print" if self._paid > 1 else "basket.go.print_one")
        return says(f"basket.go.{stage}")

    def _todo(self) -> Say:
        view, stage = self._screen.view, self._screen.stage.value
        if view is None:
            return nothing
        if stage != "hand_over":
            return says(f"basket.todo.{stage}")
        due_fen = view.cash.to_hand_over_fen
        return says("basket.todo.hand_over", amount=format_fen(due_fen)) if due_fen else says("basket.todo.no_cash")

    def remark(self) -> Say:
        """What else can be done now."""
        view = self._screen.view
        if view is None or "basket" not in self.offers():
            return nothing
        return says("basket.note.rest", count=len(view.not_begun))

    def offers(self) -> set[str]:
        """The actions that work beside the one for what comes next."""
        view = self._screen.view
        if view is None:
            return set()
        again = {"again"} if view.of(Word.PROCESSING) else set()
        rest = {"basket"} if view.not_begun and view.handed_fen is None and self._can_begin(view) else set()
        return again | rest | ({"print"} if self._prints_otherwise else set())

    @property
    def _prints_otherwise(self) -> bool:
        """Beside the one key: one receipt each, or what was printed once more."""
        return self.printable and self.waiting is None and (self._screen.printed or self._paid > 1)

    def _can_begin(self, view: BasketView) -> bool:
        """At its own till alone."""
        who = self._screen.desk_app.who
        return who is not None and (view.branch_no, view.till_no) == (who.branch_no, who.till_no)

    # -- doing

    def go_on(self) -> None:
        """The one key of this part."""
        waiting, stage = self.waiting, self._screen.stage.value
        if waiting is not None:
            self._approval.open(waiting)
        elif stage == "print":
            self.issue(combined=self._paid > 1)
        else:
            self._ask_handed_over()

    def open_story(self) -> None:
        line = self._here()
        if line is not None and line.payment is not None:
            self._screen.app.push_screen(PaymentStory(line.payment, look_only=True))
        else:
            self._screen.app.bell()

    def ask_again(self) -> None:
        """Asks the counterparts about every outcome that is not known."""
        screen, view, who = self._screen, self._screen.view, self._screen.desk_app.who
        if view is None or who is None or not (unknown := view.of(Word.PROCESSING)):
            return
        commands = [AskAgain(payment.serial) for payment in unknown]
        screen.shut()
        screen.note(says("outcome.asking"))
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: [desk.bills.ask_again(who, command) for command in commands],
            lambda _payments: self.read_again(),
            self.read_again,
        )

    def read_again(self, error: TellerDeskError | None = None) -> None:
        """The basket as it stands in the books; `error` is what is said of why."""
        screen, view, who = self._screen, self._screen.view, self._screen.desk_app.who
        if view is None or who is None:
            return

        def told() -> None:
            if error is not None:
                screen.note(says_error(error), "error")

        def seen(fresh: BasketView) -> None:
            self.show(fresh)
            told()

        def not_seen(worse: TellerDeskError) -> None:
            screen.stop_waiting()
            screen.note(says_error(error or worse), "error")

        if view.kept:
            screen.look(lambda desk: desk.baskets.basket(who, view.basket_id), seen, not_seen)
        else:
            seen(view)

    def begin_the_rest(self) -> None:
        """Begins what was not begun, after asking: the same requests, and nothing that was begun before."""
        view = self._screen.view
        if view is None or "basket" not in self.offers():
            return
        before = any(line.refusal is not None and line.refusal.id == PAID_BEFORE for line in view.not_begun)
        sum_fen = sum(line.amount_fen for line in view.not_begun)
        detail = "basket.rest.account" if self._agrees_anew(view) else "basket.rest.detail"
        question = Confirm(
            says("basket.rest.question", count=len(view.not_begun), amount=format_fen(sum_fen)),
            detail=says("basket.rest.before" if before else detail),
            yes=says("basket.rest.yes"), no=says("basket.rest.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(question, lambda meant: self._begin_the_rest(before) if meant else None)

    def _agrees_anew(self, view: BasketView) -> bool:
        """The customer has to: the form that had the consents is gone."""
        return view.method is Method.ACCOUNT and self._screen.form.sent is None

    def _begin_the_rest(self, knows_paid_before: bool, identity: Identity | None = None) -> None:
        screen, view, who = self._screen, self._screen.view, self._screen.desk_app.who
        if screen.busy or view is None or who is None:
            return
        screen.printed = False
        if (command := screen.form.once_more(knows_paid_before=knows_paid_before)) is not None:
            screen.send.send_again(command)
            return
        if self._agrees_anew(view):
            screen.consent.begin_anew(knows_paid_before=knows_paid_before)
            return
        rest = GoOnWithBasket(view.basket_id, knows_paid_before, identity)

        def identified(given: Identity | None) -> None:
            if given is not None:
                self._begin_the_rest(knows_paid_before, given)

        def refused(error: TellerDeskError) -> None:
            self.read_again(error)
            if is_about_identity(error):
                screen.desk_app.desk_lock.lay(IdentitySheet(error, identity), identified)

        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, watch: desk.baskets.go_on(who, rest, watch),
            self.show,
            refused,
            screen.send.asking,
        )

    def issue(self, *, combined: bool) -> None:
        """One receipt for all that stand, or one each; a slip for each that is in doubt."""
        screen, view, who = self._screen, self._screen.view, self._screen.desk_app.who
        if view is None or who is None or not self.printable or self.waiting is not None:
            return
        self._combined = combined
        screen.shut()
        screen.note(says("outcome.printing"))
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.basket_papers.issue(who, view.basket_id, combined),
            self._issued,
            self._not_issued,
        )

    def print_otherwise(self) -> None:
        if self._prints_otherwise:
            self.issue(combined=self._screen.printed and self._combined)

    def _issued(self, documents: tuple[DocumentView, ...]) -> None:
        screen = self._screen
        screen.printed = True
        screen.stop_waiting()
        self._enter()
        screen.note(joined([says("basket.saved", count=len(documents)), shown(documents[0].path.name)]))

    def _not_issued(self, error: TellerDeskError) -> None:
        screen = self._screen
        screen.printed = True
        screen.stop_waiting()
        self._enter()
        screen.note(says_error(error), "error")

    # -- the cash

    def _ask_handed_over(self) -> None:
        """Change alone is handed over with the receipts; where more goes back, it is confirmed."""
        view = self._screen.view
        if view is None:
            return
        due_fen = view.cash.to_hand_over_fen
        if due_fen == view.cash.change_fen or view.method is Method.ACCOUNT:
            self._handed_over_if(True)
            return
        question = Confirm(
            says("basket.handed.question", amount=format_fen(due_fen)), detail=says("basket.handed.detail"),
            yes=says("basket.handed.yes"), no=says("outcome.returned.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(question, self._handed_over_if)

    def _handed_over_if(self, meant: bool | None) -> None:
        screen, view, who = self._screen, self._screen.view, self._screen.desk_app.who
        if not meant or screen.busy or view is None or who is None:
            return
        if not view.kept:
            screen.ended(_ended(view))
            return
        command = HandOver(view.basket_id, view.cash.to_hand_over_fen)
        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.baskets.hand_over(who, command),
            lambda _after: screen.desk_app.desk_lock.when_open(lambda: screen.ended(_ended(view))),
            self.read_again,
        )

    def before_leaving(self, leave: Callable[[], None]) -> None:
        """Does `leave`; a basket that was not handed over is asked about first, and offered again."""
        question = Confirm(
            says("basket.open.question"), detail=says("basket.open.detail"),
            yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(question, lambda meant: leave() if meant else None)


def _has_paper(payment: PaymentView) -> bool:
    """False while the payment is being cancelled, and once its refund was asked for: no paper would be true."""
    return not cancel_is_open(payment) and (payment.refund is None or payment.state != SUCCESS)


def _ended(view: BasketView) -> Ended:
    due_fen = view.cash.to_hand_over_fen
    return Ended(says("basket.ended", amount=format_fen(due_fen)) if due_fen else says("basket.ended.no_cash"))
