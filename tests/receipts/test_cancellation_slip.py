"""What the slip of a payment that was taken back says, and what it must never say."""

from __future__ import annotations

import pytest

from receipts.renderer import PdfRenderer
from tellerdesk.documents.canonical import read_back, written
from tellerdesk.documents.views import BillPaper
from tellerdesk.errors import DocumentFailed
from tellerdesk.money import format_fen, rmb_upper
from tests.receipts.receipt_papers import MAX_FEN, squeezed, taken_back, text_of

FROM_ACCOUNT = taken_back(account_no="622202******2344", tendered_fen=0, change_fen=0)


def shown(view: BillPaper) -> str:
    return squeezed(text_of(PdfRenderer().bill_paper(view)))


def test_the_slip_says_what_was_taken_back_when_by_whom_and_that_the_cash_is_back() -> None:
    text = shown(taken_back())
    for said in (
        "缴费撤销单", "PAYMENT CANCELLATION SLIP", "已撤销 · 款项已退回",
        "20261122 0712 07 00000001", "20261122-0712-000001", "2026-11-23 00:31:05", "2026-11-23 01:02:44",
        "SZPOWER-X-20261122-77", "柜面 · 现金", "退还现金", "上列现金已由客户当面点清收回", "现金付讫",
        "¥1,680.32", "人民币壹仟陆佰捌拾元零叁角贰分", "T00123 李晓燕", "客户签名", "原单据自撤销时起作废",
        "9F3A-7C21-B0D4",
    ):  # fmt: skip
        assert squeezed(said) in text, said
    assert "培训" not in text
    assert squeezed("培训 TRAINING") in shown(taken_back(training=True))


def test_from_an_account_it_says_which_one_was_credited_and_nothing_of_cash() -> None:
    text = shown(FROM_ACCOUNT)
    for said in ("退回账户", "622202******2344", "转讫", "柜面·转账"):
        assert said in text
    assert "现金" not in text


@pytest.mark.parametrize("view", [taken_back(), FROM_ACCOUNT], ids=["cash", "account"])
def test_the_customer_is_never_told_of_a_reversal_nor_of_a_payment_that_stands(view: BillPaper) -> None:
    text = shown(view)
    for never in ("冲正", "revers", "缴费成功", "现金收讫", "代收业务回单"):
        assert never not in text


@pytest.mark.parametrize("amount_fen", [1, 5, 1010, 10_700_053, MAX_FEN])
def test_the_amount_stands_in_figures_and_in_words(amount_fen: int) -> None:
    text = shown(taken_back(amount_fen=amount_fen))
    assert squeezed(rmb_upper(amount_fen)) in text
    assert "¥" + format_fen(amount_fen) in text


def test_the_same_view_gives_the_same_bytes_also_after_it_was_stored() -> None:
    view = taken_back()
    assert PdfRenderer().bill_paper(read_back(written(view))) == PdfRenderer().bill_paper(view)


def test_a_name_the_typeface_lacks_is_printed_by_its_number_and_the_slip_says_so() -> None:
    text = shown(taken_back(cancel_serial="TX𠮷"))
    assert "TX‹U+20BB7›" in text
    assert "Unicode" in text


@pytest.mark.parametrize("missing", [{"cancelled_at": None}, {"accounting_date": None}])
def test_a_slip_without_its_day_is_no_paper(missing: dict[str, None]) -> None:
    with pytest.raises(DocumentFailed):
        PdfRenderer().bill_paper(taken_back(**missing))
