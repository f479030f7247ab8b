"""What the slip of a refund says, and what it must never say."""

from __future__ import annotations

import pytest

from receipts.renderer import PdfRenderer
from tellerdesk.documents.canonical import read_back, written
from tellerdesk.documents.views import DocumentKind, RefundPaper
from tellerdesk.errors import DocumentFailed
from tellerdesk.money import format_fen, rmb_upper
from tellerdesk.refunds.states import RefundCause
from tests.receipts.receipt_papers import MAX_FEN, refunded, squeezed, text_of

TO_ACCOUNT = refunded(account_no="622202******2344", payee_kind="", agent="", agent_kind="")


def shown(view: RefundPaper) -> str:
    return squeezed(text_of(PdfRenderer().refund_paper(view)))


def test_the_slip_says_what_was_paid_to_whom_on_what_proof_and_for_which_payment() -> None:
    text = shown(refunded())
    for said in (
        "退款凭证", "REFUND SLIP", "收费单位同意退款", "20261123 0712 08 00000002", "20261122 0712 07 00000001",
        "20261122-0712-000001", "2026-11-22 10:31:05", "2026-11-23 09:12:44", "SZPOWER-R-20261123-5", "柜面 · 现金",
        "*晓燕", "居民身份证", "*建国 护照", "付现金额", "上列现金由客户当面点清收讫", "现金付讫", "¥1,680.32",
        "人民币壹仟陆佰捌拾元零叁角贰分", "T00124 陈志强", "3001 3002", "客户签名", "9F3A-7C21-B0D4",
    ):  # fmt: skip
        assert squeezed(said) in text, said
    assert "培训" not in text
    assert squeezed("培训 TRAINING") in shown(refunded(training=True))


def test_to_an_account_it_says_which_one_was_credited_and_nothing_of_cash() -> None:
    text = shown(TO_ACCOUNT)
    for said in ("转入账户", "622202******2344", "转讫", "柜面·转账"):
        assert said in text
    assert "现金" not in text


@pytest.mark.parametrize("cause", RefundCause)
def test_every_cause_has_words_that_tell_nothing_of_reversals_and_books(cause: RefundCause) -> None:
    text = shown(refunded(cause=cause.value))
    for never in ("冲正", "revers", "挂账", "suspense", cause.value, "缴费成功", "现金收讫", "撤销单"):
        assert never not in text


@pytest.mark.parametrize("amount_fen", [1, 10_700_053, MAX_FEN])
def test_the_amount_stands_in_figures_and_in_words(amount_fen: int) -> None:
    text = shown(refunded(amount_fen=amount_fen))
    assert squeezed(rmb_upper(amount_fen)) in text
    assert "¥" + format_fen(amount_fen) in text


def test_the_same_view_gives_the_same_bytes_also_after_it_was_stored() -> None:
    view = refunded()
    back = read_back(written(view))
    assert back == view
    assert isinstance(back, RefundPaper)
    assert PdfRenderer().refund_paper(back) == PdfRenderer().refund_paper(view)


def test_a_name_the_typeface_lacks_is_printed_by_its_number_and_the_slip_says_so() -> None:
    text = shown(refunded(payee="*𠮷", agreement_no="TX𠮷"))
    assert text.count("‹U+20BB7›") == 2
    assert "Unicode" in text


@pytest.mark.parametrize(
    "wrong", [{"accounting_date": None}, {"cause": "MADE_UP"}, {"kind": DocumentKind.BILL_RECEIPT}], ids=str
)
def test_a_slip_without_its_day_or_of_an_unknown_cause_or_kind_is_no_paper(wrong: dict[str, object]) -> None:
    with pytest.raises(DocumentFailed):
        PdfRenderer().refund_paper(refunded(**wrong))
