"""What 2005 asks of the desk: everything that could send a second is shut before the first is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from screens.approval_sheet import ApprovalSheet, Means
from screens.bill_approval import SheetTalk
from screens.confirm import Confirm
from screens.identity import IdentitySheet
from screens.refund_form import PayOutForm, SuspendForm
from screens.refund_panel import Stage
from screens.refund_suspend import SuspendSheet
from screens.refund_words import cash_waits
from screens.saying import Say, joined, says, says_error
from screens.wording import cash_is_due
from tellerdesk.bills.commands import AskAccount, Identity
from tellerdesk.bills.states import SUSPENDABLE
from tellerdesk.bills.views import AccountView, PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.errors import BadInput, NotAllowed, Refused, TellerDeskError
from tellerdesk.money import format_fen
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import AskAboutRefund, AskPayOut, AskRefundApproval, ConfirmHandedOver, GoOnWith
from tellerdesk.refunds.views import RefundAct, RefundView

if TYPE_CHECKING:
    from screens.desk_port import DeskPort
    from screens.refund_list import RefundList
    from screens.refunds import Refunds
    from tellerdesk.staff.views import SignedOn

_MEANS = {
    states.PENDING_SUSPENSE: Means.SUSPEND,
    states.PENDING_REFUND: Means.REFUND,
    states.PENDING_PAY_OUT: Means.PAY_OUT,
}


class RefundApproval(SheetTalk[RefundView]):
    """What a refund waits for two persons, or one, to agree to."""

    def open(self, refund: RefundView) -> None:
        """The sheet of what it waits for, for who asked for it."""
        if not self.waits(refund):
            return
        command = GoOnWith(refund.serial)

        def go_on() -> None:
            self.carry_out(refund, lambda desk, who, watch: desk.refunds.go_on(who, command, watch))

        self.lay(ApprovalSheet(refund.approval_id, _MEANS[refund.state]), refund, go_on)

    def waits(self, view: RefundView) -> bool:
        """For its approval, or for who asked for it to go on with what was approved."""
        return view.state in _MEANS and (RefundAct.GO_ON in view.may or self._is_mine(view))

    def _is_mine(self, view: RefundView) -> bool:
        """The person here has asked for it, as far as it tells."""
        who = self._screen.desk_app.who
        paid = view.pay_out if view.state == states.PENDING_PAY_OUT else None
        asker = view.teller_no if paid is None else paid.asked_by
        return who is not None and who.staff_no == asker

    def read(self, desk: DeskPort, who: SignedOn, view: RefundView) -> RefundView:
        return desk.refunds.refund(who, view.serial)


def opened(
    desk: DeskPort, who: SignedOn, serial: str
) -> tuple[tuple[RefundView, ...], RefundView | None, PaymentView | None]:
    """What is due; the refund `serial` names, be it its own or its payment's; else the payment it names."""
    due = desk.refunds.due(who)
    if not serial:
        return due, None, None
    if listed := next((each for each in due if serial in {each.serial, each.payment_serial}), None):
        return due, listed, None
    if of_it := [each for each in desk.refunds.of_payment(who, serial) if each.state not in states.CAME_TO_NOTHING]:
        return due, of_it[-1], None
    try:
        return due, desk.refunds.refund(who, serial), None
    except (Refused, BadInput, NotAllowed):  # a payment's serial, then
        return due, None, desk.bills.payment(who, serial)


def can_be_suspended(payment: PaymentView) -> bool:
    """Its cash can be booked to refunds payable, or its posting, which core does not undo."""
    return cash_is_due(payment) or payment.state in SUSPENDABLE


class ActsTalk:
    """What is done with the picked refund, one thing at a time."""

    def __init__(self, screen: RefundList) -> None:
        self._screen = screen
        self._suspending: SuspendForm | None = None

    def ask_approval(self, refund: RefundView) -> None:
        """Asks two persons once more."""
        command = AskRefundApproval(refund.serial)
        self._send(lambda desk, who: desk.refunds.ask_approval(who, command))

    def ask_again(self, refund: RefundView) -> None:
        """Asks the counterparts about an outcome that is not known."""
        command = AskAboutRefund(refund.serial)

        def answered(now: RefundView) -> None:
            self._screen.show_outcome(now)
            if now.state == refund.state and RefundAct.ASK_AGAIN in now.may:
                self._screen.note(says("outcome.still_unknown"), "warn")

        self._send(lambda desk, who: desk.refunds.ask_again(who, command), answered)

    def hand_over(self, refund: RefundView) -> None:
        """The cash is in the customer's hand: asked once, booked once."""
        amount = format_fen(refund.amount_fen)
        question = Confirm(
            says("refunds.handed.question", amount=amount), detail=says("refunds.handed.detail"),
            yes=says("refunds.handed.yes"), no=says("outcome.returned.no"), first="no",
        )  # fmt: skip
        command = ConfirmHandedOver(refund.serial)

        def handed(now: RefundView) -> None:
            self._screen.show_outcome(now)
            self._screen.note(says("refunds.handed.done", amount=amount), "good")

        def sure(meant: bool | None) -> None:
            here = self._screen.panel.refund
            if meant and here is not None and here.serial == refund.serial and cash_waits(here):
                self._send(lambda desk, who: desk.refunds.confirm_handed_over(who, command), handed)

        self._screen.app.push_screen(question, sure)

    def suspend_cash_of(self, refund: RefundView) -> None:
        """The customer has gone without the cash of a refund."""
        self._suspend(refund.serial, refund.amount_fen, cash=True)

    def suspend_payment(self, payment: PaymentView) -> None:
        """The customer has gone without the cash of a payment, or core does not undo its posting."""
        self._suspend(payment.serial, payment.amount_fen, cash=cash_is_due(payment))

    def _suspend(self, serial: str, amount_fen: int, *, cash: bool) -> None:
        form = self._suspending
        if form is None or form.serial != serial:
            form = self._suspending = SuspendForm(serial, amount_fen)
        if form.sent is not None:
            self._book(form, form.sent.note)
        else:
            sheet = SuspendSheet(amount_fen, cash=cash)
            meant = form
            self._screen.desk_app.desk_lock.lay(
                sheet, lambda note: self._book(meant, note) if note is not None else None
            )

    def _book(self, form: SuspendForm, note: str) -> None:
        command = form.command(note)

        def asked(refund: RefundView) -> None:
            self._suspending = None
            self._screen.show_outcome(refund)

        def failed(error: TellerDeskError) -> None:
            if form.failed(error):
                self._suspending = None
                self._failed(error)
            else:
                self._failed(error, says("refunds.suspend.same_again"))

        self._send(lambda desk, who: desk.refunds.suspend(who, command), asked, failed)

    def print_slip(self, refund: RefundView) -> None:
        """The slip, once more the same; the desk keeps it."""
        screen = self._screen

        def issued(document: DocumentView) -> None:
            screen.stop_waiting()
            screen.panel.issued(document)
            screen.note(says("outcome.saved", file=document.path.name))
            screen.refresh_keys()

        def failed(error: TellerDeskError) -> None:
            screen.stop_waiting()
            screen.panel.issued(None)
            screen.note(says_error(error), "error")
            screen.refresh_keys()

        who = screen.desk_app.who
        if screen.busy or who is None:
            return
        screen.shut()
        screen.note(says("outcome.printing"))
        screen.desk_app.ask(screen, lambda desk, _watch: desk.refund_papers.issue(who, refund.serial), issued, failed)

    def _send(
        self,
        call: Callable[[DeskPort, SignedOn], RefundView],
        done: Callable[[RefundView], None] | None = None,
        failed: Callable[[TellerDeskError], None] | None = None,
    ) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        screen.shut()
        screen.desk_app.ask(
            screen, lambda desk, _watch: call(desk, who), done or screen.show_outcome, failed or self._failed
        )

    def _failed(self, error: TellerDeskError, more: Say | None = None) -> None:
        """How it stands is read anew: an error does not tell."""
        screen = self._screen
        screen.stop_waiting()
        screen.read_again()
        screen.note(joined([says_error(error), *([more] if more else [])]), "error")


class PayOutTalk:
    """The one request of a pay-out: whose account, whose identity, then asked for."""

    def __init__(self, screen: Refunds) -> None:
        self._screen = screen

    def ask_account(self) -> None:
        """Whose account it is that was typed: a look, which may be given up."""
        screen, part = self._screen, self._screen.paying
        who = screen.desk_app.who
        if screen.busy or who is None or (account_no := part.account.to_ask()) is None:
            return
        number = screen.looks.begin(says("pay.starting"), says("pay.otherwise.account"))

        def seen(account: AccountView) -> None:
            if screen.looks.ended(number) and account_no == part.account.account_no:
                part.show(account, account_no)
                screen.show_go()
                screen.go.focus()

        def not_seen(error: TellerDeskError) -> None:
            if screen.looks.ended(number):
                part.account.number.entry.focus()
                screen.complain(error, part.fields())

        screen.look(lambda desk: desk.bills.account(who, AskAccount(account_no)), seen, not_seen)

    def ask(self, form: PayOutForm) -> None:
        """Who gets it is written down first; where it may have been asked for, the same is asked again."""
        if self._screen.busy:
            return
        if form.sent is not None:
            self._send(form, form.sent)
        elif self._screen.paying.needs_account:
            self.ask_account()
        else:
            self._identify(form, says("refunds.identity.why"))

    def _identify(self, form: PayOutForm, why: TellerDeskError | Say) -> None:
        sheet = IdentitySheet(why, form.identity, words="refunds.identity.", go="refunds.identity.go")
        self._screen.desk_app.desk_lock.lay(sheet, lambda identity: self._identified(form, identity))

    def _identified(self, form: PayOutForm, identity: Identity | None) -> None:
        if identity is None:
            self._screen.go.focus()
            self._screen.note(says("refunds.identity.missing"), "warn")
        else:
            paying = self._screen.paying
            self._send(form, form.command(identity, paying.method, paying.account_no))

    def _send(self, form: PayOutForm, command: AskPayOut) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.refunds.ask_pay_out(who, command),
            screen.show_outcome,
            lambda error: self._refused(form, error),
        )

    def _refused(self, form: PayOutForm, error: TellerDeskError) -> None:
        screen = self._screen
        nothing_begun = form.failed(error)
        screen.stop_waiting()
        screen.go.focus()
        if not nothing_begun:
            screen.note(joined([says_error(error), says("refunds.pay_out.same_again")]), "error")
        elif isinstance(error, BadInput) and error.field not in screen.paying.fields():
            self._identify(form, error)
        else:
            screen.complain(error, screen.paying.fields())


def is_left_behind(stage: Stage) -> bool:
    """Cash is owed to the customer in front."""
    return stage in {Stage.PRINTING, Stage.HAND_OVER}
