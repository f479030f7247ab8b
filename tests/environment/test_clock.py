"""Somebody sets the desk's clock in the middle of a payment: an hour, a day, forward, back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tellerdesk.bills.states import STATES
from tellerdesk.demo.plan import BILLER
from tellerdesk.journal.states import Word
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.steps import no_hook
from tests.stateful.branch import Branch
from tests.stateful.trouble import LOST, at_step, steps_of, tell, wrong
from tests.stateful.wire import Fault

JUMPS = {
    "a day back": timedelta(days=-1),
    "an hour back": timedelta(hours=-1),
    "ten minutes back": timedelta(minutes=-10),
    "an hour forward": timedelta(hours=1),
    "a day forward": timedelta(days=1),
}


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("story", ["all goes well", "the biller is not heard and was not paid"])
def test_a_clock_set_at_any_step_of_a_payment_costs_no_money(branch: Branch, story: str, jump: str) -> None:
    steps = steps_of(branch, story, consumer_no(0))
    assert len(steps) >= 10, steps
    for place, step in enumerate(steps):
        tell(branch, story)
        bill = branch.look_up(consumer_no(1 + place))
        branch.hook = at_step(place, lambda: branch.clock.set(branch.clock.now() + JUMPS[jump]))

        serial = branch.pay(bill).serial

        branch.hook = no_hook
        assert branch.clock.now() != branch.true_now()
        assert wrong(branch) == [], f"at {step}"
        branch.clock.set(branch.true_now())
        branch.sweep(2)
        assert STATES[branch.view(serial).state].terminal, f"at {step}"
    assert wrong(branch) == []


def test_payments_are_listed_in_the_order_they_were_made_whatever_the_clock_says(branch: Branch) -> None:
    serials = []
    for number, minutes in enumerate((0, 9, -9, 5, -5)):
        branch.clock.set(branch.true_now() + timedelta(minutes=minutes))
        serials.append(branch.pay(branch.look_up(consumer_no(number))).serial)

    listed = [view.serial for view in branch.desk.bills.recent(branch.teller, 10)]

    assert listed == serials[::-1]


def test_a_clock_that_falls_back_to_yesterday_and_returns_never_makes_a_serial_twice(branch: Branch) -> None:
    serials = []
    for number, day in enumerate((0, -1, 0, -1, 0)):
        bill = branch.look_up(consumer_no(number))
        branch.clock.set(branch.true_now() + timedelta(days=day))
        serials.append(branch.pay(bill).serial)
        branch.clock.set(branch.true_now())

    assert [serial[:8] for serial in serials] == ["20261122", "20261121", "20261122", "20261121", "20261122"]
    assert len(set(serials)) == len(serials)


@pytest.mark.parametrize("jump", JUMPS)
def test_leases_and_waits_do_not_run_by_the_clock_of_the_desk(branch: Branch, jump: str) -> None:
    tell(branch, "the biller is not heard and was paid")
    branch.wires[BILLER].faults["BILLER_INQUIRE"].append(LOST)
    serial = branch.pay(branch.look_up()).serial
    assert not STATES[branch.view(serial).state].terminal

    branch.clock.set(branch.true_now() + JUMPS[jump])
    branch.desk.recovery.sweep()
    branch.clock.set(branch.true_now())
    branch.sweep()

    assert branch.view(serial).word is Word.PAID
    assert wrong(branch) == []


def test_a_clock_that_is_fast_does_not_end_a_validity_early(branch_template: Path) -> None:
    """The biller still takes what is under way; a desk that believes its own clock would have core reversed."""
    branch = Branch.copy(branch_template, capabilities={"tombstone": False, "message_validity_s": 600})
    branch.wires[BILLER].faults["BILLER_PAY"].append(Fault(Processed.LATE, AnswerWay.TIMEOUT))
    serial = branch.pay(branch.look_up()).serial
    branch.let_time_pass(300)
    branch.clock.set(branch.true_now() + timedelta(seconds=MOST_SKEW_S - 1))
    branch.desk.recovery.sweep()
    branch.wires[BILLER].deliver_late()
    assert wrong(branch) == []

    branch.clock.set(branch.true_now())
    branch.sweep(2)

    assert branch.view(serial).word is Word.PAID
    assert wrong(branch) == []
    branch.close()
