"""Finding the payment a customer wants taken back, by what the customer has in the hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import combined_receipts
from tellerdesk.bills.commands import Method
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.states import FLOW, STATES
from tellerdesk.bills.views import Cancellable
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.errors import BadInput, Refused
from tellerdesk.i18n import Message
from tellerdesk.journal.entries import ENTRY
from tellerdesk.serials import SERIAL_LENGTH
from tellerdesk.text import mask_name, typed

Row = dict[str, Any]

MOST = 20
"""No more than so many are found, the newest ones."""

_RECEIPT_NO = re.compile(r"([0-9]{8})-?([0-9]{4})-?([0-9]{6})", re.ASCII)


class CancellationSearch:
    """Searches one branch's payments. Names are masked, and what must be keyed again is not shown."""

    def __init__(self, consumers: Consumers, billers: Mapping[str, Biller]) -> None:
        self._consumers = consumers
        self._billers = billers

    def of(self, connection: Connection, branch_no: str, text: str) -> list[Row]:
        """The newest first. Raises BadInput (field "text"), Refused where there is none."""
        told = re.sub(r"\s", "", typed(text, field="text", most=64))
        if not told:
            raise BadInput("error.cancel.text_empty", field="text")
        ways = self._ways(told)
        if not ways:
            raise BadInput("error.cancel.text_form", field="text")
        query = (
            select(ENTRY)
            .where(ENTRY.c.flow == FLOW, ENTRY.c.branch_no == branch_no, or_(*ways))
            .order_by(ENTRY.c.id.desc())
            .limit(MOST)
        )
        found = [dict(row) for row in connection.execute(query).mappings()]
        if not found:
            raise Refused("error.cancel.none_found")
        return found

    def shown(self, entry: Row, *, has_receipt: bool, obstacles: tuple[Message, ...]) -> Cancellable:
        return Cancellable(
            serial=entry["serial"],
            made_at=entry["made_at"],
            biller=self._billers[entry["counterpart"]].name.both,
            customer_name=mask_name(entry["customer_name"]),
            teller_no=entry["teller_no"],
            till_no=entry["till_no"],
            word=STATES[entry["state"]].word,
            method=Method(entry["method"]),
            has_receipt=has_receipt,
            obstacles=obstacles,
        )

    def _ways(self, told: str) -> list[ColumnElement[bool]]:
        """Everything `told` can be: a serial, a document's number, a consumer's number with any biller."""
        ways: list[ColumnElement[bool]] = []
        digits = told.replace("-", "")
        if digits.isdecimal() and len(digits) == SERIAL_LENGTH:
            ways.append(ENTRY.c.serial == digits)
        if number := _RECEIPT_NO.fullmatch(told):
            of_paper = select(DOCUMENT.c.serial).where(DOCUMENT.c.number == "-".join(number.groups()))
            ways.append(ENTRY.c.serial.in_(of_paper))
            ways.append(ENTRY.c.serial.in_(combined_receipts.on_number("-".join(number.groups()))))
        for biller in self._billers.values():
            consumer_no = biller.consumer.folded(told)
            if biller.consumer.passes(consumer_no):
                ways.append(and_(ENTRY.c.counterpart == biller.code, self._consumers.is_named(biller, consumer_no)))
        return ways
