"""Desks with one defect each. The harness must find every one of them, or it proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from faults.case import Case
from tellerdesk.bills.basket import Baskets
from tellerdesk.bills.payment_flow import PaymentFlow
from tellerdesk.bills.states import (
    AUTO_REVERSING,
    BILLER_SENDING,
    CANCEL_CORE_SENDING,
    CORE_SENDING,
    STATES,
    SUCCESS,
    TABLE,
)
from tellerdesk.desk import books, counter, flows, foundation, office
from tellerdesk.journal.flow import Row
from tellerdesk.journal.runner import Held, Runner, Watch
from tellerdesk.journal.states import LegKind, State
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.client import Exchange
from tellerdesk.links.contracts.common import Endpoint
from tellerdesk.links.link import Link
from tellerdesk.questions.late import LateAnswers
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork


class _SendsBeforeItsIntent(Runner):
    _answers: dict[str, Answer[Any]]

    def begin(
        self, unit: UnitOfWork, flow_name: str, values: Row, *, event: str, by: str, given: Mapping[str, Any]
    ) -> Held:
        held = super().begin(unit, flow_name, values, event=event, by=by, given=given)
        kind = held.flow.legs[held.flow.states[held.entry["state"]].send or ""]
        self._answers = {held.entry["serial"]: super()._send(held, kind, None)}
        return held

    def _send(self, held: Held, kind: LegKind, watch: Watch | None) -> Answer[Any]:
        already = self.__dict__.get("_answers", {}).pop(held.entry["serial"], None)
        return super()._send(held, kind, watch) if already is None else already


class _TakesSilenceForNo(PaymentFlow):
    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:
        silent = answer.kind is AnswerKind.UNKNOWN and answer.code != "interrupted"
        return "rejected" if silent and kind.name == "BILLER_PAY" else super().event_of(kind, answer, entry)


class _TakesNotFoundForProof(PaymentFlow):
    table = tuple(replace(row, next=AUTO_REVERSING) if row.row == "T14v" else row for row in TABLE)


class _SendsAgainAfterACrash(PaymentFlow):
    states: Mapping[str, State] = STATES | {BILLER_SENDING: replace(STATES[BILLER_SENDING], resume=None)}


class _BelievesAnyAnswer(Link):
    def _judge(self, endpoint: Endpoint[Any], exchange: Exchange, expected: Mapping[str, object]) -> Answer[Any]:
        return super()._judge(endpoint, replace(exchange, signed=True), expected)


class _BelievesAnyAmount(PaymentFlow):
    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:
        told = getattr(answer.body, "amount_fen", None)
        return super().event_of(kind, answer, entry if told is None else {**entry, "amount_fen": told})


_CASH_FIRST: dict[str, tuple[str, ...]] = {"T1+T2": ("take_claim", "ask_approval", "cash_in"), "T3": ()}


class _TakesCashBeforeItIsApproved(PaymentFlow):
    table = tuple(replace(row, effects=_CASH_FIRST.get(row.row, row.effects)) for row in TABLE)


class _KeepsWhatWasRejectedSpokenFor(PaymentFlow):
    table = tuple(replace(row, effects=("settle",)) if row.row == "T3r" else row for row in TABLE)


class _CarriesOutWhatNobodyApproved(PaymentFlow):
    table = tuple(
        replace(row, next=CORE_SENDING, effects=(), guard=None) if row.row in {"T3x", "T3w"} else row for row in TABLE
    )


class _UndoesCoreFirst(PaymentFlow):
    table = tuple(replace(row, next=CANCEL_CORE_SENDING) if row.row == "T20" else row for row in TABLE)


class _TakesALaterNoForProof(PaymentFlow):
    table = tuple(
        replace(row, next=SUCCESS, effects=("cancel_refused",)) if row.row == "T24c" else row for row in TABLE
    )


class _TakesCoresSilenceForNo(RefundFlow):
    def event_of(self, kind: LegKind, answer: Answer[Any], entry: Row) -> str:
        silent = answer.kind is AnswerKind.UNKNOWN and kind.name.startswith("CORE")
        return "rejected" if silent else super().event_of(kind, answer, entry)


class _HandsOverNothing(RefundFlow):
    table = tuple(
        replace(row, effects=("pay_out_done", "settle")) if row.row == "R20" else row for row in RefundFlow.table
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.effects = {**self.effects, "settle": lambda work: work.changes.update(settled_at=work.now)}


class _HearsNothingLate(LateAnswers):
    def learnt(self, unit: UnitOfWork, entry: Row, before: str, event: str) -> None:
        """Nothing."""


class _PaysNothingBack(Baskets):
    """What the customer was given for bills that failed is in the figure, and never goes out of the till's books."""

    def _pay_back(self, unit: UnitOfWork, who: SignedOn, found: Sequence[tuple[Row, Row | None]]) -> None:
        return


@dataclass(frozen=True, slots=True)
class Defect:
    """`part` of the desk is replaced by `instead`. `case` is one that tells, `rule` what it breaks."""

    part: str
    instead: type
    case: Case
    rule: str

    def build_in(self) -> None:
        """Every desk this process opens from now on has the defect. Raises LookupError where no desk has the part."""
        makers = [module for module in (foundation, office, flows, counter, books) if hasattr(module, self.part)]
        if not makers:
            raise LookupError(self.part)
        for module in makers:
            setattr(module, self.part, self.instead)


BROKEN = {
    "sends-before-its-intent": Defect(
        "Runner",
        _SendsBeforeItsIntent,
        Case.parse("payment/good/-/commit.payment.intent:before@1/-/able/judgement/fork"),
        "intent-first",
    ),
    "takes-silence-for-no": Defect(
        "PaymentFlow",
        _TakesSilenceForNo,
        Case.parse("payment/good/BILLER_PAY.yes.timeout/-/-/able/judgement/fork"),
        "gone-from-both",
    ),
    "takes-not-found-for-proof": Defect(
        "PaymentFlow",
        _TakesNotFoundForProof,
        Case.parse("payment/good/BILLER_PAY.late.reset/-/-/able/judgement/fork"),
        "gone-from-both",
    ),
    "sends-again-after-a-crash": Defect(
        "PaymentFlow",
        _SendsAgainAfterACrash,
        Case.parse("payment/good/-/call.BILLER_PAY:after@1/-/blind/judgement/fork"),
        "gone-from-both",
    ),
    "believes-any-answer": Defect(
        "Link",
        _BelievesAnyAnswer,
        Case.parse("payment/good/CORE_POST.no.valid/-/-/able/judgement/fork"),
        "stands-at-both",
    ),
    "believes-any-amount": Defect(
        "PaymentFlow",
        _BelievesAnyAmount,
        Case.parse("payment/core-lost/CORE_INQUIRE.no.other-amount/-/-/able/judgement/fork"),
        "stands-at-both",
    ),
    "takes-cash-before-it-is-approved": Defect(
        "PaymentFlow",
        _TakesCashBeforeItIsApproved,
        Case.parse("approved/withdrawn/-/-/-/able/judgement/fork"),
        "cash",
    ),
    "keeps-what-was-rejected-spoken-for": Defect(
        "PaymentFlow",
        _KeepsWhatWasRejectedSpokenFor,
        Case.parse("approved/rejected/-/-/-/able/judgement/fork"),
        "claims",
    ),
    "carries-out-what-nobody-approved": Defect(
        "PaymentFlow",
        _CarriesOutWhatNobodyApproved,
        Case.parse("approved/overdue/-/commit.payment.intent:after@1/-/able/judgement/fork"),
        "approved-and-done-agree",
    ),
    "undoes-core-first": Defect(
        "PaymentFlow",
        _UndoesCoreFirst,
        Case.parse("cancel/good/-/-/-/able/judgement/fork"),
        "biller-first",
    ),
    "takes-a-later-no-for-proof": Defect(
        "PaymentFlow",
        _TakesALaterNoForProof,
        Case.parse("cancel/biller-unheard-refuses/-/-/-/able/judgement/fork"),
        "stands-at-both",
    ),
    "takes-cores-silence-for-no": Defect(
        "RefundFlow",
        _TakesCoresSilenceForNo,
        Case.parse("suspense/core-unheard/-/-/-/able/judgement/fork"),
        "refund-as-booked",
    ),
    "hands-over-nothing": Defect(
        "RefundFlow",
        _HandsOverNothing,
        Case.parse("suspense/good/-/-/-/able/judgement/fork"),
        "pay-out-as-told",
    ),
    "hears-nothing-late": Defect(
        "LateAnswers",
        _HearsNothingLate,
        Case.parse("late/good/-/-/-/able/judgement/fork"),
        "heard-is-a-case",
    ),
    "pays-nothing-back": Defect(
        "Baskets",
        _PaysNothingBack,
        Case.parse("basket/next-refused/-/-/-/able/judgement/fork"),
        "one-figure",
    ),
}
