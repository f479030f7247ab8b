"""The switchboard's memory: which faults are on, for whom and for how long, and what passed by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tellerdesk.links.contracts.common import Endpoint
from tellerdesk.sandbox.faults import AnswerWay, Processed

OTHER = "OTHER"
"""The action of a request no endpoint of the contract matches."""


@dataclass(slots=True)
class Rule:
    """One fault that is on. It fits a request by `action` (an endpoint's name, or "POST /v1/pay": method and start of
    the path; empty fits all) and by `request_id` (empty fits all), and for `times` requests; None = until cleared."""

    number: int
    action: str
    processed: Processed
    answer: AnswerWay
    times: int | None = None
    request_id: str = ""
    late_s: float | None = None
    fired: int = 0

    def fits(self, action: str, method: str, path: str, request_id: str) -> bool:
        if self.times is not None and self.fired >= self.times:
            return False
        if self.request_id not in ("", request_id):
            return False
        if self.action in ("", action):
            return True
        wanted_method, blank, wanted_path = self.action.partition(" ")
        return bool(blank) and wanted_method == method and path.startswith(wanted_path)

    def told(self) -> dict[str, Any]:
        return {
            "rule": self.number,
            "action": self.action,
            "processed": self.processed.value,
            "answer": self.answer.value,
            "times": self.times,
            "request_id": self.request_id,
            "late_s": self.late_s,
            "fired": self.fired,
        }


@dataclass(slots=True)
class Rules:
    """The rules of one front, in the order they were set; the first that fits is used."""

    rules: list[Rule] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    """requests that arrived, by action"""
    delivered: Counter[str] = field(default_factory=Counter)
    """requests carried on to the counterpart, by action"""

    def take(self, action: str, method: str, path: str, request_id: str) -> Rule | None:
        """The rule for this request, its use counted."""
        self.seen[action] += 1
        for rule in self.rules:
            if rule.fits(action, method, path, request_id):
                rule.fired += 1
                return rule
        return None

    def clear(self, number: int | None = None) -> int:
        """Removes one rule or all; how many there were."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if number is not None and rule.number != number]
        return before - len(self.rules)


class Actions:
    """Which endpoint of a contract a request is for."""

    def __init__(self, endpoints: Iterable[Endpoint[Any]]) -> None:
        self._patterns = [
            (endpoint.name, endpoint.method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.path)))
            for endpoint in endpoints
        ]
        self.names = tuple(name for name, _, _ in self._patterns)

    def of(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        """The endpoint's name and what fills its path's places."""
        for name, wanted, pattern in self._patterns:
            match = pattern.fullmatch(path) if wanted == method else None
            if match is not None:
                return name, match.groupdict()
        return OTHER, {}
