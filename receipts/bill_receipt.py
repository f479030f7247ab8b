"""代收业务回单: the customer's proof that the bill is paid. Carries the seal 现金收讫."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receipts import bill_lines, bill_parts, blocks, seal
from receipts.blocks import Cell
from receipts.labels import both, en, zh
from receipts.page import Page
from tellerdesk.documents.views import BillPaper

TITLE = "receipt.title"
NOTES = ("receipt.note.voucher", "receipt.note.copy", "receipt.note.verify")


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

    top = 33.0
    serials = top
    parties = serials + 8.6
    lines = parties + 3 * 7.5
    total = lines + bill_lines.HEIGHT
    cash = total + 12.6
    bottom = cash + 8.6
    blocks.strip(page, serials, parties - serials, bill_parts.serial_cells(paper))
    bill_parts.parties(page, paper, parties, 7.5)
    bill_lines.bill_lines(page, lines, paper.lines)
    blocks.total(page, total, cash - total, paper.amount_fen, key="receipt.total")
    blocks.strip(page, cash, bottom - cash, bill_parts.cash_cells(paper))
    blocks.frame(page, top, bottom, [parties, lines, total, cash])

    notes = [both(key) for key in NOTES]
    bill_parts.verification(page, paper, bottom + 3.8, [*notes, *footnotes])
    bill_parts.handled_by(page, paper, 121.5, bottom + 3.8)
    seal.cash_received(
        page,
        184.5,
        122.4,
        ring=seal.ring_of(paper.bank_zh, paper.branch_zh),
        day=day,
        number=paper.teller_no,
    )
    bill_parts.footer(page, paper, key="receipt.footer")


def _headline(paper: BillPaper, day: date) -> list[Cell]:
    return [
        Cell("paper.made_at", bill_parts.moment(paper.made_at), 1.15),
        Cell("paper.accounting_date", f"{day:%Y-%m-%d}"),
        Cell("paper.business", zh("receipt.business"), 1.1, number=False, value_en=en("receipt.business")),
        Cell("paper.channel", zh("receipt.channel"), 1.0, number=False, value_en=en("receipt.channel")),
        Cell("paper.status", zh("receipt.status"), 0.85, number=False, value_en=en("receipt.status")),
    ]
