"""Prints every requirement with the tests behind it: `python tests/requirements_table.py OUTCOMES.json`.

OUTCOMES.json is written by `pytest --requirements OUTCOMES.json`. A requirement is proven when at least one test with
its id passed and none failed. Exits with 1 where a test failed, and with --all also where a requirement has no test.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "requirements.md"

Outcomes = dict[str, dict[str, str]]
"""Requirement id -> test -> "passed", "failed" or "skipped"."""


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    text: str
    source: str


@cache
def requirements() -> dict[str, Requirement]:
    """The rows of docs/requirements.md, by id."""
    rows = re.findall(r"^\| ([BE]\d+) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {row[0]: Requirement(*row) for row in rows}


def state(tests: dict[str, str]) -> str:
    """What the tests behind a requirement say together."""
    if not tests:
        return "no test"
    if "failed" in tests.values():
        return "FAILED"
    return "proven" if "passed" in tests.values() else "skipped"


def table(outcomes: Outcomes) -> str:
    """The whole table as text, with a count of each state at the end."""
    lines = []
    counts: dict[str, int] = {}
    for requirement in requirements().values():
        tests = outcomes.get(requirement.id, {})
        now = state(tests)
        counts[now] = counts.get(now, 0) + 1
        lines.append(f"{requirement.id:<4} {now:<8} {requirement.text}")
        for test, outcome in _by_function(tests).items():
            lines.append(f"     {outcome:<8}   {test}")
    lines.append("")
    lines.append(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return "\n".join(lines)


def _by_function(tests: dict[str, str]) -> dict[str, str]:
    """The cases of one parametrised test as one line, with the worst outcome."""
    order = ("passed", "skipped", "failed")
    worst: dict[str, str] = {}
    for test, outcome in sorted(tests.items()):
        name = test.split("[", 1)[0]
        worst[name] = max(worst.get(name, "passed"), outcome, key=order.index)
    return worst


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("outcomes", type=Path, help="the file pytest --requirements wrote")
    parser.add_argument("--all", action="store_true", help="fail where a requirement has no passing test")
    options = parser.parse_args(arguments)
    outcomes: Outcomes = json.loads(options.outcomes.read_text(encoding="utf-8"))
    sys.stdout.write(table(outcomes) + "\n")
    states = {state(outcomes.get(key, {})) for key in requirements()}
    return 1 if "FAILED" in states or (options.all and states != {"proven"}) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
