"""A counterpart as the flows see it: a question goes in, one of four answers comes out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from tellerdesk.clock import Clock, SystemClock
from tellerdesk.i18n import Bilingual
from tellerdesk.links import strict_json
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.client import Exchange
from tellerdesk.links.contracts.common import Endpoint, Problem, Reply
from tellerdesk.links.lights import Lamp, Light

R = TypeVar("R", bound=Reply)

ECHOED = ("leg_id", "original_leg_id", "amount_fen", "consumer_no", "account_no")
"""What a reply must repeat of its request, where both have it."""

UNPROCESSED = frozenset({401, 413, 429})
"""By contract answered before anything is processed; believed only with a valid signature."""

SLOW_S = 3.0

_BUSY = "http-429"
_ANSWERS_ALL_THE_SAME = frozenset({"http-413", _BUSY, "unlisted-code"})
"""Not the answer that was asked for, but proof that the counterpart is there and works."""


class Exchanger(Protocol):
    """The one method of SignedClient a link uses."""

    def exchange(self, method: str, target: str, body: bytes, request_id: str, deadline_s: float) -> Exchange: ...


class Link:
    """One counterpart: `code` is "core" or the biller's code.

    `refusals` are the codes with which this counterpart's REJECTED is a definite no, besides those of its contract.
    `last_accounting_date` is the newest accounting date a verified answer carried, None until then; `clock_gap_s` is by
    how many seconds this machine's clock was ahead of the counterpart's at the last signed answer that told the time.
    """

    def __init__(
        self,
        code: str,
        name: Bilingual,
        client: Exchanger,
        deadline_s: float,
        refusals: frozenset[str] = frozenset(),
        clock: Clock | None = None,
    ) -> None:
        self.code = code
        self.name = name
        self.deadline_s = deadline_s
        self.last_accounting_date: date | None = None
        self._client = client
        self._refusals = refusals
        self.clock_gap_s: float | None = None
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._lamp = Lamp(self._clock)

    @property
    def light(self) -> Light:
        """What the last calls met."""
        state, since = self._lamp.seen()
        return Light(self.code, self.name, state, since)

    def call(
        self,
        endpoint: Endpoint[R],
        *,
        request_id: str,
        body: bytes = b"",
        path: Mapping[str, str] | None = None,
        deadline_s: float | None = None,
    ) -> Answer[R]:
        """Asks once and says what the answer amounts to (see `answers`). Nothing a counterpart does raises.

        `body` is the canonical JSON of the endpoint's request, sent byte for byte; `path` fills the path's places;
        `deadline_s` replaces the link's own.

        Raises NotStrictJson, KeyError or ValueError where the *request* is malformed: nothing was sent.
        """
        places = dict(path or {})
        target = endpoint.target(places)
        expected = _echoes(body, places)
        allowed_s = self.deadline_s if deadline_s is None else deadline_s
        began = self._clock.monotonic()
        exchange = self._client.exchange(endpoint.method, target, body, request_id, allowed_s)
        took_s = self._clock.monotonic() - began
        answer = self._judge(endpoint, exchange, expected)
        if exchange.signed and exchange.told_at is not None:
            self.clock_gap_s = (self._clock.now() - exchange.told_at).total_seconds()
        self._note(answer, slow=took_s > min(allowed_s / 2, SLOW_S))
        return answer

    def _judge(self, endpoint: Endpoint[R], exchange: Exchange, expected: Mapping[str, object]) -> Answer[R]:
        if exchange.kind == "unsent":
            return Answer(AnswerKind.UNSENT, code=exchange.reason)
        if exchange.kind == "unknown":
            return _unknown(exchange.reason)
        if not exchange.signed:
            return _unknown("bad-signature")
        if exchange.status != 200:
            kind = AnswerKind.UNSENT if exchange.status in UNPROCESSED else AnswerKind.UNKNOWN
            return Answer(kind, code=f"http-{exchange.status}", message=_problem_words(exchange.body))
        if exchange.content_type.partition(";")[0].strip().lower() != "application/json":
            return _unknown("wrong-type")
        try:
            reply = endpoint.reply.model_validate(strict_json.parse(exchange.body))
        except strict_json.NotStrictJson:
            return _unknown("not-json")
        except ValidationError:
            return _unknown("wrong-shape")
        return self._believe(endpoint, reply, expected)

    def _believe(self, endpoint: Endpoint[R], reply: R, expected: Mapping[str, object]) -> Answer[R]:
        for field, value in expected.items():
            told = getattr(reply, field, None)
            if told is not None and told != value:
                return _unknown(f"other-{field.replace('_', '-')}")
        self._keep_date(getattr(reply, "accounting_date", None))
        result = getattr(reply, "result", None)
        code: str = getattr(reply, "code", "")
        message: str = getattr(reply, "message", "")
        if result is None or result in endpoint.accepted:
            return Answer(AnswerKind.ACCEPTED, reply, code, message)
        if code in endpoint.refusals or code in self._refusals:
            return Answer(AnswerKind.REJECTED, reply, code, message)
        return Answer(AnswerKind.UNKNOWN, code="unlisted-code", message=f"{code} {message}".strip())

    def _keep_date(self, told: date | None) -> None:
        if told is None:
            return
        with self._lock:
            if self.last_accounting_date is None or told > self.last_accounting_date:
                self.last_accounting_date = told

    def _note(self, answer: Answer[Any], *, slow: bool) -> None:
        if answer.kind in (AnswerKind.ACCEPTED, AnswerKind.REJECTED) or answer.code in _ANSWERS_ALL_THE_SAME:
            self._lamp.answered(slow=slow or answer.code == _BUSY)
        elif answer.code == "timeout":
            self._lamp.timed_out()
        else:
            self._lamp.failed()


def _unknown(reason: str) -> Answer[Any]:
    return Answer(AnswerKind.UNKNOWN, code=reason)


def _echoes(body: bytes, places: Mapping[str, str]) -> dict[str, object]:
    sent: dict[str, object] = dict(places)
    if body:
        request = strict_json.parse(body)
        if not isinstance(request, dict):
            raise strict_json.NotStrictJson("not-an-object")
        sent.update(request)
    return {field: sent[field] for field in ECHOED if field in sent}


def _problem_words(body: bytes) -> str:
    try:
        return Problem.model_validate(strict_json.parse(body)).message
    except (strict_json.NotStrictJson, ValidationError):
        return ""
