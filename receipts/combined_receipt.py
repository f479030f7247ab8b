"""代收业务回单（合并）: several bills of one customer on one sheet, each under its own serial."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receipts import bill_parts, blocks
from receipts.blocks import PAD, Cell, bilingual, yuan
from receipts.foot import foot
from receipts.labels import both, en, zh
from receipts.page import LEFT, LINE, MUTED, NAVY, RIGHT, TINT, Page, Style
from tellerdesk.documents.views import BillPaper, PrintedBill
from tellerdesk.serials import spoken
from tellerdesk.text import grouped

TITLE = "receipt.combined.title"
NOTES = ("receipt.note.voucher", "receipt.combined.note.cancel", "receipt.note.verify")
MOST = 12
"""Bills on one sheet."""

_TOP, _ROW, _TOTAL, _STRIP = 33.0, 4.2, 11.4, 8.0
_HEAD = Style(6.3, NAVY, bold=True)
_TEXT = Style(7.2)
_COLUMNS = (
    ("receipt.combined.no", 7.0),
    ("paper.serial", 44.0),
    ("paper.biller", 54.0),
    ("paper.consumer_no", 36.0),
    ("paper.name", 24.0),
    ("paper.line_amount", 0.0),
)
"""The last one takes what is left."""


def draw(page: Page, paper: BillPaper, footnotes: Sequence[str]) -> None:
    """`footnotes` are what has to be said about this very paper, after what every combined receipt says.

    Raises ValueError without an accounting date, without bills, with more than there is room for, or where they do not
    add up to the total.
    """
    day = paper.accounting_date
    if day is None or not 0 < len(paper.bills) <= MOST:
        raise ValueError("a combined receipt without an accounting date, without bills or with too many")
    if sum(bill.amount_fen for bill in paper.bills) != paper.amount_fen:
        raise ValueError("bills that do not add up")
    blocks.background(page)
    bill_parts.letterhead(page, paper, title=TITLE)
    blocks.headline(page, 23.8, _headline(paper, day))
    total = _TOP + (MOST + 1) * _ROW
    payment = total + _TOTAL
    bottom = payment + _STRIP
    _table(page, paper.bills)
    blocks.total(page, total, _TOTAL, paper.amount_fen, key="receipt.total")
    blocks.strip(page, payment, _STRIP, _payment(paper))
    blocks.frame(page, _TOP, bottom, [_TOP + _ROW, total, payment])
    foot(
        page,
        paper,
        bottom + 3.0,
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
        Cell("receipt.combined.count", str(len(paper.bills)), 0.6),
        bill_parts.channel(paper),
        Cell("paper.status", zh("receipt.status"), 0.85, number=False, value_en=en("receipt.status")),
    ]


def _payment(paper: BillPaper) -> list[Cell]:
    if paper.account_no:
        return [Cell("paper.account", paper.account_no)]
    return [Cell("paper.tendered", yuan(paper.tendered_fen)), Cell("paper.change", yuan(paper.change_fen))]


def _table(page: Page, bills: Sequence[PrintedBill]) -> None:
    """One row for each bill; what is left is closed by 以下空白, so that nothing can be added."""
    page.box(LEFT, _TOP, RIGHT - LEFT, _ROW, fill=TINT)
    edges = [LEFT]
    for _, width in _COLUMNS[:-1]:
        edges.append(edges[-1] + width)
    for (key, width), x in zip(_COLUMNS, edges, strict=True):
        bilingual(page, x + PAD / 2, _baseline(0), zh(key), en(key), _HEAD, (width or RIGHT - x) - PAD)
    for row in range(1, MOST + 1):
        rule = _TOP + row * _ROW
        page.line(LEFT, rule, RIGHT, rule, LINE, 0.2)
    for edge in edges[1:]:
        page.line(edge, _TOP, edge, _TOP + (len(bills) + 1) * _ROW)
    for number, bill in enumerate(bills, 1):
        _bill(page, edges, number, bill)
    if len(bills) < MOST:
        middle = (LEFT + RIGHT) / 2
        page.text(middle, _baseline(len(bills) + 1), both("paper.blank_below"), Style(5.8, MUTED, align="centre"))


def _bill(page: Page, edges: Sequence[float], number: int, bill: PrintedBill) -> None:
    baseline = _baseline(number)
    widths = [width - PAD for _, width in _COLUMNS]
    place = [edge + PAD / 2 for edge in edges]
    consumer = bill.consumer_no if "*" in bill.consumer_no else grouped(bill.consumer_no)
    page.whole(place[0], baseline, str(number), _TEXT, width=widths[0])
    page.whole(place[1], baseline, spoken(bill.serial), _TEXT, width=widths[1])
    bilingual(page, place[2], baseline, f"{bill.biller_zh} {bill.item_zh}", bill.item_en, _TEXT, widths[2])
    page.whole(place[3], baseline, consumer, _TEXT, width=widths[3])
    page.fitted(place[4], baseline, bill.customer_name, _TEXT, width=widths[4])
    right = Style(_TEXT.size, bold=True, align="right")
    page.whole(RIGHT - PAD, baseline, yuan(bill.amount_fen), right, width=RIGHT - place[5] - PAD)


def _baseline(row: int) -> float:
    return _TOP + row * _ROW + _ROW / 2 + 0.95
