"""Part of a water bill, paid in cash, under faults: the consumer is spoken for only while the payment is under way."""

from __future__ import annotations

from collections.abc import Mapping

from faults.flows import Course
from faults.flows.payment import PaymentUnderFaults
from tellerdesk.bills.views import BillView
from tellerdesk.sandbox.config import WATER


class PartPaymentUnderFaults(PaymentUnderFaults):
    """The same flow with another rule for the amount: what differs is when the claim is given up, so the biller's calls
    get the product."""

    name = "part"
    counterpart = WATER
    courses: Mapping[str, Course] = {
        name: PaymentUnderFaults.courses[name]
        for name in ("good", "core-refuses", "biller-refuses", "biller-lost", "biller-unheard")
    }
    product: Mapping[str, tuple[str, ...]] = {"BILLER_PAY": ("good",), "BILLER_TOMBSTONE": ("biller-lost",)}
    arrivals: Mapping[str, tuple[str, ...]] = {}
    blind: Mapping[str, tuple[str, ...]] = {}

    def _amount_fen(self, bill: BillView) -> int:
        return bill.total_fen // 2


FLOW = PartPaymentUnderFaults()
