"""How a consumer is named in the books: in clear, or by a blind index where the catalogue calls the number personal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from tellerdesk.billers.catalogue import Biller
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.quotes import KeptBill
from tellerdesk.journal.entries import ENTRY
from tellerdesk.store.vault import Vault, last_four

_PLACE = "journal_entry.consumer_no"

WHOLE_CONSUMER = "*"
"""Stands for the period in a claim that speaks for a consumer as such."""

CLAIMED_WHILE_UNDER_WAY = frozenset({AmountRule.PART_OLDEST_FIRST, AmountRule.FREE})
"""Rules under which the same consumer may pay again: only payments at the same time bar each other."""


class Consumers:
    """Names consumers for journal rows, searches and claims."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def columns(self, biller: Biller, consumer_no: str, request_id: str) -> dict[str, Any]:
        """The consumer's columns of the journal entry that `request_id` makes."""
        columns: dict[str, Any] = {
            "consumer_no": consumer_no,
            "consumer_sealed": None,
            "consumer_index": None,
            "consumer_last4": last_four(consumer_no),
        }
        if biller.consumer.personal:
            columns["consumer_no"] = None
            columns["consumer_sealed"] = self._vault.seal(consumer_no, column=_PLACE, row=request_id)
            columns["consumer_index"] = self.index(consumer_no)
        return columns

    def claim_keys(self, biller: Biller, bill: KeptBill) -> list[str]:
        """What a payment of this bill speaks for: each of its months, so that paying one twice meets the same key
        however bills overlap; or the consumer as such, where any part or amount may be paid."""
        named = self.index(bill.consumer_no).hex() if biller.consumer.personal else bill.consumer_no
        periods = sorted({line.period for line in bill.lines}) or ["-"]
        if biller.amount.rule in CLAIMED_WHILE_UNDER_WAY:
            periods = [WHOLE_CONSUMER]
        return [f"{biller.code}|{named}|{period}" for period in periods]

    def is_same(self, entry: dict[str, Any], consumer_no: str) -> bool:
        """Whether an entry is this consumer's."""
        if entry["consumer_no"] is not None:
            return bool(entry["consumer_no"] == consumer_no)
        return bytes(entry["consumer_index"] or b"") == self.index(consumer_no)

    def is_named(self, biller: Biller, consumer_no: str) -> ColumnElement[bool]:
        """Entries of this consumer of a biller, as a condition an index answers."""
        if biller.consumer.personal:
            return ENTRY.c.consumer_index == self.index(consumer_no)
        return ENTRY.c.consumer_no == consumer_no

    def index(self, consumer_no: str) -> bytes:
        """What a personal number is found by."""
        return self._vault.blind(consumer_no, column=_PLACE)
