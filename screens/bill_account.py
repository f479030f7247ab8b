"""The account a bill is paid from, whose it is, and the customer's consent; or the account a refund is paid to.

A PIN is keyed by the customer on the pad and nowhere else: no field here takes one, and six digits, which is what a PIN
looks like, are not taken for the number of a voucher.
"""

from __future__ import annotations

import re

from stdnum import luhn
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.saying import Say, joined, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field, Reading
from tellerdesk.bills.commands import AccountAuthority
from tellerdesk.bills.views import AccountView
from tellerdesk.errors import BadInput
from tellerdesk.text import grouped, typed

CARD = re.compile(r"[0-9]{16,19}", re.ASCII)
"""Card numbers end in a check digit; the numbers of passbooks are shorter or have none."""
LIKE_A_PIN = re.compile(r"[0-9]{4,6}", re.ASCII)
VOUCHER = re.compile(r"[0-9A-Z]{6,20}", re.ASCII)


class AccountPart(Vertical):
    """Number, holder, consent: in this order, and each one falls with the one before it."""

    DEFAULT_CSS = """
    AccountPart { height: auto; }
    AccountPart #voucher-field { display: none; }
    AccountPart.-voucher #voucher-field { display: block; }
    AccountPart.-voucher #consent { display: none; }
    AccountPart.-credited #consent { display: none; }
    """

    class Ask(Message):
        """Enter on the account number."""

    class Changed(Message):
        """Another holder or another consent, or none any more."""

    class Signed(Message):
        """Enter on the number of a voucher."""

    def __init__(self, *, label: str = "pay.account", credited: bool = False, id: str | None = None) -> None:  # noqa: A002
        """`credited`: the money goes to this account, which nobody has to consent to; `label` says what it is for."""
        super().__init__(id=id)
        self.set_class(credited, "-credited")
        self.view: AccountView | None = None
        self._asked_no = ""
        self._pin_block = ""
        self._agreed_fen: int | None = None
        self.number = Field(says(label), Entry(id="account"), after=says("pay.account.hint"))
        self._holder = Reading(says("pay.holder"), id="holder")
        self.voucher = Field(
            says("pay.voucher"), Entry(id="voucher"), after=says("pay.voucher.hint"), id="voucher-field"
        )
        self._consent = Reading(says("pay.consent"), id="consent")

    def compose(self) -> ComposeResult:
        yield self.number
        yield self._holder
        yield self.voucher
        yield self._consent

    def start_over(self) -> None:
        """No account, no holder, no consent; the PIN pad is what is used first."""
        self.remove_class("-voucher")
        for field in (self.number, self.voucher):
            field.entry.put("")
        self.number.remark(says("pay.account.hint"))
        self.voucher.remark(says("pay.voucher.hint"))
        self._forget()

    def open_for_typing(self, yes: bool) -> None:
        for field in (self.number, self.voucher):
            field.entry.disabled = not yes

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return {"account_no": self.number, "voucher_no": self.voucher}

    # -- whose account

    @property
    def account_no(self) -> str:
        """What was typed, without spaces."""
        return "".join(self.number.entry.value.split())

    def to_ask(self) -> str | None:
        """The number to ask core about; None, with a remark at the field, while there is none."""
        if not self.account_no:
            self.number.complain(says("pay.account.empty"))
            self.number.entry.focus()
            return None
        return self.account_no

    def show(self, account: AccountView, asked_no: str, *, other: bool | None = None) -> None:
        """The holder as core told it for `asked_no`; `other` where not core but the caller compares the names."""
        self._forget()
        self.view, self._asked_no = account, asked_no
        self.number.entry.put(grouped(asked_no))
        self.number.remark(self._check_digit())
        differs = account.other_holder if other is None else other
        told = says("pay.holder.other", "bold $warning") if differs else says("pay.holder.same")
        self._holder.show(joined([shown(account.holder, "bold"), shown(account.masked_no)], "  "), told)
        self._show_consent()

    def _forget(self) -> None:
        self.view, self._asked_no = None, ""
        self._pin_block, self._agreed_fen = "", None
        self._holder.show()
        self._show_consent()

    def _check_digit(self) -> Say:
        if not CARD.fullmatch(self.account_no):
            return says("pay.account.hint")
        return says("pay.account.fits", "$success")

    # -- consent

    @property
    def by_voucher(self) -> bool:
        return self.has_class("-voucher")

    def switch_consent(self) -> None:
        """From the PIN pad to a signed voucher and back; neither keeps what the other had."""
        self.toggle_class("-voucher")
        self._pin_block, self._agreed_fen = "", None
        self.voucher.entry.put("")
        self.voucher.remark(says("pay.voucher.hint"))
        self._show_consent()

    def entered(self, pin_block: str, amount_fen: int) -> None:
        """What the pad gave for this account and `amount_fen`."""
        self._pin_block, self._agreed_fen = pin_block, amount_fen
        self._show_consent()

    def agree_on(self, amount_fen: int | None) -> None:
        """The amount is another now: what was keyed on the pad for the one before no longer counts."""
        if self._pin_block and amount_fen != self._agreed_fen:
            self._pin_block, self._agreed_fen = "", None
            self._show_consent()

    def consent(self, amount_fen: int | None) -> AccountAuthority | None:
        """The customer's consent to the debit of `amount_fen`; None where there is none, with a remark at the field
        where a voucher's number cannot be one."""
        if self.view is None or amount_fen is None:
            return None
        if self.by_voucher:
            voucher_no = self._voucher_no()
            return AccountAuthority(self.view.account_no, voucher_no=voucher_no) if voucher_no else None
        if not self._pin_block or self._agreed_fen != amount_fen:
            return None
        return AccountAuthority(self.view.account_no, pin_block=self._pin_block)

    def has_consent(self, amount_fen: int | None) -> bool:
        """The same without a remark, to say what comes next."""
        if self.view is None or amount_fen is None:
            return False
        if self.by_voucher:
            folded = "".join(self.voucher.entry.value.split()).upper()
            return bool(VOUCHER.fullmatch(folded)) and not LIKE_A_PIN.fullmatch(folded)
        return bool(self._pin_block) and self._agreed_fen == amount_fen

    def _voucher_no(self) -> str:
        try:
            number = typed(self.voucher.entry.value, field="voucher_no", most=40).replace(" ", "").upper()
        except BadInput as error:
            return self._refuse_voucher(says_error(error))
        if LIKE_A_PIN.fullmatch(number):
            self.voucher.entry.put("")
            return self._refuse_voucher(says("pay.voucher.like_a_pin"))
        if not VOUCHER.fullmatch(number):
            return self._refuse_voucher(says("pay.voucher.format"))
        return number

    def _refuse_voucher(self, say: Say) -> str:
        self.voucher.complain(say)
        self.voucher.entry.focus()
        return ""

    def _show_consent(self) -> None:
        if self.view is None:
            self._consent.show()
        elif self._pin_block:
            self._consent.show(says("pay.consent.keyed", "bold $success"))
        else:
            self._consent.show(says("pay.consent.pad"))

    # -- typing

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.number.entry:
            if self.account_no == self._asked_no and self.view is not None:
                return
            if self.view is not None:
                self._forget()
            if CARD.fullmatch(self.account_no) and not luhn.is_valid(self.account_no):
                self.number.complain(says("pay.account.misread"))
            else:
                self.number.remark(self._check_digit())
        elif event.value and self.voucher.has_class("-error"):
            self.voucher.remark(says("pay.voucher.hint"))
        self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Ask() if event.input is self.number.entry else self.Signed())
