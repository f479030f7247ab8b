"""The payment of a bill from the customer's account, with a voucher the customer has signed, under faults."""

from __future__ import annotations

from collections.abc import Mapping

from support.counter import AskedFrom

from faults.flows import Course, Scene
from faults.flows.payment import PaymentUnderFaults
from tellerdesk.bills.commands import AccountAuthority, Method, PayBill
from tellerdesk.sandbox import people

RICH_FEN = 5_000_000
ACCOUNTS = tuple(
    people.account_no(index)
    for index in range(people.COUNT)
    if people.account_status(index) == "NORMAL" and people.account_balance_fen(index) > RICH_FEN
)


class AccountPaymentUnderFaults(PaymentUnderFaults):
    """The same flow, in a branch whose rules ask nobody about vouchers; no cash moves, and what is undone goes back to
    the account. The inquiries and what arrives late do not depend on how the customer pays: the cash flow has the
    product of those."""

    name = "account"
    courses: Mapping[str, Course] = {
        name: PaymentUnderFaults.courses[name]
        for name in ("good", "core-refuses", "core-unheard", "biller-refuses", "biller-lost", "reversal-refused")
    }
    product: Mapping[str, tuple[str, ...]] = {"CORE_POST": ("good",), "CORE_REVERSE": ("biller-refuses",)}
    arrivals: Mapping[str, tuple[str, ...]] = {}
    blind: Mapping[str, tuple[str, ...]] = {}

    def act(self, scene: Scene) -> None:
        _nobody_is_asked(scene)
        super().act(scene)

    def mend(self, scene: Scene) -> None:
        _nobody_is_asked(scene)
        super().mend(scene)

    def _command(self, scene: Scene, quote_id: str, amount_fen: int) -> PayBill:
        account_no = ACCOUNTS[int(scene.consumer_no) % len(ACCOUNTS)]
        authority = AccountAuthority(account_no, voucher_no="PZ20261122001")
        return PayBill(scene.request_id, quote_id, amount_fen, 0, Method.ACCOUNT, authority)


def _nobody_is_asked(scene: Scene) -> None:
    rules = AskedFrom()
    scene.desk.bills._payments._rules = lambda _connection: rules


FLOW = AccountPaymentUnderFaults()
