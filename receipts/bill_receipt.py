"""代收业务回单: the customer's proof that the bill is paid. Carries the seal 现金收讫, or 转讫 for an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from receipts import bill_lines, bill_parts, blocks
from receipts.blocks import Cell
from receipts.foot import foot
from receipts.labels import en, zh
from receipts.page import Page
from tellerdesk.documents.views import BillPaper

TITLE = "receipt.title"
NOTES = ("receipt.note.voucher", "receipt.note.copy", "receipt.note.verify")


@dataclass(frozen=True, slots=True)
class _Heights:
    """Heights in millimetres of a strip, a party's row, a line of the bill and the total."""

    strip: float
    party: float
    line: float
    total: float


_ROOMY = _Heights(strip=8.6, party=7.5, line=4.8, total=12.6)
_CLOSE = _Heights(strip=8.0, party=6.6, line=4.2, total=11.4)
"""With a strip more, as high as `_ROOMY` without it."""


def draw(page: Page, paper: BillPaper, footnotes: Sequence[str]) -> None:
    """`footnotes` are what has to be said about this very paper, after what every receipt says.

    Raises ValueError without an accounting date: a payment that stands was posted on one.
    """
    day = paper.accounting_date
    if day is None:
        raise ValueError("a receipt without an accounting date")
    blocks.background(page)
    bill_parts.letterhead(page, paper, title=TITLE)
    blocks.headline(page, 23.8, _headline(paper, day))

    more = bill_parts.further_cells(paper)
    high = _CLOSE if more else _ROOMY
    top = 33.0
    parties = top + high.strip
    lines = parties + 3 * high.party
    total = lines + bill_lines.ROWS * high.line
    payment = total + high.total
    further = payment + high.strip
    bottom = further + high.strip if more else further
    blocks.strip(page, top, high.strip, bill_parts.serial_cells(paper))
    bill_parts.parties(page, paper, parties, high.party)
    bill_lines.bill_lines(page, lines, high.line, bill_parts.lines_of(paper))
    in_part = paper.outstanding_fen > 0
    blocks.total(page, total, high.total, paper.amount_fen, key="receipt.part" if in_part else "receipt.total")
    blocks.strip(page, payment, high.strip, bill_parts.payment_cells(paper))
    if more:
        blocks.strip(page, further, high.strip, more)
    blocks.frame(page, top, bottom, [parties, lines, total, payment, *([further] if more else [])])
    foot(
        page,
        paper,
        bottom + 3.8,
        notes=NOTES,
        footnotes=footnotes,
        day=day,
        in_cash="seal.cash_received",
        seal_y=122.4,
        footer="receipt.footer",
    )


def _headline(paper: BillPaper, day: date) -> list[Cell]:
    return [
        Cell("paper.made_at", bill_parts.moment(paper.made_at), 1.15),
        Cell("paper.accounting_date", f"{day:%Y-%m-%d}"),
        Cell("paper.business", zh("receipt.business"), 1.1, number=False, value_en=en("receipt.business")),
        bill_parts.channel(paper),
        Cell("paper.status", zh("receipt.status"), 0.85, number=False, value_en=en("receipt.status")),
    ]
