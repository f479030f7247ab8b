"""3002: the vouchers of an accounting date by code, teller and method; a cancellation is a voucher of its own."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from tellerdesk.bills.commands import Method
from tellerdesk.bills.models import Cancellation
from tellerdesk.errors import BadInput, NotAllowed
from tellerdesk.i18n import words
from tellerdesk.journal.states import Word
from tellerdesk.search import vouchers
from tellerdesk.search.commands import ExportVouchers, VoucherDay
from tellerdesk.search.export import VOUCHER_COLUMNS
from tellerdesk.search.states import Format, SearchAction
from tellerdesk.search.views import VoucherGroup
from tellerdesk.store.base import table_of
from tests.search.conftest import House
from tests.search.test_export import cells_of, lines_of
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


def test_the_file_holds_the_vouchers_that_are_counted_and_no_others(
    house: House, day: list[Plain], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouchers, "MOST", 2)  # several pages of each code
    who, say = house.sign_on("3001"), words("en")
    for form in Format:
        for asked in (VoucherDay(DAY), VoucherDay(DAY, code="2001"), VoucherDay(DAY, teller_no="1002")):
            path = tmp_path / f"{asked.code}{asked.teller_no}.{form}"
            done = house.room.export_vouchers(who, ExportVouchers(asked, path, form, "en"))
            head, *lines = (
                lines_of(path) if form is Format.CSV else [[text for _, text in one] for one in cells_of(path)]
            )
            at = {name: head.index(say(f"search.column.{name}")) for name in VOUCHER_COLUMNS}
            written: dict[tuple[str, ...], list[int]] = {}
            for line in lines:
                counted = written.setdefault(
                    tuple(line[at[name]] for name in ("code", "teller_no", "method", "word")), [0, 0]
                )
                counted[0] += 1
                counted[1] += round(float(line[at["amount"]]) * 100)
            assert written == {
                (
                    each.code,
                    each.teller_no,
                    say(f"search.method.{each.method.lower()}"),
                    say(f"word.{each.word.lower()}"),
                ): [each.count, each.sum_fen]
                for each in house.room.vouchers(who, asked)
            }
            assert {line[at["accounting_date"]] for line in lines} == {DAY.isoformat()}
            assert done.rows == len(lines) == len({(line[at["code"]], line[at["serial"]]) for line in lines})
            person, subject, details = house.audited(SearchAction.EXPORTED)[-1]
            kept = json.loads(details)
            assert (person, subject, kept["accounting_date"], kept["rows"]) == ("3001", path.name, str(DAY), len(lines))


def test_the_vouchers_of_another_branch_are_not_written(house: House, tmp_path: Path) -> None:
    command = ExportVouchers(VoucherDay(DAY, branch_no="0713"), tmp_path / "x", Format.CSV, "en")
    with pytest.raises(NotAllowed):
        house.room.export_vouchers(house.sign_on(), command)
    assert not command.path.exists()
