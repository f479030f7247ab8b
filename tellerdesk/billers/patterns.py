"""Patterns of numbers, as a biller's file writes them: few signs, and never more work than can be counted.

A pattern is matched while the teller types, so that it must be quick whatever is typed. Allowed are letters, digits and
"-", classes like [0-9A-HJ], groups with alternatives like (AB|C), and the repeats ?, {n} and {m,n}. With those
the number of ways to match is finite and is counted here; `re` never tries more than that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_PATTERN = 100
LONGEST_NUMBER = 32
MOST_WAYS = 1_000

_LITERAL = re.compile(r"[0-9A-Za-z-]", re.ASCII)
_CLASS = re.compile(r"\[(?:[0-9A-Za-z](?:-[0-9A-Za-z])?)+\]", re.ASCII)
_REPEAT = re.compile(r"\?|\{(?P<least>[0-9]{1,2})(?:,(?P<most>[0-9]{1,2}))?\}", re.ASCII)


class PatternRefused(ValueError):
    """The pattern is not one of these. `at` counts characters from 1."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class Measure:
    """How short and how long what matches can be, in characters, and in how many ways it can come about."""

    least: int
    most: int
    ways: int


def measure(pattern: str) -> Measure:
    """Raises PatternRefused where a sign is not allowed, where more than LONGEST_NUMBER characters match or where there
    are more than MOST_WAYS ways."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(LONGEST_PATTERN + 1)
    found, end = _alternatives(pattern, 0)
    if end < len(pattern):
        raise PatternRefused(end + 1)
    try:
        re.compile(pattern)
    except re.error as error:
        raise PatternRefused((error.pos or 0) + 1) from None
    return found


def _alternatives(pattern: str, at: int) -> tuple[Measure, int]:
    found, at = _sequence(pattern, at)
    while pattern[at : at + 1] == "|":
        other, at = _sequence(pattern, at + 1)
        found = Measure(min(found.least, other.least), max(found.most, other.most), found.ways + other.ways)
        _countable(found, at)
    return found, at


def _sequence(pattern: str, at: int) -> tuple[Measure, int]:
    found = Measure(0, 0, 1)
    while at < len(pattern) and pattern[at] not in "|)":
        part, at = _part(pattern, at)
        part, at = _repeated(part, pattern, at)
        found = Measure(found.least + part.least, found.most + part.most, found.ways * part.ways)
        _countable(found, at)
    return found, at


def _part(pattern: str, at: int) -> tuple[Measure, int]:
    if pattern[at] == "(":
        found, end = _alternatives(pattern, at + 1)
        if pattern[end : end + 1] != ")":
            raise PatternRefused(at + 1)
        return found, end + 1
    matched = _CLASS.match(pattern, at) or _LITERAL.match(pattern, at)
    if matched is None:
        raise PatternRefused(at + 1)
    return Measure(1, 1, 1), matched.end()


def _repeated(part: Measure, pattern: str, at: int) -> tuple[Measure, int]:
    matched = _REPEAT.match(pattern, at)
    if matched is None:
        return part, at
    least = int(matched["least"] or 0)
    most = 1 if matched[0] == "?" else int(matched["most"] or least)
    if most < least:
        raise PatternRefused(at + 1)
    ways = sum(part.ways**times for times in range(least, most + 1))
    found = Measure(part.least * least, part.most * most, ways)
    _countable(found, at)
    return found, matched.end()


def _countable(found: Measure, at: int) -> None:
    if found.most > LONGEST_NUMBER or found.ways > MOST_WAYS:
        raise PatternRefused(min(at + 1, LONGEST_PATTERN))
