"""The foot of a paper that says where money went: notes and verification, who handled it, the seal, the footer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receipts import bill_parts, seal
from receipts.labels import both
from receipts.page import Page
from tellerdesk.documents.views import Paper


def foot(
    page: Page,
    paper: Paper,
    y: float,
    *,
    notes: Sequence[str],
    footnotes: Sequence[str],
    day: date,
    in_cash: str,
    seal_y: float,
    footer: str,
) -> None:
    """`notes` are ids of what every such paper says, `footnotes` what has to be said about this one. `in_cash` is the
    seal where cash changed hands; where an account did, it is 转讫. `y` and `seal_y` in millimetres from the top."""
    bill_parts.verification(page, paper, y, [*map(both, notes), *footnotes])
    bill_parts.handled_by(page, paper, 121.5, y)
    seal.settled(
        page,
        184.5,
        seal_y,
        key="seal.transferred" if paper.account_no else in_cash,
        ring=seal.ring_of(paper.bank_zh, paper.branch_zh),
        day=day,
        number=paper.teller_no,
    )
    bill_parts.footer(page, paper, key=footer)
