"""The network between the desk and a ledger of this process, and what can happen on it.

A `Wire` stands in the place of a link's HTTP client: what it hands back goes through the desk's real judgement of
answers. Each message may be lost, kept back, delivered twice, and its answer may be anything. Two laws are watched on
every message that moves money: its intent stands committed before it leaves, and one id never carries two contents.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tellerdesk.links.client import Exchange
from tellerdesk.links.contracts import biller, core
from tellerdesk.links.contracts.common import Endpoint
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox import forged
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.rules import Actions
from tests.stateful.ledgers import BillerLedger, CoreLedger, Told

MONEY = frozenset(
    {
        *("CORE_POST", "CORE_REVERSE", "CORE_BOOK"),
        *("BILLER_PAY", "BILLER_TOMBSTONE", "BILLER_CANCEL", "BILLER_CONSENT"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one message. `meanwhile`: another desk works on everything while this answer is on its way.
    `overtaken`: it does so before the message arrives, and the counterpart then forgets its promise never to do it.
    `takes_s` is how long the answer takes by the desk's clock. A late message arrives right after so many later ones
    on its wire, or, with 0, when it is told to."""

    processed: Processed = Processed.YES
    answer: AnswerWay = AnswerWay.VALID
    meanwhile: bool = False
    overtaken: bool = False
    takes_s: float = 0.0
    arrives_after: int = 0


@dataclass(slots=True, eq=False)
class _Late:
    """A message still under way."""

    name: str
    request: Told
    messages_left: int


@dataclass(slots=True)
class Wire:
    """One link's wire to its ledger; `faults` by endpoint name are used up one message each, oldest first."""

    ledger: CoreLedger | BillerLedger
    core: CoreLedger
    intent_stands: Callable[[str], bool]
    meanwhile: Callable[[], None]
    pass_time: Callable[[float], None]
    clock_is_off_s: Callable[[], float]
    """how far the desk's clock is from the counterpart's"""
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    late: list[_Late] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    """(endpoint, id) of every message that left the desk, in order"""
    broken: list[str] = field(default_factory=list)
    """laws the desk has broken"""
    _bodies: dict[str, bytes] = field(default_factory=dict)

    def exchange(self, method: str, target: str, body: bytes, request_id: str, deadline_s: float) -> Exchange:
        """See `links.client.SignedClient.exchange`."""
        name, places = _ACTIONS.of(method, target)
        waiting = self.faults[name]
        fault = waiting.popleft() if waiting else Fault()
        if fault.answer is AnswerWay.REFUSED:
            return Exchange("unsent", reason="refused-connection")
        self._laws(name, request_id, body)
        if abs(self.clock_is_off_s()) > MOST_SKEW_S:
            return Exchange("answered", 401, b'{"error": "STALE"}', signed=True, content_type="application/json")
        self.sent.append((name, request_id))
        request: Told = {**places, **(json.loads(body) if body else {})}
        if fault.overtaken:
            self.meanwhile()
            self.ledger.barred.discard(request["leg_id"])
        told = self._deliver(name, request, fault)
        self._what_was_due_arrives()
        if fault.processed is Processed.LATE:
            self.late.append(_Late(name, request, fault.arrives_after))
        if fault.meanwhile:
            self.meanwhile()
        self.pass_time(fault.takes_s)
        return self._answer(name, request, told, fault)

    def deliver_late(self, most: int | None = None) -> None:
        """What was under way arrives now, `most` of it."""
        for late in self.late[:most]:
            self._ask(late.name, late.request)
        del self.late[:most]

    def _what_was_due_arrives(self) -> None:
        for late in list(self.late):
            late.messages_left -= 1
            if late.messages_left == 0:
                self.late.remove(late)
                self._ask(late.name, late.request)

    def heal(self) -> None:
        """From now on every message arrives once and is answered truly."""
        self.faults.clear()

    def _laws(self, name: str, request_id: str, body: bytes) -> None:
        if name not in MONEY:
            return
        if not self.intent_stands(request_id):
            self.broken.append(f"{name} {request_id} left before its intent was committed")
        if self._bodies.setdefault(request_id, body) != body:
            self.broken.append(f"{name} {request_id} was sent with two contents")

    def _deliver(self, name: str, request: Told, fault: Fault) -> Told | None:
        if fault.processed in (Processed.NO, Processed.LATE):
            return None
        told = self._ask(name, request)
        if fault.processed is Processed.TWICE:
            self._ask(name, request)
        return told

    def _ask(self, name: str, request: Told) -> Told:
        answer: Told = getattr(self.ledger, name.lower())(request)
        return answer

    def _answer(self, name: str, request: Told, told: Told | None, fault: Fault) -> Exchange:
        way = fault.answer
        if way is AnswerWay.TIMEOUT:
            return Exchange("unknown", reason="timeout")
        seen = told or forged.success(name, request, self.core.day)
        signed = forged.may_sign(name, way, fault.processed)
        status, kind = 200, "application/json"
        if way is AnswerWay.STATUS_4XX:
            status, seen = 429, {"error": "TOO_MANY", "message": "请求过多"}
        elif way is AnswerWay.STATUS_5XX:
            status, seen = 500, {"error": "FAILED", "message": "系统错误"}
        elif way is AnswerWay.WRONG_TYPE:
            kind = "text/html"
        elif way is AnswerWay.REJECT:
            seen = forged.refusal(name, request, self.core.day)
            # Who says no for good does not do it later, and has not done it before.
            if signed and name == "BILLER_CANCEL" and isinstance(self.ledger, BillerLedger):
                self.ledger.refused.add(request["leg_id"])
            elif signed and name in {"CORE_BOOK", "CORE_REVERSE", "BILLER_CONSENT"}:
                signed = self.ledger.refuses(request)
        elif way in (AnswerWay.OTHER_ID, AnswerWay.OTHER_AMOUNT):
            altered = forged.for_another(seen) if way is AnswerWay.OTHER_ID else forged.of_another_amount(seen)
            seen, signed = (seen, False) if altered is None else (altered, signed)
        raw = b'{"result": "PA<html>\xff' if way is AnswerWay.GARBAGE else canonical_json(seen)
        return Exchange("answered", status=status, body=raw, signed=signed, content_type=kind)


_ENDPOINTS: Iterable[Endpoint[Any]] = (*core.ENDPOINTS, *biller.ENDPOINTS)
_ACTIONS = Actions(_ENDPOINTS)
