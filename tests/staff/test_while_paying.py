"""A payment under way is finished, whatever becomes of its teller's session: the door is asked once, before the first
byte leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from support.counter import BILLER, Counter
from support.scripted import ScriptedLink

from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.room import BillsRoom
from tellerdesk.errors import NotAllowed
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.links.answers import Answer
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn

from .conftest import PASSWORD, Branch


def lock_desk(branch: Branch, who: SignedOn) -> None:
    branch.room.lock_desk(who)


def lock_number(branch: Branch, who: SignedOn) -> None:
    branch.room.roster.lock(who.staff_no, SETUP)


def sign_off(branch: Branch, who: SignedOn) -> None:
    branch.room.sign_off(who)


@pytest.mark.parametrize(
    ("happens", "then"),
    [
        (lock_desk, "error.session.idle"),
        (lock_number, "error.session.revoked"),
        (sign_off, "error.session.ended"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("at", ["CORE_POST", "BILLER_PAY"])
def test_what_is_under_way_goes_on_and_nothing_new_begins(
    branch: Branch, at: str, happens: Callable[[Branch, SignedOn], None], then: str
) -> None:
    who = branch.sign_on()
    counter = Counter(branch.store, branch.keys, branch.clock, who=who)
    counter.open_till()
    bills = BillsRoom(
        branch.room,
        counter.lookup,
        counter.accounts,
        counter.payments,
        counter.cancellations,
        {BILLER: Bilingual("供电", "Power")},
    )

    def meanwhile(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        happens(branch, who)
        return link.honest(at, request, places)

    (counter.core if at == "CORE_POST" else counter.biller).script[at] = [meanwhile]
    bill = counter.quote()

    view = bills.pay(who, counter.command(bill))

    assert view.word is Word.PAID
    assert list(counter.core.effects.values()) == list(counter.biller.effects.values()) == [bill.total_fen]
    assert counter.till_rows(view.serial) == [("CASH_IN", bill.total_fen)]
    with pytest.raises(NotAllowed, match=rf"^{then}"):
        bills.payment(who, view.serial)
    with pytest.raises(NotAllowed, match=rf"^{then}"):
        bills.look_up(who, LookUp(BILLER, "07550031884639"))


def test_the_outcome_is_there_after_unlocking(branch: Branch) -> None:
    who = branch.sign_on()
    counter = Counter(branch.store, branch.keys, branch.clock, who=who)
    counter.open_till()
    bills = BillsRoom(branch.room, counter.lookup, counter.accounts, counter.payments, counter.cancellations, {})
    branch.room.lock_desk(who)
    view = counter.payments.pay(who, counter.command(counter.quote()))  # behind the door, as its own thread goes on

    branch.room.confirm(who, PASSWORD)

    assert bills.payment(who, view.serial).word is Word.PAID


def test_the_door_costs_one_question(branch: Branch) -> None:
    who = branch.sign_on()
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(branch.store._reader, "before_cursor_execute", note)
    branch.room.require(who, Permission.TAKE_PAYMENT)
    event.remove(branch.store._reader, "before_cursor_execute", note)
    assert [statement.split()[0] for statement in asked if statement != "BEGIN"] == ["SELECT"]
