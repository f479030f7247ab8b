"""A document's view as canonical JSON and back, nothing lost: what is stored is what every later copy shows.

A field with a default is written only where it says something else. So a paper stored before there was such a field is
read, and written again, as it was. What kind of paper a text is of, its field `kind` says.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields
from datetime import UTC, date, datetime

from tellerdesk.documents.views import BillPaper, DocumentKind, Paper, PrintedBill, PrintedLine, RefundPaper

_DATES = ("accounting_date",)
_INSTANTS = ("made_at", "printed_at", "cancelled_at", "paid_at", "refunded_at")
_LATER = {field.name: field.default for field in fields(BillPaper) if field.default is not MISSING}


def written(paper: Paper) -> str:
    """Keys in order, no spaces, characters as they are, instants in UTC. Raises ValueError for a naive instant."""
    told = asdict(paper)
    if isinstance(paper, BillPaper):
        for name, default in _LATER.items():
            if told[name] == default:
                del told[name]
    for name in _DATES:
        told[name] = None if told[name] is None else told[name].isoformat()
    for name in (name for name in _INSTANTS if name in told):
        if told[name].tzinfo is None:
            raise ValueError(f"naive datetime in {name}")
        told[name] = told[name].astimezone(UTC).isoformat()
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_back(text: str) -> Paper:
    """The view `written` wrote. Raises ValueError, KeyError or TypeError where the text is of another shape."""
    told = json.loads(text)
    told["kind"] = DocumentKind(told["kind"])
    told |= {name: date.fromisoformat(told[name]) for name in _DATES if told[name] is not None}
    told |= {name: datetime.fromisoformat(told[name]) for name in _INSTANTS if name in told}
    if told["kind"] is DocumentKind.REFUND_SLIP:
        told["approvers"] = tuple(told["approvers"])
        return RefundPaper(**told)
    told["lines"] = tuple(PrintedLine(**line) for line in told["lines"])
    if "facts" in told:
        told["facts"] = tuple((label, value) for label, value in told["facts"])
    if "bills" in told:
        told["bills"] = tuple(PrintedBill(**bill) for bill in told["bills"])
    return BillPaper(**told)
