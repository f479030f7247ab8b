"""Anything changed after the approval, behind the desk's back: refused, audited, and nothing is done.

What is changed comes from the payload's keys and the tables' columns: a new one is covered by itself.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from tellerdesk.approvals.binding import BOUND, payload_hash
from tellerdesk.approvals.register import DECISION, REQUEST
from tellerdesk.approvals.states import ApprovalState, UseCase, Verdict
from tellerdesk.errors import Conflict, Refused, TamperFound, TellerDeskError
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tests.staff.conftest import AUDIT, BRANCH

from .behind import another, behind
from .house import THING, House, Things, refused

CHANGED = "approval.changed"


class Approved:
    """Approved requests, one for each field that is changed."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.teller: SignedOn = house.sign_on()
        self.supervisor: SignedOn = house.sign_on("3001")

    def one(self, name: str, **other: Any) -> str:
        approval_id = self.house.ask(self.teller, name, **other)
        self.house.decide(self.supervisor, approval_id, reason="ok")
        return approval_id

    def change(self, table: Table, column: str, approval_id: str) -> Any:
        """Another value in one column of a row of this approval; gives that value."""
        this = table.c.approval_id == approval_id
        with behind(self.house.store) as connection:
            value = another(connection.execute(select(table.c[column]).where(this)).scalar_one())
            connection.execute(update(table).where(this).values({column: value}))
        return value

    def assert_refused(self, name: str, why: str) -> None:
        house = self.house
        assert refused(TamperFound, lambda: house.execute(name)) == CHANGED, why
        assert self.noted(name) == [f"error.{CHANGED}"], why
        assert house.told(name)[1] == 0, why

    def noted(self, name: str) -> list[str]:
        """The refusals of an execution that the audit tells of, by the subject they name."""
        query = select(AUDIT.c.details).where(AUDIT.c.action == "approval.refused").order_by(AUDIT.c.id)
        told = [details for (details,) in self.house.people.read(query) if f'"subject":"{name}"' in details]
        return [details.split('"reason":"')[1].split('"')[0] for details in told]


@pytest.fixture
def approved(house: House) -> Approved:
    return Approved(house)


def test_each_field_of_the_payload(approved: Approved) -> None:
    house = approved.house
    approved.one("kept")
    house.execute("kept")
    with house.store.read() as session:
        fields = set(house.things.payload(session.connection(), "kept"))
    assert fields == {"name", "amount_fen", "account", "day"}
    for field in sorted(fields):
        name = f"T-{field}"
        approval_id = approved.one(name)
        if field == "name":  # the thing under the approved name is another one now
            house.things.payload = lambda connection, _: Things().payload(connection, "kept")  # type: ignore[method-assign]
        else:
            with house.store.read() as session:
                value = house.things.payload(session.connection(), name)[field]
            house.put(name, **{field: another(value)})
        approved.assert_refused(name, field)
        assert house.state(approval_id) == "APPROVED"


def test_each_fixed_column_of_the_request(approved: Approved) -> None:
    house = approved.house
    fixed = REQUEST.info["fixed"]
    assert set(BOUND) | {"payload_hash"} == set(fixed)
    assert set(fixed) | {"state", "ended_at", "ended_by"} == {column.name for column in REQUEST.c}
    for column in fixed:
        name = f"T-{column}"
        value = approved.change(REQUEST, column, approved.one(name))
        if column == "subject":  # it stands for something else now
            assert refused(Refused, lambda name=name: house.execute(name)) == "approval.none"
            house.thing(value)
            name = value
        if column == "use_case":
            assert refused(Refused, lambda name=name: house.execute(name)) == "approval.none"
            house.things.use_case = UseCase(value)
            assert refused(TamperFound, lambda name=name: house.execute(name)) == CHANGED
            assert approved.noted(name) == ["error.approval.none", f"error.{CHANGED}"]
            assert house.told(name)[1] == 0
            house.things.use_case = UseCase.PAYMENT
            continue
        approved.assert_refused(name, column)


def test_each_column_of_the_decision(approved: Approved) -> None:
    columns = [column.name for column in DECISION.c if column.name != "id"]
    for column in columns:
        name = f"T-{column}"
        approved.change(DECISION, column, approved.one(name))
        approved.assert_refused(name, column)


def test_what_was_not_changed_is_done(approved: Approved) -> None:
    """Going behind the desk's back without changing anything is no tampering: the other tests see the change."""
    approved.one("T1")
    with behind(approved.house.store):
        pass
    approved.house.execute("T1")
    assert approved.house.told("T1") == ("APPROVED", 1)


# Not a field changed, but a decision made, taken away or used again past the desk


def test_a_state_without_a_decision_approves_nothing(approved: Approved) -> None:
    approval_id = approved.house.ask(approved.teller, "T1")
    with behind(approved.house.store) as connection:
        this = REQUEST.c.approval_id == approval_id
        connection.execute(update(REQUEST).where(this).values(state=ApprovalState.APPROVED.value))
    approved.assert_refused("T1", "no decision")


def test_a_decision_written_past_the_desk_approves_nothing(approved: Approved) -> None:
    house = approved.house
    approved.one("T1")
    genuine = house.people.read(select(DECISION))[0]._mapping
    for number, mac in enumerate((bytes(32), genuine["mac"])):
        name = f"F{number}"
        approval_id = house.ask(approved.teller, name)
        forged = {**genuine, "approval_id": approval_id, "mac": mac}
        del forged["id"]
        with behind(house.store) as connection:
            connection.execute(insert(DECISION).values(forged))
            this = REQUEST.c.approval_id == approval_id
            connection.execute(update(REQUEST).where(this).values(state=ApprovalState.APPROVED.value))
        approved.assert_refused(name, "forged")


def test_a_forged_first_yes_gets_no_second_one(approved: Approved) -> None:
    house = approved.house
    approved.one("T1")
    genuine = dict(house.people.read(select(DECISION))[0]._mapping)
    approval_id = house.ask(approved.teller, "T2", needed=2)
    checker = {"checker_no": "3002", "checker_person": house.people.member("3002").person_id}
    with behind(house.store) as connection:
        del genuine["id"]
        connection.execute(insert(DECISION).values({**genuine, **checker, "approval_id": approval_id}))
    assert refused(TamperFound, lambda: house.decide(approved.supervisor, approval_id)) == CHANGED
    assert house.told("T2") == ("", 0)


def test_a_yes_taken_away_leaves_too_few(approved: Approved) -> None:
    house = approved.house
    approval_id = house.ask(approved.teller, "T1", needed=2)
    house.decide(approved.supervisor, approval_id)
    house.decide(house.sign_on("3002"), approval_id)
    with behind(house.store) as connection:
        connection.execute(delete(DECISION).where(DECISION.c.checker_no == "3002"))
    approved.assert_refused("T1", "one of two")


def test_a_no_taken_away_makes_no_yes(approved: Approved) -> None:
    house = approved.house
    approval_id = house.ask(approved.teller, "T1", needed=2)
    house.decide(approved.supervisor, approval_id)
    house.decide(house.sign_on("3002"), approval_id, approve=False)
    again = {"state": ApprovalState.PENDING.value, "ended_at": None, "ended_by": ""}
    with behind(house.store) as connection:
        connection.execute(delete(DECISION).where(DECISION.c.verdict == Verdict.REJECTED.value))
        connection.execute(update(REQUEST).values(again))
    third = house.sign_on("3003")
    assert refused(Refused, lambda: house.decide(third, approval_id)) == "approval.not_as_asked"


def test_an_approval_that_was_used_is_not_used_again(approved: Approved) -> None:
    house = approved.house
    approved.one("T1")
    house.execute("T1")
    assert refused(Conflict, lambda: house.execute("T1")) == "approval.was_executed"
    for traces in ({}, {"ended_at": None, "ended_by": ""}):
        with behind(house.store) as connection:
            connection.execute(update(REQUEST).values(state=ApprovalState.APPROVED.value, **traces))
        assert refused(TamperFound, lambda: house.execute("T1")) == CHANGED
    assert house.told("T1") == ("APPROVED", 1)


def test_a_request_made_anew_under_its_own_hash_is_not_what_the_audit_was_told(approved: Approved) -> None:
    """Whoever can write to the tables can compute a hash: the audit knows the one that was asked for."""
    house = approved.house
    house.add("3800", Role.SUPERVISOR, branch_no=another(BRANCH))
    house.room._subjects[UseCase.PARAMETERS] = house.things
    texts = {"rules": "[]", "shown": "[]", "by_roles": "SUPERVISOR,TELLER"}
    for column in BOUND:
        approval_id = house.ask(approved.teller, f"T-{column}")
        with behind(house.store) as connection:
            this = REQUEST.c.approval_id == approval_id
            row = dict(connection.execute(select(REQUEST).where(this)).mappings().one())
            row[column] = texts.get(column) or another(row[column])
            if column == "subject":
                values = {"name": row[column], "amount_fen": 1, "account": "", "day": "", "word": "", "done": 0}
                connection.execute(insert(THING).values(values))
            row["payload_hash"] = payload_hash(house.things.payload(connection, row["subject"]), row)
            connection.execute(update(REQUEST).where(this).values(row))
        decider = approved.supervisor
        if column == "branch_no":
            decider = house.sign_on("3800", till_no="38", branch_no=row[column])
        deciding = partial(house.decide, decider, row["approval_id"])
        assert refused(Refused, deciding) == "approval.not_as_asked", column
        assert house.decisions(row["approval_id"]) == [], column


def test_without_its_row_in_the_audit_nothing_is_done(approved: Approved) -> None:
    house = approved.house
    approval_id = approved.one("T1")
    with behind(house.store) as connection:
        asked = (AUDIT.c.subject == approval_id) & (AUDIT.c.action == "approval.asked")
        row = dict(connection.execute(select(AUDIT).where(asked)).mappings().one())
        connection.execute(update(AUDIT).where(asked).values(details=row["details"].replace("payment", "Payment")))
    approved.assert_refused("T1", "a row that was changed")
    approval_id = approved.one("T2")
    with behind(house.store) as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.subject == approval_id, AUDIT.c.action == "approval.asked"))
    approved.assert_refused("T2", "a row that is gone")


def test_every_refusal_is_one_the_audit_can_prove(approved: Approved) -> None:
    house = approved.house
    approved.one("T1")
    house.put("T1", amount_fen=1)
    approved.assert_refused("T1", "amount")
    with pytest.raises(TellerDeskError):
        house.execute("T2")
    assert house.verified()
    assert [word for (word,) in house.people.read(select(THING.c.word))] == ["APPROVED"]
