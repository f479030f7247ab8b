"""What the database refuses by itself, whoever writes to it: maker and checker one person, two open requests, a second
word of one person, another past."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tellerdesk.approvals.binding import SEALED
from tellerdesk.approvals.register import DECISION, REQUEST
from tellerdesk.staff.states import Role

from .behind import another
from .house import House


def written(house: House, statement: Any) -> None:
    with house.store.write("test") as unit:
        unit.connection.execute(statement)
        unit.commit()


def tried(house: House, statement: Any, refusal: str) -> None:
    with pytest.raises(IntegrityError, match=refusal):
        written(house, statement)


@pytest.fixture
def decision(house: House) -> dict[str, Any]:
    """A decision that stands for a request that waits for a second one, without its number."""
    approval_id = house.ask(house.sign_on(), needed=2)
    house.decide(house.sign_on("3001"), approval_id)
    (row,) = house.people.read(select(*(DECISION.c[name] for name in SEALED), DECISION.c.mac))
    return dict(row._mapping)


def test_the_checker_is_another_person_than_the_maker(house: House, decision: dict[str, Any]) -> None:
    maker = house.people.member("1001").person_id
    house.second_number("3901", of="1001", role=Role.SUPERVISOR)
    house.ask(house.sign_on("1002"), "T2")
    other_maker = house.people.member("1002").person_id
    for number in ("1001", "3901"):
        own = {**decision, "checker_no": number, "checker_person": maker}
        tried(house, insert(DECISION).values(own), "other_person")
        tried(house, insert(DECISION).values({**own, "maker_person": other_maker}), "(?i)foreign key")
        lied = {**own, "checker_person": house.people.member("3002").person_id}
        tried(house, insert(DECISION).values(lied), "(?i)foreign key")
    tried(house, insert(DECISION).values({**decision, "approval_id": "f" * 32}), "(?i)foreign key")


def test_the_maker_of_a_request_is_who_the_list_of_staff_says(house: House, decision: dict[str, Any]) -> None:
    asked = dict(house.people.read(select(REQUEST))[0]._mapping)
    anew = {**asked, "approval_id": "f" * 32, "subject": "T2"}
    tried(house, insert(REQUEST).values({**anew, "maker_person": decision["checker_person"]}), "(?i)foreign key")
    tried(house, insert(REQUEST).values({**anew, "maker_no": "9999"}), "(?i)foreign key")
    tried(house, insert(REQUEST).values({**anew, "needed": 0}), "needed")
    tried(house, insert(REQUEST).values({**anew, "subject": "T1"}), "(?i)unique")
    written(house, insert(REQUEST).values(anew))  # as it stands, nothing is wrong with it


def test_a_person_has_one_word(house: House, decision: dict[str, Any]) -> None:
    house.second_number("3901", of="3001", role=Role.SUPERVISOR)
    for number in ("3001", "3901"):
        for verdict in ("APPROVED", "REJECTED"):
            again = {**decision, "checker_no": number, "verdict": verdict}
            tried(house, insert(DECISION).values(again), "(?i)unique")


def test_what_was_asked_stands_for_ever(house: House, decision: dict[str, Any]) -> None:
    (row,) = house.people.read(select(REQUEST))
    for column in REQUEST.info["fixed"]:
        tried(house, update(REQUEST).values({column: another(getattr(row, column))}), "history of approval_request")
    tried(house, delete(REQUEST), "history of approval_request")


def test_an_ended_request_and_a_decision_never_change(house: House, decision: dict[str, Any]) -> None:
    house.decide(house.sign_on("3002"), decision["approval_id"], approve=False)
    for values in ({"state": "APPROVED"}, {"state": "PENDING"}, {"ended_by": "3003"}, {"ended_at": None}):
        tried(house, update(REQUEST).values(values), "history of approval_request")
    for column in SEALED:
        changed = {column: another(decision[column])}
        tried(house, update(DECISION).values(changed), "history of approval_decision")
    tried(house, delete(DECISION), "history of approval_decision")
