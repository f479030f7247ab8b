"""A search as it was typed, read and checked before the database is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tellerdesk.billers.parts import Consumer
from tellerdesk.clock import CHINA, branch_time
from tellerdesk.errors import BadInput
from tellerdesk.journal import finding
from tellerdesk.money import MAX_FEN
from tellerdesk.search.commands import DEFAULT_DAYS, JournalSearch
from tellerdesk.text import typed

SHORTEST_NAME = 2

_GROUPING = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search whose texts are folded as what they are compared with, and whose days are instants: from `begins` on,
    before `ends`. `branch_no` is what the person may see, empty for everything."""

    search: JournalSearch
    branch_no: str
    since: date | None
    until: date | None
    begins: datetime | None
    ends: datetime | None
    consumer_no: str
    customer_name: str
    account_no: str
    serial: str
    teller_no: str
    approver_no: str


def read(search: JournalSearch, branch_no: str, now: datetime) -> Asked:
    """Raises BadInput, whose field is that of JournalSearch."""
    name = finding.folded(typed(search.customer_name, field="customer_name", most=100))
    if name and len(name) < SHORTEST_NAME:
        raise BadInput("error.search.name_short", field="customer_name", least=SHORTEST_NAME)
    for field in ("flow", "biller_code", "state", "branch_no"):
        typed(getattr(search, field), field=field, most=32)
    _check_amounts(search)
    account_no = _GROUPING.sub("", typed(search.account_no, field="account_no", most=40))
    consumer_no = Consumer.folded(typed(search.consumer_no, field="consumer_no", most=64))
    serial = typed(search.serial, field="serial", most=64).replace(" ", "")
    since, until = _days(search, now, names_one=bool(account_no or consumer_no or serial))
    return Asked(
        search=search,
        branch_no=branch_no,
        since=since,
        until=until,
        begins=begins(since),
        ends=ends(until),
        consumer_no=consumer_no,
        customer_name=name,
        account_no=account_no,
        serial=serial,
        teller_no=typed(search.teller_no, field="teller_no", most=16),
        approver_no=typed(search.approver_no, field="approver_no", most=16),
    )


def begins(day: date | None) -> datetime | None:
    """The first moment of a day of the branch; None where no clock reaches back so far."""
    return None if day is None or day == date.min else datetime.combine(day, time(), CHINA)


def ends(day: date | None) -> datetime | None:
    """The first moment after a day of the branch; None where there is none."""
    return None if day is None or day == date.max else begins(day + timedelta(days=1))


def _check_amounts(search: JournalSearch) -> None:
    low, high = search.amount_from_fen, search.amount_to_fen
    for value, field in ((low, "amount_from_fen"), (high, "amount_to_fen")):
        if value is not None and not 0 <= value <= MAX_FEN:
            raise BadInput("error.search.amount", field=field)
    if low is not None and high is not None and low > high:
        raise BadInput("error.search.amounts", field="amount_to_fen")


def _days(search: JournalSearch, now: datetime, *, names_one: bool) -> tuple[date | None, date | None]:
    """The days to be searched. What nobody bounded is bounded here, unless it names one customer or one serial."""
    if search.since is not None and search.until is not None and search.since > search.until:
        raise BadInput("error.search.days", field="until")
    if search.last_days < 0:
        raise BadInput("error.search.days", field="last_days")
    if search.since is not None or search.until is not None:
        return search.since, search.until
    days = search.last_days or (0 if names_one else DEFAULT_DAYS)
    if not days:
        return None, None
    today = branch_time(now).date()
    return date.fromordinal(max(today.toordinal() - days + 1, 1)), None
