"""A payment from an account that was approved while its form was gone: the customer consents once more, on the spot."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from screens.bill_account import AccountPart
from screens.saying import Say, money, nothing, says, says_error
from screens.sheet import Sheet
from screens.widgets.field import Reading
from screens.widgets.line import Line
from screens.widgets.push import Push
from screens.widgets.waiting import Waiting
from tellerdesk.bills.commands import AccountAuthority, AskAccount, ReadPin
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import BadInput, TellerDeskError


class ConsentAgain(Sheet[AccountAuthority | None]):
    """Nothing of a consent is kept while a payment waits: account and PIN or voucher are given anew, and F10 alone goes
    on with them. Esc leaves the payment waiting."""

    CSS_PATH = "consent_again.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f3,ctrl+r", "give_up", show=False),
        Binding("f4", "other_consent", show=False),
        Binding("f10,ctrl+s", "take", show=False),
    ]

    def __init__(self, amount_fen: int) -> None:
        super().__init__()
        self._amount_fen = amount_fen
        self._number = 0
        self._waits = False
        self._account = AccountPart(id="account-part")
        self._push = Push(id="take")

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Line(says("pay.consent.again"), id="question")
            yield Reading(says("pay.due"), id="due")
            yield self._account
            with Horizontal(id="act"):
                yield self._push
                yield Waiting(self.desk_app.clock.monotonic, id="waiting")
            yield Line(id="told")
            yield Line(says("pay.consent.again.keys"), id="close")

    def on_mount(self) -> None:
        self.query_one("#due", Reading).show(money(self._amount_fen, "bold"), says("unit.yuan"))
        self._account.start_over()
        self._account.number.entry.focus()
        self._show_push()

    # -- what comes next

    @property
    def _next(self) -> str:
        account = self._account
        if account.view is None:
            return "account"
        if account.has_consent(self._amount_fen):
            return "debit"
        return "voucher" if account.by_voucher else "pin"

    def _show_push(self) -> None:
        self._push.moves_money = self._next == "debit"
        self._push.disabled = self._waits
        self._push.show(says(f"pay.go.{self._next}"))

    def _focus_next(self) -> None:
        self._show_push()
        if self._next == "voucher":
            self._account.voucher.entry.focus()
        else:
            self._push.focus()

    def _tell(self, say: Say = nothing) -> None:
        self.query_one("#told", Line).show(say)

    # -- asking core and the pad

    def _begin(self, whom: Say, otherwise: Say) -> int:
        self._waits = True
        self._number += 1
        self._tell()
        self._account.open_for_typing(False)
        self.query_one(Waiting).start(whom, None, otherwise)
        self._show_push()
        return self._number

    def _ended(self, number: int) -> bool:
        """True where the answer is still waited for."""
        if number != self._number or not self._waits:
            return False
        self._stop()
        return True

    def _stop(self) -> None:
        self._waits = False
        self._number += 1
        self.query_one(Waiting).stop()
        self._account.open_for_typing(True)
        self._show_push()

    def _ask_account(self) -> None:
        who, account_no = self.desk_app.who, self._account.to_ask()
        if who is None or account_no is None:
            return
        number = self._begin(says("pay.starting"), says("pay.otherwise.account"))

        def seen(view: AccountView) -> None:
            if self._ended(number):
                self._account.show(view, account_no)
                self._focus_next()

        self.desk_app.look(
            self,
            lambda desk: desk.bills.account(who, AskAccount(account_no)),
            seen,
            lambda error: self._not_told(error, number),
        )

    def _read_pin(self) -> None:
        who, view, amount_fen = self.desk_app.who, self._account.view, self._amount_fen
        if who is None or view is None:
            return
        number = self._begin(says("pay.pin.whom"), says("pay.otherwise.pin"))

        def read(pin_block: str) -> None:
            if self._ended(number):
                self._account.entered(pin_block, amount_fen)
                self._focus_next()

        command = ReadPin(view.account_no, amount_fen)
        self.desk_app.look(
            self, lambda desk: desk.bills.read_pin(who, command), read, lambda error: self._not_told(error, number)
        )

    def _not_told(self, error: TellerDeskError, number: int) -> None:
        if not self._ended(number):
            return
        field = self._account.fields().get(error.field) if isinstance(error, BadInput) else None
        if field is None:
            self._tell(says_error(error, "$error"))
            self._focus_next()
        else:
            field.complain(says_error(error))
            field.entry.focus()

    # -- keys

    def on_account_part_ask(self, event: AccountPart.Ask) -> None:
        event.stop()
        if self._next == "account":
            self._step()
        else:
            self._focus_next()

    def on_account_part_changed(self, event: AccountPart.Changed) -> None:
        event.stop()
        self._show_push()

    def on_account_part_signed(self, event: AccountPart.Signed) -> None:
        event.stop()
        if self._account.consent(self._amount_fen) is not None:
            self._push.focus()

    def on_push_needs_key(self, event: Push.NeedsKey) -> None:
        event.stop()
        self._tell(says("pay.press", "$warning"))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._step()

    def action_take(self) -> None:
        if self._next == "pin":
            self._tell(says("pay.consent.missing", "$warning"))
        else:
            self._step()

    def _step(self) -> None:
        if self._waits:
            return
        if self._next == "account":
            self._ask_account()
        elif self._next == "pin":
            self._read_pin()
        elif (consent := self._account.consent(self._amount_fen)) is not None:
            self.leave(consent)

    def action_other_consent(self) -> None:
        if not self._waits and self._account.view is not None:
            self._account.switch_consent()
            self._focus_next()

    def action_give_up(self) -> None:
        """During a question, gives that up; else leaves the payment waiting."""
        if self._waits:
            self._stop()
        else:
            self.leave(None)
