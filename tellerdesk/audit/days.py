"""Days as somebody types them who looks for something in the audit."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from tellerdesk.errors import BadInput

_DAY = re.compile(r"(?:(\d{4})[-/.]?)?(\d{1,2})[-/.](\d{1,2})|(\d{4})?(\d{2})(\d{2})", re.ASCII)
_BETWEEN = re.compile(r"\s*(?:~|\.\.|至|到|\s)\s*")


def days_of(text: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of `1122`, `11-22`, `20261122`, `2026-11-22` or two of them with a space, `~` or `..`
    between; (None, None) of nothing. Without a year it is the newest such day up to `today`.

    Raises BadInput (field "days").
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return None, None
    days = [_day(part, today) for part in _BETWEEN.split(folded)]
    if None in days or len(days) > 2:
        raise BadInput("error.audit.days", field="days", given=folded[:40])
    first, last = days[0], days[-1]
    if first is not None and last is not None and first > last:
        raise BadInput("error.audit.days", field="days", given=folded[:40])
    return first, last


def _day(text: str, today: date) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    groups = found.groups()
    year, month, day = groups[:3] if groups[1] else groups[3:]
    if year:
        return _date(int(year), int(month), int(day))
    # 29 February is up to eight years back.
    return next(
        (
            this
            for back in range(9)
            if (this := _date(today.year - back, int(month), int(day))) is not None and this <= today
        ),
        None,
    )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
