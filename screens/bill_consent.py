"""The conversation about an account: whose it is, and the customer's consent, asked of core and of the pad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.saying import says
from tellerdesk.bills.commands import AskAccount, ReadPin
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from screens.bill_payment import BillPayment


class ConsentTalk:
    """Neither question moves money, and either may be given up."""

    def __init__(self, screen: BillPayment) -> None:
        self._screen = screen

    def ask_account(self) -> None:
        """Whose account it is that was typed, and whether it can be debited."""
        screen = self._screen
        who, bill = screen.desk_app.who, screen.form.bill
        if screen.busy or who is None or bill is None or screen.collect.amount() is None:
            return
        if (account_no := screen.collect.account.to_ask()) is None:
            return
        command = AskAccount(account_no, bill.quote_id)
        number = screen.looks.begin(says("pay.starting"), says("pay.otherwise.account"))
        screen.look(
            lambda desk: desk.bills.account(who, command),
            lambda account: self._account_seen(account, account_no, number),
            lambda error: self._account_not_seen(error, number),
        )

    def _account_seen(self, account: AccountView, account_no: str, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number) and account_no == screen.collect.account.account_no:
            screen.collect.account.show(account, account_no)
            screen.consent_changed()

    def _account_not_seen(self, error: TellerDeskError, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            screen.collect.account.number.entry.focus()
            screen.complain(error, screen.collect.fields())

    def read_pin(self) -> None:
        """The customer keys the PIN on the pad; nothing of it passes this keyboard."""
        screen = self._screen
        who, account, amount_fen = screen.desk_app.who, screen.collect.account.view, screen.collect.amount()
        if screen.busy or who is None or account is None or amount_fen is None:
            return
        command = ReadPin(account.account_no, amount_fen)
        number = screen.looks.begin(says("pay.pin.whom"), says("pay.otherwise.pin"))
        screen.collect.open_for_typing(False)
        screen.look(
            lambda desk: desk.bills.read_pin(who, command),
            lambda pin_block: self._pin_read(pin_block, amount_fen, number),
            lambda error: self._pin_not_read(error, number),
        )

    def _pin_read(self, pin_block: str, amount_fen: int, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            screen.collect.account.entered(pin_block, amount_fen)
            screen.consent_changed()

    def _pin_not_read(self, error: TellerDeskError, number: int) -> None:
        if self._screen.looks.ended(number):
            self._screen.go.focus()
            self._screen.complain(error)
