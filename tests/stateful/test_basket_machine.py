"""The promises of a basket, held against everything that can happen in any order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.folders import quick_folder

from tests.stateful.basket_machine import BasketMachine
from tests.stateful.test_payment_machine import NIGHTLY, PHASES
from tests.stateful.watched_till import ABLE, Place

RUNS, STEPS = (400, 40) if NIGHTLY else (5, 12)


@pytest.mark.timeout(3_600 if NIGHTLY else 600)
@pytest.mark.req("B5", "B6", "B7")
def test_every_fen_of_a_basket_is_somewhere_whatever_happens_in_whatever_order(branch_template: Path) -> None:
    folder = quick_folder()
    place = Place(folder / "desk")
    seen: list[BasketMachine] = []

    def machine() -> BasketMachine:
        seen.append(BasketMachine(branch_template, (ABLE,), place))
        return seen[-1]

    try:
        runs = settings(max_examples=RUNS, stateful_step_count=STEPS, phases=PHASES)
        run_state_machine_as_test(machine, settings=runs)
    finally:
        shutil.rmtree(folder)
    assert sum(len(each.baskets) for each in seen) >= RUNS, "hardly anybody brought several bills"
    assert sum(map(len, (each.booked for each in seen))) >= RUNS / 2, "hardly a basket was handed over"
    assert any(booked for each in seen for booked in each.booked.values()), "no bill that failed was paid back with it"
