"""Numbers that name a person or an account: taken as they are typed, and never a wrong one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.errors import BadInput
from tellerdesk.identity import parse_bank_card, parse_id_card, parse_passport
from tellerdesk.text import mask_account


@pytest.mark.parametrize(
    ("parse", "typed", "kept"),
    [
        (parse_id_card, "11010519491231002X", "11010519491231002X"),
        (parse_id_card, " 110105 19491231 002x ", "11010519491231002X"),
        (parse_id_card, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        (parse_passport, "e 1234 5678", "E12345678"),
        (parse_passport, "533380006", "533380006"),
        (parse_bank_card, "6217 0007 1200 0000 012", "6217000712000000012"),
        (parse_bank_card, "6217-0007-1200-0000-012", "6217000712000000012"),
    ],
)
def test_a_number_is_folded(parse: Callable[[str], str], typed: str, kept: str) -> None:
    assert parse(typed) == kept


@pytest.mark.parametrize(
    ("parse", "typed", "message"),
    [
        (parse_id_card, "", "identity.empty"),
        (parse_id_card, "110105194912310021", "id_card"),
        (parse_id_card, "11010519491331002X", "id_card"),
        (parse_id_card, "110105491231002", "id_card"),
        (parse_id_card, "٣٤٥١٠٥١٩٤٩١٢٣١٠٠٢X", "id_card"),
        (parse_passport, "E1234", "passport"),
        (parse_passport, "E12345678901234", "passport"),
        (parse_passport, "Ж12345678", "passport"),
        (parse_bank_card, " - ", "account.empty"),
        (parse_bank_card, "62170007120", "account.format"),
        (parse_bank_card, "TC-0712-07", "account.format"),
        (parse_bank_card, "6217000712000000013", "account.checksum"),
        (parse_bank_card, "6217‮000712000000015", "not_plain"),
    ],
)
def test_what_is_none_is_refused_with_its_field(parse: Callable[..., str], typed: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        parse(typed, field="here")

    assert caught.value.field == "here"


@given(st.text(max_size=24), st.sampled_from([parse_id_card, parse_passport, parse_bank_card]))
def test_whatever_is_typed_is_a_number_or_bad_input(text: str, parse: Callable[[str], str]) -> None:
    try:
        number = parse(text)
    except BadInput:
        return
    assert number.isascii()
    assert parse(number) == number


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_in_an_identity_card_is_noticed(place: int, more: int) -> None:
    digits = "11010519491231002X"
    wrong = "0" if digits[place] == "X" else str((int(digits[place]) + more) % 10)
    with pytest.raises(BadInput):
        parse_id_card(digits[:place] + wrong + digits[place + 1 :])


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("6217000712000000012", "621700*********0012"),
        ("621700071200", "621700**1200"),
        ("6217000712", "******0712"),
        ("", ""),
    ],
)
def test_an_account_is_shown_by_its_first_six_and_last_four(number: str, shown: str) -> None:
    assert mask_account(number) == shown
