"""Money is parsed strictly, formatted once, and written in uppercase exactly as the payment rules ask."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.errors import BadInput
from tellerdesk.money import MAX_FEN, format_fen, parse_fen, rmb_upper

VECTORS = [
    ("0.00", "人民币零元整"),
    ("0.05", "人民币伍分"),
    ("0.50", "人民币伍角整"),
    ("0.58", "人民币伍角捌分"),
    ("1.00", "人民币壹元整"),
    ("10.10", "人民币壹拾元零壹角整"),
    ("20.05", "人民币贰拾元零伍分"),
    ("101.01", "人民币壹佰零壹元零壹分"),
    ("325.04", "人民币叁佰贰拾伍元零肆分"),
    ("1010.00", "人民币壹仟零壹拾元整"),
    ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
    ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
    ("6007.14", "人民币陆仟零柒元壹角肆分"),
    ("10001.00", "人民币壹万零壹元整"),
    ("10010.10", "人民币壹万零壹拾元零壹角整"),
    ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
    ("100500.00", "人民币壹拾万零伍佰元整"),
    ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
    ("1000100.00", "人民币壹佰万零壹佰元整"),
    ("10050000.30", "人民币壹仟零伍万元零叁角整"),
    ("20000000.30", "人民币贰仟万元零叁角整"),
    ("100010001.00", "人民币壹亿零壹万零壹元整"),
    ("105000000.05", "人民币壹亿零伍佰万元零伍分"),
    ("1000050000.00", "人民币壹拾亿零伍万元整"),
    ("1234567890.12", "人民币壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
    ("9999999999.99", "人民币玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
]

_DIGITS = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1_000}
_WORDS = re.compile(r"人民币(?:(?P<yuan>[^元]+)元)?零?(?:(?P<jiao>.)角)?零?(?:(?P<fen>.)分)?(?P<whole>整)?")


def read_upper(words: str) -> int:
    """The fen that uppercase words say, by way of the units and not of the writer's rules."""
    match = _WORDS.fullmatch(words)
    assert match is not None, words
    yuan = 0
    rest = match["yuan"] or ""
    for unit, worth in (("亿", 100_000_000), ("万", 10_000), ("", 1)):
        section, found, after = rest.partition(unit) if unit else (rest, "", "")
        if unit and not found:
            continue
        yuan += worth * _read_section(section)
        rest = after
    return yuan * 100 + 10 * _DIGITS[match["jiao"] or "零"] + _DIGITS[match["fen"] or "零"]


def _read_section(section: str) -> int:
    total, digit = 0, 0
    for char in section:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total, digit = total + digit * _UNITS[char], 0
    return total + digit


ZERO_HEAVY = st.lists(st.sampled_from("0000000123456789"), min_size=1, max_size=12).map(
    lambda digits: int("".join(digits))
)


@pytest.mark.parametrize(("figures", "words"), VECTORS)
def test_uppercase_is_the_canonical_form_of_the_payment_rules(figures: str, words: str) -> None:
    assert rmb_upper(parse_fen(figures)) == words


@given(st.integers(0, MAX_FEN) | ZERO_HEAVY)
def test_uppercase_read_back_by_its_units_is_the_same_amount(fen: int) -> None:
    assert read_upper(rmb_upper(fen)) == fen


@given(st.integers(0, MAX_FEN) | ZERO_HEAVY)
def test_uppercase_ends_and_zeros_follow_the_rules(fen: int) -> None:
    words = rmb_upper(fen)
    assert words.startswith("人民币")
    assert words.endswith("分") is (fen % 10 != 0)
    assert words.endswith("整") is (fen % 10 == 0)
    assert "零零" not in words
    assert not re.search(r"零[拾佰仟万亿角分]|人民币零.+[角分]", words)
    assert ("零元" in words) is (fen == 0)
    assert not re.search(r"(?<![壹贰叁肆伍陆柒捌玖])[拾佰仟]", words)  # 10 is 壹拾, never 拾


@pytest.mark.parametrize("fen", [-1, MAX_FEN + 1])
def test_uppercase_refuses_what_no_voucher_says(fen: int) -> None:
    with pytest.raises(ValueError, match=str(fen)):
        rmb_upper(fen)


@given(st.integers(0, MAX_FEN))
def test_what_is_formatted_can_be_typed_again(fen: int) -> None:
    assert parse_fen(format_fen(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "figures"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (99_999, "999.99"),
        (100_000, "1,000.00"),
        (MAX_FEN, "9,999,999,999.99"),
        (-168032, "-1,680.32"),
    ],
)
def test_figures_are_grouped_with_two_decimals(fen: int, figures: str) -> None:
    assert format_fen(fen) == figures


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("1680.32", 168032),
        ("1,680.32", 168032),
        ("12.5", 1250),
        ("１２．５", 1250),
        ("１，６８０．３２", 168032),
        ("  12 ", 1200),
        ("¥12", 1200),
        ("￥ 12.00", 1200),
        ("007", 700),
        ("9999999999.99", MAX_FEN),
        ("9,999,999,999.99", MAX_FEN),
    ],
)
def test_amounts_are_taken_as_tellers_type_them(typed: str, fen: int) -> None:
    assert parse_fen(typed) == fen


@pytest.mark.parametrize(
    "typed",
    [
        "1.234", "1.2.3", "1.", ".5", "-1", "+1", "－1", "−1", "1e5", "1E5", "１ｅ５", "1_000", "NaN", "nan", "inf",
        "Infinity", "0x10", "1,68", "1,6803", ",100", "1,,000", "12,34,567", "1 000", "1\u00a0000", "1'000", "1，68",
        "1。5", "一百", "壹", "١٢", "१२", "12元", "$12", "¥¥1", "½", "1\u200b2", "1\n2", "1" * 25, "0." + "0" * 30,
        "=1+1", "[1]", "1\x00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_never_guessed(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_fen(typed, field="tendered")
    assert caught.value.message_id == "error.amount.format"
    assert caught.value.field == "tendered"


@pytest.mark.parametrize("typed", ["", "   ", "¥", "\u3000"])
def test_nothing_is_not_zero(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_fen(typed)
    assert caught.value.message_id == "error.amount.empty"


@pytest.mark.parametrize("typed", ["10000000000", "10,000,000,000.00", "9" * 24])
def test_more_than_a_voucher_can_say_is_refused_with_the_limit(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_fen(typed)
    assert caught.value.message_id == "error.amount.too_large"
    assert caught.value.args_by_name["most"] == "9,999,999,999.99"


@given(st.text(max_size=30))
def test_any_text_is_an_amount_within_limits_or_bad_input(typed: str) -> None:
    try:
        fen = parse_fen(typed)
    except BadInput:
        return
    assert 0 <= fen <= MAX_FEN


@pytest.mark.parametrize("text", ["1²", "①", "₁", "Ⅻ", "٣", "१"])
def test_only_full_width_forms_are_folded_to_digits(text: str) -> None:
    with pytest.raises(BadInput):
        parse_fen(text)
