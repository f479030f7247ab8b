"""What a customer's paper says of a payment, keyed again from it, blind, before the payment is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.consumers import Consumers
from tellerdesk.errors import BadInput
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store


class MiskeyedAction(StrEnum):
    """What the payment was to be taken back for."""

    CANCELLATION = "cancellation.miskeyed"
    REFUND = "refund.miskeyed"


_SENTENCES = {
    MiskeyedAction.CANCELLATION: ("error.cancel.consumer_no_differs", "error.cancel.amount_differs"),
    MiskeyedAction.REFUND: ("error.refund.consumer_no_differs", "error.refund.amount_differs"),
}


@dataclass(frozen=True, slots=True)
class KeyedAgain:
    """Compares what was keyed with the payment that is meant."""

    store: Store
    audit: AuditTrail
    consumers: Consumers
    billers: Mapping[str, Biller]

    def check(
        self, who: SignedOn, payment: dict[str, Any], consumer_no: str, amount_fen: int, action: MiskeyedAction
    ) -> None:
        """Raises BadInput where number or amount are not the payment's own. Every miss is audited, without what was
        keyed: it may be somebody else's number."""
        number = self.billers[payment["counterpart"]].consumer_no(consumer_no)
        other_number, other_amount = _SENTENCES[action]
        for field, same, sentence in (
            ("consumer_no", self.consumers.is_same(payment, number), other_number),
            ("amount", amount_fen == payment["amount_fen"], other_amount),
        ):
            if not same:
                with self.store.write(action.value) as unit:
                    told = {"field": field}
                    self.audit.write(unit.session, who.staff_no, MiskeyedAction(action), payment["serial"], told)
                    unit.commit()
                raise BadInput(sentence, field=field)
