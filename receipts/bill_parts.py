"""The parts of a sheet that speak of a bill: who, what, which numbers, how it is verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from receipts import blocks, ornaments
from receipts.blocks import Cell, yuan
from receipts.labels import both, en, zh
from receipts.page import GOLD, LEFT, LINE, MUTED, NAVY, RED, RIGHT, WHITE, WIDTH, Page, Style
from tellerdesk.clock import branch_time
from tellerdesk.documents.views import BillPaper, Paper, PrintedLine
from tellerdesk.serials import spoken
from tellerdesk.text import grouped

_NOTE = Style(5.7, MUTED)


def moment(instant: datetime) -> str:
    """Branch time to the second."""
    return f"{branch_time(instant):%Y-%m-%d %H:%M:%S}"


def letterhead(page: Page, paper: Paper, *, title: str) -> None:
    """Emblem, bank and branch on the left; the document's title in the middle; its number on the right."""
    _emblem(page, LEFT + 6.3, 13.4, 6.3)
    page.fitted(25.2, 12.4, paper.bank_zh, Style(14.5, NAVY, bold=True, spacing=1.0), width=52, floor=8)
    page.fitted(25.3, 16.3, paper.bank_en, Style(6.0, MUTED, spacing=0.3), width=52, floor=4.5)
    branch = f"{paper.branch_zh} {paper.branch_en}"
    page.fitted(25.3, 20.0, branch, Style(6.2, NAVY), width=52, floor=4.5)
    page.text(WIDTH / 2, 14.0, zh(title), Style(18.5, bold=True, spacing=2.4, align="centre"))
    page.text(WIDTH / 2, 19.2, en(title), Style(6.6, MUTED, spacing=1.1, align="centre"))
    page.box(RIGHT - 33, 7.4, 33, 6.6, fill=NAVY, radius=1)
    page.text(RIGHT - 16.5, 11.8, both("paper.customer_copy"), Style(7.2, WHITE, bold=True, align="centre"))
    number = f"No. {paper.number}"
    page.whole(RIGHT, 19.2, number, Style(8.2, RED, bold=True, spacing=0.25, align="right"), width=62)
    page.line(LEFT, 22.6, RIGHT, 22.6, NAVY, 1)


def serial_cells(paper: BillPaper) -> list[Cell]:
    """The three numbers under which desk, core and biller know the payment, the desk's as it is read aloud.

    A counterpart's number too long for its place does not keep the customer from the paper: the desk's own number leads
    to it.
    """
    too_long = both("paper.too_long")
    return [
        Cell("paper.serial", spoken(paper.serial)),
        Cell("paper.core_serial", paper.core_serial, otherwise=too_long),
        Cell("paper.biller_serial", paper.biller_serial, otherwise=too_long),
    ]


def parties(page: Page, paper: BillPaper, y: float, row: float) -> None:
    """Payer and payee side by side; the payer's half is wider, for the address."""
    middle = LEFT + 104
    payer = [
        Cell("paper.name", paper.customer_name, number=False),
        Cell("paper.consumer_no", paper.consumer_no if "*" in paper.consumer_no else grouped(paper.consumer_no)),
        Cell("paper.address", paper.address, number=False),
    ]
    payee = [
        Cell("paper.biller", paper.biller_zh, number=False),
        Cell("paper.biller_en", paper.biller_en, number=False),
        Cell("paper.item", paper.item_zh, number=False, value_en=paper.item_en),
    ]
    blocks.party(page, LEFT, y, middle - LEFT, row, side="paper.payer", cells=payer)
    blocks.party(page, middle, y, RIGHT - middle, row, side="paper.payee", cells=payee)


def channel(paper: BillPaper) -> Cell:
    """Where it was paid, and how: 柜面 · 现金 or 柜面 · 转账."""
    key = "receipt.channel.account" if paper.account_no else "receipt.channel.cash"
    return Cell("paper.channel", zh(key), 1.0, number=False, value_en=en(key))


def lines_of(paper: BillPaper) -> tuple[PrintedLine, ...]:
    """The bill's lines; where the biller told none (a top-up), what was paid for stands in one line without period."""
    return paper.lines or (PrintedLine("", paper.item_zh, paper.item_en, _principal(paper)),)


def payment_cells(paper: BillPaper) -> list[Cell]:
    """What the total is made of, and where it came from: the cash handed over and what came back, or the account."""
    cells = [
        Cell("paper.principal" if paper.lines else "paper.paid_in", yuan(_principal(paper))),
        Cell("paper.late_fee", yuan(paper.late_fee_fen)),
        Cell("paper.fee", yuan(paper.fee_fen)),
    ]
    if paper.account_no:
        return [*cells, Cell("paper.account", paper.account_no, 2.0)]
    return [*cells, Cell("paper.tendered", yuan(paper.tendered_fen)), Cell("paper.change", yuan(paper.change_fen))]


def owed_cells(paper: BillPaper) -> list[Cell]:
    """After a part payment what was owed in all, and what is still owed."""
    if not paper.outstanding_fen:
        return []
    return [
        Cell("paper.owed", yuan(paper.amount_fen + paper.outstanding_fen)),
        Cell("paper.outstanding", yuan(paper.outstanding_fen)),
    ]


def further_cells(paper: BillPaper) -> list[Cell]:
    """What else this bill has to tell, if anything: what is still owed or was paid ahead, the balance, the facts."""
    cells = owed_cells(paper)
    ahead_fen = paper.amount_fen - _principal(paper) - paper.late_fee_fen - paper.fee_fen
    if ahead_fen > 0:
        cells.append(Cell("paper.paid_ahead", yuan(ahead_fen)))
    if paper.balance_fen is not None:
        cells.append(Cell("paper.balance", yuan(paper.balance_fen)))
    if paper.facts:
        told = "；".join(f"{label} {value}" for label, value in paper.facts)
        cells.append(Cell("paper.facts", told, 2.0, number=False))
    return cells


def _principal(paper: BillPaper) -> int:
    if paper.lines:
        return sum(line.amount_fen for line in paper.lines)
    return paper.amount_fen - paper.late_fee_fen - paper.fee_fen


def verification(page: Page, paper: Paper, y: float, notes: Sequence[str]) -> None:
    """QR code, verify code and footnotes. The code says `tellerdesk:<number>:<verify code>` and nothing else."""
    side = 20.0
    operators, modules = ornaments.qr_code(f"tellerdesk:{paper.number}:{paper.verify_code}")
    page.paint(operators, x=LEFT, y=y, scale=side / modules)
    page.whole(LEFT, y + side + 2.4, both("paper.scan"), Style(4.6, MUTED), width=side, floor=4.0)
    x = LEFT + side + 4.5
    blocks.label(page, x, y + 2.2, "paper.verify_code")
    page.whole(x, y + 7.0, paper.verify_code, Style(10.5, NAVY, bold=True, spacing=0.9), width=82)
    numbered = [f"{index}. {note}" for index, note in enumerate(notes, 1)]
    style = min((_NOTE.fitting(note, 83, 4.2) for note in numbered), key=lambda fitting: fitting.size)
    for index, note in enumerate(numbered):
        page.whole(x, y + 11.6 + index * 3.3, note, style, width=83, floor=4.0)


def handled_by(page: Page, paper: Paper, x: float, y: float) -> None:
    """Who served, where, and the line the customer signs on."""
    teller = Cell("paper.teller", f"{paper.teller_no} {paper.teller_name}", number=False)
    desk = Cell("paper.branch_till", f"{paper.branch_no} / {paper.till_no}")
    for top, cell in ((y, teller), (y + 8.2, desk)):
        blocks.label(page, x, top + 2.2, cell.key)
        blocks.value(page, x, top + 6.2, cell, Style(7.8, bold=True), 44)
    end = blocks.label(page, x, y + 20.2, "paper.signature")
    page.line(end + 1.5, y + 20.6, x + 47, y + 20.6, MUTED, 0.5)


def footer(page: Page, paper: Paper, *, key: str) -> None:
    """The last line: what this paper is, and when it was printed."""
    page.line(LEFT, 139.4, RIGHT, 139.4, LINE)
    page.text(LEFT, 142.6, both(key), _NOTE)
    printed = both("paper.printed", at=moment(paper.printed_at))
    page.text(RIGHT, 142.6, printed, Style(5.7, MUTED, align="right"))


def _emblem(page: Page, x: float, y: float, radius: float) -> None:
    for operators, colour in (
        (ornaments.circle(1.0), NAVY),
        (ornaments.circle(0.80, 0.07), GOLD),
        (ornaments.square(0.60), WHITE),
        (ornaments.square(0.27), GOLD),
    ):
        page.paint(operators, x=x, y=y, scale=radius, colour=colour)
