"""A desk takes billers, rules and limits from what was approved, also while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.in_force import put_drafts_in_force

from tellerdesk.billers.catalogue import SHIPPED
from tellerdesk.bills.commands import LookUp
from tellerdesk.demo.plan import BILLER
from tellerdesk.errors import Refused
from tellerdesk.parameters import limits
from tellerdesk.parameters.drafts import Draft
from tellerdesk.parameters.states import Kind
from tellerdesk.sandbox.people import consumer_no
from tests.stateful.branch import Branch, template


@pytest.fixture(scope="module")
def branch_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("template") / "branch")


@pytest.fixture
def branch(branch_template: Path, tmp_path: Path) -> Iterator[Branch]:
    made = Branch.copy(branch_template, tmp_path / "branch")
    yield made
    made.close()


def another_file() -> Draft:
    text = (SHIPPED / f"{BILLER}.toml").read_text(encoding="utf-8").replace('"ST-1101"', '"ST-9999"')
    return Draft(Kind.BILLER, BILLER, text, "1101.toml")


def test_a_desk_whose_biller_has_changed_looks_up_and_pays_nothing_until_it_is_opened_again(branch: Branch) -> None:
    bill = branch.look_up(consumer_no(0))
    put_drafts_in_force(branch.folder, another_file())
    another = LookUp(BILLER, consumer_no(1))

    for refused in (lambda: branch.pay(bill), lambda: branch.desk.bills.look_up(branch.teller, another)):
        with pytest.raises(Refused) as told:
            refused()
        assert told.value.message_id == "error.parameters.newer"
    assert branch.desk.bills.recent(branch.teller, 10) == ()

    branch.throw_away()
    assert branch.pay(branch.look_up(consumer_no(0))).word == "PAID"


def test_limits_count_from_the_next_payment_on_without_opening_the_desk_again(branch: Branch) -> None:
    bill = branch.look_up(consumer_no(0))
    text = limits.written(identity_from_fen=1, duplicate_days=0)
    put_drafts_in_force(branch.folder, Draft(Kind.LIMITS, "", text, "tellerdesk.toml"))

    with pytest.raises(Refused) as told:
        branch.pay(bill)

    assert (told.value.message_id, told.value.args_by_name) == ("error.payment.identity_needed", {"least": "0.01"})


def test_a_biller_with_an_address_and_no_approved_version_is_left_out(branch: Branch) -> None:
    link = branch.settings.billers[BILLER]
    branch.settings = branch.settings.model_copy(update={"billers": {BILLER: link, "1701": link}})

    branch.throw_away()

    assert [biller.code for biller in branch.desk.bills.billers(branch.teller)] == [BILLER]
    assert branch.pay(branch.look_up(consumer_no(0))).word == "PAID"
