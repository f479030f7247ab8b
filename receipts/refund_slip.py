"""退款凭证: what the bank owed for a payment was paid out, to the hand or to an account.

It carries 现金付讫 or 转讫, and the line the customer signs on before the cash changes hands. Why the money was owed
it says in the customer's words: how the bank's books came to owe it is no business of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receipts import bill_parts, blocks
from receipts.blocks import Cell, yuan
from receipts.foot import foot
from receipts.labels import both, en, zh
from receipts.page import LEFT, RIGHT, Page
from tellerdesk.documents.views import RefundPaper
from tellerdesk.serials import spoken
from tellerdesk.text import grouped

TITLE = "refunded.title"
NOTES = ("refunded.note.signed", "refunded.note.once", "refunded.note.verify")

_CAUSES = {
    "UNCLAIMED_CASH": "refunded.cause.unclaimed_cash",
    "STUCK_POSTING": "refunded.cause.stuck_posting",
    "NEXT_DAY": "refunded.cause.next_day",
}
_DOCUMENTS = {"ID_CARD": "refunded.id_card", "PASSPORT": "refunded.passport"}


def draw(page: Page, paper: RefundPaper, footnotes: Sequence[str]) -> None:
    """`footnotes` are what has to be said about this very paper, after what every such slip says.

    Raises ValueError without an accounting date: what was paid out was booked on one.
    """
    day = paper.accounting_date
    if day is None:
        raise ValueError("a refund slip without its day")
    blocks.background(page)
    bill_parts.letterhead(page, paper, title=TITLE)
    blocks.headline(page, 23.8, _headline(paper, day))

    strip, row = 8.6, 7.5
    top = 33.0
    numbers = top + strip
    parties = numbers + strip
    total = parties + 3 * row
    paid = total + 12.6
    bottom = paid + strip
    blocks.strip(page, top, strip, _original_cells(paper))
    blocks.strip(page, numbers, strip, _serial_cells(paper))
    _parties(page, paper, parties, row)
    blocks.total(page, total, paid - total, paper.amount_fen, key="refunded.total")
    blocks.strip(page, paid, strip, _paid_cells(paper))
    blocks.frame(page, top, bottom, [numbers, parties, total, paid])
    foot(
        page,
        paper,
        bottom + 3.8,
        notes=NOTES,
        footnotes=footnotes,
        day=day,
        in_cash="seal.cash_paid",
        seal_y=118.5,
        footer="refunded.footer",
    )


def _headline(paper: RefundPaper, day: date) -> list[Cell]:
    cause = _CAUSES[paper.cause]
    channel = "receipt.channel.account" if paper.account_no else "receipt.channel.cash"
    return [
        Cell("refunded.at", bill_parts.moment(paper.refunded_at), 1.15),
        Cell("paper.accounting_date", f"{day:%Y-%m-%d}"),
        Cell("paper.channel", zh(channel), 1.0, number=False, value_en=en(channel)),
        Cell("refunded.cause", zh(cause), 1.9, number=False, value_en=en(cause)),
    ]


def _original_cells(paper: RefundPaper) -> list[Cell]:
    """The refund, and the payment it is about, as its own paper has it."""
    return [
        Cell("refunded.serial", spoken(paper.serial)),
        Cell("cancel.original_serial", spoken(paper.payment_serial)),
        Cell("cancel.original_no", paper.original_no),
    ]


def _serial_cells(paper: RefundPaper) -> list[Cell]:
    too_long = both("paper.too_long")
    return [
        Cell("cancel.original_at", bill_parts.moment(paper.paid_at)),
        Cell("paper.core_serial", paper.core_serial, otherwise=too_long),
        Cell("refunded.agreement", paper.agreement_no, otherwise=too_long),
    ]


def _parties(page: Page, paper: RefundPaper, y: float, row: float) -> None:
    """Who got the money on what proof, and what had been paid for."""
    middle = LEFT + 104
    payee = [
        Cell("refunded.payee.name", paper.payee, number=False),
        _document("refunded.payee.document", paper.payee_kind),
        Cell("refunded.agent", _agent(paper), number=False),
    ]
    number = paper.consumer_no if "*" in paper.consumer_no else grouped(paper.consumer_no)
    payment = [
        Cell("paper.biller", paper.biller_zh, number=False, value_en=paper.item_zh),
        Cell("paper.consumer_no", number),
        Cell("paper.name", paper.customer_name, number=False),
    ]
    blocks.party(page, LEFT, y, middle - LEFT, row, side="refunded.payee", cells=payee)
    blocks.party(page, middle, y, RIGHT - middle, row, side="refunded.payment", cells=payment)


def _document(key: str, kind: str) -> Cell:
    words = _DOCUMENTS[kind] if kind else ""
    return Cell(key, zh(words) if words else "", number=False, value_en=en(words) if words else "")


def _agent(paper: RefundPaper) -> str:
    """Who stood at the counter for the payee, with what document."""
    if not paper.agent:
        return ""
    return f"{paper.agent} {zh(_DOCUMENTS[paper.agent_kind])}" if paper.agent_kind else paper.agent


def _paid_cells(paper: RefundPaper) -> list[Cell]:
    """Where the money went: into the customer's hand, or onto an account; and who agreed to it."""
    approvers = Cell("refunded.approvers", " ".join(paper.approvers))
    if paper.account_no:
        return [
            Cell("refunded.credited", yuan(paper.amount_fen)),
            Cell("refunded.account", paper.account_no, 2.0),
            approvers,
        ]
    return [
        Cell("refunded.cash", yuan(paper.amount_fen)),
        Cell("refunded.taken", zh("refunded.taken.said"), 2.0, number=False, value_en=en("refunded.taken.said")),
        approvers,
    ]
