"""A mobile phone topped up in cash, under faults: no bill, and a number that is sealed at rest."""

from __future__ import annotations

from collections.abc import Mapping

from faults.flows import Course
from faults.flows.payment import PaymentUnderFaults
from tellerdesk.bills.views import BillView
from tellerdesk.sandbox.config import MOBILE

TOP_UP_FEN = 5_000


class TopUpUnderFaults(PaymentUnderFaults):
    """The same flow where nothing is owed: the biller cannot tell a second payment from the first by a bill. So the
    call that must not be made twice gets the product."""

    name = "topup"
    counterpart = MOBILE
    courses: Mapping[str, Course] = {
        name: PaymentUnderFaults.courses[name] for name in ("good", "core-unheard", "biller-refuses", "biller-lost")
    }
    product: Mapping[str, tuple[str, ...]] = {"BILLER_PAY": ("good",), "BILLER_TOMBSTONE": ("biller-lost",)}
    arrivals: Mapping[str, tuple[str, ...]] = {}
    blind: Mapping[str, tuple[str, ...]] = {}

    def _amount_fen(self, bill: BillView) -> int:
        return TOP_UP_FEN


FLOW = TopUpUnderFaults()
