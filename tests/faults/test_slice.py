"""The slice of every run: some three hundred cases, the same ones each time. `make faults` runs them all."""

from __future__ import annotations

import re

import pytest

from faults.programs import harness

CASES = 330


@pytest.mark.timeout(300)
def test_no_kill_and_no_lie_breaks_a_rule() -> None:
    code, told = harness("run", "--flow", "payment", "--slice", str(CASES), "--workers", "3")

    summary = re.search(r"(\d+) steps, (\d+) faults, (\d+) cases \((\d+) killed, (\d+) twice\), (\d+) violations", told)
    assert summary is not None, told
    steps, faults, cases, killed, twice, violations = (int(number) for number in summary.groups())
    assert (code, violations) == (0, 0), told
    assert cases >= 300, told
    assert steps > 40
    assert faults > 20
    assert killed > cases / 2 > twice > 0
    missed = re.search(r"(\d+) kills never reached", told)
    assert missed is None or int(missed[1]) < cases / 20, told
