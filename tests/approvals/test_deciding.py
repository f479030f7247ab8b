"""Asking, deciding from the own desk and on the spot, and what is told to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tellerdesk.approvals.commands import Credentials, Decide, DecideHere, Withdraw
from tellerdesk.approvals.guards import obstacle
from tellerdesk.approvals.register import DECISION, Person, move
from tellerdesk.approvals.states import ApprovalState, Place, UseCase, Verdict
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, SignOnRefused
from tellerdesk.i18n import words
from tellerdesk.staff.states import Role, StaffState
from tests.staff.conftest import PASSWORD

from .house import CHANGE, RULE, House, refused


def test_a_yes_from_the_own_desk_approves_and_what_was_asked_is_done_once(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller, reason="客户要求现金")
    (seen,) = house.room.waiting(supervisor)
    assert (seen.may_decide, seen.why_not, seen.maker_no, seen.maker_name) == (True, "", "1001", "李晓燕")
    assert (seen.rules, seen.changes, seen.reason) == ((RULE,), (CHANGE,), "客户要求现金")
    assert (seen.needed, seen.by_roles, seen.decisions) == (1, {Role.SUPERVISOR}, ())
    assert house.room.waiting_count(supervisor) == 1

    view = house.decide(supervisor, approval_id, reason="已核对")
    assert (view.state, view.may_decide, view.why_not) == (ApprovalState.APPROVED, False, "error.approval.over")
    (word,) = view.decisions
    assert (word.staff_no, word.name, word.reason) == ("3001", "王建国", "已核对")
    assert (word.verdict, word.place) == (Verdict.APPROVED, Place.OWN_DESK)
    assert house.room.waiting_count(supervisor) == 0
    assert house.told() == ("APPROVED", 0)

    assert house.execute() == approval_id
    assert refused(Conflict, house.execute) == "approval.was_executed"
    assert house.told() == ("APPROVED", 1)
    assert house.audited(approval_id) == ["asked", "approved", "executed", "refused"]
    assert house.room.waiting(supervisor) == ()
    assert house.verified()


def test_a_yes_on_the_spot_names_who_stood_there_and_at_which_terminal(house: House) -> None:
    teller = house.sign_on()
    approval_id = house.ask(teller)
    view = house.decide_here(teller, " 3001 ", approval_id)
    assert (view.state, view.decisions[0].place) == (ApprovalState.APPROVED, Place.ON_THE_SPOT)
    assert house.people.read(select(DECISION.c.checker_no, DECISION.c.terminal)) == [("3001", "T01")]
    other = house.sign_on("1002")
    assert refused(NotAllowed, lambda: house.decide_here(other, "3002", approval_id)) == "approval.not_maker"


def test_a_no_says_why_and_ends_the_request(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller)
    for call in (
        lambda: house.room.decide(supervisor, Decide(approval_id, False, house.code("3001"), " 　")),
        lambda: house.decide_here(teller, "3001", approval_id, approve=False),
    ):
        assert refused(BadInput, call) == "approval.no_reason"
    assert house.state(approval_id) == "PENDING"
    view = house.decide(supervisor, approval_id, approve=False, reason="证件不符")
    assert (view.state, view.ended_by, view.decisions[0].reason) == (ApprovalState.REJECTED, "3001", "证件不符")
    assert house.told() == ("REJECTED", 0)
    assert refused(Refused, house.execute) == "approval.was_rejected"
    assert house.audited(approval_id) == ["asked", "rejected", "refused"]
    again = house.ask(teller, make=False)
    assert house.state(again) == "PENDING"


def test_where_two_are_needed_two_different_persons_say_yes(house: House) -> None:
    teller, first, second = house.sign_on(), house.sign_on("3001"), house.sign_on("3002")
    approval_id = house.ask(teller, needed=2)
    house.second_number("3901", of="3001", role=Role.SUPERVISOR)
    assert house.decide(first, approval_id).state is ApprovalState.PENDING
    assert house.told() == ("", 0)
    assert house.decide(first, approval_id).state is ApprovalState.PENDING, "the same word again is told once more"
    assert refused(Conflict, lambda: house.decide(first, approval_id, approve=False)) == "approval.yours_stands"
    assert refused(Conflict, lambda: house.decide_here(teller, "3901", approval_id)) == "approval.yours_stands"
    assert refused(Refused, house.execute) == "approval.pending"
    assert house.decide(second, approval_id).state is ApprovalState.APPROVED
    assert house.decisions(approval_id) == [("3001", "APPROVED"), ("3002", "APPROVED")]
    assert house.execute() == approval_id


def test_nobody_approves_own_work_under_whichever_number_and_role(house: House) -> None:
    teller = house.sign_on()
    approval_id = house.ask(teller)
    house.second_number("3901", of="1001", role=Role.SUPERVISOR)
    assert refused(NotAllowed, lambda: house.decide_here(teller, "1001", approval_id)) == "approval.own"
    assert refused(NotAllowed, lambda: house.decide_here(teller, "3901", approval_id)) == "approval.own"
    other = house.sign_on("3901", till_no="39")
    assert refused(NotAllowed, lambda: house.decide(other, approval_id)) == "approval.own"
    house.people.put("1001", role=Role.SUPERVISOR)
    house.give_codes("1001")
    assert refused(NotAllowed, lambda: house.decide(teller, approval_id)) == "approval.own"
    (seen,) = house.room.waiting(other)
    assert (seen.may_decide, seen.why_not) == (False, "error.approval.own")
    assert house.decisions(approval_id) == []


def test_nobody_decides_for_a_till_they_work_at(house: House) -> None:
    approval_id = house.ask(house.sign_on(till_no="11"))
    house.second_number("1901", of="3001", role=Role.TELLER)
    house.open_till("1901", "11")
    with_cash, free = house.sign_on("3001"), house.sign_on("3002")
    assert refused(NotAllowed, lambda: house.decide(with_cash, approval_id)) == "approval.own_till"
    assert house.room.waiting(with_cash)[0].why_not == "error.approval.own_till"
    taken = house.sign_on("3002", till_no="11")
    assert refused(NotAllowed, lambda: house.decide(taken, approval_id)) == "approval.own_till"
    assert refused(NotAllowed, lambda: house.decide(free, approval_id)) == "session.ended"
    assert house.decide(house.sign_on("3003"), approval_id).state is ApprovalState.APPROVED


def test_only_the_roles_the_rules_named_decide_and_only_in_their_branch(house: House) -> None:
    house.add("3800", Role.SUPERVISOR, branch_no="0713")
    house.add("4001", Role.AUDITOR)
    house.give_codes("4001")
    teller, auditor = house.sign_on(), house.sign_on("4001")
    approval_id = house.ask(teller)
    far = house.sign_on("3800", branch_no="0713")
    assert house.room.waiting(far) == ()
    assert refused(NotAllowed, lambda: house.decide(far, approval_id)) == "approval.other_branch"
    assert refused(NotAllowed, lambda: house.room.approval(far, approval_id)) == "approval.other_branch"
    assert refused(NotAllowed, lambda: house.decide_here(teller, "3800", approval_id)) == "approval.other_branch"
    assert refused(NotAllowed, lambda: house.decide(auditor, approval_id)) == "permission.missing"
    assert refused(NotAllowed, lambda: house.decide_here(teller, "4001", approval_id)) == "approval.role"
    for_auditors = house.ask(teller, "T2", by_roles=frozenset({Role.AUDITOR}))
    assert refused(NotAllowed, lambda: house.decide_here(teller, "3001", for_auditors)) == "approval.role"
    assert refused(NotAllowed, lambda: house.decide_here(teller, "4001", for_auditors)) == "approval.role"
    house.people.put("3002", state=StaffState.LOCKED)
    assert refused(SignOnRefused, lambda: house.decide_here(teller, "3002", approval_id)) == "approver.refused"
    assert house.decisions(approval_id) == house.decisions(for_auditors) == []


@pytest.mark.parametrize("change", [{"state": StaffState.LOCKED}, {"state": StaffState.LEFT}, {"must_change": True}])
def test_who_was_locked_or_left_or_got_a_password_after_the_proof_decides_nothing(change: dict[str, Any]) -> None:
    request = {"maker_person": "p1", "branch_no": "0712", "by_roles": "SUPERVISOR"}
    person = Person("3001", "p2", "王建国", Role.SUPERVISOR, "0712", StaffState.ACTIVE, False, may_decide=True)
    assert obstacle(request, [], person, lambda: False) is None
    found = obstacle(request, [], replace(person, **change), lambda: False)
    assert found is not None
    assert (found.code, found.message_id) == ("not-allowed", "error.approval.not_now")


def test_a_decision_is_proven_and_a_code_decides_once(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    first, second = house.ask(teller), house.ask(teller, "T2")
    code = house.code("3001")
    assert house.room.decide(supervisor, Decide(first, True, code)).state is ApprovalState.APPROVED
    assert refused(SignOnRefused, lambda: house.room.decide(supervisor, Decide(second, True, code))) == "code.used"
    here = DecideHere(second, True, Credentials("3001", PASSWORD, code))
    assert refused(SignOnRefused, lambda: house.room.decide_here(teller, here)) == "code.used"
    wrong = DecideHere(second, True, Credentials("3001", "wrong-horse-battery", house.code("3001")))
    assert refused(SignOnRefused, lambda: house.room.decide_here(teller, wrong)) == "approver.refused"
    assert house.room.decide(supervisor, Decide(first, True, "")).state is ApprovalState.APPROVED, "told once more"
    assert house.decisions(second) == []
    for secret in (repr(here), repr(Decide(first, True, code))):
        assert code not in secret
        assert PASSWORD not in secret


def test_who_comes_second_is_told_who_was_first_and_when(house: House) -> None:
    teller, first, second = house.sign_on(), house.sign_on("3001"), house.sign_on("3002")
    for approve, word in ((True, "approved"), (False, "refused")):
        approval_id = house.ask(teller, f"T-{word}")
        house.decide(first, approval_id, approve)
        used = house.code("3002")
        with pytest.raises(Conflict) as caught:
            house.room.decide(second, Decide(approval_id, True, used))
        assert words("en").error(caught.value).startswith(f"王建国 (3001) {word} this")
        assert "2026-11-22 09:30:00" in words("zh_CN").error(caught.value)
        with pytest.raises(Conflict, match="3001"):
            house.decide_here(teller, "3002", approval_id)
        assert house.people.member("3002").code_step == 0, "a code that decides nothing is not used up"


def test_the_maker_takes_a_request_back_approved_or_not_and_nobody_else_does(house: House) -> None:
    teller, other, supervisor = house.sign_on(), house.sign_on("1002"), house.sign_on("3001")
    asked, approved = house.ask(teller), house.ask(teller, "T2")
    house.decide(supervisor, approved)
    assert refused(NotAllowed, lambda: house.room.withdraw(other, Withdraw(asked))) == "approval.not_maker"
    assert refused(NotAllowed, lambda: house.room.withdraw(supervisor, Withdraw(asked))) == "permission.missing"
    for approval_id, name in ((asked, "T1"), (approved, "T2")):
        for _ in range(2):
            view = house.room.withdraw(teller, Withdraw(approval_id, "客户改主意 6222021234567890"))
            assert (view.state, view.ended_by) == (ApprovalState.WITHDRAWN, "1001")
        assert house.told(name) == ("WITHDRAWN", 0)
        assert refused(Refused, lambda name=name: house.execute(name)) == "approval.was_withdrawn"
    assert refused(Conflict, lambda: house.decide(supervisor, asked)) == "approval.was_withdrawn"
    assert house.audited(asked) == ["asked", "withdrawn", "refused"]
    assert "6222021234567890" not in str(house.audit_details(asked))
    done = house.ask(teller, "T3")
    house.decide(supervisor, done)
    house.execute("T3")
    assert refused(Conflict, lambda: house.room.withdraw(teller, Withdraw(done))) == "approval.was_approved"
    assert house.told("T3") == ("APPROVED", 1)


def test_the_branch_sees_what_waits_the_oldest_first_and_the_maker_sees_own_requests(house: House) -> None:
    teller, other, supervisor = house.sign_on(), house.sign_on("1002"), house.sign_on("3001")
    ids = [house.ask(teller, f"T{number}") for number in range(3)] + [house.ask(other, "U1")]
    house.decide(supervisor, ids[1])
    seen = house.room.waiting(supervisor)
    assert [view.approval_id for view in seen] == ids
    assert [view.may_decide for view in seen] == [True, False, True, True]
    assert house.room.waiting_count(supervisor) == 3
    assert [view.why_not for view in house.room.waiting(teller)] == [
        "error.approval.own",
        "error.approval.over",
        "error.approval.own",
        "error.approval.role",
    ]
    assert house.room.waiting_count(teller) == 0
    assert house.room.approval(teller, ids[0]).subject == "T0"
    assert refused(Refused, lambda: house.room.approval(teller, "f" * 32)) == "approval.none"
    assert refused(Refused, lambda: house.decide(supervisor, "f" * 32)) == "approval.none"
    assert refused(Refused, lambda: house.execute("U9")) == "approval.none"


def test_one_request_is_open_for_a_subject_and_its_payload_has_one_text(house: House) -> None:
    teller = house.sign_on()
    first = house.ask(teller)
    assert refused(Conflict, lambda: house.ask(teller, make=False)) == "approval.open"
    house.room.withdraw(teller, Withdraw(first))
    second = house.ask(teller, make=False)
    with house.store.read() as session:
        newest = house.book.newest(session.connection(), UseCase.PAYMENT, "T1")
    assert newest is not None
    assert newest["approval_id"] == second
    for given in ({"payload": {"amount": 1.5}}, {"payload": {1: "one"}}, {"needed": 0}, {"by_roles": frozenset()}):
        with pytest.raises(ValueError, match=r"canonical|could decide"):
            house.ask(teller, make=False, **given)


def test_what_is_no_longer_what_was_asked_is_not_approved_but_may_be_refused(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller)
    house.put("T1", amount_fen=6_000_001)
    assert refused(Refused, lambda: house.decide(supervisor, approval_id)) == "approval.not_as_asked"
    assert house.audited(approval_id) == ["asked", "refused"]
    assert (house.state(approval_id), house.decisions(approval_id)) == ("PENDING", [])
    assert house.decide(supervisor, approval_id, approve=False).state is ApprovalState.REJECTED


def test_what_the_subject_does_stands_or_falls_with_the_decision(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller)

    def breaks(*_: object) -> None:
        raise Refused("error.payment.not_now")

    house.things.decided = breaks  # type: ignore[method-assign]
    with pytest.raises(Refused):
        house.decide(supervisor, approval_id)
    with pytest.raises(Refused):
        house.room.withdraw(teller, Withdraw(approval_id))
    assert (house.state(approval_id), house.decisions(approval_id)) == ("PENDING", [])
    assert house.audited(approval_id) == ["asked"]


def test_a_state_moves_only_from_where_it_is_believed_to_be(house: House) -> None:
    """Behind the lock of the row stands the statement itself."""
    approval_id = house.ask(house.sign_on())
    with house.store.write("test.move") as unit:
        connection = unit.connection
        assert not move(connection, approval_id, {ApprovalState.APPROVED}, ApprovalState.EXECUTED)
        assert not move(connection, "f" * 32, {ApprovalState.PENDING}, ApprovalState.APPROVED)
        assert move(connection, approval_id, {ApprovalState.PENDING}, ApprovalState.APPROVED)
        unit.commit()
    assert house.state(approval_id) == "APPROVED"
