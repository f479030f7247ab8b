"""An administrator alone makes nobody who approves: what is done to a supervisor's number waits for a second person."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import SetClock
from sqlalchemy import select

from tellerdesk.approvals.commands import Credentials, Decide, DecideHere, Withdraw
from tellerdesk.approvals.power import PowerSubject
from tellerdesk.approvals.register import REQUEST
from tellerdesk.approvals.rules import SHIPPED, Rules
from tellerdesk.approvals.states import OPEN, ApprovalState
from tellerdesk.errors import Conflict, NotAllowed, Refused, TellerDeskError
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff, ChangePassword, ChangeStaff, SignOn
from tellerdesk.staff.people import People
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn, TemporaryPassword
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.approvals.house import CODES, House, refused

from .conftest import BRANCH, PASSWORD

OWN_PASSWORD = "kapok-in-spring"
PATIENCE_S = 60.0


class Office(House):
    """A house whose administrators `9001` and `9002` keep the list; a confirmation is asked of the house's room."""

    def __post_init__(self) -> None:
        super().__post_init__()
        rules = Rules.read(SHIPPED)
        self.powers = PowerSubject(self.book, self.people.audit, lambda _: rules)
        self.room._register(self.powers)
        parts = (self.store, self.people.audit, self.clock, self.people.passwords, self.people.vault)
        self.list = People(self.store, StaffRoom(*parts, powers=self.powers), "示例银行")

    def code(self, staff_no: str) -> str:
        """By the secret the number has now."""
        self.people.put(staff_no, code_step=0)
        secret = self.people.vault.open(self.people.member(staff_no).code_sealed, column=CODES, row=staff_no)
        return codes.code_at(secret, self.people.database_now_ms())

    def requests(self, staff_no: str) -> list[tuple[str, str]]:
        """Id and state of every request about a number's power, the oldest first."""
        query = select(REQUEST.c.approval_id, REQUEST.c.state).where(REQUEST.c.subject == staff_no)
        return [(row[0], row[1]) for row in self.people.read(query.order_by(REQUEST.c.approval_id))]

    def open_request(self, staff_no: str) -> str:
        [approval_id] = [request for request, state in self.requests(staff_no) if ApprovalState(state) in OPEN]
        return approval_id

    def may_decide(self, staff_no: str) -> bool:
        return bool(self.people.member(staff_no).may_decide)

    def with_own_password(self, staff_no: str, given: str) -> tuple[SignedOn, str]:
        """The person signs on, and changes a given password first: the session, and the password from then on."""
        signing = {"branch_no": BRANCH, "till_no": "88", "terminal": "T88"}
        who = self.staff.sign_on(SignOn(staff_no, given), **signing)
        if who.must_change:
            self.staff.change_password(who, ChangePassword(given, OWN_PASSWORD))
            return self.staff.sign_on(SignOn(staff_no, OWN_PASSWORD), **signing), OWN_PASSWORD
        return who, given


@pytest.fixture
def office(store: Store, keys: Keys, clock: SetClock) -> Office:
    made = Office(store, keys, clock)
    made.open()
    made.add("9001", Role.ADMINISTRATOR, "赵海")
    made.add("9002", Role.ADMINISTRATOR, "吴海")
    return made


@pytest.fixture
def admin(office: Office) -> SignedOn:
    return office.sign_on("9001")


def reset_password(office: Office, admin: SignedOn) -> tuple[str, str]:
    return "3001", office.list.reset_password(admin, "3001").password


def reset_code(office: Office, admin: SignedOn) -> tuple[str, str]:
    office.list.reset_code(admin, "3001")
    return "3001", PASSWORD


def add(office: Office, admin: SignedOn) -> tuple[str, str]:
    office.list.add(admin, AddStaff("3009", "周平", Role.SUPERVISOR, BRANCH, PASSWORD))
    return "3009", PASSWORD


def change_role(office: Office, admin: SignedOn) -> tuple[str, str]:
    office.list.change(admin, ChangeStaff("1002", role=Role.SUPERVISOR))
    return "1002", PASSWORD


Act = Callable[[Office, SignedOn], tuple[str, str]]
ACTS: list[Act] = [reset_password, reset_code, add, change_role]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_number_an_administrator_has_touched_decides_nowhere_until_another_supervisor_has_confirmed_it(
    office: Office, admin: SignedOn, act: Act
) -> None:
    number, given = act(office, admin)
    request = office.open_request(number)
    other, teller = office.sign_on("3002"), office.sign_on()
    first, second = office.ask(teller, "T1"), office.ask(teller, "T2")
    who, password = office.with_own_password(number, given)

    def on_the_spot() -> None:
        by = Credentials(number, password, office.code(number))
        office.room.decide_here(teller, DecideHere(first, True, by))

    assert refused(NotAllowed, on_the_spot) == "approver.not_confirmed"
    own_desk = Decide(second, True, office.code(number))
    assert refused(NotAllowed, lambda: office.room.decide(who, own_desk)) == "approver.not_confirmed"
    assert refused(NotAllowed, lambda: office.staff.prove_code(who, office.code(number))) == "approver.not_confirmed"
    seen = {view.approval_id: view for view in office.room.waiting(who)}
    assert (seen[second].may_decide, seen[second].why_not) == (False, "error.approver.not_confirmed")
    assert not next(person for person in office.list.all(admin) if person.staff_no == number).may_decide
    assert office.decisions(first) == office.decisions(second) == []

    assert office.decide(other, request).state is ApprovalState.EXECUTED

    on_the_spot()
    office.room.decide(who, Decide(second, True, office.code(number)))
    assert office.decisions(first) == office.decisions(second) == [(number, "APPROVED")]
    assert office.people.told("3002")[-1][:2] == ("approval.approved", request)
    assert ("staff.power_confirmed", number) in [told[:2] for told in office.people.told("3002")]
    assert office.verified()


def test_neither_the_administrator_nor_the_number_itself_nor_another_number_of_either_confirms_it(
    office: Office, admin: SignedOn
) -> None:
    office.second_number("9101", "9001", Role.SUPERVISOR)
    office.second_number("3101", "3003", Role.SUPERVISOR)
    office.list.reset_code(admin, "3003")
    request = office.open_request("3003")
    with pytest.raises(NotAllowed, match=r"^error\.permission\.missing"):
        office.room.decide(admin, Decide(request, True, "000000"))
    assert refused(NotAllowed, lambda: office.decide(office.sign_on("3003"), request)) == "approval.own_power"
    assert refused(NotAllowed, lambda: office.decide(office.sign_on("3101"), request)) == "approval.own_power"
    assert refused(NotAllowed, lambda: office.decide_here(admin, "3101", request)) == "approval.own_power"
    assert refused(NotAllowed, lambda: office.decide_here(admin, "9101", request)) == "approval.own"
    assert refused(NotAllowed, lambda: office.decide(office.sign_on("9101"), request)) == "approval.own"
    assert (office.state(request), office.may_decide("3003")) == ("PENDING", False)


def test_who_waits_for_a_confirmation_confirms_nobody_else(office: Office, admin: SignedOn) -> None:
    office.list.reset_code(admin, "3001")
    office.list.reset_code(admin, "3002")
    waiting = office.sign_on("3002")
    request = office.open_request("3001")
    assert refused(NotAllowed, lambda: office.decide(waiting, request)) == "approver.not_confirmed"


def test_a_newer_reset_overtakes_the_request_and_asks_anew_also_once_confirmed(office: Office, admin: SignedOn) -> None:
    office.list.reset_password(admin, "3001")
    first = office.open_request("3001")
    office.list.reset_code(office.sign_on("9002"), "3001")
    second = office.open_request("3001")
    other = office.sign_on("3002")
    assert office.state(first) == "WITHDRAWN"
    assert refused(Conflict, lambda: office.decide(other, first)) == "approval.was_withdrawn"
    office.decide(other, second)
    assert office.may_decide("3001")

    office.list.reset_password(admin, "3001")

    assert not office.may_decide("3001")
    assert [state for _, state in office.requests("3001")] == ["WITHDRAWN", "EXECUTED", "PENDING"]


@pytest.mark.parametrize("column", ["role", "branch_no", "code_sealed", "password_hash", "name"])
def test_what_was_changed_behind_the_desk_since_is_not_confirmed(office: Office, admin: SignedOn, column: str) -> None:
    office.list.reset_password(admin, "3001")
    request = office.open_request("3001")
    hashed = office.people.member("3002").password_hash
    values = {"role": "TELLER", "branch_no": "0713", "code_sealed": b"x", "password_hash": hashed, "name": "吴海"}
    office.people.put("3001", **{column: values[column]})
    assert refused(Refused, lambda: office.decide(office.sign_on("3002"), request)) == "approval.not_as_asked"
    assert not office.may_decide("3001")


def test_what_comes_to_nothing_leaves_the_number_waiting_until_it_is_asked_anew(
    office: Office, admin: SignedOn
) -> None:
    other = office.sign_on("3002")
    office.list.reset_code(admin, "3001")
    office.decide(other, office.open_request("3001"), approve=False)
    assert not office.may_decide("3001")
    office.list.ask_power(admin, "3001")
    office.room.withdraw(admin, Withdraw(office.open_request("3001")))
    assert not office.may_decide("3001")
    office.list.ask_power(admin, "3001")
    office.decide(other, office.open_request("3001"))
    assert office.may_decide("3001")
    office.list.ask_power(admin, "3001")
    assert [state for _, state in office.requests("3001")] == ["REJECTED", "WITHDRAWN", "EXECUTED"]
    assert refused(Refused, lambda: office.list.ask_power(admin, "1001")) == "staff.no_power"


def test_a_role_that_decides_nothing_and_a_number_out_of_use_leave_nothing_to_confirm(
    office: Office, admin: SignedOn
) -> None:
    for number in ("3001", "3002"):
        office.list.reset_code(admin, number)
    office.list.change(admin, ChangeStaff("3001", role=Role.TELLER))
    office.list.leave(admin, "3002")
    assert [state for number in ("3001", "3002") for _, state in office.requests(number)] == ["WITHDRAWN"] * 2


def test_what_the_command_line_does_needs_nobody_and_ends_the_waiting(office: Office, admin: SignedOn) -> None:
    roster = office.staff.roster
    roster.reset_password("3001", SETUP, OWN_PASSWORD)
    roster.reset_code("3001", SETUP)
    roster.change(ChangeStaff("1002", role=Role.SUPERVISOR), SETUP)
    assert office.may_decide("3001")
    assert office.may_decide("1002")
    assert office.requests("3001") == office.requests("1002") == []
    office.list.reset_code(admin, "3001")
    request = office.open_request("3001")
    roster.reset_code("3001", SETUP)
    assert office.may_decide("3001")
    assert ("staff.power_confirmed", "3001") in [told[:2] for told in office.people.told(SETUP)]
    assert refused(Refused, lambda: office.decide(office.sign_on("3002"), request)) == "approval.not_as_asked"


def test_a_reset_at_the_moment_of_the_confirmation_leaves_the_number_waiting(office: Office, admin: SignedOn) -> None:
    other = office.sign_on("3002")
    for _ in range(3):
        office.list.reset_code(admin, "3001")
        command = Decide(office.open_request("3001"), True, office.code("3002"))
        gate = threading.Barrier(2)

        def at_once(call: Callable[[], object], gate: threading.Barrier = gate) -> str:
            gate.wait(PATIENCE_S)
            try:
                call()
            except TellerDeskError as error:
                return error.message_id
            return ""

        with ThreadPoolExecutor(2) as pool:
            resetting = pool.submit(at_once, lambda: office.list.reset_password(admin, "3001"))
            confirming = pool.submit(at_once, lambda command=command: office.room.decide(other, command))  # type: ignore[misc]
            assert resetting.result(PATIENCE_S) == ""
            assert confirming.result(PATIENCE_S) in {"", "error.approval.was_withdrawn"}
        assert not office.may_decide("3001")
        assert office.state(office.open_request("3001")) == "PENDING"
    assert office.verified()


def test_the_given_password_is_told_to_the_administrator_alone(office: Office, admin: SignedOn) -> None:
    given = office.list.reset_password(admin, "3001")
    assert isinstance(given, TemporaryPassword)
    shown = office.room.approval(office.sign_on("3002"), office.open_request("3001"))
    assert [(line.label.rpartition("_")[2], line.before, line.after) for line in shown.changes] == [
        ("no", "", "3001"),
        ("name", "", "*建国"),
        ("role", "", "主管 / Supervisor"),
        ("branch", "", BRANCH),
        ("cause", "", "密码已重设 / password reset"),
    ]
    assert given.password not in repr(office.audit_details(shown.approval_id)) + repr(shown)
