"""The branch's day, counted: compared with plain arithmetic over everything that was written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import insert
from support.counter import teller

from tellerdesk.bills.states import FLOW, STATES
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import Word
from tellerdesk.refunds.states import FLOW as REFUNDS
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.till.drawer import MOVEMENT, SESSION
from tellerdesk.today.counting import REFUND
from tellerdesk.today.room import TodayRoom
from tellerdesk.today.views import BranchToday

NOW = datetime(2026, 11, 22, 2, 31, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
"""By the branch's clock: eight hours ahead."""
OLDEST = NOW - timedelta(days=2)

_serials: Iterator[int] = count(1)


class StoppedClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class OpenDoor:
    """Lets everybody in, and keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[Permission] = []

    def require(self, who: SignedOn, permission: Permission) -> None:
        self.asked.append(permission)


def _entry(made_at: datetime, state: str, **more: object) -> dict[str, object]:
    number = next(_serials)
    return {
        "serial": f"2026112207120700{number:06d}",
        "request_id": f"r{number}",
        "payload_hash": "",
        "flow": FLOW,
        "state": state,
        "version": 1,
        "branch_no": "0712",
        "till_no": "07",
        "teller_no": "1001",
        "made_at": made_at,
        "counterpart": "1101",
        "consumer_last4": "",
        "customer_name": "",
        "amount_fen": 100,
        "method": "CASH",
        "core_serial": "",
        "counterpart_serial": "",
        "cash_return": "NONE",
        "recon_status": "NONE",
        "tries": 0,
    } | more


def _write(store: Store, rows: list[dict[str, object]]) -> None:
    with store.write("test.rows") as unit:
        unit.connection.execute(insert(ENTRY), rows)
        unit.commit()


def _room(store: Store, door: OpenDoor) -> TodayRoom:
    names = {"1101": Bilingual("电力", "Power")}
    return TodayRoom(
        store, door, StoppedClock(), names, lambda _connection, _branch: (2, OLDEST), lambda _connection, no: f"n{no}"
    )


def _today(store: Store) -> BranchToday:
    return _room(store, OpenDoor()).branch(teller())


@pytest.fixture
def written(store: Store) -> list[dict[str, object]]:
    """A few hundred payments of two days around both midnights, of two branches."""
    chance = random.Random(712)
    rows = [
        _entry(
            MIDNIGHT + timedelta(seconds=chance.randrange(-7200, 93_600)),
            chance.choice(sorted(STATES)),
            branch_no=chance.choice(["0712", "0712", "0713"]),
            counterpart=chance.choice(["1101", "1201", "1301"]),
            amount_fen=chance.randrange(1, 10**7),
            flow=chance.choice([FLOW, FLOW, FLOW, "bill_refund"]),
        )
        for _ in range(400)
    ]
    _write(store, rows)
    return rows


def test_every_figure_is_what_plain_arithmetic_makes_of_the_journal(
    store: Store, written: list[dict[str, object]]
) -> None:
    found = _today(store)
    mine = [
        row
        for row in written
        if row["branch_no"] == "0712"
        and row["flow"] == FLOW
        and MIDNIGHT <= row["made_at"] < MIDNIGHT + timedelta(days=1)  # type: ignore[operator]
    ]
    assert len(mine) > 100
    words = {word: [row for row in mine if STATES[str(row["state"])].word is word] for word in Word}
    assert {each.word: (each.count, each.amount_fen) for each in found.words} == {
        word: (len(rows), sum(int(str(row["amount_fen"])) for row in rows)) for word, rows in words.items() if rows
    }
    hours = {hour: [row for row in mine if _hour(row) == hour] for hour in range(24)}
    assert {each.hour: each.count for each in found.hours} == {hour: len(rows) for hour, rows in hours.items() if rows}
    assert {each.hour: each.paid_fen for each in found.hours} == {
        hour: _paid_fen(rows) for hour, rows in hours.items() if rows
    }
    for biller in found.billers:
        rows = [row for row in mine if row["counterpart"] == biller.code]
        assert (biller.count, biller.paid_fen) == (len(rows), _paid_fen(rows))
        assert biller.open == sum(STATES[str(row["state"])].word is Word.PROCESSING for row in rows)
    assert [each.count for each in found.billers] == sorted((each.count for each in found.billers), reverse=True)
    assert sum(each.count for each in found.billers) == len(mine)


def test_the_day_is_the_branchs_own_from_its_midnight_to_the_next(store: Store) -> None:
    moment = timedelta(microseconds=1)
    inside = [_entry(MIDNIGHT, "SUCCESS"), _entry(MIDNIGHT + timedelta(days=1) - moment, "SUCCESS")]
    outside = [_entry(MIDNIGHT - moment, "SUCCESS"), _entry(MIDNIGHT + timedelta(days=1), "SUCCESS")]
    _write(store, inside + outside)
    found = _today(store)
    assert [(each.hour, each.count) for each in found.hours] == [(0, 1), (23, 1)]
    assert str(found.day) == "2026-11-22"


def test_a_payment_that_is_refunded_is_called_what_its_refund_is(store: Store) -> None:
    paid = [_entry(NOW, "SUCCESS", amount_fen=700), _entry(NOW, "SUCCESS", amount_fen=30), _entry(NOW, "SUCCESS")]
    refunds = [
        _entry(NOW, state, flow=REFUNDS, amount_fen=payment["amount_fen"], unfinished=unfinished)
        for payment, state, unfinished in zip(paid, ("DUE", "NOT_AGREED", "PAID_OUT"), (1, 0, 0), strict=True)
    ]
    _write(store, paid + refunds)
    with store.write("test.refunds") as unit:
        for payment, refund in zip(paid, refunds, strict=True):
            of = {"payment_serial": payment["serial"], "source_serial": payment["serial"], "cause": "NEXT_DAY"}
            holds = None if refund["state"] == "NOT_AGREED" else payment["serial"]
            words = {"reason": "", "note": "", "original_no": "", "agreement_no": "", "refusal": ""}
            unit.connection.execute(insert(REFUND), of | words | {"serial": refund["serial"], "holds": holds})
        unit.commit()

    found = _today(store)

    assert [(each.word, each.count, each.amount_fen) for each in found.words] == [
        (Word.PAID, 1, 30),
        (Word.REFUND_DUE, 1, 700),
        (Word.REFUNDED, 1, 100),
    ]
    assert [(each.count, each.paid, each.paid_fen) for each in found.billers] == [(3, 1, 30)]
    assert [(each.count, each.paid_fen) for each in found.hours] == [(3, 30)]
    assert (found.refunds, found.refunds_fen) == (1, 700)


def test_cash_in_refunds_payable_is_called_what_the_desk_calls_it_and_no_money_returned(store: Store) -> None:
    states = (("SUSPENDING", "PENDING_SUSPENSE"), ("SUSPENSE", "DUE"), ("SUSPENSE", "PAID_OUT"))
    payments = [_entry(NOW, "REVERSED", cash_return=cash, amount_fen=10**at) for at, (cash, _) in enumerate(states, 1)]
    refunds = [
        _entry(NOW, state, flow=REFUNDS, amount_fen=payment["amount_fen"], unfinished=int(state != "PAID_OUT"))
        for payment, (_, state) in zip(payments, states, strict=True)
    ]
    _write(store, payments)
    _write(store, refunds)
    with store.write("test.refunds") as unit:
        for payment, refund in zip(payments, refunds, strict=True):
            serial = payment["serial"]
            of = {"payment_serial": serial, "source_serial": serial, "holds": serial, "cause": "UNCLAIMED_CASH"}
            words = {"reason": "", "note": "", "original_no": "", "agreement_no": "", "refusal": ""}
            unit.connection.execute(insert(REFUND), of | words | {"serial": refund["serial"]})
        unit.commit()

    found = _today(store)

    assert [(each.word, each.count, each.amount_fen) for each in found.words] == [
        (Word.REFUND_DUE, 2, 110),
        (Word.REFUNDED, 1, 1000),
    ]


def test_open_tills_hold_what_went_in_less_what_went_out(store: Store) -> None:
    with store.write("test.tills") as unit:
        for till_no, branch_no, closed_at in (("07", "0712", None), ("08", "0712", NOW), ("09", "0713", None)):
            opened = {"branch_no": branch_no, "till_no": till_no, "staff_no": f"10{till_no}", "opening_fen": 1000}
            session_id = unit.connection.execute(
                insert(SESSION)
                .values(**opened, opened_at=MIDNIGHT, closed_at=closed_at, request_id=f"o{till_no}")
                .returning(SESSION.c.id)
            ).scalar_one()
            for kind, amount_fen, serial in (("CASH_IN", 500, "a"), ("CASH_IN", 70, "b"), ("CASH_OUT", 70, "b")):
                moved = {"session_id": session_id, "kind": kind, "amount_fen": amount_fen, "serial": serial + till_no}
                unit.connection.execute(insert(MOVEMENT).values(**moved, at=NOW, by="1001"))
        unit.commit()
    (till,) = _today(store).tills
    assert (till.till_no, till.staff_no, till.staff_name) == ("07", "1007", "n1007")
    assert (till.in_fen, till.out_fen, till.balance_fen) == (570, 70, 1500)


def test_an_idle_branch_has_no_figures_and_no_error(store: Store) -> None:
    found = _today(store)
    assert (found.words, found.hours, found.billers, found.tills) == ((), (), (), ())
    assert (found.questions, found.oldest, found.refunds, found.refunds_fen) == (2, OLDEST, 0, 0)


def test_who_may_not_see_the_branch_is_asked_at_the_door(store: Store) -> None:
    door = OpenDoor()
    _room(store, door).branch(teller())
    assert door.asked == [Permission.SEE_BRANCH]


def _hour(row: dict[str, object]) -> int:
    made_at = row["made_at"]
    assert isinstance(made_at, datetime)
    return (made_at + timedelta(hours=8)).hour


def _paid_fen(rows: list[dict[str, object]]) -> int:
    return sum(int(str(row["amount_fen"])) for row in rows if STATES[str(row["state"])].word is Word.PAID)
