"""What the books say of one payment among several of a case, so that each is judged by itself."""

from __future__ import annotations

from dataclasses import replace

from faults.evidence import Branch, Evidence, Row

OF_THE_WHOLE = frozenset(
    {
        "intent-first",
        "core-balances",
        "sent-once",
        "comes-to-rest",
        "rest-is-rest",
        "audit-whole",
        "paper-as-noted",
        "till-as-core",
        "payable-as-due",
    }
)
"""Rules about all the books at once, by their names; the others are held against each payment."""


def of_payment(books: Evidence, serial: str) -> Evidence:
    """The books with the rows of one payment alone."""
    return replace(
        books,
        rest=_branch(books.rest, serial),
        late=_branch(books.late, serial),
        end=_branch(books.end, serial),
        core=_under(books.core, serial),
        biller=_under(books.biller, serial),
        bookings=_under(books.bookings, serial),
        consents=_under(books.consents, serial),
    )


def _branch(books: Branch, serial: str) -> Branch:
    return replace(
        books,
        entries=_of(books.entries, serial),
        legs=_under(books.legs, serial),
        steps=_of(books.steps, serial),
        cash=_of(books.cash, serial),
        claims=_of(books.claims, serial),
        documents=_of(books.documents, serial),
    )


def _of(rows: list[Row], serial: str) -> list[Row]:
    return [row for row in rows if row["serial"] == serial]


def _under(rows: list[Row], serial: str) -> list[Row]:
    return [row for row in rows if row["leg_id"].startswith(serial)]
