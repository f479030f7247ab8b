"""Papers to print and ways to read them back."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdf

from tellerdesk.documents.views import BillPaper, DocumentKind, PrintedBill, PrintedLine, RefundPaper

MAX_FEN = 999_999_999_999


def lines(count: int, amount_fen: int = 56_004) -> tuple[PrintedLine, ...]:
    return tuple(
        PrintedLine(f"{2024 + index // 12}-{index % 12 + 1:02d}", "电费", "Electricity", amount_fen + index)
        for index in range(count)
    )


def paper(**changes: Any) -> BillPaper:
    """A receipt for three months of electricity, changed as asked."""
    plain = BillPaper(
        kind=DocumentKind.BILL_RECEIPT,
        number="R0712072026112200001",
        bank_zh="示例银行",
        bank_en="Sample Bank Co., Ltd.",
        branch_zh="南山支行",
        branch_en="Nanshan Sub-branch",
        branch_no="0712",
        till_no="07",
        teller_no="T00123",
        teller_name="李晓燕",
        serial="2026112207120700000001",
        core_serial="C2026112200918273",
        biller_serial="SZPOWER-20261122-884412",
        accounting_date=date(2026, 11, 23),
        made_at=datetime(2026, 11, 22, 16, 31, 5, tzinfo=UTC),
        printed_at=datetime(2026, 11, 22, 16, 31, 9, tzinfo=UTC),
        biller_zh="深圳市示例供电有限公司",
        biller_en="Shenzhen Sample Power Co., Ltd.",
        item_zh="电费",
        item_en="Electricity",
        consumer_no="07550031884620",
        customer_name="*晓燕",
        address="深圳市南山区科技园路 ** 号",
        lines=lines(3),
        late_fee_fen=20,
        fee_fen=150,
        amount_fen=168_032,
        tendered_fen=170_000,
        change_fen=1_968,
        verify_code="9F3A-7C21-B0D4",
        training=False,
    )
    return replace(plain, **changes)


def by_account(**changes: Any) -> BillPaper:
    """The same receipt, paid from an account."""
    return paper(account_no="***************0712", tendered_fen=0, change_fen=0, **changes)


def heating(**changes: Any) -> BillPaper:
    """A whole season, with what the heating company tells of the flat."""
    season = (PrintedLine("2026-2027", "采暖费", "Heating", 268_500),)
    facts = (("建筑面积", "89.50 平方米"), ("单价", "30.00 元"))
    values = {"lines": season, "late_fee_fen": 0, "fee_fen": 0, "amount_fen": 268_500, "facts": facts}
    return paper(
        **{**values, "tendered_fen": 270_000, "change_fen": 1_500, "item_zh": "采暖费", "item_en": "Heating", **changes}
    )


def top_up(**changes: Any) -> BillPaper:
    """A mobile number topped up: nothing was owed, so the biller told no lines."""
    values = {"lines": (), "late_fee_fen": 0, "fee_fen": 0, "amount_fen": 10_000, "balance_fen": 12_345}
    said = {"item_zh": "话费充值", "item_en": "Mobile top-up", "consumer_no": "138****0000", "address": ""}
    return paper(**{**values, **said, "tendered_fen": 10_000, "change_fen": 0, **changes})


def in_part(**changes: Any) -> BillPaper:
    """1,000 yuan paid of the 1,682.10 owed for two months of water."""
    values = {"lines": lines(3), "late_fee_fen": 195, "fee_fen": 0, "amount_fen": 100_000, "outstanding_fen": 68_210}
    return paper(**{**values, "tendered_fen": 100_000, "change_fen": 0, **changes})


def slip(**changes: Any) -> BillPaper:
    return paper(kind=DocumentKind.PROCESSING_SLIP, number="S0712072026112200001", biller_serial="", **changes)


def taken_back(**changes: Any) -> BillPaper:
    """The slip of a payment that was cancelled half an hour later, its cash handed back."""
    values = {"cancelled_at": datetime(2026, 11, 22, 17, 2, 44, tzinfo=UTC), "original_no": "20261122-0712-000001"}
    said = {"number": "20261122-0712-000009", "cancel_serial": "SZPOWER-X-20261122-77"}
    return paper(kind=DocumentKind.CANCELLATION_SLIP, **{**values, **said, **changes})


def refunded(**changes: Any) -> RefundPaper:
    """The slip of a refund the biller agreed to the day after, paid out in cash to an agent of the customer."""
    plain = RefundPaper(
        kind=DocumentKind.REFUND_SLIP,
        number="20261123-0712-000004",
        bank_zh="示例银行",
        bank_en="Sample Bank Co., Ltd.",
        branch_zh="南山支行",
        branch_en="Nanshan Sub-branch",
        branch_no="0712",
        till_no="08",
        teller_no="T00124",
        teller_name="陈志强",
        serial="2026112307120800000002",
        cause="NEXT_DAY",
        payment_serial="2026112207120700000001",
        original_no="20261122-0712-000001",
        paid_at=datetime(2026, 11, 22, 2, 31, 5, tzinfo=UTC),
        refunded_at=datetime(2026, 11, 23, 1, 12, 44, tzinfo=UTC),
        printed_at=datetime(2026, 11, 23, 1, 12, 46, tzinfo=UTC),
        accounting_date=date(2026, 11, 23),
        biller_zh="深圳市示例供电有限公司",
        biller_en="Shenzhen Sample Power Co., Ltd.",
        item_zh="电费",
        item_en="Electricity",
        consumer_no="07550031884620",
        customer_name="*晓燕",
        amount_fen=168_032,
        core_serial="C2026112300918273",
        agreement_no="SZPOWER-R-20261123-5",
        account_no="",
        payee="*晓燕",
        payee_kind="ID_CARD",
        agent="*建国",
        agent_kind="PASSPORT",
        approvers=("3001", "3002"),
        verify_code="9F3A-7C21-B0D4",
        training=False,
    )
    return replace(plain, **changes)


def combined(count: int = 3, **changes: Any) -> BillPaper:
    """So many bills of one customer on one receipt."""
    bills = tuple(
        PrintedBill(
            f"20261122071207{number:08d}", "深圳市示例供电有限公司", "电费", "Electricity",
            f"0755003188{4620 + number}", "*晓燕", 56_004 + number,
        )
        for number in range(count)
    )  # fmt: skip
    total_fen = sum(bill.amount_fen for bill in bills)
    blank = dict.fromkeys(("core_serial", "biller_serial", "biller_zh", "biller_en", "item_zh", "item_en"), "")
    blank |= dict.fromkeys(("consumer_no", "customer_name", "address"), "")
    values: dict[str, Any] = {
        "kind": DocumentKind.COMBINED_RECEIPT, "bills": bills, "amount_fen": total_fen, "lines": (),
        "late_fee_fen": 0, "fee_fen": 0, "tendered_fen": total_fen + 1_968, "change_fen": 1_968,
    }  # fmt: skip
    return paper(**{**blank, **values, **changes})


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    return read(pdf).pages[0].extract_text()


def squeezed(text: str) -> str:
    """Without white space: where words end is the reader's guess, which characters there are is not."""
    return re.sub(r"\s", "", text)


def everything_in(pdf: bytes) -> bytes:
    """Every object of the file as written and every stream unpacked, except the fonts' outlines."""
    reader = read(pdf)
    parts = [pdf]
    for number in range(1, len(reader.xref[0]) + 1):
        found = reader.get_object(number)
        if isinstance(found, pypdf.generic.StreamObject) and "/Length1" not in found:
            parts.append(found.get_data())
    return b"\n".join(parts)


def names_in(pdf: bytes) -> set[str]:
    """Every name that occurs in any object of the file, as key or as value."""
    reader = read(pdf)
    found: set[str] = set()
    waiting: list[Any] = [reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, pypdf.generic.NameObject):
            found.add(item)
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return found


def font_descriptors(pdf: bytes) -> dict[str, Any]:
    """Descriptor of each font the page names."""
    resources: Any = read(pdf).pages[0]["/Resources"]
    fonts = resources["/Font"]
    return {font.get_object()["/BaseFont"]: font.get_object().get("/FontDescriptor") for font in fonts.values()}
