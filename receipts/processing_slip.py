"""缴费受理单: the bank has taken the payment in and does not know its outcome yet.

It says in large type that it proves no payment, carries the seal 业务受理专用章 and never 现金收讫 or 转讫.
"""

from __future__ import annotations

from collections.abc import Sequence

from receipts import bill_parts, blocks, seal
from receipts.blocks import Cell
from receipts.labels import both, en, zh
from receipts.page import INK, LEFT, MUTED, PALE_RED, RED, RIGHT, WIDTH, Page, Style
from tellerdesk.documents.views import BillPaper

TITLE = "slip.title"
NOTES = ("slip.note.keep", "slip.note.refund", "slip.note.ask")


def draw(page: Page, paper: BillPaper, footnotes: Sequence[str]) -> None:
    """`footnotes` are what has to be said about this very paper, after what every slip says."""
    blocks.background(page)
    bill_parts.letterhead(page, paper, title=TITLE)
    blocks.headline(page, 23.8, _headline(paper))
    _warning(page, 33.0, 24.0)

    top = 59.2
    parties = top + 8.6
    total = parties + 3 * 7.3
    payment = total + 12.6
    bottom = payment + 8.6
    blocks.strip(page, top, parties - top, bill_parts.serial_cells(paper))
    bill_parts.parties(page, paper, parties, 7.3)
    blocks.total(page, total, payment - total, paper.amount_fen, key="slip.total")
    # What will be owed or held afterwards depends on the outcome: a slip tells what was owed before, and no more.
    blocks.strip(page, payment, bottom - payment, [*bill_parts.owed_cells(paper)[:1], *bill_parts.payment_cells(paper)])
    blocks.frame(page, top, bottom, [parties, total, payment])

    notes = [both(key) for key in NOTES]
    bill_parts.verification(page, paper, bottom + 3.4, [*notes, *footnotes])
    bill_parts.handled_by(page, paper, 121.5, bottom + 3.4)
    ring = seal.ring_of(paper.bank_zh, paper.branch_zh)
    seal.taken_in(page, 184.5, 122.6, ring=ring, number=paper.branch_no)
    bill_parts.footer(page, paper, key="slip.footer")


def _headline(paper: BillPaper) -> list[Cell]:
    return [
        Cell("paper.made_at", bill_parts.moment(paper.made_at), 1.15),
        Cell("paper.accounting_date", f"{paper.accounting_date:%Y-%m-%d}" if paper.accounting_date else ""),
        bill_parts.channel(paper),
        Cell("paper.status", zh("slip.status"), 1.3, number=False, value_en=en("slip.status")),
    ]


def _warning(page: Page, y: float, height: float) -> None:
    middle = WIDTH / 2
    page.box(LEFT, y, RIGHT - LEFT, height, fill=PALE_RED, stroke=RED, thickness=1.2, radius=1.2)
    page.text(middle, y + 8.9, zh("slip.warning"), Style(20, RED, bold=True, spacing=2.0, align="centre"))
    page.text(middle, y + 12.9, en("slip.warning"), Style(7.4, RED, spacing=0.4, align="centre"))
    page.text(middle, y + 18.6, zh("slip.advice"), Style(12, INK, bold=True, spacing=0.8, align="centre"))
    page.text(middle, y + 22.1, en("slip.advice"), Style(6.6, MUTED, align="centre"))
