"""A search as statements: which entries can match at all, and what else must hold of them.

Three shapes. Where something names few entries (a serial, a consumer, an account, a rare name, an approver, or just
that they are not finished), those are gathered first and everything else is checked on them; the database is told not
to think of another way. Where few entries are in the states asked for, an index is walked in the order of time for each
of the states, until a page is full; otherwise one index for all.

Searches that ask for the same conditions are one statement, built once, whatever they look for: their values are bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from tellerdesk.approvals.models import ApprovalDecision, ApprovalRequest
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.models import Refund
from tellerdesk.refunds.states import RefundCause
from tellerdesk.search.states import STATES
from tellerdesk.store.base import table_of
from tellerdesk.store.many import one_of

REFUND = table_of(Refund)
REQUEST, DECISION = table_of(ApprovalRequest), table_of(ApprovalDecision)

SHOWN = (
    *("id", "serial", "made_at", "accounting_date", "flow", "counterpart", "consumer_no", "consumer_last4"),
    *("customer_name", "amount_fen", "method", "state", "cash_return", "teller_no", "till_no", "branch_no"),
    *("core_serial", "counterpart_serial"),
)
"""The columns of an entry a row is made of."""

_GATHERED = tuple(ENTRY.c[name] for name in (*SHOWN, "consumer_index"))

BUILT = 256
"""Statements that are kept, of each kind."""

_ENDED = frozenset(name for known in STATES.values() for name, state in known.items() if state.terminal)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for, without its values."""

    first: str
    """by which condition few entries are gathered, by its name; empty where an index is walked"""
    bound: frozenset[str]
    """the names of the values the conditions are bound to"""
    words: tuple[Word, ...] = ()
    cash_due: bool = False

    @property
    def walked(self) -> tuple[str, ...]:
        """Where not empty, each of these states is walked by itself: few entries are in any of them."""
        few = not self.first and self.words and "state" not in self.bound and "teller_no" not in self.bound
        states = named(self.words)
        return tuple(sorted(states)) if few and "SUCCESS" not in states else ()


@cache
def named(words: tuple[Word, ...]) -> frozenset[str]:
    """The states that are called so. No two flows call a state of one name differently (a test sees to it)."""
    return frozenset(name for known in STATES.values() for name, state in known.items() if state.word in words)


def unfinished(states: frozenset[str]) -> bool:
    """Whether no entry in any of these states has come to its end."""
    return bool(states) and not states & _ENDED


@lru_cache(BUILT)
def page(shape: Shape, by: str, *, rising: bool, behind: bool) -> Select[Any]:
    """SHOWN of the first `most` entries in the order of a column, those `behind` a `place` and `number` in it; and
    behind them whether something of the entry's money is refunded."""
    source, conditions = _matching(shape)
    c: Any = source.c

    def ordered(query: Select[Any], c: Any) -> Select[Any]:
        falling = (c[by].desc(), c.id.desc())
        return query.order_by(*((c[by].asc(), c.id.asc()) if rising else falling))

    if behind:
        place = tuple_(bindparam("place", type_=c[by].type), bindparam("number", type_=BigInteger()))
        here = tuple_(c[by], c.id)
        conditions.append(here > place if rising else here < place)
    most = bindparam("most", type_=BigInteger())
    if shape.walked:
        walk = ordered(select(c.id).where(*conditions), c).limit(most)
        walks = (walk.where(c.state == _literal(state)).subquery() for state in shape.walked)
        conditions = [c.id.in_(union_all(*(select(one) for one in walks)))]
    shown = select(*(c[name] for name in SHOWN)).where(*conditions)
    if not shape.first:  # an index is walked, and nothing sorted that is not shown
        return ordered(shown.add_columns(_refunded(c)), c).limit(most)
    found = ordered(shown, c).limit(most).subquery("found")
    return ordered(select(*found.c, _refunded(found.c)), found.c)


def _refunded(c: Any) -> ColumnElement[bool]:
    """Whether something of the entry's money is refunded."""
    refund = select(REFUND.c.serial).where(REFUND.c.payment_serial == c.serial, REFUND.c.holds.is_not(None))
    return refund.exists()


@lru_cache(BUILT)
def counted(shape: Shape, most: int) -> Select[Any]:
    """How many entries match, at most `most`, and the sum of so many."""
    source, conditions = _matching(shape)
    c: Any = source.c
    some: Any = select(c.amount_fen).where(*conditions).limit(most)
    if shape.walked:
        some = union_all(*(select(some.where(c.state == _literal(state)).subquery()) for state in shape.walked))
    some = some.limit(most).subquery("some")
    return select(func.count(), func.sum(some.c.amount_fen))


def _matching(shape: Shape) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Where the entries that can match are read from, and what must hold of each."""
    source: FromClause = ENTRY
    if shape.first:
        gathered = select(*_GATHERED).where(*_gathering(shape))
        source = gathered.cte("gathered").prefix_with("MATERIALIZED")
    return source, list(_besides(source.c, shape))


def _gathering(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """The condition that leaves the fewest entries, alone: beside another one the database might prefer that."""
    c = ENTRY.c
    if shape.first == "serials":
        yield one_of(c.serial, "serials")
    elif shape.first == "consumer_no":
        yield _is_consumer(c)
    elif shape.first == "account_index":
        yield _is_account(c)
    elif shape.first == "names":
        yield one_of(c.customer_name, "names")
        yield from _in_days(c, shape)
    elif shape.first == "approver_no":
        yield _has_approver(c, shape)
    elif shape.first == "cash_due":
        yield c.cash_return == CashReturn.DUE
        yield c.cash_return.in_([literal_column("'DUE'"), literal_column("'SUSPENDING'")])
    else:
        yield c.unfinished == literal_column("1")


def _besides(c: Any, shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Everything but the condition the entries were gathered by, and but the state where each is walked by itself.
    What names a serial always is the first."""
    bound = shape.bound
    yield from _in_days(c, shape)
    if "consumer_no" in bound and shape.first != "consumer_no":
        yield _is_consumer(c)
    if "account_index" in bound and shape.first != "account_index":
        yield _is_account(c)
    if "name_part" in bound and shape.first != "names":
        yield _has_name(c)
    if "approver_no" in bound and shape.first != "approver_no":
        yield _has_approver(c, shape)
    for name in ("branch_no", "flow", "counterpart", "teller_no", "method", "state"):
        if name in bound:
            yield c[name] == bindparam(name)
    yield from _in_state(c, shape)
    if "amount_from_fen" in bound:
        yield c.amount_fen >= bindparam("amount_from_fen")
    if "amount_to_fen" in bound:
        yield c.amount_fen <= bindparam("amount_to_fen")


def _in_days(c: Any, shape: Shape) -> Iterator[ColumnElement[bool]]:
    if "begins" in shape.bound:
        yield c.made_at >= bindparam("begins")
    if "ends" in shape.bound:
        yield c.made_at < bindparam("ends")


def _in_state(c: Any, shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Partial indexes answer only who repeats their condition, with the very words it is written with."""
    states = named(shape.words)
    if shape.cash_due:
        yield c.cash_return == CashReturn.DUE
    if states and not shape.walked:
        yield c.state.in_([_literal(state) for state in sorted(states)])
        if "SUCCESS" in states:
            yield c.serial.not_in(_refunded_but(states))
    if (states and "SUCCESS" not in states) or "odd_state" in shape.bound:
        yield c.state != _literal("SUCCESS")


def _literal(state: str) -> ColumnElement[str]:
    """Only of a state that stands in a flow's table."""
    return literal_column(f"'{state}'")


def _refunded_but(states: frozenset[str]) -> Select[Any]:
    """Payments of an earlier day that are refunded, and whose refund is in none of these states."""
    refund = ENTRY.alias("refund")
    return (
        select(REFUND.c.payment_serial)
        .join(refund, refund.c.serial == REFUND.c.serial)
        .where(REFUND.c.cause == RefundCause.NEXT_DAY.value, REFUND.c.holds.is_not(None))
        .where(refund.c.state.not_in([_literal(state) for state in sorted(states)]))
    )


def _is_consumer(c: Any) -> ColumnElement[bool]:
    return or_(c.consumer_no == bindparam("consumer_no"), c.consumer_index == bindparam("consumer_index"))


def _is_account(c: Any) -> ColumnElement[bool]:
    table = finding.ACCOUNT
    of_it = select(table.c.serial).where(table.c.account_index == bindparam("account_index"))
    condition: ColumnElement[bool] = c.serial.in_(of_it)
    return condition


def _has_name(c: Any) -> ColumnElement[bool]:
    """Looked up for each row by itself, so that the database does not gather everybody of a common name first."""
    pair = finding.PAIR
    held = (
        select(func.count())
        .where(pair.c.pair == bindparam("name_pair"), pair.c.name == c.customer_name, holds(pair.c.folded, "name_part"))
        .scalar_subquery()
    )
    return held > 0


def holds(column: ColumnElement[str], bound: str) -> ColumnElement[bool]:
    """Not LIKE: it has wildcards."""
    return func.replace(column, bindparam(bound, type_=column.type), literal_column("''")) != column


def _has_approver(c: Any, shape: Shape) -> ColumnElement[bool]:
    decided = (
        select(REQUEST.c.subject)
        .join(DECISION, DECISION.c.approval_id == REQUEST.c.approval_id)
        .where(DECISION.c.checker_no == bindparam("approver_no"))
    )
    if "begins" in shape.bound:  # nobody decides before it is asked
        decided = decided.where(DECISION.c.at >= bindparam("decided_from", type_=DECISION.c.at.type))
    condition: ColumnElement[bool] = c.serial.in_(decided)
    return condition
