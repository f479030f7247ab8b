"""JSON of one meaning passes; everything else is refused with a word, and never with another exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.links.strict_json import NotStrictJson, canonical_json, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":1,"a":1}', "duplicate-key"),
        (b'{"x":{"a":1,"b":2,"a":3}}', "duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "duplicate-key"),
        (b"NaN", "not-finite"),
        (b"[Infinity]", "not-finite"),
        (b"[-Infinity]", "not-finite"),
        (b"1e999", "not-finite"),
        (b"[-1e400]", "not-finite"),
        (b"1234567890123456789", "number-too-long"),
        (b"9" * 5_000, "number-too-long"),
        (b"0." + b"1" * 5_000, "number-too-long"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 50_000, "too-deep"),
        (b'{"a":"\xff"}', "not-utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not-utf8"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b"\xef\xbb\xbf{}", "syntax"),
        (b"", "syntax"),
        (b"{}{}", "syntax"),
        (b"{'a':1}", "syntax"),
        (b'{"a":01}', "syntax"),
        (b'{"a":1,}', "syntax"),
        (b'"a\nb"', "syntax"),
        (b"[1_000]", "syntax"),
        ("[１]".encode(), "syntax"),
        (b'{"result": "PA<html>', "syntax"),
        (b" " * 262_145, "too-large"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NotStrictJson) as refused:
        parse(raw)

    assert refused.value.reason == reason


def test_brackets_inside_strings_are_not_depth() -> None:
    assert parse(b'["' + b"[" * 500 + b'\\"]"]') == ["[" * 500 + '"]']


def test_depth_is_allowed_up_to_its_cap() -> None:
    assert parse(b"[" * 32 + b"]" * 32) is not None


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'"\\ud842\\udfb7"') == "𠮷"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = parse(raw)
    except NotStrictJson:
        return
    assert value == json.loads(raw)


@given(VALUES)
def test_a_value_survives_its_canonical_form(value: object) -> None:
    raw = canonical_json(value)

    assert parse(raw) == value
    assert canonical_json(parse(raw)) == raw


def test_the_canonical_form_knows_no_order_and_no_spaces() -> None:
    assert canonical_json({"b": 1, "a": "电费"}) == '{"a":"电费","b":1}'.encode()
    assert canonical_json({"a": "电费", "b": 1}) == canonical_json({"b": 1, "a": "电费"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)
