"""What billers differ in, as words."""

from __future__ import annotations

from enum import StrEnum


class AmountRule(StrEnum):
    """What may be paid against what is owed."""

    EXACT = "EXACT"
    """All of it, no more and no less."""
    EXACT_OR_MORE = "EXACT_OR_MORE"
    """All of it; what is more is kept by the biller as the customer's balance."""
    PART_OLDEST_FIRST = "PART_OLDEST_FIRST"
    """Any part of it; the biller takes it for the oldest period first."""
    FREE = "FREE"
    """Nothing is owed: the customer says how much."""


class InvoiceMode(StrEnum):
    """Who says what the customer's invoice looks like."""

    NONE = "NONE"
    BANK = "BANK"
    """The bank's own voucher is all there is."""
    BILLER = "BILLER"
    """The biller sends its content once the payment is done."""
