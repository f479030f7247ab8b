"""The slice of every run: some three hundred cases, the same ones each time. `make faults` runs them all."""

from __future__ import annotations

import re

import pytest

from faults.flows import flows
from faults.programs import harness

CASES = 330
OF_OTHERS = 12
FEWER = {"basket": 8, "refund": 10, "suspense": 8, "cancel-stuck": 4, "late": 4}
"""A payment whose money goes back goes two or three times as far."""


@pytest.mark.timeout(300)
@pytest.mark.req("B4", "B5", "B6", "B7")
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


@pytest.mark.timeout(300)
@pytest.mark.req("B1", "B5", "B7", "B9", "B10")
@pytest.mark.parametrize("flow", sorted(set(flows()) - {"payment"}))
def test_no_kill_and_no_lie_breaks_a_rule_of_any_other_flow(flow: str) -> None:
    code, told = harness("run", "--flow", flow, "--slice", str(FEWER.get(flow, OF_OTHERS)), "--workers", "2")

    summary = re.search(r"(\d+) cases \((\d+) killed, (\d+) twice\), (\d+) violations", told)
    assert summary is not None, told
    cases, killed, twice, violations = (int(number) for number in summary.groups())
    assert (code, violations) == (0, 0), told
    assert cases > killed > twice > 0
