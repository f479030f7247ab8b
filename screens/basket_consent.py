"""A customer's consent to several debits of one account: a PIN for each, since a pad's block is good for the one amount
the customer saw; or one signed voucher, whose number stands with each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.saying import says
from tellerdesk.bills.commands import AccountAuthority, AskAccount, ReadPin
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import TellerDeskError
from tellerdesk.money import format_fen

if TYPE_CHECKING:
    from screens.basket_form import Added
    from screens.bill_basket import BillBasket


class BasketConsent:
    """Neither question moves money, and either may be given up."""

    def __init__(self, screen: BillBasket) -> None:
        self._screen = screen
        self._blocks: dict[str, str] = {}

    @property
    def agreed(self) -> tuple[str, ...]:
        """The request ids of the bills whose PIN was keyed."""
        return tuple(self._blocks)

    @property
    def whole(self) -> bool:
        """The customer has agreed to every debit."""
        screen = self._screen
        if screen.count.account.view is None:
            return False
        if screen.count.account.by_voucher:
            return screen.count.account.has_consent(screen.form.total_fen)
        return self._next() is None

    def given(self) -> dict[str, AccountAuthority] | None:
        """The consent to each debit by its request id; None while one is missing."""
        account, bills = self._screen.count.account, self._screen.form.bills
        if account.view is None or not self.whole:
            return None
        if account.by_voucher:
            voucher = account.consent(self._screen.form.total_fen)
            return None if voucher is None else {added.request_id: voucher for added in bills}
        number = account.view.account_no
        return {added.request_id: AccountAuthority(number, pin_block=self._blocks[added.request_id]) for added in bills}

    def forget(self) -> None:
        self._blocks.clear()

    def changed(self) -> None:
        """Another account: no consent to the one before is one to it."""
        screen = self._screen
        if screen.count.account.view is None and self._blocks:
            self.forget()
            screen.show_bills()
        if screen.view is None and not screen.busy:
            screen.show_stage()

    def ask_account(self) -> None:
        """Whose account it is that was typed, and whether it can be debited."""
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None or (account_no := screen.count.account.to_ask()) is None:
            return
        command = AskAccount(account_no, screen.form.bills[0].bill.quote_id)
        number = screen.looks.begin(says("pay.starting"), says("pay.otherwise.account"))
        screen.look(
            lambda desk: desk.bills.account(who, command),
            lambda account: self._account_seen(account, account_no, number),
            lambda error: self._not_seen(error, number),
        )

    def _account_seen(self, account: AccountView, account_no: str, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number) and account_no == screen.count.account.account_no:
            screen.count.account.show(account, account_no)
            screen.show_stage()
            screen.focus_stage()

    def _not_seen(self, error: TellerDeskError, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            screen.focus_stage()
            screen.complain(error, screen.count.account.fields())

    def read_pin(self) -> None:
        """The customer keys the PIN for the next bill; the pad shows its amount."""
        screen, who, added = self._screen, self._screen.desk_app.who, self._next()
        account = screen.count.account.view
        if screen.busy or who is None or account is None or added is None:
            return
        command = ReadPin(account.account_no, added.amount_fen)
        whom = says("basket.pin.whom", amount=format_fen(added.amount_fen))
        number = screen.looks.begin(whom, says("pay.otherwise.pin"))
        screen.open_for_typing(False)
        screen.look(
            lambda desk: desk.bills.read_pin(who, command),
            lambda block: self._pin_read(block, added, number),
            lambda error: self._not_seen(error, number),
        )

    def _pin_read(self, block: str, added: Added, number: int) -> None:
        screen = self._screen
        if not screen.looks.ended(number):
            return
        self._blocks[added.request_id] = block
        if self._next() is None:
            screen.count.account.entered(block, screen.form.total_fen)
        screen.show_bills()
        screen.show_stage()
        screen.focus_stage()

    def _next(self) -> Added | None:
        return next((added for added in self._screen.form.bills if added.request_id not in self._blocks), None)
