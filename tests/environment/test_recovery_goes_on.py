"""An entry nobody can work on (its biller has left the catalogue, its rows are damaged) holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tellerdesk.bills.states import FLOW
from tellerdesk.demo.plan import BILLER
from tellerdesk.errors import BadSetup
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.people import consumer_no
from tests.stateful.branch import Branch
from tests.stateful.trouble import LOST, tell, wrong


def lost_payments(branch: Branch, count: int) -> list[str]:
    """Payments the biller has taken and nobody has heard of."""
    serials = []
    for number in range(count):
        tell(branch, "the biller is not heard and was paid")
        branch.wires[BILLER].faults["BILLER_INQUIRE"].append(LOST)
        serials.append(branch.pay(branch.look_up(consumer_no(number))).serial)
    return serials


@contextmanager
def failing(branch: Branch, place: str, serials: list[str], error: Exception) -> Iterator[None]:
    """While recovery works, one function of the flow cannot handle these entries."""
    flow: Any = branch.desk.recovery._runner._flows[FLOW]
    real = getattr(flow, place)

    def fail(*given: Any) -> Any:
        if any(isinstance(each, dict) and each.get("serial") in serials for each in given):
            raise error
        return real(*given)

    setattr(flow, place, fail)
    try:
        yield
    finally:
        delattr(flow, place)


@pytest.mark.parametrize("error", [BadSetup("error.setup.no_biller", biller="1102"), KeyError("damaged")], ids=repr)
@pytest.mark.parametrize("place", ["deadline_s", "send"])
def test_an_entry_recovery_cannot_handle_holds_up_no_other(branch: Branch, place: str, error: Exception) -> None:
    bad, good = lost_payments(branch, 2)
    branch.let_time_pass(600)
    with failing(branch, place, [bad], error):
        branch.desk.recovery.sweep()

        assert branch.view(good).word is Word.PAID

    branch.sweep()
    assert branch.view(bad).word is Word.PAID, "and is looked at again"
    assert wrong(branch) == []


def test_many_entries_recovery_cannot_handle_do_not_fill_up_its_sweeps(branch: Branch) -> None:
    *bad, good = lost_payments(branch, 4)
    branch.let_time_pass(600)
    runner = branch.desk.recovery._runner
    due = runner.due
    runner.due = lambda most=2: due(most)  # type: ignore[method-assign]
    with failing(branch, "deadline_s", bad, KeyError("damaged")):
        for _ in range(3):
            branch.desk.recovery.sweep()

    assert branch.view(good).word is Word.PAID
