"""The one way from a view to a PDF. ReportLab and the typefaces are loaded by the first sheet, or by `warm`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tellerdesk.documents.views import BillPaper, DocumentKind, Paper, PrintedBill, RefundPaper
from tellerdesk.errors import DocumentFailed

if TYPE_CHECKING:
    from receipts.page import Page

P = TypeVar("P", bound=Paper)

_one_at_a_time = threading.Lock()
"""ReportLab's fonts carry the state of the document being written: one sheet at a time per process."""

_FROM_OUTSIDE = (
    "agreement_no",
    "payee",
    "agent",
    "bank_zh",
    "bank_en",
    "branch_zh",
    "branch_en",
    "teller_name",
    "core_serial",
    "biller_serial",
    "cancel_serial",
    "biller_zh",
    "biller_en",
    "item_zh",
    "item_en",
    "customer_name",
    "address",
)
"""Names and what counterparts answer: a character the typeface lacks is shown by its number. In all other fields, which
are this desk's own, it is an error."""


_OF_A_BILL = ("biller_zh", "item_zh", "item_en", "customer_name")
"""The same in a bill among others."""


class PdfRenderer:
    """Implements `tellerdesk.documents.protocols.Renderer` for any number of threads.

    Same view, same bytes: whatever was rendered before, in this process or another. Raises DocumentFailed, never
    anything else.
    """

    def warm(self) -> None:
        """Loads all that the first sheet needs (some 0.3 s), so that the first customer does not wait for it.

        Raises DocumentFailed where the typefaces cannot be read.
        """
        with _failing_as_document(), _one_at_a_time:
            _print_nothing()

    def bill_paper(self, paper: BillPaper) -> bytes:
        """A receipt of one bill or of several, a processing slip or a cancellation slip, by `paper.kind`: one sheet of
        A5 landscape."""
        with _failing_as_document(), _one_at_a_time:
            return _rendered(paper)

    def refund_paper(self, paper: RefundPaper) -> bytes:
        """The slip of a refund that was paid out: one sheet of A5 landscape."""
        with _failing_as_document(), _one_at_a_time:
            return _refund_slip(paper)

    def lacks(self, text: str) -> str:
        """The characters of `text` that would be printed by their numbers. Raises DocumentFailed where the typefaces
        cannot be read."""
        from receipts.fonts import visible

        with _failing_as_document():
            return "".join(char for char in text if visible(char) != char)


@contextmanager
def _failing_as_document() -> Iterator[None]:
    try:
        yield
    except DocumentFailed:
        raise
    except Exception as error:
        # The text of an unexpected error may quote the customer: only its kind is told.
        raise DocumentFailed("error.document.render", reason=type(error).__name__) from error


def _print_nothing() -> None:
    from receipts import (  # noqa: F401
        bill_receipt,
        cancellation_slip,
        combined_receipt,
        ornaments,
        processing_slip,
        refund_slip,
    )
    from receipts.page import Page

    ornaments.qr_code("")
    Page(title="", author="", subject="", made_at=datetime.fromtimestamp(0, UTC), identity=b"").to_pdf()


def _rendered(paper: BillPaper) -> bytes:
    from receipts import bill_receipt, cancellation_slip, combined_receipt, processing_slip

    draw, heading = {
        DocumentKind.BILL_RECEIPT: (bill_receipt.draw, bill_receipt.TITLE),
        DocumentKind.PROCESSING_SLIP: (processing_slip.draw, processing_slip.TITLE),
        DocumentKind.CANCELLATION_SLIP: (cancellation_slip.draw, cancellation_slip.TITLE),
        DocumentKind.COMBINED_RECEIPT: (combined_receipt.draw, combined_receipt.TITLE),
    }[paper.kind]
    paper = replace(paper, made_at=_utc(paper.made_at), printed_at=_utc(paper.printed_at))
    if paper.cancelled_at is not None:
        paper = replace(paper, cancelled_at=_utc(paper.cancelled_at))
    lines = tuple(
        replace(line, period=_visible(line.period), item_zh=_visible(line.item_zh), item_en=_visible(line.item_en))
        for line in paper.lines
    )
    facts = tuple((_visible(label), _visible(value)) for label, value in paper.facts)
    bills = tuple(_bill_with_code_points(bill) for bill in paper.bills)
    return _sheet(paper, replace(_with_code_points(paper), lines=lines, facts=facts, bills=bills), draw, heading)


def _refund_slip(paper: RefundPaper) -> bytes:
    from receipts import refund_slip

    if paper.kind is not DocumentKind.REFUND_SLIP:
        raise DocumentFailed("error.document.render", reason="not a refund slip")
    instants: dict[str, Any] = {name: _utc(getattr(paper, name)) for name in ("paid_at", "refunded_at", "printed_at")}
    paper = replace(paper, **instants)
    return _sheet(paper, _with_code_points(paper), refund_slip.draw, refund_slip.TITLE)


def _sheet(paper: P, shown: P, draw: Callable[[Page, P, Sequence[str]], None], heading: str) -> bytes:
    """`shown` is `paper` as it can be printed."""
    from receipts import blocks, labels
    from receipts.page import Page

    title = labels.zh(heading)
    page = Page(
        title=f"{title} {paper.number}",
        author=shown.bank_zh,
        subject=title,
        made_at=paper.printed_at,
        identity=repr(paper).encode(),
    )
    draw(page, shown, [labels.both("paper.code_points")] if shown != paper else [])
    if paper.training:
        blocks.watermark(page)
    return page.to_pdf()


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise DocumentFailed("error.document.render", reason="instant without time zone")
    return instant.astimezone(UTC)


def _visible(text: str) -> str:
    from receipts.fonts import visible

    return visible(text)


def _with_code_points(paper: P) -> P:
    names = {field.name for field in fields(paper)}.intersection(_FROM_OUTSIDE)
    changed: dict[str, Any] = {name: _visible(getattr(paper, name)) for name in names}
    return replace(paper, **changed)


def _bill_with_code_points(bill: PrintedBill) -> PrintedBill:
    changed: dict[str, Any] = {name: _visible(getattr(bill, name)) for name in _OF_A_BILL}
    return replace(bill, **changed)
