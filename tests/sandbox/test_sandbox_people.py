"""The customers are the same everywhere, real enough, and known without asking a ledger."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tellerdesk.sandbox import people
from tellerdesk.text import is_plain, mask_name
from tests.sandbox.asking import Counterparts

EVERYONE = list(people.people())


def test_numbers_have_their_check_digits_and_are_nobody_elses() -> None:
    for one in EVERYONE:
        assert mod_97_10.is_valid(one.consumer_no)
        assert (len(one.consumer_no), one.consumer_no[:4]) == (14, "0755")
        assert luhn.is_valid(one.account_no)
        assert len(one.account_no) == 19
    assert len({one.consumer_no for one in EVERYONE}) == len({one.account_no for one in EVERYONE}) == len(EVERYONE)
    assert len(EVERYONE) >= 2_000


def test_the_people_are_the_same_each_time() -> None:
    def digest() -> str:
        return hashlib.sha256(repr(list(people.people())).encode()).hexdigest()

    assert digest() == digest() == hashlib.sha256(repr(EVERYONE).encode()).hexdigest()
    assert (EVERYONE[0].name, EVERYONE[0].consumer_no) == ("王晓燕", "07550031884639")


def test_there_are_compound_surnames_and_rare_characters_and_all_are_fit_to_be_shown() -> None:
    names = {one.name for one in EVERYONE}

    assert names >= {*people.RARE_NAMES, *people.COMPOUND_NAMES}
    assert all(is_plain(char) for one in EVERYONE for char in one.name + one.address)
    assert mask_name("欧阳晓燕") == "*晓燕"
    assert any(ord(char) > 0xFFFF for name in names for char in name)


def test_samples_are_what_they_say(there: Counterparts) -> None:
    samples = people.sample_consumers()

    assert there.query(samples.owing[7]).code == ""
    assert there.query(samples.owing_nothing[7]).code == "NOTHING_OWED"
    assert there.query(samples.disconnected[7]).code == "DISCONNECTED"
    assert there.query(samples.unknown[7]).code == "NO_SUCH_CONSUMER"


def test_debts_go_back_from_one_month_to_six() -> None:
    counts = {len(people.arrears(index, date(2026, 11, 22))) for index in range(people.COUNT)}

    assert counts == {0, 1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        (date(2026, 11, 22), ["2026-09", "2026-10"]),
        (date(2027, 1, 1), ["2026-11", "2026-12"]),
        (date(2027, 2, 28), ["2026-12", "2027-01"]),
    ],
)
def test_arrears_lead_up_to_last_month(today: date, periods: list[str]) -> None:
    assert [period for period, _ in people.arrears(0, today)] == periods
