"""3002: the vouchers of an accounting date by code, teller and method; a cancellation is a voucher of its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from tellerdesk.bills.commands import Method
from tellerdesk.bills.models import Cancellation
from tellerdesk.errors import BadInput, NotAllowed
from tellerdesk.journal.states import Word
from tellerdesk.search.commands import VoucherDay
from tellerdesk.search.views import VoucherGroup
from tellerdesk.store.base import table_of
from tests.search.conftest import House
from tests.search.written import Plain

DAY = date(2026, 11, 22)
CANCELLED = table_of(Cancellation)


def cancelled(house: House, plain: Plain, by: str, outcome: str = "CANCELLED") -> None:
    now = house.journal.clock.now()
    texts = dict.fromkeys(("payload_hash", "note", "original_no", "refusal", "cancel_serial"), "")
    values: dict[str, Any] = {"serial": plain.serial, "request_id": f"c{plain.serial}{outcome}", "asked_by": by}
    place = {"branch_no": plain.branch_no, "till_no": "07", "reason": "WRONG_AMOUNT", "before_state": "SUCCESS"}
    with house.journal.store.write("test.cancellation") as unit:
        unit.connection.execute(
            insert(CANCELLED).values(**values, **place, **texts, asked_at=now, outcome=outcome, ended_at=now)
        )
        unit.commit()


@pytest.fixture
def day(house: House) -> list[Plain]:
    add = house.journal.add
    first = add(core_serial="C1")
    made = [
        first,
        add(core_serial="C2", amount_fen=100),
        add(core_serial="C3", method="ACCOUNT"),
        add(core_serial="C4", teller_no="1002"),
        add(core_serial="C5", state="CANCELLED", cash_return="RETURNED"),
        add(core_serial="C6", flow="bill_refund", state="PAID_OUT", about=first.serial),
        add(core_serial="C7", branch_no="0713", serial="2026112207130700000001"),
        add(core_serial=""),
        add(core_serial="C9", made_at=house.journal.clock.now() - timedelta(days=1), serial="2026112107120700000001"),
    ]
    cancelled(house, made[0], "1001", outcome="REFUSED")
    cancelled(house, made[4], "1002")
    return made


def test_vouchers_are_counted_by_code_teller_method_and_word(house: House, day: list[Plain]) -> None:
    who = house.sign_on()
    assert house.room.vouchers(who, VoucherDay(DAY)) == (
        VoucherGroup("2001", "1001", Method.ACCOUNT, Word.PAID, 1, 8_440),
        VoucherGroup("2001", "1001", Method.CASH, Word.CANCELLED, 1, 8_440),
        VoucherGroup("2001", "1001", Method.CASH, Word.PAID, 2, 8_540),
        VoucherGroup("2001", "1002", Method.CASH, Word.PAID, 1, 8_440),
        VoucherGroup("2002", "1002", Method.CASH, Word.CANCELLED, 1, 8_440),
        VoucherGroup("2005", "1001", Method.CASH, Word.REFUNDED, 1, 8_440),
    )
    assert [group.code for group in house.room.vouchers(who, VoucherDay(DAY, teller_no="1002"))] == ["2001", "2002"]
    assert [group.count for group in house.room.vouchers(who, VoucherDay(DAY, code="2002"))] == [1]
    assert sum(group.count for group in house.room.vouchers(who, VoucherDay(DAY - timedelta(days=1)))) == 1
    assert sum(group.count for group in house.room.vouchers(house.sign_on("8001"), VoucherDay(DAY))) == 8
    with pytest.raises(NotAllowed):
        house.room.vouchers(who, VoucherDay(DAY, branch_no="0713"))


def test_vouchers_of_a_code_come_page_by_page_oldest_first(house: House, day: list[Plain]) -> None:
    who = house.sign_on()
    asked = VoucherDay(DAY, code="2001")
    first = house.room.voucher_page(who, asked, size=2)
    second = house.room.voucher_page(who, asked, first.next, size=2)
    third = house.room.voucher_page(who, asked, second.next, size=2)
    assert (first.previous, third.next) == (None, None)
    pages = [[one.row.serial for one in page.rows] for page in (first, second, third)]
    assert pages == [[one.serial for one in part] for part in (day[0:2], day[2:4], day[4:5])]
    assert house.room.voucher_page(who, asked, third.previous, size=2) == second
    papers = {number for page in (first, second, third) for one in page.rows for number in one.papers}
    assert papers == {
        number for one in day[:5] for number in one.numbers if number.count("-") == 2 and "CP" not in number
    }


def test_a_cancellations_voucher_is_whose_it_was(house: House, day: list[Plain]) -> None:
    (voucher,) = house.room.voucher_page(house.sign_on(), VoucherDay(DAY, code="2002")).rows
    assert (voucher.code, voucher.teller_no, voucher.row.teller_no) == ("2002", "1002", "1001")
    assert (voucher.row.serial, voucher.at, voucher.papers) == (day[4].serial, house.journal.clock.now(), ())


@pytest.mark.parametrize("code", ["", "9999"])
def test_vouchers_are_listed_by_a_code_that_has_some(house: House, code: str) -> None:
    with pytest.raises(BadInput, match=r"error\.search\.code"):
        house.room.voucher_page(house.sign_on(), VoucherDay(DAY, code=code))
