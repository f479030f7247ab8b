"""The refunds of a stand-in desk: answers a test puts there, and every call written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tellerdesk.bills.views import Asking
from tellerdesk.documents.views import DocumentKind, DocumentView
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import (
    AskAboutRefund,
    AskPayOut,
    AskRefund,
    AskRefundApproval,
    ConfirmHandedOver,
    FindRefundable,
    GoOnWith,
    Suspend,
)
from tellerdesk.refunds.views import Refundable, RefundView
from tellerdesk.staff.views import SignedOn
from tests.screens.refund_samples import refund, refundable
from tests.screens.samples import NOW, POWER

Watch = Callable[[Asking], None]


class StandInRefunds:
    """`answers` has what each call gives, or raises; whatever it gives is known from then on."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        self._note = note
        self.known: dict[str, RefundView] = {}
        self.found: tuple[Refundable, ...] | Exception = (refundable(),)
        self.answers: dict[str, RefundView | Exception] = {}
        self.refuse_due: Exception | None = None
        self.asks = (
            Asking("CONSENT_SENDING", POWER.name, 10.0),
            Asking("RECEIVING", Bilingual("核心", "Core"), 5.0),
        )

    # -- for tests

    def know(self, *refunds: RefundView) -> None:
        self.known |= {each.serial: each for each in refunds}

    def _answer(self, name: str, command: Any, state: str) -> RefundView:
        self._note(f"refunds.{name}", command)
        given = self.answers.get(name, refund(state))
        if isinstance(given, Exception):
            raise given
        self.know(given)
        return given

    # -- the port

    def find(self, who: SignedOn, command: FindRefundable) -> tuple[Refundable, ...]:
        self._note("refunds.find", command)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def ask(self, who: SignedOn, command: AskRefund, watch: Watch | None = None) -> RefundView:
        if watch is not None:
            watch(self.asks[0])
        return self._answer("ask", command, states.PENDING_REFUND)

    def ask_approval(self, who: SignedOn, command: AskRefundApproval) -> RefundView:
        return self._answer("ask_approval", command, states.PENDING_REFUND)

    def suspend(self, who: SignedOn, command: Suspend) -> RefundView:
        return self._answer("suspend", command, states.PENDING_SUSPENSE)

    def ask_pay_out(self, who: SignedOn, command: AskPayOut) -> RefundView:
        return self._answer("ask_pay_out", command, states.PENDING_PAY_OUT)

    def go_on(self, who: SignedOn, command: GoOnWith, watch: Watch | None = None) -> RefundView:
        if watch is not None:
            watch(self.asks[1])
        return self._answer("go_on", command, states.DUE)

    def confirm_handed_over(self, who: SignedOn, command: ConfirmHandedOver) -> RefundView:
        before = self.known[command.serial]
        self.answers.setdefault("confirm_handed_over", replace(before, cash_return=CashReturn.RETURNED, may=()))
        return self._answer("confirm_handed_over", command, states.PAID_OUT)

    def ask_again(self, who: SignedOn, command: AskAboutRefund) -> RefundView:
        return self._answer("ask_again", command, states.DUE)

    def refund(self, who: SignedOn, serial: str) -> RefundView:
        self._note("refunds.refund", serial)
        if serial not in self.known:
            raise Refused("error.payment.unknown", serial=serial)
        return self.known[serial]

    def due(self, who: SignedOn) -> tuple[RefundView, ...]:
        self._note("refunds.due", None)
        if self.refuse_due is not None:
            raise self.refuse_due
        ended = [each for each in self.known.values() if states.STATES[each.state].terminal]
        still = [each for each in self.known.values() if each not in ended or each.cash_return is CashReturn.DUE]
        return tuple(still)

    def of_payment(self, who: SignedOn, payment_serial: str) -> tuple[RefundView, ...]:
        self._note("refunds.of_payment", payment_serial)
        return tuple(each for each in self.known.values() if each.payment_serial == payment_serial)


class StandInSlips:
    """The papers of refunds."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        self._note = note
        self.refuse: Exception | None = None

    def issue(self, who: SignedOn, serial: str) -> DocumentView:
        self._note("refund_papers.issue", serial)
        if self.refuse is not None:
            raise self.refuse
        number = "20261123-0712-000004"
        return DocumentView(number, DocumentKind.REFUND_SLIP, serial, Path(f"/out/{number}.pdf"), "0" * 64, NOW)
