"""The promises of a payment, held against everything that can happen in any order."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from support.folders import quick_folder

from tests.stateful.payment_machine import PaymentMachine
from tests.stateful.watched_till import ABLE, POOR, Place

NIGHTLY = settings.get_current_profile_name() == "nightly"
RUNS, STEPS = (2_000, 50) if NIGHTLY else (100, 30)
ROWS = 29 if NIGHTLY else 22
"""So many rows of the payment's table are taken at the least: what never happens is not tested."""
PHASES = list(Phase) if NIGHTLY else [Phase.generate]
"""The shortest way to a failure is looked for at night only: it can take many minutes."""


@pytest.mark.timeout(7_200 if NIGHTLY else 600)
@pytest.mark.req("B5", "B6", "B7")
@pytest.mark.parametrize(
    ("billers", "share"), [((ABLE,), 0.6), (POOR, 0.4)], ids=["an able biller", "billers that lack something"]
)
def test_money_is_conserved_whatever_happens_in_whatever_order(
    branch_template: Path, billers: tuple[dict[str, Any], ...], share: float
) -> None:
    runs = settings(max_examples=round(RUNS * share), stateful_step_count=STEPS, phases=PHASES)
    folder = quick_folder()
    place = Place(folder / "desk")
    try:
        run_state_machine_as_test(lambda: PaymentMachine(branch_template, billers, place), settings=runs)
    finally:
        shutil.rmtree(folder)
    assert len(place.payments) >= runs.max_examples, "hardly anything was paid"
    assert len(place.rows) >= ROWS, f"only {sorted(place.rows)}"
    assert {"T1+T2", "T3", "T3r"} <= place.rows, "nothing much was approved, or given up"
    assert {"T19", "T20", "T21", "T25"} <= place.rows, "nothing much was taken back"
