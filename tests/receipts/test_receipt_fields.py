"""What the customer can read off the paper is what the view says, exactly."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from receipts.renderer import PdfRenderer
from tellerdesk.errors import DocumentFailed
from tellerdesk.money import format_fen, rmb_upper
from tests.receipts.receipt_papers import (
    MAX_FEN,
    by_account,
    heating,
    in_part,
    lines,
    paper,
    read,
    slip,
    squeezed,
    text_of,
    top_up,
)

AMOUNTS = [
    5, 50, 58, 100, 1010, 2005, 10101, 32504, 101000, 140950, 168032, 600714, 1000100, 1001010, 1640902, 10050000,
    10700053, 100010000, 1005000030, 2000000030, 10001000100, 10500000005, 100005000000, 123456789012, MAX_FEN, 1,
]  # fmt: skip


def shown(view: Any) -> str:
    return text_of(PdfRenderer().bill_paper(view))


RECEIPT_SAYS = """
代收业务回单
AGENCY COLLECTION RECEIPT
No. R0712072026112200001
示例银行
Sample Bank Co., Ltd.
南山支行 Nanshan Sub-branch
20261122 0712 07 00000001
C2026112200918273
SZPOWER-20261122-884412
2026-11-23 00:31:05
2026-11-23
打印时间 2026-11-23 00:31:09
深圳市示例供电有限公司
Shenzhen Sample Power Co., Ltd.
电费
Electricity
0755 0031 8846 20
*晓燕
深圳市南山区科技园路 ** 号
2024-01
¥560.04
2024-02
¥560.05
2024-03
¥560.06
¥1,680.15
¥0.20
¥1.50
¥1,680.32
人民币壹仟陆佰捌拾元零叁角贰分
¥1,700.00
¥19.68
9F3A-7C21-B0D4
T00123 李晓燕
0712 / 07
缴费成功
现金收讫
2026.11.23
客户签名
""".strip().split("\n")


@pytest.mark.req("B19")
def test_receipt_says_everything_the_view_holds() -> None:
    text = shown(paper())
    assert [field for field in RECEIPT_SAYS if field not in text] == []


@pytest.mark.req("B19")
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_another_reader_finds_the_same_fields(tmp_path: Path) -> None:
    file = tmp_path / "receipt.pdf"
    file.write_bytes(PdfRenderer().bill_paper(paper()))
    told = subprocess.run(["pdftotext", "-raw", file, "-"], check=True, capture_output=True).stdout.decode()
    assert [field for field in RECEIPT_SAYS if squeezed(field) not in squeezed(told)] == []


@pytest.mark.req("B19")
@pytest.mark.parametrize("view", [paper(), slip()], ids=["receipt", "slip"])
def test_each_label_stands_before_its_own_value(view: Any) -> None:
    text = squeezed(shown(view))
    for label, value in [
        ("渠道流水号Channelserial", "20261122071207"),
        ("核心流水号Coreserial", "C2026112200918273"),
        ("交易时间Time", "2026-11-2300:31:05"),
        ("会计日期Accountingdate", "2026-11-23"),
        ("户名Name", "*晓燕"),
        ("缴费户号Consumerno.", "07550031884620"),
        ("收费单位Biller", "深圳市示例供电有限公司"),
        ("应缴本金Principal", "¥1,680.15"),
        ("违约金Latefee", "¥0.20"),
        ("手续费Servicefee", "¥1.50"),
        ("实收现金Cashreceived", "¥1,700.00"),
        ("找零Change", "¥19.68"),
        ("经办柜员Teller", "T00123李晓燕"),
        ("网点/尾箱Branch/till", "0712/07"),
        ("验证码Verificationcode", "9F3A-7C21-B0D4"),
    ]:
        assert label + value in text


@pytest.mark.req("B19")
@pytest.mark.parametrize("fen", AMOUNTS)
def test_amount_stands_in_words_and_figures_exactly(fen: int) -> None:
    text = squeezed(shown(paper(amount_fen=fen, lines=lines(1, fen), tendered_fen=fen, change_fen=0)))
    assert f"金额（小写）Infigures{rmb_upper(fen)}¥{format_fen(fen)}应缴本金" in text
    assert f"2024-01电费Electricity¥{format_fen(fen)}" in text
    assert f"实收现金Cashreceived¥{format_fen(fen)}找零" in text


def test_processing_slip_denies_being_a_proof() -> None:
    text = shown(slip())
    assert "本单不作为缴费成功凭据" in text
    assert "THIS SLIP IS NOT PROOF THAT THE BILL HAS BEEN PAID" in text
    assert "银行已受理，未确认到账，请勿重复缴费" in text
    assert "处理中 · 结果待确认" in text
    assert "缴费受理单" in text
    assert "人民币壹仟陆佰捌拾元零叁角贰分" in text


def test_each_paper_carries_its_own_seal_only() -> None:
    receipt, taken_in = shown(paper()), shown(slip())
    assert "现金收讫" in receipt
    assert "业务受理专用章" not in receipt
    assert "业务受理专用章" in taken_in
    assert "现金收讫" not in taken_in
    assert "代收业务回单\n" not in taken_in


def test_slip_never_says_paid_and_no_customer_paper_says_reversed() -> None:
    assert "Paid" not in shown(slip())
    assert "缴费成功" not in shown(slip()).replace("本单不作为缴费成功凭据", "")
    for view in (paper(), slip()):
        assert "冲正" not in shown(view)


def test_missing_biller_serial_is_a_dash_not_a_gap() -> None:
    assert "收费单位流水号BillerserialSZPOWER" in squeezed(shown(paper()))
    assert "收费单位流水号Billerserial—" in squeezed(shown(slip()))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, 9, 12])
def test_up_to_twelve_periods_are_rows_of_their_own(count: int) -> None:
    text = shown(paper(lines=lines(count)))
    for line in lines(count):
        assert squeezed(f"{line.period}电费Electricity¥{format_fen(line.amount_fen)}") in squeezed(text)
    assert ("以下空白" in text) is (count % 4 != 0 or count == 0)
    assert "其余" not in text


@pytest.mark.parametrize("count", [13, 60])
def test_more_periods_are_summed_up_and_the_rows_add_up_to_the_bill(count: int) -> None:
    text = squeezed(shown(paper(lines=lines(count))))
    rest = sum(line.amount_fen for line in lines(count)[11:])
    assert f"其余{count - 11}期合计{count - 11}moreperiodsintotal¥{format_fen(rest)}" in text
    assert squeezed(lines(count)[10].period + "电费") in text
    assert squeezed(lines(count)[11].period + "电费") not in text
    assert "¥" + format_fen(sum(line.amount_fen for line in lines(count))) in text


def test_amount_paid_in_without_lines_makes_the_parts_add_up() -> None:
    text = squeezed(shown(paper(lines=(), amount_fen=10_000, late_fee_fen=20, fee_fen=150)))
    assert "缴费金额Amountpaidin¥98.30" in text
    assert "应缴本金" not in text


# How it was paid, and what else there is to tell


def test_cash_is_told_as_cash() -> None:
    text = squeezed(shown(paper()))
    assert "柜面·现金Counter,cash" in text
    assert "转账" not in text
    assert "转讫" not in text
    assert "付款账户" not in text


def test_an_account_is_told_masked_and_sealed_as_transferred() -> None:
    text = squeezed(shown(by_account()))
    assert "柜面·转账Counter,transfer" in text
    assert "付款账户Debitedaccount***************0712" in text
    assert "转讫" in text
    for of_cash in ("现金", "找零", "实收"):
        assert of_cash not in text


def test_a_slip_of_an_account_tells_it_and_carries_its_own_seal() -> None:
    text = squeezed(shown(slip(account_no="***************0712")))
    assert "付款账户Debitedaccount***************0712" in text
    assert "业务受理专用章" in text
    assert "转讫" not in text


def test_a_part_payment_tells_what_was_owed_what_was_paid_and_what_is_still_owed() -> None:
    text = squeezed(shown(in_part()))
    assert "本次缴费金额Paidinpart(CNY)" in text
    assert "¥1,000.00" in text
    assert "应缴合计Totalowed¥1,682.10" in text
    assert "尚欠金额Stillowed¥682.10" in text


def test_a_payment_in_full_speaks_of_no_rest() -> None:
    for word in ("应缴合计", "尚欠", "本次预存", "余额", "附注", "本次缴费金额"):
        assert word not in shown(paper())


def test_what_is_paid_above_the_bill_is_told_with_the_balance() -> None:
    text = squeezed(shown(paper(amount_fen=200_000, late_fee_fen=0, fee_fen=0, lines=lines(3), balance_fen=31_985)))
    assert "本次预存Paidahead¥319.85" in text
    assert "缴费后余额Balanceafterpayment¥319.85" in text


def test_a_balance_of_nothing_is_told_too() -> None:
    assert "缴费后余额Balanceafterpayment¥0.00" in squeezed(shown(paper(balance_fen=0)))


def test_a_season_is_told_as_one_with_the_billers_facts() -> None:
    text = squeezed(shown(heating()))
    assert "2026-2027采暖季采暖费Heating¥2,685.00" in text
    assert "收费单位附注Biller'sremarks建筑面积89.50平方米；单价30.00元" in text


def test_a_top_up_stands_in_one_line() -> None:
    text = squeezed(shown(top_up()))
    assert "话费充值Mobiletop-up¥100.00" in text
    assert "以下空白" in text
    assert "缴费金额Amountpaidin¥100.00" in text
    assert "缴费后余额Balanceafterpayment¥123.45" in text
    assert "缴费户号Consumerno.138****0000" in text


def test_a_slip_tells_what_was_owed_and_nothing_that_depends_on_the_outcome() -> None:
    text = squeezed(shown(slip(outstanding_fen=68_210, amount_fen=100_000, balance_fen=77, facts=(("面积", "1"),))))
    assert "应缴合计Totalowed¥1,682.10" in text
    for word in ("尚欠", "余额", "附注"):
        assert word not in text


@pytest.mark.parametrize("count", [1, 12])
def test_a_strip_more_keeps_every_line_and_every_other_field(count: int) -> None:
    bill = lines(count)
    told = {"lines": bill, "outstanding_fen": 1, "balance_fen": 2, "facts": (("面积", "89.50"),)}
    text = squeezed(shown(paper(**told)))
    for line in bill:
        assert squeezed(f"{line.period}电费Electricity¥{format_fen(line.amount_fen)}") in text
    for field in RECEIPT_SAYS:
        if not field.startswith(("2024-", "¥560", "¥1,680.15")):
            assert squeezed(field) in text


def test_facts_without_end_are_cut_and_keep_nobody_from_the_receipt() -> None:
    text = shown(paper(facts=tuple(("长" * 20, "长" * 40) for _ in range(6))))
    assert "长…" in text
    assert "¥1,680.32" in text


@pytest.mark.parametrize("view", [paper(amount_fen=MAX_FEN - 1, outstanding_fen=1, balance_fen=MAX_FEN)])
def test_the_largest_rest_and_balance_are_printed_whole(view: Any) -> None:
    assert shown(view).count("¥9,999,999,999.99") == 2


@pytest.mark.parametrize("view", [paper(training=True), slip(training=True)], ids=["receipt", "slip"])
def test_paper_of_a_rehearsal_says_so(view: Any) -> None:
    assert "培训 TRAINING" in shown(view)


@pytest.mark.parametrize("view", [paper(), slip()], ids=["receipt", "slip"])
def test_paper_of_the_working_day_has_no_training_mark(view: Any) -> None:
    assert "TRAINING" not in shown(view)


@pytest.mark.parametrize("view", [paper(lines=lines(60)), slip(training=True)], ids=["receipt", "slip"])
def test_paper_is_one_sheet_of_a5_landscape(view: Any) -> None:
    reader = read(PdfRenderer().bill_paper(view))
    assert len(reader.pages) == 1
    width, height = (float(reader.pages[0].mediabox[corner]) / 72 * 25.4 for corner in (2, 3))
    assert (round(width, 1), round(height, 1)) == (210.0, 148.0)


def test_a_slip_without_an_accounting_date_prints_none() -> None:
    told = shown(slip())
    silent = shown(slip(accounting_date=None))

    day = f"{slip().accounting_date:%Y-%m-%d}"
    assert silent.count(day) == told.count(day) - 1
    assert silent.count("—") == told.count("—") + 1


def test_a_receipt_without_an_accounting_date_is_refused() -> None:
    with pytest.raises(DocumentFailed):
        PdfRenderer().bill_paper(paper(accounting_date=None))
