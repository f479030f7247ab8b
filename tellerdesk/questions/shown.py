"""From an open entry to what may be seen of it, and to what this person may do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tellerdesk.bills import states as payment
from tellerdesk.bills.commands import Method
from tellerdesk.bills.shown import leg
from tellerdesk.bills.views import PaymentView
from tellerdesk.i18n import Message
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import CashReturn, LegState, ReconStatus, Word
from tellerdesk.money import format_fen
from tellerdesk.questions import known, register
from tellerdesk.questions import states as late
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import ExplanationView, Known, OpenQuestion, QuestionAct, QuestionKind
from tellerdesk.refunds import states as refund
from tellerdesk.serials import spoken
from tellerdesk.staff.states import MAY, Permission
from tellerdesk.staff.views import SignedOn

RETRYABLE = frozenset({payment.REVERSE_FAILED, payment.CANCEL_CORE_FAILED, late.STAYS_PAID})
"""What was given up and can be sent once more. No two flows have one of these names."""

SETTLEABLE = frozenset({late.STAYS_PAID, late.NOT_HELD})
"""What a supervisor may have settled with the biller by hand."""

NEXT: Mapping[str, str] = {
    "CORE_POST": "question.next.core_asked",
    "CORE_INQUIRE": "question.next.core_asked",
    "CORE_REVERSE": "question.next.reversal_again",
    "CORE_UNPOST": "question.next.reversal_again",
    "BILLER_PAY": "question.next.biller_asked",
    "BILLER_INQUIRE": "question.next.biller_asked",
    "BILLER_TOMBSTONE": "question.next.barred_again",
    "BILLER_CANCEL": "question.next.cancel_again",
    "CORE_SUSPEND": "question.next.booking_again",
    "CORE_CREDIT": "question.next.booking_again",
    "CORE_RECEIVE": "question.next.booking_again",
    "CORE_PAY_OUT": "question.next.booking_again",
    "BILLER_CONSENT": "question.next.consent_again",
    "BILLER_UNDO": "question.next.undo_again",
}
"""What the desk does by itself, by the leg a state sends. A message that may have arrived is sent again as it was."""

_AGREED_SINCE = frozenset({refund.AGREED, refund.PENDING_REFUND, refund.RECEIVING})


@dataclass(frozen=True, slots=True)
class Told:
    """Everything a question is made of. `payment` is the payment it is about, `payment_sides` what is known of it, and
    `consumer_no` its consumer as it may be seen; `cause` why a refund is owed; `advice` the entry's own; `asks` whether
    its counterpart can be asked now; `takes_back` whether its biller cancels payments; `cash_till` whose cash is due;
    `late` the state of the late answer about the payment, if there is one."""

    entry: Row
    legs: Sequence[Row]
    steps: Sequence[Row]
    said: Sequence[Row]
    payment: PaymentView
    payment_sides: tuple[Known, Known]
    consumer_no: str
    cause: str
    advice: Message | None
    asks: bool
    takes_back: bool
    cash_till: str
    late: str | None

    @property
    def cash_is_due(self) -> bool:
        return bool(self.entry["cash_return"] in register.CASH_OPEN)

    @property
    def is_frozen(self) -> bool:
        return bool(self.entry["recon_status"] != ReconStatus.NONE)


def question(told: Told, who: SignedOn, now: datetime, now_ms: int) -> OpenQuestion:
    """`now` by the desk's clock, as the steps are; `now_ms` by the database's, as leases are."""
    entry, about = told.entry, told.payment
    state = register.FLOWS[entry["flow"]][entry["state"]]
    began = since(told)
    core, counterpart = sides(told)
    next_step, next_at = next_of(told)
    return OpenQuestion(
        serial=entry["serial"],
        flow=entry["flow"],
        kind=kind(told),
        state=entry["state"],
        word=state.word,
        cash_return=CashReturn(entry["cash_return"]),
        payment_serial=about.serial,
        biller=about.biller_name,
        consumer_no=told.consumer_no,
        customer_name=about.customer_name,
        amount_fen=entry["amount_fen"],
        method=Method(entry["method"]),
        teller_no=entry["teller_no"],
        till_no=entry["till_no"],
        made_at=entry["made_at"],
        since=began,
        age_s=max((now - began).total_seconds(), 0.0),
        core=core,
        counterpart=counterpart,
        advice=told.advice or late_advice(told),
        legs=tuple(leg(row) for row in told.legs),
        next_step=next_step,
        next_at=next_at,
        own=is_a_tellers(entry, bool(told.said)) and entry["teller_no"] == who.staff_no,
        explained=explanation(told.said[-1]) if told.said else None,
        may=may(told, who, now_ms),
    )


def is_a_tellers(entry: Row, explained: bool) -> bool:
    """Whether it is still the teller's who began it. A late answer is the branch's from the first."""
    return entry["flow"] in register.WITH_CASH and not explained


def explanation(row: Row) -> ExplanationView:
    return ExplanationView(ExplainReason(row["reason"]), Given(row["given"]), row["note"], row["by"], row["at"])


def kind(told: Told) -> QuestionKind:
    entry = told.entry
    if entry["flow"] == late.FLOW:
        return QuestionKind.LATE_ANSWER
    if entry["state"] not in register.OPEN_STATES[entry["flow"]]:
        return QuestionKind.CASH_DUE
    rests = register.FLOWS[entry["flow"]][entry["state"]].rests
    return QuestionKind.UNKNOWN if (told.asks or rests) and not told.is_frozen else QuestionKind.STUCK


def since(told: Told) -> datetime:
    """When the present doubt began: the first step of those, up to the newest, after which it has been as it is."""
    entry = told.entry
    states = register.FLOWS[entry["flow"]]
    began: datetime = entry["made_at"]
    taken = [step for step in told.steps if step["row"] != "note"]
    for step in reversed(taken):
        if entry["state"] == refund.AGREED:
            belongs = step["to_state"] in _AGREED_SINCE
        elif states[entry["state"]].word is Word.PROCESSING:
            belongs = states[step["to_state"]].word is Word.PROCESSING
        else:
            belongs = step["to_state"] == entry["state"]
        if not belongs:
            break
        began = step["at"]
    return began


def sides(told: Told) -> tuple[Known, Known]:
    """What is known of core's side and of the biller's, about the payment's money."""
    rows = frozenset(step["row"] for step in told.steps)
    core, counterpart = known.sides(told.entry, told.legs, rows)
    flow = told.entry["flow"]
    if flow == late.FLOW:
        return told.payment_sides[0], counterpart
    if flow == refund.FLOW and told.cause != refund.RefundCause.NEXT_DAY:
        counterpart = told.payment_sides[1]
    if told.late in {late.TELLING_BILLER, late.STAYS_PAID}:
        counterpart = Known.DONE  # the biller has said so since
    if told.late == late.NOT_HELD and counterpart is Known.DONE:
        counterpart = Known.UNDONE
    return core, counterpart


def next_of(told: Told) -> tuple[Message | None, datetime | None]:
    """What happens by itself, and when."""
    entry = told.entry
    state = register.FLOWS[entry["flow"]][entry["state"]]
    if told.is_frozen or entry["due_ms"] is None:
        return None, None
    if entry["lease_owner"] is not None:
        return Message("question.next.under_way"), None
    when = datetime.fromtimestamp(entry["due_ms"] / 1000, UTC)
    if state.rests:
        return Message("question.next.approval_over"), when
    if state.send is None or not told.asks:
        return None, None
    return Message(NEXT[state.send]), when


def late_advice(told: Told) -> Message:
    """What happened to the money of a late answer, and what to do now."""
    message_id = "advice.late.telling"
    refusal = ""
    if told.entry["state"] == late.STAYS_PAID:
        refused = [row for row in told.legs if row["state"] == LegState.REJECTED]
        refusal = str(refused[-1]["message"] or refused[-1]["code"]) if refused else ""
        message_id = "advice.late.refused" if refusal else "advice.late.cannot"
    elif told.entry["state"] == late.NOT_HELD:
        message_id = "advice.late.not_held" if told.takes_back else "advice.late.not_held_by_hand"
    amount = format_fen(told.entry["amount_fen"])
    return Message(message_id, {"serial": spoken(told.payment.serial), "amount": amount, "refusal": refusal})


def may(told: Told, who: SignedOn, now_ms: int) -> tuple[QuestionAct, ...]:
    """What this person may do now. What would be refused all the same is not offered where that can be seen here."""
    entry, has = told.entry, MAY[who.role]
    state = entry["state"]
    free = not told.is_frozen and (entry["lease_until_ms"] is None or entry["lease_until_ms"] < now_ms)
    here = told.cash_till == who.till_no
    due_here = told.entry["cash_return"] == CashReturn.DUE and here
    refused = state in payment.SUSPENDABLE and known.undoing_refused(known.Facts(entry, told.legs))
    hands_out = Permission.REFUND if entry["flow"] == refund.FLOW else Permission.RETURN_CASH
    of = told.payment.state if state == late.NOT_HELD else state
    cancels = of in payment.CANCELLABLE and told.takes_back and (entry["method"] != Method.CASH or here)
    retries = state in RETRYABLE and (state != late.STAYS_PAID or told.takes_back)
    others = Permission.RETRY_REVERSAL in has or not is_a_tellers(entry, bool(told.said))
    acts = {
        QuestionAct.ASK_AGAIN: free and told.asks and Permission.ASK_AGAIN in has,
        QuestionAct.CANCEL: free and cancels and Permission.CANCEL_PAYMENT in has,
        QuestionAct.RETRY: free and retries and Permission.RETRY_REVERSAL in has,
        QuestionAct.HAND_BACK: free and due_here and hands_out in has,
        QuestionAct.SUSPEND: free and (due_here or refused) and Permission.REFUND in has,
        QuestionAct.REFUND: free and state == refund.AGREED and Permission.REFUND in has,
        QuestionAct.EXPLAIN: Permission.EXPLAIN_QUESTION in has and (others or entry["teller_no"] == who.staff_no),
        QuestionAct.SETTLE: free and state in SETTLEABLE and Permission.SETTLE_LATE_ANSWER in has,
    }
    return tuple(act for act, offered in acts.items() if offered)
