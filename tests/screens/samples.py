"""Billers, bills and payments as a desk would tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.bills.views import (
    AmountRule,
    BillerView,
    BillLine,
    BillView,
    Cancellable,
    CancellationView,
    CancelOutcome,
    FactView,
    FieldView,
    LegView,
    PaidBefore,
    PaymentView,
)
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.money import format_fen

NOW = datetime(2026, 11, 22, 2, 31, 5, tzinfo=UTC)

POWER_NAME = Bilingual("深圳供电局", "Shenzhen Power")


def biller(code: str = "1101", name: Bilingual = POWER_NAME, **changes: Any) -> BillerView:
    given = BillerView(
        code=code,
        name=name,
        short_name=name,
        item=Bilingual("电费", "Electricity"),
        consumer_label=Bilingual("户号", "Consumer no."),
        consumer_example="07550031884620",
        consumer_length=14,
        amount_rule=AmountRule.EXACT,
        pay_deadline_s=10,
    )
    return replace(given, **changes)


POWER = biller()
WATER = biller(
    "1201",
    Bilingual("市自来水公司", "City Water"),
    item=Bilingual("水费", "Water"),
    consumer_label=Bilingual("用户号", "Customer no."),
    consumer_example="059100012300",
    consumer_length=12,
)
HEAT = biller("1301", Bilingual("供热公司", "District Heating"), item=Bilingual("采暖费", "Heating"))


GAS = biller(
    "1301",
    Bilingual("南山燃气", "Nanshan Gas"),
    item=Bilingual("燃气费", "Gas"),
    amount_rule=AmountRule.EXACT_OR_MORE,
)
WATER_PART = replace(WATER, amount_rule=AmountRule.PART_OLDEST_FIRST)
SEASON = biller(
    "1401",
    Bilingual("市供热公司", "City Heating"),
    item=Bilingual("采暖费", "Heating"),
    consumer_label=Bilingual("供热卡号", "Card no."),
    fields=(FieldView("season", Bilingual("采暖季", "Season"), "2026-2027", 9, required=False),),
    hours="08:00-20:00",
    initials=("gr", "srlgs"),
)
MOBILE = biller(
    "1501",
    Bilingual("移动话费", "Mobile"),
    item=Bilingual("话费充值", "Top-up"),
    consumer_label=Bilingual("手机号", "Mobile no."),
    consumer_example="13800135678",
    consumer_length=11,
    amount_rule=AmountRule.FREE,
    least_fen=1_000,
    most_fen=50_000,
    step_fen=1_000,
    personal=True,
    initials=("ydhf",),
)
CARD_NO = "6222020712000012344"
PIN_BLOCK = "9F3C0A55E1B2477D9F3C0A55E1B2477D"


def bill(of: BillerView = POWER, **changes: Any) -> BillView:
    given = BillView(
        quote_id="Q1",
        biller=of,
        consumer_no="07550031884620",
        customer_name="*晓燕",
        address="南山区科技园路 ** 号 *** 室",
        lines=(
            BillLine("2026-09", of.item, 82_811),
            BillLine("2026-10", of.item, 84_400),
        ),
        late_fee_fen=821,
        total_fen=168_032,
        asked_at=NOW,
        valid_until=NOW + timedelta(minutes=15),
        biller_reference="DL 2026 1122 0387",
    )
    return replace(given, **changes)


def legs(biller_code: str = "1101", last: LegState = LegState.OK) -> tuple[LegView, ...]:
    return (
        LegView("L1", "CORE_POST", "core", LegState.OK, NOW, NOW + timedelta(seconds=0.2), "0000", "", "C2026"),
        LegView("L2", "BILLER_PAY", biller_code, last, NOW, NOW + timedelta(seconds=0.4), "", "", ""),
    )


ADVICE = {
    Word.PAID: "advice.paid",
    Word.PROCESSING: "advice.biller_unknown",
    Word.FAILED: "advice.core_rejected",
    Word.REVERSED: "advice.reversed",
    Word.CANCELLED: "outcome.todo.cash_back",
}


def payment(word: Word = Word.PAID, number: int = 212, **changes: Any) -> PaymentView:
    due = CashReturn.DUE if word in {Word.FAILED, Word.REVERSED, Word.CANCELLED} else CashReturn.NONE
    amount, tendered = changes.get("amount_fen", 168_032), changes.get("tendered_fen", 170_000)
    given = PaymentView(
        serial=f"20261122071207{number:08d}",
        state="STATE",
        word=word,
        cash_return=due,
        advice=Message(
            ADVICE.get(word, "advice.paid"),
            {
                "serial": "20261122 0712 07 00000212",
                "amount": format_fen(amount),
                "tendered": format_fen(tendered),
                "change": format_fen(tendered - amount),
                "refusal": "E17",
            },
        ),
        biller_code="1101",
        biller_name=POWER.name,
        item=POWER.item,
        consumer_no="07550031884620",
        customer_name="*晓燕",
        address="南山区科技园路 ** 号 *** 室",
        lines=bill().lines,
        late_fee_fen=821,
        amount_fen=amount,
        method=Method.CASH,
        tendered_fen=tendered,
        change_fen=tendered - amount,
        made_at=NOW,
        accounting_date=date(2026, 11, 22),
        core_serial="C20261122009871",
        biller_serial="",
        branch_no="0712",
        till_no="07",
        teller_no="1001",
        teller_name="李晓燕",
        legs=legs(last=LegState.OK if word is Word.PAID else LegState.UNKNOWN),
        next_try_at=None,
    )
    return replace(given, **changes)


def top_up(**changes: Any) -> BillView:
    """A bill that asks for no sum of its own."""
    return bill(MOBILE, consumer_no="13800135678", address="", lines=(), late_fee_fen=0, total_fen=0,
                balance_fen=2_350, **changes)  # fmt: skip


def seasonal(**changes: Any) -> BillView:
    """A bill with a fact beside its one line."""
    return bill(SEASON, consumer_no="RN00012345", lines=(BillLine("2026-2027", SEASON.item, 214_800),),
                late_fee_fen=0, total_fen=214_800, facts=(FactView("供热面积", "89.50"),), **changes)  # fmt: skip


PAID_BEFORE = PaidBefore(payment().serial, NOW - timedelta(hours=1), "0712", "1002", 168_032, Word.PAID)


def tried(outcome: CancelOutcome, **changes: Any) -> CancellationView:
    """The try of teller 1001 to cancel a payment that was made twice."""
    given = CancellationView(outcome, CancelReason.PAID_TWICE, "1001", NOW + timedelta(minutes=30), "A1")
    return replace(given, **changes)


def cancelling(outcome: CancelOutcome = CancelOutcome.ASKED, word: Word = Word.PAID, **changes: Any) -> PaymentView:
    """A payment somebody has tried to cancel, by default one whose request A1 waits."""
    advice = Message("cancellation.otherwise.desk")
    return payment(word, **({"cancellation": tried(outcome), "advice": advice} | changes))


def cancellable(number: int = 212, **changes: Any) -> Cancellable:
    """The sample payment as it is found, with nothing in the way."""
    of = payment(number=number)
    given = Cancellable(
        of.serial, of.made_at, of.biller_name, of.customer_name, "1001", "07", of.word, of.method, has_receipt=True
    )
    return replace(given, **changes)
