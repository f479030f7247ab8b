"""The judge before several payments of one case: each by itself, and the basket that holds them together."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from faults.case import Case
from faults.evidence import Branch, Evidence, Row
from faults.flows import flows
from faults.judge import judge
from faults.test_judge import FEN, SERIAL, paid, step

OTHER = SERIAL[:-2] + "29"


def _renamed(rows: list[Row]) -> list[Row]:
    """The same rows of the other payment."""
    return [
        {name: value.replace(SERIAL, OTHER) if isinstance(value, str) else value for name, value in row.items()}
        for row in deepcopy(rows)
    ]


def two_bills() -> Evidence:
    """The biller took the first bill and refused the second, whose cash went back with the change of 6 yuan."""
    books = paid()
    basket = {"basket_id": "B", "state": "HANDED_OVER", "method": "CASH", "tendered_fen": 2 * FEN + 600}
    for branch in (books.rest, books.late, books.end):
        other = _renamed(branch.entries)[0]
        branch.entries[0]["request_id"] = "Q0"
        branch.entries.append(other | {"request_id": "Q1", "state": "REVERSED", "cash_return": "RETURNED"})
        branch.legs += [*_renamed(branch.legs), {**branch.legs[0], "leg_id": f"{OTHER}-CR-1", "kind": "CORE_REVERSE"}]
        branch.legs[3]["state"] = "REJECTED"
        back = {"serial": OTHER, "row": "T16a", "from_state": "REVERSED", "event": "cash_returned"}
        went = [*(step(row, OTHER) for row in ("T1+T4", "T5", "T11", "T16")), {**back, "to_state": "REVERSED"}]
        branch.steps = [{**each, "at": "2026-11-22 09:30:01"} for each in (*branch.steps, *went)]
        branch.cash += [{**row, "serial": OTHER} for row in branch.cash]
        branch.cash.append({"serial": OTHER, "kind": "CASH_OUT", "amount_fen": FEN})
        branch.documents[0]["serial"] = SERIAL
        branch.baskets = [{**basket, "handed_fen": FEN + 600}]
        branch.basket_lines = [{"request_id": f"Q{place}", "amount_fen": FEN} for place in range(2)]
        branch.handed_over = [{"basket_id": "B", "amount_fen": FEN + 600, "at": "2026-11-22 09:30:02"}]
    posted = _renamed(books.core)[0]
    reversal = {"kind": "REVERSAL", "leg_id": f"{OTHER}-CR-1", "amount_fen": -FEN}
    books.core += [posted, posted | reversal]
    books.biller[0]["consumer_no"] = "1"
    books.seen = {"CORE_POST": 2, "BILLER_PAY": 2}
    return books


def broken(books: Evidence) -> set[str]:
    case = Case.parse("basket/next-refused/-/-/-/able/judgement/fork")
    return {rule for rule, _ in judge(flows()["basket"], case, books)}


def _begun_twice(end: Branch) -> None:
    end.entries[1]["request_id"] = "Q0"


def _given_later_too(books: Evidence) -> None:
    """What was in the figure at the end went out of the till only afterwards, as cash of the one bill."""
    books.end.steps[-1]["at"] = "2026-11-22 09:30:03"


def test_good_books_of_a_basket_break_no_rule() -> None:
    assert broken(two_bills()) == set()


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("basket-of-entries", lambda books: _begun_twice(books.end)),
        ("basket-of-entries", lambda books: books.rest.baskets.clear()),
        ("basket-of-entries", lambda books: books.end.entries[1].update(amount_fen=FEN + 1)),
        ("one-figure", lambda books: books.end.baskets[0].update(state="OPEN")),
        ("one-figure", lambda books: books.end.basket_lines.append({"request_id": "Q2", "amount_fen": 1})),
        ("one-figure", lambda books: books.end.baskets[0].update(handed_fen=600)),
        ("one-figure", lambda books: books.end.cash.pop()),
        ("one-figure", _given_later_too),
        ("one-receipt-for-each", lambda books: books.end.documents.clear()),
        ("one-receipt-for-each", lambda books: books.end.combined.append({"serial": OTHER, "on_serial": SERIAL})),
        ("no-bill-twice", lambda books: books.biller.append({**books.biller[0], "leg_id": f"{OTHER}-BP-1"})),
        ("stands-at-both", lambda books: books.biller.clear()),
        ("gone-from-both", lambda books: books.core.pop()),
        ("cash", lambda books: books.end.cash.append(books.end.cash[-1])),
        ("claims", lambda books: books.end.claims.append({"claim_key": "1101|2|2026-10", "serial": OTHER})),
        ("sent-once", lambda books: books.seen.update(BILLER_PAY=3)),
        ("intent-first", lambda books: books.end.legs.pop()),
    ],
)
def test_each_payment_and_the_basket_are_judged(rule: str, damage: Callable[[Evidence], Any]) -> None:
    books = two_bills()

    damage(books)

    assert rule in broken(books)
