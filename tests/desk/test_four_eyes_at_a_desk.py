"""Four eyes at a real desk: rooms, store and counterparts as they are put together."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from support.branches import TestBranch, elsewhere, owed, pay

from tellerdesk.approvals.commands import Decide
from tellerdesk.approvals.states import UseCase
from tellerdesk.bills.commands import AccountAuthority, GoOn, Method
from tellerdesk.desk import Desk
from tellerdesk.errors import NotAllowed
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.staff import codes
from tellerdesk.staff.views import SignedOn

VOUCHER = AccountAuthority(sample_consumers().accounts[1], voucher_no="PZ20261122001")


def test_a_sample_persons_code_is_told_in_training_and_nowhere_else(branch: TestBranch) -> None:
    training = branch.open_desk()
    assert re.fullmatch(r"[0-9]{6}", training.training_code("3001"))
    assert (training.training_code("1001"), training.training_code("9999")) == ("", "")

    settings = branch.settings.model_copy(update={"training": False})
    at_work = replace(branch, settings=settings).open_desk()

    assert at_work.training_code("3001") == ""


@pytest.mark.req("B20")
def test_a_supervisor_with_a_new_code_decides_nothing_until_another_supervisor_has_confirmed_it(
    desk: Desk, who: SignedOn
) -> None:
    administrator, touched = elsewhere(desk, "9001", 1), elsewhere(desk, "3002", 2)
    given = desk.people.reset_code(administrator, "3002")
    bill = owed(desk, who)
    asked = pay(desk, who, bill, method=Method.ACCOUNT, account=VOUCHER, tendered_fen=0)
    assert asked.word is Word.AWAITING

    def decides() -> None:
        code = codes.code_at(given.secret, round(time.time() * 1000))
        desk.approvals.decide(touched, Decide(asked.approval_id, True, code))

    with pytest.raises(NotAllowed, match="not_confirmed"):
        decides()

    confirming = elsewhere(desk, "3001", 3)
    (power,) = [view for view in desk.approvals.waiting(confirming) if view.use_case is UseCase.POWER]
    desk.approvals.decide(confirming, Decide(power.approval_id, True, desk.training_code("3001")))
    decides()

    assert desk.bills.go_on(who, GoOn(asked.serial, VOUCHER)).word is Word.PAID
