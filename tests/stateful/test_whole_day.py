"""Whole days of a branch: each evening the books of core, billers, tills and journal agree."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.folders import quick_folder

from tests.stateful.test_payment_machine import NIGHTLY, PHASES
from tests.stateful.watched_till import Place
from tests.stateful.whole_branch import whole_template
from tests.stateful.whole_day import WholeDay

RUNS, STEPS = (600, 50) if NIGHTLY else (16, 20)
TAKEN_BACK = {"T16a"}
SUSPENDED = {"R1", "R2", "R3", "T16bs"}
REFUNDED = {"R6", "R10", "R15"}
PAID_OUT = {"R18", "R19", "R20", "R23"}
HEARD_LATE = {"L1", "L2"}
ROWS = TAKEN_BACK | SUSPENDED | REFUNDED | PAID_OUT | HEARD_LATE
"""Rows of the tables that are taken at the least: what never happens is not tested."""
BY_NIGHT = {"T16bu", "T18bs", "T19", "T21", "T25", "R7", "R7q", "R8", "R11", "R11a", "R12", "R21"}
"""And these, in many more runs."""


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    folder = quick_folder()
    yield whole_template(folder / "template")
    shutil.rmtree(folder)


@pytest.mark.timeout(7_200 if NIGHTLY else 600)
@pytest.mark.req("B5", "B6", "B7")
def test_each_evening_the_books_of_core_billers_tills_and_journal_agree(template: Path) -> None:
    runs = settings(max_examples=RUNS, stateful_step_count=STEPS, phases=PHASES)
    folder, evenings = quick_folder(), Counter[str]()
    place = Place(folder / "desk")
    try:
        run_state_machine_as_test(lambda: WholeDay(template, place, evenings), settings=runs)
    finally:
        shutil.rmtree(folder)
    assert len(place.payments) >= 4 * RUNS, "hardly anything was paid"
    assert evenings["evenings"] > RUNS, "hardly a day went on after its evening"
    assert evenings["DUE"], "nothing lay in refunds payable overnight"
    assert evenings["explained"], "nobody had anything to explain"
    missing = (ROWS | BY_NIGHT if NIGHTLY else ROWS) - place.rows
    assert not missing, f"never taken: {sorted(missing)}"
