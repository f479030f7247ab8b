"""A customer's consent to several debits of one account: a PIN for each, since a pad's block is good for the one amount
the customer saw; or one signed voucher, whose number stands with each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.saying import says
from tellerdesk.bills.basket_commands import GoOnWithBasket
from tellerdesk.bills.commands import AccountAuthority, AskAccount, ReadPin
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import TellerDeskError
from tellerdesk.money import format_fen

if TYPE_CHECKING:
    from screens.bill_basket import BillBasket


@dataclass(frozen=True, slots=True)
class Debit:
    """One bill the customer has to agree to."""

    request_id: str
    quote_id: str
    amount_fen: int


class BasketConsent:
    """Neither question moves money, and either may be given up."""

    def __init__(self, screen: BillBasket) -> None:
        self._screen = screen
        self._blocks: dict[str, str] = {}
        self._knows_paid_before = False

    @property
    def debits(self) -> Sequence[Debit]:
        """The bills of the list; of a basket that was sent before, those that were not begun."""
        view = self._screen.view
        if view is not None:
            return [Debit(line.request_id, line.quote_id, line.amount_fen) for line in view.not_begun]
        return [Debit(added.request_id, added.bill.quote_id, added.amount_fen) for added in self._screen.form.bills]

    @property
    def sum_fen(self) -> int:
        return sum(debit.amount_fen for debit in self.debits)

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
            return screen.count.account.has_consent(self.sum_fen)
        return self._next() is None

    def given(self) -> dict[str, AccountAuthority] | None:
        """The consent to each debit by its request id; None while one is missing."""
        account, debits = self._screen.count.account, self.debits
        if account.view is None or not self.whole:
            return None
        if account.by_voucher:
            voucher = account.consent(self.sum_fen)
            return None if voucher is None else {debit.request_id: voucher for debit in debits}
        number = account.view.account_no
        return {
            debit.request_id: AccountAuthority(number, pin_block=self._blocks[debit.request_id]) for debit in debits
        }

    def forget(self) -> None:
        self._blocks.clear()

    def begin_anew(self, *, knows_paid_before: bool) -> None:
        """For what of a basket was not begun: no consent of before is kept."""
        screen = self._screen
        self._knows_paid_before = knows_paid_before
        self.forget()
        screen.agreeing = True
        screen.add_class("-by-account")
        screen.count.account.start_over()
        screen.open_for_typing(True)
        screen.show_bills()
        screen.show_stage()
        screen.focus_stage()

    def rest(self) -> GoOnWithBasket | None:
        """What was not begun, with the consent to each; None while one is missing."""
        view, accounts = self._screen.view, self.given()
        if view is None or accounts is None:
            return None
        return GoOnWithBasket(view.basket_id, self._knows_paid_before, accounts=accounts)

    def changed(self) -> None:
        """Another account: no consent to the one before is one to it."""
        screen = self._screen
        if screen.count.account.view is None and self._blocks:
            self.forget()
            screen.show_bills()
        if not screen.over and not screen.busy:
            screen.show_stage()

    def ask_account(self) -> None:
        """Whose account it is that was typed, and whether it can be debited."""
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None or (account_no := screen.count.account.to_ask()) is None:
            return
        command = AskAccount(account_no, self.debits[0].quote_id)
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
        screen, who, debit = self._screen, self._screen.desk_app.who, self._next()
        account = screen.count.account.view
        if screen.busy or who is None or account is None or debit is None:
            return
        command = ReadPin(account.account_no, debit.amount_fen)
        whom = says("basket.pin.whom", amount=format_fen(debit.amount_fen))
        number = screen.looks.begin(whom, says("pay.otherwise.pin"))
        screen.open_for_typing(False)
        screen.look(
            lambda desk: desk.bills.read_pin(who, command),
            lambda block: self._pin_read(block, debit, number),
            lambda error: self._not_seen(error, number),
        )

    def _pin_read(self, block: str, debit: Debit, number: int) -> None:
        screen = self._screen
        if not screen.looks.ended(number):
            return
        self._blocks[debit.request_id] = block
        if self._next() is None:
            screen.count.account.entered(block, self.sum_fen)
        screen.show_bills()
        screen.show_stage()
        screen.focus_stage()

    def _next(self) -> Debit | None:
        return next((debit for debit in self.debits if debit.request_id not in self._blocks), None)
