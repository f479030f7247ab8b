"""缴费撤销单: the payment was taken back at the customer's wish, and the money is with the customer again.

It carries 现金付讫 where the cash went back over the counter, 转讫 where the account was credited, and the line the
customer signs on. What it takes back it names by serial and by the number of the paper that is void from now on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receipts import bill_parts, blocks
from receipts.blocks import Cell, yuan
from receipts.foot import foot
from receipts.labels import both, en, zh
from receipts.page import Page
from tellerdesk.documents.views import BillPaper
from tellerdesk.serials import spoken

TITLE = "cancel.title"
NOTES = ("cancel.note.void", "cancel.note.owed", "cancel.note.verify")


def draw(page: Page, paper: BillPaper, footnotes: Sequence[str]) -> None:
    """`footnotes` are what has to be said about this very paper, after what every such slip says.

    Raises ValueError without an accounting date or the instant of the cancellation: what was taken back was posted.
    """
    day, at = paper.accounting_date, paper.cancelled_at
    if day is None or at is None:
        raise ValueError("a cancellation slip without its day")
    blocks.background(page)
    bill_parts.letterhead(page, paper, title=TITLE)
    blocks.headline(page, 23.8, _headline(paper, day, bill_parts.moment(at)))

    strip, row = 8.6, 7.5
    top = 33.0
    undone = top + strip
    parties = undone + strip
    total = parties + 3 * row
    back = total + 12.6
    bottom = back + strip
    blocks.strip(page, top, strip, _original_cells(paper))
    blocks.strip(page, undone, strip, _serial_cells(paper))
    bill_parts.parties(page, paper, parties, row)
    blocks.total(page, total, back - total, paper.amount_fen, key="cancel.total")
    blocks.strip(page, back, strip, _back_cells(paper))
    blocks.frame(page, top, bottom, [undone, parties, total, back])
    foot(
        page,
        paper,
        bottom + 3.8,
        notes=NOTES,
        footnotes=footnotes,
        day=day,
        in_cash="seal.cash_paid",
        seal_y=118.5,
        footer="cancel.footer",
    )


def _headline(paper: BillPaper, day: date, cancelled_at: str) -> list[Cell]:
    return [
        Cell("cancel.at", cancelled_at, 1.15),
        Cell("paper.accounting_date", f"{day:%Y-%m-%d}"),
        Cell("paper.business", zh("cancel.business"), 1.1, number=False, value_en=en("cancel.business")),
        bill_parts.channel(paper),
        Cell("paper.status", zh("cancel.status"), 1.2, number=False, value_en=en("cancel.status")),
    ]


def _original_cells(paper: BillPaper) -> list[Cell]:
    """The payment that was taken back, as its own paper has it."""
    return [
        Cell("cancel.original_serial", spoken(paper.serial)),
        Cell("cancel.original_no", paper.original_no),
        Cell("cancel.original_at", bill_parts.moment(paper.made_at)),
    ]


def _serial_cells(paper: BillPaper) -> list[Cell]:
    too_long = both("paper.too_long")
    return [
        Cell("paper.core_serial", paper.core_serial, otherwise=too_long),
        Cell("paper.biller_serial", paper.biller_serial, otherwise=too_long),
        Cell("cancel.serial", paper.cancel_serial, otherwise=too_long),
    ]


def _back_cells(paper: BillPaper) -> list[Cell]:
    """Where the money went: into the customer's hand, or onto the account it came from."""
    if paper.account_no:
        return [
            Cell("cancel.credited", yuan(paper.amount_fen)),
            Cell("cancel.account", paper.account_no, 2.0),
        ]
    return [
        Cell("cancel.cash_back", yuan(paper.amount_fen)),
        Cell("cancel.taken", zh("cancel.taken.said"), 2.0, number=False, value_en=en("cancel.taken.said")),
    ]
