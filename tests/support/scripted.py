"""Counterparts in this process: they keep a ledger by leg id, and answer as a script tells them.

For the table and the runner alone; everything that depends on the network runs against the real sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tellerdesk.i18n import Bilingual
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.links.lights import Light, LightState
from tellerdesk.links.pinpad import PinReading, PinResult

Scripted = Callable[["ScriptedLink", str, dict[str, Any], Mapping[str, str]], Answer[Any]]
"""What a script gets: the link, the request id, the request's body, the path's places."""

TIMEOUT: Answer[Any] = Answer(AnswerKind.UNKNOWN, code="timeout")
RIGHT_BLOCK = "9F3C0A55E1B2477D" * 2
"""What a pad makes of the right PIN."""
UNSENT: Answer[Any] = Answer(AnswerKind.UNSENT, code="refused-connection")


@dataclass(slots=True)
class ScriptedLink:
    """Behaves like the counterpart it stands for; `script` by endpoint name replaces single answers, oldest first."""

    code: str
    deadline_s: float = 1.0
    day: date = date(2026, 11, 22)
    effects: dict[str, int] = field(default_factory=dict)
    """What stands: fen by the leg id that made it."""
    barred: set[str] = field(default_factory=set)
    balances: dict[str, int] = field(default_factory=dict)
    """What customers have in their accounts at core, in fen."""
    debits: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Account and fen by the leg id that debited it."""
    cancelled: dict[str, str] = field(default_factory=dict)
    """A biller's number of the cancellation by the leg id of the payment it took back."""
    bill: Any = None
    """What a biller answers to a question."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """(endpoint, request id) in the order they came"""
    bodies: list[bytes] = field(default_factory=list)
    script: dict[str, list[Scripted | Answer[Any]]] = field(default_factory=dict)
    last_accounting_date: date | None = None

    @property
    def light(self) -> Light:
        return Light(self.code, Bilingual(self.code, self.code), LightState.UP)

    def call(
        self,
        endpoint: Any,
        *,
        request_id: str,
        body: bytes = b"",
        path: Mapping[str, str] | None = None,
        deadline_s: float | None = None,
    ) -> Answer[Any]:
        places = dict(path or {})
        self.calls.append((endpoint.name, request_id))
        self.bodies.append(body)
        request = json.loads(body) if body else {}
        waiting = self.script.get(endpoint.name)
        if waiting:
            scripted = waiting.pop(0)
            return scripted if isinstance(scripted, Answer) else scripted(self, request_id, request, places)
        return self.honest(endpoint.name, request, places)

    def honest(self, name: str, request: dict[str, Any], places: Mapping[str, str]) -> Answer[Any]:
        """The true answer, with its effect."""
        return getattr(self, f"_{name.lower()}")(request | dict(places))

    # core

    def _core_accounting_date(self, request: dict[str, Any]) -> Answer[Any]:
        self.last_accounting_date = self.day
        return yes(core_contract.AccountingDateReply(accounting_date=self.day))

    def _core_post(self, request: dict[str, Any]) -> Answer[Any]:
        leg, amount = request["leg_id"], request["amount_fen"]
        told = {"leg_id": leg, "amount_fen": amount, "accounting_date": self.day, "message": ""}
        if leg in self.barred:
            return no(core_contract.PostingReply(result="REJECTED", core_serial="", code="TOMBSTONED", **told))
        account = request["debit_account"]
        if not account.startswith("TC-"):
            code = self._cannot_debit(account, amount, request["authority"])
            if code:
                return no(core_contract.PostingReply(result="REJECTED", core_serial="", code=code, **told))
            self.balances[account] -= amount
            self.debits[leg] = (account, amount)
        self.effects[leg] = amount
        self.last_accounting_date = self.day
        return yes(core_contract.PostingReply(result="POSTED", core_serial=f"C{leg[-12:]}", code="", **told))

    def _core_inquire(self, request: dict[str, Any]) -> Answer[Any]:
        leg = request["leg_id"]
        posted = leg in self.effects
        result = "TOMBSTONED" if leg in self.barred else "POSTED" if posted else "NOT_FOUND"
        return yes(
            core_contract.PostingStatus(
                result=result,
                leg_id=leg,
                amount_fen=self.effects.get(leg),
                core_serial=f"C{leg[-12:]}" if posted else "",
                accounting_date=self.day,
                code="",
                message="",
            )
        )

    def _core_reverse(self, request: dict[str, Any]) -> Answer[Any]:
        original = request["original_leg_id"]
        found = self.effects.pop(original, None) is not None
        if found and original in self.debits:
            account, fen = self.debits.pop(original)
            self.balances[account] += fen
        result = "REVERSED" if found else "ALREADY_REVERSED" if original in self.barred else "NOT_FOUND"
        self.barred.add(original)
        return yes(
            core_contract.ReversalReply(
                result=result,
                leg_id=request["leg_id"],
                original_leg_id=original,
                amount_fen=request["amount_fen"],
                core_serial="R1" if found else "",
                accounting_date=self.day,
                code="",
                message="",
            )
        )

    def _cannot_debit(self, account: str, amount: int, authority: dict[str, Any] | None) -> str:
        if account not in self.balances:
            return "ACCOUNT_NOT_FOUND"
        if authority is None or authority["pin_block"] not in {None, RIGHT_BLOCK}:
            return "NO_AUTHORITY" if authority is None else "WRONG_PIN"
        return "INSUFFICIENT_FUNDS" if self.balances[account] < amount else ""

    def _core_account(self, request: dict[str, Any]) -> Answer[Any]:
        account = request["account_no"]
        told = {"account_no": account, "kind": "CUSTOMER", "holder": "*晓燕", "status": "NORMAL"}
        if account not in self.balances:
            return refused("ACCOUNT_NOT_FOUND")
        return yes(core_contract.AccountReply(result="FOUND", code="", **told))

    # biller

    def _biller_query(self, request: dict[str, Any]) -> Answer[Any]:
        return yes(self.bill)

    def _biller_pay(self, request: dict[str, Any]) -> Answer[Any]:
        leg, amount = request["leg_id"], request["amount_fen"]
        told = {"leg_id": leg, "amount_fen": amount, "message": ""}
        if leg in self.barred:
            return no(biller_contract.PayReply(result="REJECTED", biller_serial="", code="TOMBSTONED", **told))
        self.effects[leg] = amount
        return yes(biller_contract.PayReply(result="PAID", biller_serial=f"B{leg[-12:]}", code="", **told))

    def _biller_inquire(self, request: dict[str, Any]) -> Answer[Any]:
        leg = request["leg_id"]
        paid = leg in self.effects
        result = "TOMBSTONED" if leg in self.barred else "PAID" if paid else "NOT_FOUND"
        result = "CANCELLED" if leg in self.cancelled else result
        return yes(
            biller_contract.PayStatus(
                result=result,
                leg_id=leg,
                amount_fen=self.effects.get(leg),
                biller_serial=f"B{leg[-12:]}" if paid else "",
                code="",
                message="",
            )
        )

    def _biller_tombstone(self, request: dict[str, Any]) -> Answer[Any]:
        original = request["original_leg_id"]
        paid = original in self.effects
        if not paid:
            self.barred.add(original)
        return yes(
            biller_contract.TombstoneReply(
                result="PAID" if paid else "LAID",
                leg_id=request["leg_id"],
                original_leg_id=original,
                amount_fen=request["amount_fen"],
                biller_serial=f"B{original[-12:]}" if paid else "",
                code="",
                message="",
            )
        )

    def _biller_cancel(self, request: dict[str, Any]) -> Answer[Any]:
        original = request["original_leg_id"]
        told = {
            "leg_id": request["leg_id"],
            "original_leg_id": original,
            "amount_fen": request["amount_fen"],
            "message": "",
        }
        if original in self.cancelled:
            serial = self.cancelled[original]
            return yes(biller_contract.CancelReply(result="ALREADY_CANCELLED", cancel_serial=serial, code="", **told))
        if self.effects.pop(original, None) is None:
            code = "NO_SUCH_PAYMENT"
            return no(biller_contract.CancelReply(result="REJECTED", cancel_serial="", code=code, **told))
        serial = self.cancelled[original] = f"X{original[-12:]}"
        return yes(biller_contract.CancelReply(result="CANCELLED", cancel_serial=serial, code="", **told))


@dataclass(slots=True)
class ScriptedPad:
    """A PIN pad at which the customer does what `reading` says; `shown` is what it has shown."""

    reading: PinReading = PinReading(PinResult.ENTERED, RIGHT_BLOCK)  # noqa: RUF009 (frozen)
    shown: list[tuple[str, int]] = field(default_factory=list)

    def read(self, account_no: str, amount_fen: int) -> PinReading:
        self.shown.append((account_no, amount_fen))
        return self.reading


def yes(body: Any) -> Answer[Any]:
    return Answer(AnswerKind.ACCEPTED, body, body.code if hasattr(body, "code") else "")


def no(body: Any) -> Answer[Any]:
    return Answer(AnswerKind.REJECTED, body, body.code, body.message)


def refused(code: str, message: str = "") -> Answer[Any]:
    """A definite no, without an effect."""
    return Answer(AnswerKind.REJECTED, None, code, message)


def then_lost(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Mapping[str, str]) -> Answer[Any]:
    """The effect happens and its answer is lost."""
    link.honest(link.calls[-1][0], request, places)
    return TIMEOUT
