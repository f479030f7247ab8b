"""Two people act on one request at the same moment, each at a desk of their own: one effect, and who comes second is
told so in a sentence."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import insert, select, update
from support.long_form import LONG

from tellerdesk.approvals import register
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.register import DECISION, REQUEST
from tellerdesk.approvals.states import Place, Verdict
from tellerdesk.errors import Conflict, Refused, TellerDeskError
from tellerdesk.i18n import words
from tellerdesk.staff import codes
from tellerdesk.staff.system import SYSTEM
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.store.keys import Keys
from tests.staff.conftest import AUDIT, MEMBERS

from .house import SECRET, THING, House

ROUNDS = 500 if LONG else 50
PATIENCE_S = 60

pytestmark = pytest.mark.timeout(900)

Outcome = tuple[str, str]
"""Whether it was done or what error was told, and the sentence."""


class GatedStore(Store):
    """The units of work that decide wait at a gate until both racers stand there: what they looked at before, they saw
    while nothing was decided."""

    gate: threading.Barrier | None = None

    def write(self, name: str) -> AbstractContextManager[UnitOfWork]:  # type: ignore[override]
        if self.gate is not None and name in {"approvals.decide", "approvals.withdraw", "test.execute"}:
            self.gate.wait(PATIENCE_S)
        return super().write(name)


@dataclass
class Race:
    """Two desks on one database, and what one round leaves behind."""

    house: House
    desks: list[House] = field(init=False)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))

    def __post_init__(self) -> None:
        gate = threading.Barrier(2)
        self.desks = []
        for _ in range(2):
            store = GatedStore(self.house.store.url)
            store.gate = gate
            self.desks.append(House(store, self.house.keys, self.house.clock))
        self.teller = self.house.sign_on()
        self.supervisors = [self.house.sign_on("3001"), self.house.sign_on("3002")]

    def asked(self, name: str, *, approved: bool = False, lifetime_s: float = 900.0) -> str:
        """A request, approved already where that is asked for, and one-time codes fresh: all in one commit."""
        house = self.house
        with house.store.write("test.round") as unit:
            values = {"name": name, "amount_fen": 1, "account": "", "day": "", "word": "", "done": 0}
            unit.connection.execute(insert(THING).values(values))
            unit.connection.execute(update(MEMBERS).where(MEMBERS.c.code_step > 0).values(code_step=0))
            approval_id = house.ask_in(unit, self.teller, name, lifetime_s=lifetime_s)
            if approved:
                request = register.locked(unit.connection, approval_id)
                person = register.person(unit.connection, "3003")
                assert request is not None
                assert person is not None
                given = (Verdict.APPROVED, person, Place.ON_THE_SPOT, "", "")
                house.book.decide(unit, house.things, request, *given)
            unit.commit()
        return approval_id

    def decides(self, number: int, approval_id: str, approve: bool) -> Callable[[], object]:
        who = self.supervisors[number]
        code = codes.code_at(SECRET, self.house.people.database_now_ms())
        return partial(self.desks[number].room.decide, who, Decide(approval_id, approve, code, "why"))

    def run(self, *calls: Callable[[], object]) -> list[Outcome]:
        """Both at once; what each was told."""
        start = threading.Barrier(2)

        def racer(call: Callable[[], object]) -> Outcome:
            start.wait(PATIENCE_S)
            try:
                call()
            except (Conflict, Refused) as error:
                return type(error).__name__, said(error)
            return "done", ""

        return [told.result(PATIENCE_S) for told in [self.pool.submit(racer, call) for call in calls]]

    def standing(self, approval_id: str, name: str) -> tuple[str, list[str], list[str], str, int]:
        """State, who decided, what the audit tells, the thing's word, how often it was done."""
        with self.house.store.read() as session:
            read: Callable[[Any], list[Any]] = lambda query: list(session.connection().execute(query))  # noqa: E731
            (state,) = read(select(REQUEST.c.state).where(REQUEST.c.approval_id == approval_id))[0]
            deciders = read(select(DECISION.c.checker_no).where(DECISION.c.approval_id == approval_id))
            audited = read(select(AUDIT.c.action).where(AUDIT.c.subject == approval_id).order_by(AUDIT.c.id))
            word, done = read(select(THING.c.word, THING.c.done).where(THING.c.name == name))[0]
        told = [action.removeprefix("approval.") for (action,) in audited]
        return state, [number for (number,) in deciders], told, word, done

    def close(self) -> None:
        self.pool.shutdown()
        for desk in self.desks:
            desk.store.close()


def said(error: TellerDeskError) -> str:
    assert words("zh_CN").knows(error.message_id)
    return words("en").error(error)


@pytest.fixture
def race(store: Store, keys: Keys, clock: SetClock) -> Iterator[Race]:
    racing = Race(House(store, keys, clock).open())
    yield racing
    racing.close()


@pytest.mark.parametrize("second_says", [True, False], ids=["approve", "reject"])
def test_of_two_who_decide_one_decides(race: Race, second_says: bool) -> None:
    won = Counter[str]()
    for number in range(ROUNDS):
        name = f"T{number}"
        approval_id = race.asked(name)
        calls = [race.decides(0, approval_id, True), race.decides(1, approval_id, second_says)]
        outcomes = race.run(*calls) if number % 2 else race.run(*reversed(calls))[::-1]
        assert sorted(kind for kind, _ in outcomes) == ["Conflict", "done"]
        winner = [kind for kind, _ in outcomes].index("done")
        staff_no, state = ("3001", "3002")[winner], ("APPROVED", "APPROVED" if second_says else "REJECTED")[winner]
        assert race.standing(approval_id, name) == (state, [staff_no], ["asked", state.lower()], state, 0)
        told = outcomes[1 - winner][1]
        assert f"({staff_no}) {'approved' if state == 'APPROVED' else 'refused'} this" in told
        assert "2026-11-22 09:30:00" in told
        won[staff_no] += 1
    assert race.house.verified()
    assert len(won) == 2, "each of them is first sometimes, or this is no race"


def test_a_request_that_is_withdrawn_while_it_is_approved_ends_withdrawn_once(race: Race) -> None:
    for number in range(ROUNDS):
        name = f"T{number}"
        approval_id = race.asked(name)
        withdrawing = partial(race.desks[1].room.withdraw, race.teller, Withdraw(approval_id))
        decided, withdrawn = race.run(race.decides(0, approval_id, True), withdrawing)
        assert withdrawn == ("done", "")
        first = decided[0] == "done"
        assert first or (decided[0] == "Conflict" and "(1001) withdrew this" in decided[1])
        audit = ["asked", *(["approved"] if first else []), "withdrawn"]
        deciders = ["3001"] if first else []
        assert race.standing(approval_id, name) == ("WITHDRAWN", deciders, audit, "WITHDRAWN", 0)
    assert race.house.verified()


def test_a_request_whose_time_ends_while_it_is_approved_is_either(race: Race) -> None:
    """The time is set so that it ends while the approver is under way, sooner after each yes, later after each no."""
    won, lifetime_s, chance = Counter[bool](), 0.02, random.Random(7)
    race.desks[0].store.gate = None  # type: ignore[attr-defined]
    for number in range(ROUNDS):
        name = f"T{number}"
        approval_id = race.asked(name, lifetime_s=lifetime_s)

        def expiring(desk: House = race.desks[1], approval_id: str = approval_id) -> None:
            while desk.state(approval_id) != "EXPIRED":
                desk.room.expire_due(SYSTEM)

        decided, expired = race.run(race.decides(0, approval_id, True), expiring)
        assert expired == ("done", "")
        first = decided[0] == "done"
        assert first or (decided[0] == "Refused" and decided[1].startswith("The time for this approval is over"))
        audit = ["asked", *(["approved"] if first else []), "expired"]
        deciders = ["3001"] if first else []
        assert race.standing(approval_id, name) == ("EXPIRED", deciders, audit, "EXPIRED", 0)
        won[first] += 1
        lifetime_s *= chance.uniform(0.7, 1.0) if first else chance.uniform(1.0, 1.4)
    assert race.house.verified()
    assert len(won) == 2, "each of them is first sometimes, or this is no race"


def test_of_two_who_do_what_was_approved_one_does_it(race: Race) -> None:
    for number in range(ROUNDS):
        name = f"T{number}"
        approval_id = race.asked(name, approved=True)
        outcomes = race.run(*(partial(desk.execute, name) for desk in race.desks))
        assert sorted(kind for kind, _ in outcomes) == ["Conflict", "done"]
        assert any("has been done already, by 李晓燕 (1001)" in told for _, told in outcomes)
        audit = ["asked", "approved", "executed", "refused"]
        assert race.standing(approval_id, name) == ("EXECUTED", ["3003"], audit, "APPROVED", 1)
    assert race.house.verified()
