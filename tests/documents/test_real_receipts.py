"""Documents as they are really rendered."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from receipts.renderer import PdfRenderer
from tellerdesk.documents.views import DocumentKind, PrintedBill
from tests.documents.room import Room


@pytest.mark.parametrize("kind", [kind for kind in DocumentKind if kind is not DocumentKind.REFUND_SLIP])
def test_a_real_document_is_made_again_byte_for_byte(small_room: Room, kind: DocumentKind) -> None:
    small_room.renderer = PdfRenderer()
    taken_back = {"cancelled_at": datetime(2026, 11, 22, 17, 2, tzinfo=UTC), "original_no": "20261122-0712-000001"}
    bills = {"bills": (PrintedBill("2026112207120700000001", "供电", "电费", "Power", "0755", "*晓燕", 168_032),)}
    own: dict[DocumentKind, dict[str, Any]] = {
        DocumentKind.CANCELLATION_SLIP: taken_back,
        DocumentKind.COMBINED_RECEIPT: bills,
    }
    more = own.get(kind, {})
    issued = small_room.issue(kind=kind, **more)
    before = issued.path.read_bytes()
    issued.path.unlink()
    small_room.renderer = PdfRenderer()
    assert small_room.issue(kind=kind, **more) == issued
    assert issued.path.read_bytes() == before


def test_a_real_receipt_shows_its_number_and_its_code(small_room: Room) -> None:
    small_room.renderer = PdfRenderer()
    issued = small_room.issue()
    (page,) = pypdf.PdfReader(io.BytesIO(issued.path.read_bytes()), strict=True).pages
    assert issued.number in page.extract_text()
