"""Core goes to its next accounting date in the middle of a payment, at every step of every kind of payment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tellerdesk.bills import states
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.steps import no_hook
from tests.stateful.branch import Branch
from tests.stateful.trouble import STORIES, at_step, steps_of, tell, wrong

SWEEPS = 5


@pytest.mark.req("B5", "B7")
@pytest.mark.parametrize("story", STORIES)
def test_a_day_that_rolls_at_any_step_of_a_payment_leaves_it_one_accounting_date(branch: Branch, story: str) -> None:
    steps = steps_of(branch, story, consumer_no(0))
    assert len(steps) >= 6, steps
    for place, step in enumerate(steps):
        tell(branch, story)
        bill = branch.look_up(consumer_no(1 + place))
        before = branch.core.day
        branch.hook = at_step(place, lambda: next_day(branch))
        serial = branch.pay(bill).serial
        branch.hook = no_hook
        assert wrong(branch) == [], f"rolled at {step}"

        branch.sweep(SWEEPS)

        assert wrong(branch) == [], f"rolled at {step}"
        view = branch.view(serial)
        if not states.STATES[view.state].terminal:
            assert view.state in {states.REVERSE_FAILED, states.BILLER_UNKNOWN}, f"rolled at {step}: {view.state}"
            assert view.word is Word.PROCESSING, "core undoes no other day's posting; a person goes on"
            assert view.accounting_date in {None, before}
        assert branch.core.day > before


def test_a_payment_that_goes_well_is_paid_at_whatever_step_the_day_rolls(branch: Branch) -> None:
    steps = steps_of(branch, "all goes well", consumer_no(0))
    for place in range(len(steps)):
        bill = branch.look_up(consumer_no(1 + place))
        branch.hook = at_step(place, lambda: next_day(branch))
        assert branch.pay(bill).word is Word.PAID
        branch.hook = no_hook
    assert wrong(branch) == []


def next_day(branch: Branch) -> None:
    branch.core.day += timedelta(days=1)
