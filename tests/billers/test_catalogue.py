"""The catalogue: six billers that differ by their files alone, and what no file may say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tellerdesk.billers.catalogue import SHIPPED, Biller, check, read, read_all
from tellerdesk.billers.parts import NEVER_DEFINITE
from tellerdesk.billers.states import AmountRule, InvoiceMode
from tellerdesk.errors import BadInput, Refused
from tellerdesk.links.contracts.biller import ConsumerNo
from tellerdesk.links.contracts.common import AccountNo
from tests.billers.files import SIX, changed, seventh


@pytest.fixture(scope="module")
def shipped() -> dict[str, Biller]:
    return read_all()


# What is shipped


@pytest.mark.req("B1")
def test_six_billers_come_along_and_each_takes_payments_by_its_own_rule(shipped: dict[str, Biller]) -> None:
    assert tuple(shipped) == SIX
    assert [biller.amount.rule for biller in shipped.values()] == [
        AmountRule.EXACT,
        AmountRule.PART_OLDEST_FIRST,
        AmountRule.EXACT,
        AmountRule.EXACT_OR_MORE,
        AmountRule.EXACT,
        AmountRule.FREE,
    ]
    assert [code for code, biller in shipped.items() if biller.capabilities.person_decides] == ["1202"]
    assert [code for code, biller in shipped.items() if not biller.capabilities.cancel] == ["1202"]
    assert [code for code, biller in shipped.items() if biller.consumer.personal] == ["1501"]
    assert [code for code, biller in shipped.items() if biller.invoice.mode is InvoiceMode.BILLER] == ["1401"]
    assert shipped["1401"].fields[0].key == "season"


@pytest.mark.req("B1", "B3")
@pytest.mark.parametrize(
    ("code", "typed", "told"),
    [
        ("1101", "0755 0031 8846 39", "07550031884639"),
        ("1201", "２０４４１７３１８１", "2044173181"),
        ("1202", "3120-7045", "31207045"),
        ("1301", "516230015823", "516230015823"),
        ("1401", "rn00012345", "RN00012345"),
        ("1501", "138 2755 0061", "13827550061"),
    ],
)
def test_each_biller_is_told_the_number_it_knows_its_consumers_by(
    shipped: dict[str, Biller], code: str, typed: str, told: str
) -> None:
    assert shipped[code].consumer_no(typed) == told
    assert TypeAdapter(ConsumerNo).validate_python(told) == told


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    ("code", "typed", "sentence"),
    [
        ("1101", "07550031884638", "error.consumer.checksum"),
        ("1201", "2044173182", "error.consumer.checksum"),
        ("1202", "3120704", "error.consumer.format"),
        ("1301", "516230015824", "error.consumer.checksum"),
        ("1401", "RN0001234", "error.consumer.format"),
        ("1501", "12827550061", "error.consumer.other_form"),
        ("1201", "RN00012345", "error.consumer.other_form"),
        ("1501", " - ", "error.consumer.empty"),
    ],
)
def test_a_number_of_another_form_is_refused_before_anybody_is_asked(
    shipped: dict[str, Biller], code: str, typed: str, sentence: str
) -> None:
    with pytest.raises(BadInput) as refused:
        shipped[code].consumer_no(typed)

    assert refused.value.message_id == sentence


@pytest.mark.parametrize("code", SIX)
def test_every_digit_of_a_number_with_check_digits_counts(shipped: dict[str, Biller], code: str) -> None:
    consumer = shipped[code].consumer
    if consumer.checksum == "none":
        assert consumer.checks(consumer.example)
        return
    for place, digit in enumerate(consumer.example):
        mistyped = consumer.example[:place] + str((int(digit) + 1) % 10) + consumer.example[place + 1 :]
        assert not consumer.checks(mistyped)


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    ("code", "total_fen", "amount_fen", "refused"),
    [
        ("1101", 5_000, 5_000, ""),
        ("1101", 5_000, 4_999, "error.payment.not_exact"),
        ("1201", 5_000, 1, ""),
        ("1201", 5_000, 5_001, "error.payment.more_than_owed"),
        ("1301", 5_000, 9_900, ""),
        ("1301", 5_000, 4_999, "error.payment.less_than_owed"),
        ("1301", 5_000, 500_001, "error.payment.out_of_bounds"),
        ("1501", 0, 1_000, ""),
        ("1501", 0, 999, "error.payment.out_of_bounds"),
        ("1501", 0, 50_001, "error.payment.out_of_bounds"),
        ("1501", 0, 1_500, "error.payment.not_in_steps"),
    ],
)
def test_what_may_be_paid_says_the_file(
    shipped: dict[str, Biller], code: str, total_fen: int, amount_fen: int, refused: str
) -> None:
    found = ""
    try:
        shipped[code].check_amount(total_fen, amount_fen)
    except Refused as error:
        found = error.message_id

    assert found == refused


@pytest.mark.req("B1", "B3")
def test_what_a_biller_asks_besides_is_folded_checked_and_named(shipped: dict[str, Biller]) -> None:
    heating = shipped["1401"]

    assert heating.asked({"season": " ２０２５-2026 "}) == {"season": "2025-2026"}
    assert heating.asked({}) == {}
    for typed, sentence, field in (
        ({"season": "2025"}, "error.field.format", "season"),
        ({"floor": "3"}, "error.field.unknown", "floor"),
    ):
        with pytest.raises(BadInput) as refused:
            heating.asked(typed)
        assert (refused.value.message_id, refused.value.field) == (sentence, field)


def test_a_field_that_must_be_filled_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read(seventh(tmp_path)).asked({"campus": " "})

    assert (refused.value.message_id, refused.value.args_by_name["example"]) == ("error.field.empty", "YH")


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    ("code", "branch_time", "open_then"),
    [
        ("1101", "03:00", True),
        ("1201", "00:29", False),
        ("1201", "00:30", True),
        ("1201", "23:29", True),
        ("1201", "23:30", False),
        ("1202", "06:59", False),
        ("1501", "00:00", True),
    ],
)
def test_a_biller_takes_payments_in_its_hours_only(
    shipped: dict[str, Biller], code: str, branch_time: str, open_then: bool
) -> None:
    hour, minute = map(int, branch_time.split(":"))
    instant = datetime(2026, 11, 22, (hour - 8) % 24, minute, tzinfo=UTC)

    assert shipped[code].is_open(instant) is open_then


def test_hours_may_go_over_midnight(tmp_path: Path) -> None:
    biller = read(
        changed(tmp_path, ('open = "00:30"', 'open = "22:00"'), ('close = "23:30"', 'close = "02:00"'), of="1201")
    )

    assert [biller.is_open(datetime(2026, 11, 22, hour, 30, tzinfo=UTC)) for hour in (13, 14, 17, 18)] == [
        False,
        True,
        True,
        False,
    ]
    assert biller.hours_text == "22:00-02:00"


@pytest.mark.parametrize("code", SIX)
def test_every_shipped_file_is_well_and_says_why_beside_what(code: str) -> None:
    path = SHIPPED / f"{code}.toml"

    assert check(path) == []
    assert path.read_text(encoding="utf-8").startswith("# ")


# What leaves the desk fits the contracts


@pytest.mark.parametrize("code", SIX)
def test_accounts_and_codes_fit_the_contracts(shipped: dict[str, Biller], code: str) -> None:
    accounts = shipped[code].accounts

    assert TypeAdapter(AccountNo).validate_python(accounts.internal) == f"IN-{code}"
    assert TypeAdapter(AccountNo).validate_python(accounts.settlement) == f"ST-{code}"
    assert not shipped[code].refusals.codes & NEVER_DEFINITE
