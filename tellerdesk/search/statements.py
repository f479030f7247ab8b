"""A search as statements: which entries can match at all, and what else must hold of them.

Three shapes. Where something names few entries (a serial, a consumer, an account, a rare name, an approver, or just
that they are not finished), those are gathered first and everything else is checked on them; the database is told not
to think of another way. Where few entries are in the states asked for, an index is walked in the order of time for each
of the states, until a page is full; otherwise one index for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
)

from tellerdesk.approvals.models import ApprovalDecision, ApprovalRequest
from tellerdesk.bills.combined_receipts import COMBINED
from tellerdesk.bills.consumers import Consumers
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.journal import finding
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.models import LateAnswer
from tellerdesk.refunds.models import Refund
from tellerdesk.refunds.states import RefundCause
from tellerdesk.search.asked import Asked
from tellerdesk.search.states import STATES
from tellerdesk.store.base import table_of
from tellerdesk.store.vault import Vault

REFUND, LATE = table_of(Refund), table_of(LateAnswer)
REQUEST, DECISION = table_of(ApprovalRequest), table_of(ApprovalDecision)

SHOWN = (
    *("id", "serial", "made_at", "accounting_date", "flow", "counterpart", "consumer_no", "consumer_last4"),
    *("customer_name", "amount_fen", "method", "state", "cash_return", "teller_no", "till_no", "branch_no"),
    *("core_serial", "counterpart_serial"),
)
"""The columns of an entry a row is made of."""

_GATHERED = tuple(ENTRY.c[name] for name in (*SHOWN, "consumer_index"))

MOST_NAMES = 3_000
"""Names that are gathered first; a part of a name more people have is so common that a walk soon fills a page."""

MOST_SERIALS = 500

_ENDED = frozenset(name for known in STATES.values() for name, state in known.items() if state.terminal)

_DESKS_CLOCKS_DIFFER = timedelta(days=1)
_DOCUMENT_NO = re.compile(r"([0-9]{8})-?([0-9]{4})-?([0-9]{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Matching:
    """Where the entries that can match are read from, and what must hold of each."""

    source: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    states: tuple[str, ...] = ()
    """where not empty, each of these states is walked by itself: few entries are in any of them"""


class Statements:
    """Makes statements of searches, asking the database for what a name or a number stands for."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._consumers = Consumers(vault)

    def matching(self, connection: Connection, asked: Asked) -> Matching:
        first, gathering = self._gathered(connection, asked)
        states = _states(asked)
        if gathering is None and states and "SUCCESS" not in states and not asked.teller_no:
            conditions = tuple(self._besides(ENTRY.c, asked, first, each_by_itself=True))
            return Matching(ENTRY, conditions, tuple(sorted(states)))
        source: FromClause = ENTRY
        if gathering is not None:
            source = select(*_GATHERED).where(*gathering).cte("gathered").prefix_with("MATERIALIZED")
        return Matching(source, tuple(self._besides(source.c, asked, first)))

    def _gathered(self, connection: Connection, asked: Asked) -> tuple[str, list[ColumnElement[bool]] | None]:
        """The condition that leaves the fewest entries, by its name, alone: beside another one the database might
        prefer that."""
        if asked.serial:
            serials = _serials(connection, asked.serial)
            return "serial", [ENTRY.c.serial.in_(serials)] if serials else [false()]
        if asked.consumer_no:
            return "consumer_no", [self._is_consumer(ENTRY.c, asked.consumer_no)]
        if asked.account_no:
            return "account_no", [self._is_account(ENTRY.c, asked.account_no)]
        if asked.customer_name:
            names = _names(connection, asked.customer_name)
            if not names:
                return "customer_name", [false()]
            if len(names) <= MOST_NAMES:
                return "customer_name", [ENTRY.c.customer_name.in_(names), *_in_days(ENTRY.c, asked)]
        if asked.approver_no:
            return "approver_no", [_has_approver(ENTRY.c, asked)]
        if asked.search.cash_due:
            return "cash_due", [ENTRY.c.cash_return == CashReturn.DUE, _cash_open(ENTRY.c)]
        if (states := _states(asked)) and not states & _ENDED:
            return "states", [ENTRY.c.unfinished == literal_column("1")]
        return "", None

    def _besides(
        self, c: Any, asked: Asked, first: str, *, each_by_itself: bool = False
    ) -> Iterator[ColumnElement[bool]]:
        """Everything but the condition called `first`, and but the state where it is `each_by_itself` that is walked.
        Without a first one nothing names a serial: that always is the first."""
        search = asked.search
        yield from _in_days(c, asked)
        if asked.branch_no:
            yield c.branch_no == asked.branch_no
        if asked.consumer_no and first != "consumer_no":
            yield self._is_consumer(c, asked.consumer_no)
        if asked.account_no and first != "account_no":
            yield self._is_account(c, asked.account_no)
        if asked.customer_name and first != "customer_name":
            yield _has_name(c, asked.customer_name)
        if asked.approver_no and first != "approver_no":
            yield _has_approver(c, asked)
        for column, value in (
            (c.flow, search.flow),
            (c.counterpart, search.biller_code),
            (c.teller_no, asked.teller_no),
            (c.method, "" if search.method is None else search.method.value),
        ):
            if value:
                yield column == value
        yield from _in_state(c, asked, each_by_itself=each_by_itself)
        if search.amount_from_fen is not None:
            yield c.amount_fen >= search.amount_from_fen
        if search.amount_to_fen is not None:
            yield c.amount_fen <= search.amount_to_fen

    def _is_consumer(self, c: Any, consumer_no: str) -> ColumnElement[bool]:
        return or_(c.consumer_no == consumer_no, c.consumer_index == self._consumers.index(consumer_no))

    def _is_account(self, c: Any, account_no: str) -> ColumnElement[bool]:
        table = finding.ACCOUNT
        of_it = select(table.c.serial).where(table.c.account_index == finding.account_index(self._vault, account_no))
        condition: ColumnElement[bool] = c.serial.in_(of_it)
        return condition


def _in_days(c: Any, asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.begins is not None:
        yield c.made_at >= asked.begins
    if asked.ends is not None:
        yield c.made_at < asked.ends


def _in_state(c: Any, asked: Asked, *, each_by_itself: bool) -> Iterator[ColumnElement[bool]]:
    """Partial indexes answer only who repeats their condition, with the very words it is written with."""
    search = asked.search
    if search.cash_due:
        yield c.cash_return == CashReturn.DUE
    if search.state and not each_by_itself:
        yield c.state == search.state
    if search.words and (search.state or not each_by_itself):
        yield c.state.in_(sorted(_named(frozenset(search.words))))
        if "SUCCESS" in _named(frozenset(search.words)):
            yield c.serial.not_in(_refunded_but(frozenset(search.words)))
    if (states := _states(asked)) and "SUCCESS" not in states:
        yield c.state != literal_column("'SUCCESS'")


def _refunded_but(words: frozenset[Word]) -> Select[Any]:
    """Payments of an earlier day that are refunded, and whose refund is called none of these."""
    refund = ENTRY.alias("refund")
    return (
        select(REFUND.c.payment_serial)
        .join(refund, refund.c.serial == REFUND.c.serial)
        .where(REFUND.c.cause == RefundCause.NEXT_DAY.value, REFUND.c.holds.is_not(None))
        .where(refund.c.state.not_in(sorted(_named(words))))
    )


def _cash_open(c: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = c.cash_return.in_([literal_column("'DUE'"), literal_column("'SUSPENDING'")])
    return condition


def _states(asked: Asked) -> frozenset[str]:
    """The states that can match, empty where every state can."""
    search = asked.search
    return frozenset({search.state}) if search.state else _named(frozenset(search.words))


@cache
def _named(words: frozenset[Word]) -> frozenset[str]:
    """The states that are called so. No two flows call a state of one name differently (a test sees to it)."""
    return frozenset(name for known in STATES.values() for name, state in known.items() if state.word in words)


def _has_name(c: Any, part: str) -> ColumnElement[bool]:
    """Looked up for each row by itself, so that the database does not gather everybody of a common name first."""
    pair = finding.PAIR
    held = (
        select(func.count())
        .where(pair.c.pair == part[:2], pair.c.name == c.customer_name, _holds(pair.c.folded, part))
        .scalar_subquery()
    )
    return held > 0


def _holds(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Not LIKE: it has wildcards."""
    return func.replace(column, part, "") != column


def _has_approver(c: Any, asked: Asked) -> ColumnElement[bool]:
    decided = (
        select(REQUEST.c.subject)
        .join(DECISION, DECISION.c.approval_id == REQUEST.c.approval_id)
        .where(DECISION.c.checker_no == asked.approver_no)
    )
    if asked.begins is not None:  # nobody decides before it is asked
        decided = decided.where(DECISION.c.at >= asked.begins - _DESKS_CLOCKS_DIFFER)
    condition: ColumnElement[bool] = c.serial.in_(decided)
    return condition


def _names(connection: Connection, part: str) -> list[str]:
    """Names that hold this part, at most one more than MOST_NAMES, found by its rarest pair of characters."""
    table = finding.PAIR
    pairs = finding.pairs(part)
    rarest = pairs[0] if len(pairs) == 1 else min(pairs, key=lambda pair: _how_many(connection, pair))
    query = select(table.c.name).where(table.c.pair == rarest).limit(MOST_NAMES + 1)
    if len(part) > 2:
        query = query.where(_holds(table.c.folded, part))
    return list(connection.scalars(query))


def _how_many(connection: Connection, pair: str) -> int:
    table = finding.PAIR
    some = select(literal(1)).where(table.c.pair == pair).limit(MOST_NAMES + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _serials(connection: Connection, number: str) -> list[str]:
    """Every entry this number can mean: its own, that of the payment it is about, a counterpart's, a message's, a
    document's, one that several payments share included."""
    written = sorted({number, number.upper(), number.replace("-", "")})
    papers = ["-".join(found.groups()) for found in [_DOCUMENT_NO.fullmatch(number)] if found]
    return list(connection.scalars(_OF_NUMBER, {"written": written, "papers": [number, *papers]}))


def _any_written(column: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.in_(bindparam("written", expanding=True))
    return condition


_OF_NUMBER = union(
    select(ENTRY.c.serial).where(_any_written(ENTRY.c.serial)),
    *(
        select(column.table.c.serial).where(_any_written(column), column != literal_column("''"))
        for column in (ENTRY.c.core_serial, ENTRY.c.counterpart_serial, LEG.c.counterpart_serial)
    ),
    select(LEG.c.serial).where(_any_written(LEG.c.leg_id)),
    select(DOCUMENT.c.serial).where(DOCUMENT.c.number.in_(bindparam("papers", expanding=True))),
    select(COMBINED.c.serial)
    .join(DOCUMENT, DOCUMENT.c.serial == COMBINED.c.on_serial)
    .where(DOCUMENT.c.number.in_(bindparam("papers", expanding=True)), DOCUMENT.c.kind == "COMBINED_RECEIPT"),
    select(REFUND.c.serial).where(_any_written(REFUND.c.payment_serial)),
    select(LATE.c.serial).where(_any_written(LATE.c.payment_serial)),
).limit(MOST_SERIALS)
