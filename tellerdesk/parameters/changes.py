"""What a version changes: key by key for the approver, line by line for whoever compares files."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator
from typing import Any

from tellerdesk.approvals.views import ChangeLine
from tellerdesk.text import clean

FIELD = "approval.field.parameter"

_LONGEST = 2_000
"""Characters of one line."""

_NAMES = ("id", "key")
"""What tells the tables of an array apart, so that one more in the middle is one change and not many."""


def changed_keys(before: str, after: str) -> tuple[ChangeLine, ...]:
    """One line for each key that is new, gone or has another value, in the order of the files. Both are TOML; an empty
    `before` is a file that was not there."""
    old, new = dict(_flat(tomllib.loads(before))), dict(_flat(tomllib.loads(after)))
    paths = dict.fromkeys([*new, *old])
    return tuple(
        ChangeLine(FIELD, _line(path, old.get(path)), _line(path, new.get(path)))
        for path in paths
        if old.get(path) != new.get(path)
    )


def diff(before: str, after: str) -> tuple[str, ...]:
    """A unified diff without its heads, fit for a terminal; empty where nothing differs."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return tuple(clean(line, _LONGEST) if line.strip() else line for line in list(lines)[2:])


def _line(path: str, value: str | None) -> str:
    return "" if value is None else clean(f"{path} = {value}", _LONGEST)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _flat(below, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for name, each in zip(_named(value), value, strict=True):
            yield from _flat(each, f"{path}[{name}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False, default=str)


def _named(tables: list[dict[str, Any]]) -> list[str]:
    for name in _NAMES:
        names = [str(table.get(name, "")) for table in tables]
        if all(names) and len(set(names)) == len(names):
            return names
    return [str(number) for number in range(len(tables))]
