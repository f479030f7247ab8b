"""How a refund that is due is paid out: to the hand, or to an account whose holder is read aloud."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from screens.bill_account import AccountPart
from screens.refund_words import form_figures
from screens.saying import says
from screens.widgets.field import Field, Reading
from screens.widgets.figures import Figures
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import AccountView
from tellerdesk.refunds.views import RefundView


class PayOutPart(Vertical):
    """The refund, the way it is paid, and the account where it is not cash."""

    DEFAULT_CSS = """
    PayOutPart { height: auto; }
    PayOutPart #due-figures { background: $surface; padding: 0 1; margin-bottom: 1; }
    PayOutPart #account-part { display: none; }
    PayOutPart.-account #account-part { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.account = AccountPart(label="refunds.account", credited=True, id="account-part")
        self._refund: RefundView | None = None

    def compose(self) -> ComposeResult:
        yield Figures(id="due-figures")
        yield Reading(says("refunds.method"), id="method")
        yield self.account

    def start_over(self, refund: RefundView | None = None) -> None:
        """Cash first, unless the payment came from an account; no account, no holder."""
        self._refund = refund
        self.account.start_over()
        if refund is not None:
            self.query_one("#due-figures", Figures).show(form_figures(refund))
            self.set_class(refund.paid_by is Method.ACCOUNT, "-account")
            self._tell()

    @property
    def method(self) -> Method:
        return Method.ACCOUNT if self.has_class("-account") else Method.CASH

    def switch(self) -> None:
        """From cash to an account and back."""
        self.toggle_class("-account")
        self.account.start_over()
        self._tell()

    def show(self, account: AccountView, asked_no: str) -> None:
        """The holder as core told it; compared with who paid, as far as both are shown."""
        other = self._refund is not None and account.holder != self._refund.customer_name
        self.account.show(account, asked_no, other=other)

    @property
    def needs_account(self) -> bool:
        """An account is meant, and nobody has told yet whose it is."""
        return self.method is Method.ACCOUNT and self.account.view is None

    @property
    def account_no(self) -> str:
        """The account core told the holder of; empty for cash."""
        view = self.account.view
        return view.account_no if view is not None and self.method is Method.ACCOUNT else ""

    def open_for_typing(self, yes: bool) -> None:
        self.account.open_for_typing(yes)

    def fields(self) -> dict[str, Field]:
        """By the names errors have for them."""
        return self.account.fields()

    def _tell(self) -> None:
        method = self.method.value.lower()
        self.query_one("#method", Reading).show(says(f"pay.method.{method}", "bold"), says(f"refunds.method.{method}"))
