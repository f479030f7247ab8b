"""Bills as billers told them, kept unchanged. A payment cites one; its amount, name and months come from there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from tellerdesk.bills.models import Quote
from tellerdesk.errors import Refused
from tellerdesk.links import strict_json
from tellerdesk.store.base import table_of
from tellerdesk.store.vault import Vault

QUOTE = table_of(Quote)
_BY_ID = select(QUOTE).where(QUOTE.c.quote_id == bindparam("quote_id"))


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One month of one item, as the biller named it."""

    period: str
    item: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class KeptFact:
    """Something the biller told besides what is owed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class KeptBill:
    """A quote, opened. Names and address are whole here: only views mask them. Amounts in fen, instants aware UTC."""

    quote_id: str
    biller_code: str
    consumer_no: str
    customer_name: str
    address: str
    lines: tuple[KeptLine, ...]
    late_fee_fen: int
    total_fen: int
    reference: str
    asked_at: datetime
    valid_until: datetime
    balance_fen: int | None = None
    facts: tuple[KeptFact, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """what was asked besides the consumer number, by key"""


REMEMBERED = 256


class Quotes:
    """Keeps and opens quotes. They never change, so the newest ones are remembered."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._newest: OrderedDict[str, KeptBill] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, connection: Connection, bill: KeptBill, *, branch_no: str, staff_no: str) -> None:
        sealed = self._vault.seal(
            strict_json.canonical_json(
                {
                    "consumer_no": bill.consumer_no,
                    "name": bill.customer_name,
                    "address": bill.address,
                    "lines": [[line.period, line.item, line.amount_fen] for line in bill.lines],
                    "late_fee_fen": bill.late_fee_fen,
                    "reference": bill.reference,
                    "balance_fen": bill.balance_fen,
                    "facts": [[fact.label, fact.value] for fact in bill.facts],
                    "fields": [list(field) for field in bill.fields],
                }
            ).decode(),
            column="bills_quote.bill",
            row=bill.quote_id,
        )
        connection.execute(
            insert(QUOTE),
            {
                "quote_id": bill.quote_id,
                "biller_code": bill.biller_code,
                "branch_no": branch_no,
                "staff_no": staff_no,
                "total_fen": bill.total_fen,
                "asked_at": bill.asked_at,
                "valid_until": bill.valid_until,
                "bill": sealed,
            },
        )
        self._remember(bill)

    def get(self, connection: Connection, quote_id: str) -> KeptBill:
        """Raises Refused where there is no such quote."""
        remembered = self._newest.get(quote_id)
        if remembered is not None:
            return remembered
        row = connection.execute(_BY_ID, {"quote_id": quote_id}).first()
        if row is None:
            raise Refused("error.payment.no_quote")
        bill = self._opened(row._mapping)
        self._remember(bill)
        return bill

    def _remember(self, bill: KeptBill) -> None:
        with self._lock:
            self._newest[bill.quote_id] = bill
            while len(self._newest) > REMEMBERED:
                self._newest.popitem(last=False)

    def _opened(self, row: RowMapping) -> KeptBill:
        """Quotes kept before billers told balances and facts have neither."""
        text = self._vault.open(row["bill"], column="bills_quote.bill", row=row["quote_id"])
        table: Any = strict_json.parse(text.encode())
        return KeptBill(
            quote_id=row["quote_id"],
            biller_code=row["biller_code"],
            consumer_no=table["consumer_no"],
            customer_name=table["name"],
            address=table["address"],
            lines=tuple(KeptLine(*line) for line in table["lines"]),
            late_fee_fen=table["late_fee_fen"],
            total_fen=row["total_fen"],
            reference=table["reference"],
            asked_at=row["asked_at"],
            valid_until=row["valid_until"],
            balance_fen=table.get("balance_fen"),
            facts=tuple(KeptFact(*fact) for fact in table.get("facts", ())),
            fields=tuple((key, value) for key, value in table.get("fields", ())),
        )
