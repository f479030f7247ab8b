"""What the desk asks of whoever renders. `receipts` implements it; the door hands it to the desk."""

from __future__ import annotations

from typing import Protocol

from tellerdesk.documents.views import BillPaper, RefundPaper


class Renderer(Protocol):
    """From a view to the bytes of a PDF: same view, same bytes. Raises DocumentFailed, never anything else."""

    def bill_paper(self, paper: BillPaper) -> bytes: ...

    def refund_paper(self, paper: RefundPaper) -> bytes: ...
