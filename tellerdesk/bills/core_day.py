"""Core's open day, asked now."""

from __future__ import annotations

import secrets
from datetime import date

from tellerdesk.errors import Refused
from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts.core import ACCOUNTING_DATE
from tellerdesk.links.link import Link


def core_day(core: Link, silent: str) -> date:
    """Raises Refused with the sentence `silent` where core does not say."""
    answer = core.call(ACCOUNTING_DATE, request_id=f"d-{secrets.token_hex(8)}")
    if answer.kind is not AnswerKind.ACCEPTED or answer.body is None:
        raise Refused(silent)
    day: date = answer.body.accounting_date
    return day
