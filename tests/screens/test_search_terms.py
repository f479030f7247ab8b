"""What is typed into the journal search, and what it asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from screens.search_terms import CHOICES, FIELDS, Known, part_of, searches_of, typed_of, word_text
from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput
from tellerdesk.i18n import LANGUAGES
from tellerdesk.journal.states import Word
from tellerdesk.search.commands import JournalSearch
from tellerdesk.search.states import Sort
from tests.screens.samples import GAS, POWER, WATER

TODAY = date(2026, 11, 22)
KNOWN = Known(TODAY, (POWER, WATER))
SERIAL = "2026112207120700000212"


@pytest.mark.parametrize(
    ("field", "text", "asked"),
    [
        ("anything", "欧阳", [{"customer_name": "欧阳"}]),
        ("anything", "LI YAN", [{"customer_name": "LI YAN"}]),
        ("anything", "50%_[", [{"consumer_no": "50%_["}, {"serial": "50%_["}]),
        ("anything", "20261122 0712 07 00000212", [{"serial": SERIAL}]),
        ("anything", "０７５５ 0031 8846 20", [{n: "07550031884620"} for n in ("consumer_no", "serial", "account_no")]),
        ("anything", "R071207000212", [{"consumer_no": "R071207000212"}, {"serial": "R071207000212"}]),
        ("days", "今天", [{"last_days": 1}]),
        ("days", "7", [{"last_days": 7}]),
        ("days", "１１２２", [{"since": TODAY, "until": TODAY}]),
        ("days", "1120 1122", [{"since": date(2026, 11, 20), "until": TODAY}]),
        ("words", "处理中", [{"words": (Word.PROCESSING,)}]),
        ("words", "失败，成功", [{"words": (Word.FAILED, Word.PAID)}]),
        ("words", "Paid, cash due", [{"cash_due": True, "words": (Word.PAID,)}]),
        ("biller", "1101", [{"biller_code": "1101"}]),
        ("biller", "自来水", [{"biller_code": "1201"}]),
        ("biller", "1999", [{"biller_code": "1999"}]),
        ("consumer_no", "0755 0031 8846 20", [{"consumer_no": "07550031884620"}]),
        ("consumer_no", "rn%1", [{"consumer_no": "rn%1"}]),
        ("name", "%_", [{"customer_name": "%_"}]),
        ("amount", "1,680.32", [{"amount_from_fen": 168_032, "amount_to_fen": 168_032}]),
        ("amount", "100-200", [{"amount_from_fen": 10_000, "amount_to_fen": 20_000}]),
        ("amount", "１００～２００", [{"amount_from_fen": 10_000, "amount_to_fen": 20_000}]),
        ("amount", "100-", [{"amount_from_fen": 10_000}]),
        ("amount", "-200", [{"amount_to_fen": 20_000}]),
        ("amount", ">100", [{"amount_from_fen": 10_000}]),
        ("amount", "<200", [{"amount_to_fen": 20_000}]),
        ("amount", "0", [{"amount_from_fen": 0, "amount_to_fen": 0}]),
        ("teller_no", "a01", [{"teller_no": "A01"}]),
        ("method", "现", [{"method": Method.CASH}]),
        ("method", "acc", [{"method": Method.ACCOUNT}]),
        ("account_no", "", [{}]),
    ],
)
def test_a_field_is_folded_and_understood_and_no_sign_in_it_is_special(
    field: str, text: str, asked: list[dict[str, Any]]
) -> None:
    assert list(part_of(field, text, KNOWN)) == asked


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("anything", "欧"), ("name", "欧"), ("days", "0"), ("days", "1345"), ("days", "1122 1120"), ("words", "已"),
        ("words", "成交"), ("biller", "不存在"), ("amount", "100-50"), ("amount", "1e5"), ("amount", "1-2-3"),
        ("amount", "-"), ("method", "微信"), ("name", "a\x1b]0;b"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_with_its_field(field: str, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        part_of(field, text, KNOWN)
    assert refused.value.field == field


def test_a_fragment_of_several_billers_is_refused_and_without_a_list_a_code_is_taken_as_it_is() -> None:
    with pytest.raises(BadInput) as refused:
        part_of("biller", "S", Known(TODAY, (POWER, POWER, GAS)))
    assert refused.value.field == "biller"
    assert part_of("biller", "1101", Known(TODAY)) == ({"biller_code": "1101"},)


def test_a_named_field_comes_before_the_one_that_takes_anything() -> None:
    typed = {"anything": "07550031884620", "consumer_no": "123"}
    asked = searches_of(typed, KNOWN, JournalSearch())
    assert [(each.consumer_no, each.serial) for each in asked] == [("123", "07550031884620"), ("123", "")]
    with pytest.raises(BadInput) as refused:
        searches_of({"anything": "欧阳", "name": "司马"}, KNOWN, JournalSearch())
    assert refused.value.field == "anything"


WHOLE = JournalSearch(
    last_days=7,
    biller_code="1101",
    consumer_no="07550031884620",
    customer_name="欧阳",
    account_no="6222020712000012344",
    teller_no="1001",
    approver_no="3001",
    words=(Word.PAID, Word.AWAITING),
    cash_due=True,
    amount_from_fen=10_000,
    amount_to_fen=20_000,
    serial=SERIAL,
    method=Method.ACCOUNT,
    branch_no="0712",
    sort=Sort.AMOUNT,
    ascending=True,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "search",
    [
        WHOLE,
        JournalSearch(since=TODAY, until=TODAY, amount_from_fen=100),
        JournalSearch(since=date(2026, 1, 2), until=TODAY, amount_to_fen=100),
        JournalSearch(amount_from_fen=500, amount_to_fen=500),
    ],
)
def test_a_search_that_was_kept_stands_in_the_fields_and_asks_for_the_same(
    search: JournalSearch, language: str
) -> None:
    assert searches_of(typed_of(search, language), KNOWN, search) == (search,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_that_can_be_chosen_is_understood_as_it_is_said(language: str) -> None:
    for choice in CHOICES:
        (part,) = part_of("words", word_text(choice, language), KNOWN)
        assert part == ({"cash_due": True} if choice == "cash_due" else {"words": (Word(choice.upper()),)})


def test_every_field_of_the_form_is_read() -> None:
    assert set(typed_of(JournalSearch(), "en")) == set(FIELDS)
