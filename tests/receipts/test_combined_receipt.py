"""One receipt for several bills: every serial and amount on it, nothing that does not add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from receipts.combined_receipt import MOST
from receipts.renderer import PdfRenderer
from tellerdesk.bills.combined_receipts import MOST_ON_ONE
from tellerdesk.documents.canonical import read_back, written
from tellerdesk.errors import DocumentFailed
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tests.receipts.receipt_papers import combined, read, squeezed, text_of

PDF = PdfRenderer()


@pytest.mark.parametrize("count", [1, 2, MOST])
def test_every_bill_stands_on_it_with_its_serial_and_its_amount(count: int) -> None:
    paper = combined(count)

    pdf = PDF.bill_paper(paper)
    text = squeezed(text_of(pdf))

    assert len(read(pdf).pages) == 1
    for bill in paper.bills:
        assert squeezed(spoken(bill.serial)) in text
        assert squeezed(f"¥{format_fen(bill.amount_fen)}") in text
    for said in (paper.number, paper.verify_code, format_fen(paper.amount_fen), format_fen(paper.change_fen)):
        assert squeezed(said) in text
    assert ("以下空白" in text) == (count < MOST)
    assert "代收业务回单（合并）" in text


def test_as_many_as_a_basket_puts_on_one_sheet_find_room() -> None:
    assert MOST_ON_ONE == MOST
    with pytest.raises(DocumentFailed):
        PDF.bill_paper(combined(MOST + 1))


def test_bills_that_do_not_add_up_are_not_printed() -> None:
    paper = combined(2)
    with pytest.raises(DocumentFailed):
        PDF.bill_paper(replace(paper, amount_fen=paper.amount_fen + 1))


def test_what_is_stored_of_it_is_read_back_as_it_was() -> None:
    paper = combined(3)
    assert read_back(written(paper)) == paper
