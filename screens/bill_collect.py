"""Step three of a bill payment: how much, and how it is paid: the cash on the counter and the change, or an account."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.amounts import amount_first, amount_hint, amount_wrong, is_open
from screens.bill_account import AccountPart
from screens.change import notes_said
from screens.saying import Say, money, says, says_error, shown
from screens.widgets.entry import Entry
from screens.widgets.field import Field, Reading
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import BillView
from tellerdesk.errors import BadInput
from tellerdesk.money import format_fen, parse_fen


class CollectPart(Vertical):
    """What is due or what the customer wants to pay; then what the customer gave, and the change in notes that add up
    exactly, or the account it is taken from."""

    DEFAULT_CSS = """
    CollectPart { height: auto; }
    CollectPart #amount-field, CollectPart #from-account { display: none; }
    CollectPart.-open #due { display: none; }
    CollectPart.-open #amount-field { display: block; }
    CollectPart.-by-account #cash-field, CollectPart.-by-account #change { display: none; }
    CollectPart.-by-account #from-account { display: block; }
    CollectPart.-adding #cash-field, CollectPart.-adding #change { display: none; }
    """

    class Counted(Message):
        """Enter on the cash, which is enough."""

    class AmountChanged(Message):
        """Another amount: a consent to the one before is no consent to it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._bill: BillView | None = None
        self.method = Method.CASH
        self._due = Reading(says("pay.due"), id="due")
        self.amount_field = Field(says("pay.amount"), Entry(id="amount"), id="amount-field")
        self.tendered = Field(says("pay.tendered"), Entry(id="tendered"), after=says("unit.yuan"), id="cash-field")
        self._change = Reading(says("pay.change"), id="change")
        self.account = AccountPart(id="from-account")

    def compose(self) -> ComposeResult:
        yield self._due
        yield self.amount_field
        yield self.tendered
        yield self._change
        yield self.account

    def start_over(self, bill: BillView | None = None) -> None:
        """Empty fields against `bill`, paid in cash until said otherwise."""
        self._bill = bill
        self.set_class(bill is not None and is_open(bill), "-open")
        self._due.show(money(bill.total_fen if bill else 0, "bold"), says("unit.yuan"))
        self.amount_field.entry.put(amount_first(bill) if bill else "")
        self.amount_field.remark(amount_hint(bill) if bill else says("unit.yuan"))
        self.empty_cash()
        self.account.start_over()
        self.pay_by(Method.CASH)

    def empty_cash(self) -> None:
        self._change.show()
        self.tendered.entry.put("")
        self.tendered.remark(says("unit.yuan"))

    def pay_by(self, method: Method) -> None:
        self.method = method
        self.set_class(method is Method.ACCOUNT, "-by-account")

    def open_for_typing(self, yes: bool) -> None:
        for field in (self.amount_field, self.tendered):
            field.entry.disabled = not yes
        self.account.open_for_typing(yes)

    def focus_first(self) -> None:
        """Where typing begins: the amount where it is open, else what it is paid with."""
        if self.has_class("-open"):
            self.amount_field.entry.focus()
        else:
            self.focus_means()

    def focus_means(self) -> None:
        (self.tendered if self.method is Method.CASH else self.account.number).entry.focus()

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        cash = self.method is Method.CASH
        amount = self.amount_field if self.has_class("-open") else self.tendered if cash else self.account.number
        return {"tendered": self.tendered, "amount": amount} | self.account.fields()

    # -- amounts

    def amount(self) -> int | None:
        """What is to be paid, in fen; None, with a remark at the field, where that is no amount or may not be paid."""
        if self._bill is None:
            return None
        if not is_open(self._bill):
            return self._bill.total_fen
        try:
            fen = parse_fen(self.amount_field.entry.value)
        except BadInput as error:
            self._complain(self.amount_field, says_error(error))
            return None
        if (wrong := amount_wrong(self._bill, fen)) is not None:
            self._complain(self.amount_field, wrong)
            return None
        self.amount_field.entry.put(format_fen(fen))
        return fen

    def counted(self) -> int | None:
        """The cash in fen; None, with a remark at the field, where it is no amount or too little."""
        amount_fen = self.amount()
        if amount_fen is None:
            return None
        try:
            tendered_fen = parse_fen(self.tendered.entry.value, field="tendered")
        except BadInput as error:
            self._complain(self.tendered, says_error(error))
            return None
        if tendered_fen < amount_fen:
            self._complain(self.tendered, says("pay.too_little", missing=format_fen(amount_fen - tendered_fen)))
            return None
        self.tendered.entry.put(format_fen(tendered_fen))
        return tendered_fen

    def amount_so_far(self) -> int | None:
        """The amount as it stands, without a remark; None where it may not be paid."""
        if self._bill is None or not is_open(self._bill):
            return self._bill.total_fen if self._bill else None
        try:
            fen = parse_fen(self.amount_field.entry.value)
        except BadInput:
            return None
        return fen if amount_wrong(self._bill, fen) is None else None

    def _complain(self, field: Field, say: Say) -> None:
        field.complain(say)
        field.entry.focus()
        field.entry.select_all()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.amount_field.entry:
            if self._bill is not None:
                self.amount_field.remark(amount_hint(self._bill))
            self.account.agree_on(self.amount_so_far())
            self.post_message(self.AmountChanged())
        elif self.tendered.has_class("-error"):
            self.tendered.remark(says("unit.yuan"))
        self._show_change()

    def _show_change(self) -> None:
        amount_fen = self.amount_so_far()
        try:
            change_fen = parse_fen(self.tendered.entry.value) - amount_fen if amount_fen is not None else -1
        except BadInput:
            change_fen = -1
        if change_fen < 0:
            self._change.show()
        else:
            notes = shown(notes_said(change_fen)) if change_fen else says("pay.no_change")
            self._change.show(money(change_fen, "bold"), notes)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.amount_field.entry:
            if self.amount() is not None and self.has_class("-adding"):
                self.post_message(self.Counted())
            elif self.amount() is not None:
                self.focus_means()
        elif self.counted() is not None:
            self.post_message(self.Counted())
