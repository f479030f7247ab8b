"""From what is kept to what may be seen: masked, and with the advice that belongs to each state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.billers.catalogue import Biller
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills import cancellation_shown, refund_note, states
from tellerdesk.bills.commands import Method
from tellerdesk.bills.quotes import KeptBill
from tellerdesk.bills.views import (
    BillerView,
    BillLine,
    BillView,
    FactView,
    FieldView,
    LegView,
    PaidBefore,
    PaymentView,
    RefundNote,
)
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import CashReturn, LegState
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken
from tellerdesk.text import mask_address, mask_name

_ADVICE = {
    states.PENDING_APPROVAL: "advice.awaiting_approval",
    states.ABORTED: "advice.aborted.expired",
    states.CORE_SENDING: "advice.under_way",
    states.BILLER_SENDING: "advice.under_way",
    states.CORE_UNKNOWN: "advice.core_unknown",
    states.BILLER_UNKNOWN: "advice.biller_unknown",
    states.BILLER_VOIDING: "advice.biller_unknown",
    states.SUCCESS: "advice.paid",
    states.AUTO_REVERSING: "advice.reversing",
    states.REVERSE_FAILED: "advice.reverse_failed",
    states.CORE_REJECTED: "advice.core_rejected",
    states.REVERSED: "advice.reversed",
}
"""What happened to the money and what to do now, by state. The last two have a second form, see `advice`."""

_BY_APPROVAL = {
    (states.PENDING_APPROVAL, ApprovalState.APPROVED): "advice.approved",
    (states.ABORTED, ApprovalState.REJECTED): "advice.aborted.rejected",
    (states.ABORTED, ApprovalState.WITHDRAWN): "advice.aborted.withdrawn",
}
"""The same where what became of the request says more than the payment's state."""

_BY_ACCOUNT = {
    "advice.awaiting_approval": "advice.awaiting_approval.account",
    "advice.approved": "advice.approved.account",
    "advice.aborted.expired": "advice.aborted.expired.account",
    "advice.aborted.rejected": "advice.aborted.rejected.account",
    "advice.aborted.withdrawn": "advice.aborted.withdrawn.account",
    "advice.paid": "advice.paid.account",
    "advice.paid_later": "advice.paid_later.account",
    "advice.core_unknown": "advice.core_unknown.account",
    "advice.biller_unknown": "advice.biller_unknown.account",
    "advice.reversing": "advice.reversing.account",
    "advice.reverse_failed": "advice.reverse_failed.account",
    "advice.core_rejected": "advice.core_rejected.account",
    "advice.core_rejected.no_answer": "advice.core_rejected.no_answer.account",
    "advice.reversed": "advice.reversed.account",
    "advice.reversed.no_answer": "advice.reversed.no_answer.account",
    **cancellation_shown.BY_ACCOUNT,
}
"""The same where an account was to be debited: there is no cash to hand back, and no change."""

_CORE_SAID = {
    "INSUFFICIENT_FUNDS": "advice.core_rejected.insufficient_funds",
    "WRONG_PIN": "advice.core_rejected.wrong_pin",
    "PIN_LOCKED": "advice.core_rejected.pin_locked",
    "NO_AUTHORITY": "advice.core_rejected.no_authority",
}
"""Why core did not debit the account, where the customer can do something about it."""


def biller(of: Biller, now: datetime) -> BillerView:
    return BillerView(
        code=of.code,
        name=of.name.both,
        short_name=of.short_name.both,
        item=of.item.both,
        consumer_label=of.consumer.label.both,
        consumer_example=of.consumer.example,
        consumer_length=of.consumer.length,
        amount_rule=of.amount.rule,
        pay_deadline_s=of.deadlines.pay_s,
        fields=tuple(
            FieldView(more.key, more.label.both, more.example, more.length, more.required) for more in of.fields
        ),
        least_fen=of.amount.min_fen,
        most_fen=of.amount.max_fen,
        step_fen=of.amount.step_fen,
        personal=of.consumer.personal,
        initials=of.initials,
        hours=of.hours_text,
        open_now=of.is_open(now),
    )


def _lines(of: Biller, kept: KeptBill) -> tuple[BillLine, ...]:
    """The biller's own word for the item in Chinese; in English the catalogue's."""
    return tuple(
        BillLine(
            line.period, Bilingual(line.item, of.item.en if line.item == of.item.zh_CN else line.item), line.amount_fen
        )
        for line in kept.lines
    )


def _facts(kept: KeptBill) -> tuple[FactView, ...]:
    return tuple(FactView(fact.label, fact.value) for fact in kept.facts)


def bill(of: Biller, kept: KeptBill, now: datetime, paid_before: tuple[PaidBefore, ...]) -> BillView:
    return BillView(
        quote_id=kept.quote_id,
        biller=biller(of, now),
        consumer_no=kept.consumer_no,
        customer_name=mask_name(kept.customer_name),
        address=mask_address(kept.address),
        lines=_lines(of, kept),
        late_fee_fen=kept.late_fee_fen,
        total_fen=kept.total_fen,
        asked_at=kept.asked_at,
        valid_until=kept.valid_until,
        biller_reference=kept.reference,
        balance_fen=kept.balance_fen,
        facts=_facts(kept),
        paid_before=paid_before,
    )


def advice(
    entry: Row,
    tendered_fen: int,
    legs: list[Row],
    approval: Row | None = None,
    cancellation: tuple[Row, Row | None] | None = None,
    refund: RefundNote | None = None,
) -> Message:
    """The sentence for the teller. Cash that is due back names both figures: the amount, and everything that was
    tendered if the change has not been handed out yet. A payment found out late has its change handed out already.
    Where an account was to be debited, nothing is due in cash and the sentence says what became of the account."""
    refusal = refusal_in(legs)
    message_id = _ADVICE.get(entry["state"], "")
    if approval is not None:
        message_id = _BY_APPROVAL.get((entry["state"], ApprovalState(approval["state"])), message_id)
    args: dict[str, str | int] = {
        "serial": entry["serial"],
        "amount": format_fen(entry["amount_fen"]),
        "tendered": format_fen(tendered_fen),
        "change": format_fen(tendered_fen - entry["amount_fen"]),
        "refusal": refusal,
        "by": "" if approval is None else approval["ended_by"],
    }
    if of_refund := refund_note.advice(entry, refund):
        return Message(of_refund, args | {"refund": "" if refund is None else spoken(refund.serial)})
    of_cancellation = "" if cancellation is None else cancellation_shown.advice(entry, *cancellation)
    if cancellation is not None and of_cancellation:
        message_id = of_cancellation
        args |= {
            "refusal": cancellation[0]["refusal"],
            "by": "" if cancellation[1] is None else cancellation[1]["ended_by"],
        }
    elif entry["cash_return"] == CashReturn.RETURNED:
        message_id = "advice.cash_returned"
    elif entry["state"] in {states.CORE_REJECTED, states.REVERSED} and not refusal:
        message_id += ".no_answer"
    elif entry["state"] == states.SUCCESS and any(
        row["kind"] == "BILLER_INQUIRE" and row["state"] == LegState.UNKNOWN for row in legs
    ):
        message_id = "advice.paid_later"
    if entry["method"] == Method.ACCOUNT:
        message_id = _by_account(message_id, legs)
    return Message(message_id, args)


def _by_account(message_id: str, legs: list[Row]) -> str:
    code = next((str(row["code"]) for row in reversed(legs) if _is_refusal(row)), "")
    if message_id == "advice.core_rejected" and code in _CORE_SAID:
        return _CORE_SAID[code]
    return _BY_ACCOUNT.get(message_id, message_id)


def leg(row: Row) -> LegView:
    return LegView(
        leg_id=row["leg_id"],
        kind=row["kind"],
        counterpart=row["counterpart"],
        state=LegState(row["state"]),
        sent_at=row["sent_at"],
        answered_at=row["answered_at"],
        code=row["code"],
        message=row["message"],
        counterpart_serial=row["counterpart_serial"],
    )


def refusal_in(legs: list[Row]) -> str:
    """The counterpart's own words for its definite no, the newest one; its code where it said nothing more."""
    for row in reversed(legs):
        if _is_refusal(row):
            return str(row["message"] or row["code"])
    return ""


def _is_refusal(row: Row) -> bool:
    asked = row["kind"] in {"CORE_POST", "BILLER_PAY", "BILLER_INQUIRE", "CORE_INQUIRE"}
    return asked and row["state"] == LegState.REJECTED


def payment(
    of: Biller,
    kept: KeptBill,
    entry: Row,
    paid: Row,
    legs: list[Row],
    teller_name: str,
    approval: Row | None,
    cancellation: tuple[Row, Row | None] | None,
    refund: RefundNote | None,
) -> PaymentView:
    """`paid` holds tendered_fen, change_fen, account_no (masked) and balance_fen; `legs` are in the order they were
    written; `approval` is the request a rule wanted, as it stands; `cancellation` the newest try with its request;
    `refund` the newest one that did not come to nothing."""
    in_part = of.amount.rule is AmountRule.PART_OLDEST_FIRST
    asked_by_itself = entry["lease_owner"] is None and not states.STATES[entry["state"]].rests
    due_ms: Any = entry["due_ms"] if asked_by_itself else None
    return PaymentView(
        serial=entry["serial"],
        state=entry["state"],
        word=refund_note.word(entry, refund),
        cash_return=CashReturn(entry["cash_return"]),
        advice=advice(entry, paid["tendered_fen"], legs, approval, cancellation, refund),
        biller_code=of.code,
        biller_name=of.name.both,
        item=of.item.both,
        consumer_no=kept.consumer_no,
        customer_name=mask_name(kept.customer_name),
        address=mask_address(kept.address),
        lines=_lines(of, kept),
        late_fee_fen=kept.late_fee_fen,
        amount_fen=entry["amount_fen"],
        method=Method(entry["method"]),
        tendered_fen=paid["tendered_fen"],
        change_fen=paid["change_fen"],
        made_at=entry["made_at"],
        accounting_date=entry["accounting_date"],
        core_serial=entry["core_serial"],
        biller_serial=entry["counterpart_serial"],
        branch_no=entry["branch_no"],
        till_no=entry["till_no"],
        teller_no=entry["teller_no"],
        teller_name=teller_name,
        legs=tuple(leg(row) for row in legs),
        next_try_at=datetime.fromtimestamp(due_ms / 1000, UTC) if due_ms else None,
        account_no=paid["account_no"],
        outstanding_fen=max(kept.total_fen - entry["amount_fen"], 0) if in_part else 0,
        balance_fen=paid["balance_fen"],
        facts=_facts(kept),
        approval_id="" if approval is None else approval["approval_id"],
        cancellation=None if cancellation is None else cancellation_shown.view(*cancellation),
        refund=refund,
    )
