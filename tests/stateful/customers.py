"""Who comes to the till, and what goes wrong with the payment: what Hypothesis draws from."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.stateful.branch import CONSUMERS, PRICES
from tests.stateful.trouble import FAULTS, USUAL

Trouble = list[tuple[str, str, int]]
"""Endpoint, fault, how often."""


@dataclass(frozen=True)
class Customer:
    """Somebody who comes to pay, and what happens to the payment. `killed_after` so many steps the desk dies. Where a
    rule asks about it, it is `approved` at once and gone on with, rejected, or (None) left for later. Who wants the
    payment `back` at once brings what goes wrong with that; None for everybody else."""

    consumer: str
    months: tuple[str, ...]
    trouble: Trouble
    killed_after: int | None
    approved: bool | None
    back: Trouble | None


_ENDPOINTS = (
    *("CORE_POST", "CORE_INQUIRE", "CORE_REVERSE", "CORE_ACCOUNTING_DATE"),
    *("BILLER_QUERY", "BILLER_PAY", "BILLER_INQUIRE", "BILLER_TOMBSTONE", "BILLER_CANCEL"),
)
_ASKED_LATER = ("CORE_INQUIRE", "CORE_REVERSE", "BILLER_INQUIRE", "BILLER_TOMBSTONE", "CORE_ACCOUNTING_DATE")
_FAULT = st.one_of(st.sampled_from(USUAL), st.sampled_from(tuple(FAULTS)))
_LATER = st.lists(st.tuples(st.sampled_from(_ASKED_LATER), _FAULT, st.integers(1, 3)), max_size=3)
_AT_CORE = st.tuples(st.just("CORE_POST"), _FAULT, st.just(1))
_AT_BILLER = st.tuples(st.just("BILLER_PAY"), _FAULT, st.just(1))
_CONSUMER = st.one_of(st.sampled_from(CONSUMERS), st.sampled_from(CONSUMERS[:2]))
_MONTHS = st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=2, unique=True).map(lambda m: tuple(sorted(m)))

WELL: st.SearchStrategy[Trouble] = st.just([])
LIVES: st.SearchStrategy[int | None] = st.none()
TROUBLE = st.tuples(st.one_of(_AT_CORE, _AT_BILLER, _AT_BILLER), _LATER).map(lambda both: [both[0], *both[1]])
"""What goes wrong with one payment: its posting or the biller's part, and then whatever is asked about it."""
ANY_TROUBLE = st.lists(st.tuples(st.sampled_from(_ENDPOINTS), _FAULT, st.integers(1, 3)), min_size=1, max_size=3)
_TAKING_BACK = st.sampled_from(("BILLER_CANCEL", "BILLER_CANCEL", "CORE_REVERSE", "BILLER_INQUIRE"))
BACK_TROUBLE = st.lists(st.tuples(_TAKING_BACK, _FAULT, st.integers(1, 2)), max_size=3)
"""What goes wrong while a payment is taken back."""
_BACK = st.one_of(st.none(), st.none(), BACK_TROUBLE)
STEPS = st.integers(0, 20)


def customers(
    trouble: st.SearchStrategy[Trouble] = WELL, killed_after: st.SearchStrategy[int | None] = LIVES
) -> st.SearchStrategy[Customer]:
    return st.builds(
        Customer, _CONSUMER, _MONTHS, trouble, killed_after, st.sampled_from((None, True, True, False)), _BACK
    )


QUEUE = st.lists(st.one_of(customers(), customers(TROUBLE), customers(TROUBLE, STEPS)), min_size=2, max_size=4)
