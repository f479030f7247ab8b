"""Six billers, each with a habit of its own, and none that loses or invents a fen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER, ledger_file
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.sandbox.profiles import PROFILES
from tests.sandbox.asking import DAY, MADE_AT, Counterparts, new_secrets, new_serial, payment, posting, tombstone

FORMATS = {
    ELECTRICITY: (r"0755[0-9]{10}", mod_97_10.is_valid),
    WATER: (r"[0-9]{10}", luhn.is_valid),
    VILLAGE: (r"[0-9]{8}", bool),
    GAS: (r"[0-9]{12}", mod_97_10.is_valid),
    HEATING: (r"RN[0-9]{8}", bool),
    MOBILE: (r"1[3-9][0-9]{9}", bool),
}
FIRST = {
    ELECTRICITY: "07550031884639",
    WATER: "2044173181",
    VILLAGE: "31207045",
    GAS: "516230015823",
    HEATING: "RN00012345",
    MOBILE: "13827550061",
}
"""王晓燕's numbers, the examples of the catalogue."""
OWING = [name for name in BILLERS if name != MOBILE]


def paying(there: Counterparts, bill: biller.BillReply, amount_fen: int | None = None) -> Answer[biller.PayReply]:
    fen = bill.total_fen if amount_fen is None else amount_fen
    return there.pay(payment(f"{new_serial()}-BP-1", bill, amount_fen=fen))


@pytest.mark.parametrize("name", BILLERS)
def test_each_biller_has_numbers_of_its_own(name: str) -> None:
    pattern, is_valid = FORMATS[name]
    numbers = [people.consumer_no(index, name) for index in range(people.CONSUMERS[name] + 50)]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(pattern, number) and is_valid(number) for number in numbers)
    assert numbers[0] == FIRST[name]


@pytest.mark.parametrize("name", BILLERS)
def test_samples_are_what_they_say_with_every_biller(everyone: Counterparts, name: str) -> None:
    there, samples = everyone.at(name), people.sample_consumers(counterpart=name)
    owes_nothing = "" if name == MOBILE else "NOTHING_OWED"

    assert there.query(samples.owing[0]).kind is AnswerKind.ACCEPTED
    assert there.query(samples.owing_nothing[0]).code == owes_nothing
    assert there.query(samples.disconnected[0]).code == "DISCONNECTED"
    assert there.query(samples.unknown[0]).code == "NO_SUCH_CONSUMER"
    assert there.query("X-99999").code == "NO_SUCH_CONSUMER"


@pytest.mark.parametrize("name", OWING)
def test_a_bill_paid_in_full_is_gone(everyone: Counterparts, name: str) -> None:
    there = everyone.at(name)
    bill = there.bill()

    told = paying(there, bill)

    assert told.kind is AnswerKind.ACCEPTED
    assert told.body is not None
    assert told.body.biller_serial.startswith(PROFILES[name].prefix)
    assert there.query(bill.consumer_no).code == "NOTHING_OWED"
    assert books.biller_payments(there.folder, name)[-1].amount_fen == bill.total_fen
    assert books.biller_flaws(there.folder, name) == []


@pytest.mark.parametrize("name", OWING)
def test_a_bill_says_what_it_is_for(everyone: Counterparts, name: str) -> None:
    bill = everyone.at(name).bill(FIRST[name])

    assert bill.name == "王晓燕"
    assert bill.address == "深圳市南山区科技园路 18 号 302"
    assert {line.item for line in bill.lines} == {PROFILES[name].item}
    assert bill.balance_fen == (0 if name == GAS else None)


# Water: any part, the oldest month first


def test_a_part_is_taken_for_the_oldest_month_and_the_rest_of_it_stays(everyone: Counterparts) -> None:
    water = everyone.at(WATER)
    bill = next(bill for bill in iter(water.bill, None) if len(bill.lines) >= 3)
    first, second, *others = bill.lines

    assert paying(water, bill, first.amount_fen + 1).kind is AnswerKind.ACCEPTED

    after = water.bill(bill.consumer_no)
    assert [(line.period, line.amount_fen) for line in after.lines] == [
        (second.period, second.amount_fen - 1),
        *((line.period, line.amount_fen) for line in others),
    ]
    assert after.total_fen == bill.total_fen - first.amount_fen - 1
    assert paying(water, after).kind is AnswerKind.ACCEPTED
    assert water.query(bill.consumer_no).code == "NOTHING_OWED"
    assert books.biller_flaws(water.folder, WATER) == []


def test_more_than_is_owed_for_water_is_refused(everyone: Counterparts) -> None:
    water = everyone.at(WATER)
    bill = water.bill()
    assert paying(water, bill, bill.total_fen + 1).code == "AMOUNT_TOO_LARGE"

    assert paying(water, bill, 1).kind is AnswerKind.ACCEPTED
    # The bill that was asked for is still valid, but less is owed by now.
    assert paying(water, bill, bill.total_fen).code == "AMOUNT_TOO_LARGE"
    assert paying(water, bill, bill.total_fen - 1).kind is AnswerKind.ACCEPTED


# Gas: what is owed or more, the rest is kept


def test_what_is_paid_beyond_the_gas_bill_is_kept_as_balance(everyone: Counterparts) -> None:
    gas = everyone.at(GAS)
    bill = gas.bill()

    assert paying(gas, bill, bill.total_fen - 1).code == "AMOUNT_MISMATCH"
    told = paying(gas, bill, bill.total_fen + 5_000)

    assert told.body is not None
    assert (told.kind, told.body.balance_fen) == (AnswerKind.ACCEPTED, 5_000)
    paid_up = gas.query(bill.consumer_no)
    assert (paid_up.code, paid_up.body is not None and paid_up.body.balance_fen) == ("NOTHING_OWED", 5_000)
    assert books.biller_balances(gas.folder, GAS)[bill.consumer_no] == 5_000
    assert books.biller_flaws(gas.folder, GAS) == []


# Heating: by the season, for the area


def test_a_heating_bill_is_for_seasons_and_tells_area_and_price(everyone: Counterparts) -> None:
    heating = everyone.at(HEATING)
    bill = next(bill for bill in iter(heating.bill, None) if len(bill.lines) == 2)

    assert [line.period for line in bill.lines] == ["2025-2026", "2026-2027"]
    (area_label, area), (price_label, price) = ((fact.label, fact.value) for fact in bill.facts)
    assert (area_label, price_label, price) == ("供热面积", "供热单价", "24.00 元/平方米")
    assert {line.amount_fen for line in bill.lines} == {round(float(area.split()[0]) * 2_400)}


def test_one_season_can_be_asked_for_and_paid_alone(everyone: Counterparts) -> None:
    heating = everyone.at(HEATING)
    both = next(bill for bill in iter(heating.bill, None) if len(bill.lines) == 2)
    one = heating.bill(both.consumer_no, season="2025-2026")
    assert [line.period for line in one.lines] == ["2025-2026"]
    assert heating.query(both.consumer_no, season="2019-2020").code == "NOTHING_OWED"

    assert paying(heating, one).kind is AnswerKind.ACCEPTED

    # The bill over both seasons is not what is owed any more.
    assert paying(heating, both).code == "AMOUNT_MISMATCH"
    assert [line.period for line in heating.bill(both.consumer_no).lines] == ["2026-2027"]
    assert books.biller_flaws(heating.folder, HEATING) == []


# Mobile: whatever the customer likes, in steps


def test_a_phone_owes_nothing_and_shows_a_masked_name_and_a_balance(everyone: Counterparts) -> None:
    bill = everyone.at(MOBILE).bill(FIRST[MOBILE])

    assert (bill.name, bill.address, bill.lines, bill.total_fen) == ("**燕", "", (), 0)
    assert bill.balance_fen == PROFILES[MOBILE].balance_fen(0)
    assert bill.reference


@pytest.mark.parametrize(
    ("fen", "code"),
    [
        (999, "AMOUNT_NOT_ALLOWED"),
        (1_000, ""),
        (1_001, "AMOUNT_NOT_ALLOWED"),
        (5_500, "AMOUNT_NOT_ALLOWED"),
        (50_000, ""),
        (51_000, "AMOUNT_TOO_LARGE"),
        (50_001, "AMOUNT_TOO_LARGE"),
    ],
)
def test_a_top_up_is_ten_to_five_hundred_yuan_in_tens(everyone: Counterparts, fen: int, code: str) -> None:
    mobile = everyone.at(MOBILE)
    bill = mobile.bill()

    told = paying(mobile, bill, fen)

    assert told.code == code
    assert told.body is not None
    assert bill.balance_fen is not None
    assert told.body.balance_fen == bill.balance_fen + (0 if code else fen)


# The village: no memory, no answers, no promises


def test_the_village_answers_neither_inquiries_nor_tombstones_and_remembers_no_leg(everyone: Counterparts) -> None:
    village, serial = everyone.at(VILLAGE), new_serial()
    bill = village.bill()
    message = payment(f"{serial}-BP-1", bill)

    first, again = village.pay(message), village.pay(message)
    asked = village.biller.call(biller.INQUIRE, request_id="i", path={"leg_id": message.leg_id})
    laid = village.lay(tombstone(f"{serial}-BT-1", message.leg_id, bill.total_fen))

    assert (first.kind, again.code) == (AnswerKind.ACCEPTED, "NOTHING_OWED")
    assert (asked.kind, asked.code) == (AnswerKind.UNKNOWN, "http-501")
    assert (laid.kind, laid.code) == (AnswerKind.UNKNOWN, "http-501")
    assert books.tombstones(village.folder, VILLAGE) == frozenset()


def test_a_biller_forgets_a_capability_and_has_it_again(everyone: Counterparts) -> None:
    gas, control, serial = everyone.at(GAS), everyone.process.control, new_serial()
    control.capabilities(GAS, tombstone=False)
    refused = gas.lay(tombstone(f"{serial}-BT-1", f"{serial}-BP-1", 100))
    control.capabilities(GAS, tombstone=True)

    assert (refused.kind, refused.code) == (AnswerKind.UNKNOWN, "http-501")
    assert gas.lay(tombstone(f"{serial}-BT-1", f"{serial}-BP-1", 100)).kind is AnswerKind.ACCEPTED


# Each stands alone


def test_a_fault_service_hours_and_counters_are_one_billers_own(everyone: Counterparts) -> None:
    water, gas, control = everyone.at(WATER), everyone.at(GAS), everyone.process.control
    before = control.counters(WATER)["seen"].get("BILLER_QUERY", 0)
    control.rule("BILLER_QUERY", Processed.NO, AnswerWay.STATUS_5XX, counterpart=WATER)
    assert water.query(water.debtor()).code == "http-500"
    assert gas.query(gas.debtor()).kind is AnswerKind.ACCEPTED
    control.clear()

    control.fault("biller-down", counterpart=WATER)
    assert water.query(water.debtor()).kind is AnswerKind.UNSENT
    assert gas.query(gas.debtor()).kind is AnswerKind.ACCEPTED
    control.clear()

    control.service(WATER, is_open=False)
    closed = water.query(water.debtor()).code
    control.service(WATER, is_open=True)
    assert (closed, gas.query(gas.debtor()).code) == ("CLOSED", "")
    assert control.counters(WATER)["seen"]["BILLER_QUERY"] == before + 2


@pytest.mark.parametrize("name", BILLERS)
@pytest.mark.parametrize("way", [AnswerWay.OTHER_ID, AnswerWay.OTHER_AMOUNT, AnswerWay.REJECT, AnswerWay.DUPLICATED])
def test_a_lie_in_any_billers_name_is_seen_through(everyone: Counterparts, name: str, way: AnswerWay) -> None:
    there, serial = everyone.at(name), new_serial()
    bill = there.bill()
    fen = bill.total_fen or 1_000
    everyone.process.control.rule("BILLER_PAY", Processed.YES, way, times=1, counterpart=name)

    told = there.pay(payment(f"{serial}-BP-1", bill, amount_fen=fen))

    taken = [paid.amount_fen for paid in books.biller_payments(there.folder, name) if paid.channel_serial == serial]
    assert taken == [fen]
    assert told.kind is (AnswerKind.ACCEPTED if way is AnswerWay.DUPLICATED else AnswerKind.UNKNOWN)


def test_each_biller_has_its_accounts_at_core(everyone: Counterparts) -> None:
    for code in BILLERS.values():
        told = everyone.post(posting(f"{new_serial()}-CP-1", 100, credit_account=f"IN-{code}"))
        assert told.kind is AnswerKind.ACCEPTED
        assert f"ST-{code}" in books.core_balances(everyone.folder)


def test_only_the_counterparts_with_a_key_run_and_a_new_one_joins_books_that_are_there(tmp_path: Path) -> None:
    keys = new_secrets(WATER)
    with SandboxProcess(tmp_path, keys, opening_date=DAY) as process:
        assert set(process.ports) == {"core", "water", "pinpad", "control"}
        there = Counterparts(process, keys, WATER)
        bill = there.bill()
        assert paying(there, bill, 7).kind is AnswerKind.ACCEPTED
    assert books.billers(tmp_path) == ["water"]

    keys |= new_secrets(GAS)
    with SandboxProcess(tmp_path, keys, opening_date=DAY) as process:
        there = Counterparts(process, keys, WATER)
        assert there.bill(bill.consumer_no).total_fen == bill.total_fen - 7
        told = there.post(posting(f"{new_serial()}-CP-1", 100, credit_account="IN-1301"))
        assert told.kind is AnswerKind.ACCEPTED
    assert books.billers(tmp_path) == ["gas", "water"]


# No fen is lost


@pytest.mark.parametrize("name", [WATER, GAS, HEATING, MOBILE, ELECTRICITY])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tries=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["all", "half", "one", "more", "ten"])), max_size=12)
)
def test_every_fen_a_biller_takes_is_allotted_or_kept(
    tmp_path_factory: pytest.TempPathFactory, name: str, tries: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = BillerLedger(ledger_file(folder, name), PROFILES[name], DAY)
    numbers = people.sample_consumers(6, name).owing
    opening = books.biller_balances(folder, name)
    taken = dict.fromkeys(numbers, 0)
    owed = {number: _owed(ledger, number) for number in numbers}
    for place, how in tries:
        number = numbers[place]
        bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=number), MADE_AT)
        total = bill.total_fen
        fen = {"all": total, "half": total // 2, "one": 1, "more": total + 1_000, "ten": 1_000}[how] or 1
        raw = ledger.pay(payment(f"{new_serial()}-BP-1", bill, amount_fen=fen), MADE_AT)
        if biller.PayReply.model_validate_json(raw).result == "PAID":
            taken[number] += fen

    for number in numbers:
        late_fees = _late_fees(folder, name, number)
        kept = books.biller_balances(folder, name)[number] - opening[number]
        assert taken[number] == owed[number] - _owed(ledger, number) + kept + late_fees
    assert books.biller_flaws(folder, name) == []
    ledger.close()


def _owed(ledger: BillerLedger, number: str) -> int:
    """What a consumer owes without late fees."""
    return sum(line["rest_fen"] for line in ledger._owed(number))


def _late_fees(folder: Path, name: str, number: str) -> int:
    with books._open(folder, name) as ledger:
        row = ledger.execute("SELECT COALESCE(SUM(late_fee_fen), 0) FROM splits WHERE consumer_no = ?", (number,))
        return int(row.fetchone()[0])


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE payments SET amount_fen = amount_fen + 1",
        "UPDATE splits SET kept_fen = -1",
        "DELETE FROM splits",
        "DELETE FROM allotments",
        "UPDATE allotments SET amount_fen = amount_fen + 1",
        "UPDATE arrears SET paid_by = NULL",
        "UPDATE arrears SET paid_by = (SELECT biller_serial FROM payments) WHERE paid_by IS NULL",
    ],
)
def test_money_gone_astray_at_a_biller_is_found(tmp_path: Path, crime: str) -> None:
    ledger = BillerLedger(ledger_file(tmp_path, GAS), PROFILES[GAS], DAY)
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=FIRST[GAS]), MADE_AT)
    ledger.pay(payment(f"{new_serial()}-BP-1", bill, amount_fen=bill.total_fen + 100), MADE_AT)
    assert books.biller_flaws(tmp_path, GAS) == []

    with ledger.transaction() as connection:
        connection.execute(crime)

    assert books.biller_flaws(tmp_path, GAS)
    ledger.close()
