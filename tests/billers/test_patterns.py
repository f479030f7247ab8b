"""A pattern says how long its numbers are and in how many ways they match, or it is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.billers.patterns import LONGEST_NUMBER, LONGEST_PATTERN, MOST_WAYS, Measure, PatternRefused, measure


@pytest.mark.parametrize(
    ("pattern", "measured"),
    [
        ("[0-9]{14}", Measure(14, 14, 1)),
        ("1[3-9][0-9]{9}", Measure(11, 11, 1)),
        ("RN[0-9]{8}", Measure(10, 10, 1)),
        ("20[0-9]{2}-20[0-9]{2}", Measure(9, 9, 1)),
        ("(A|BC)[0-9]{2,4}X?", Measure(3, 7, 12)),
        ("(AB?){2}", Measure(2, 4, 4)),
        ("", Measure(0, 0, 1)),
    ],
)
def test_what_a_pattern_takes_is_measured(pattern: str, measured: Measure) -> None:
    assert measure(pattern) == measured


@pytest.mark.parametrize(
    ("pattern", "at"),
    [
        ("[0-9]+", 6),
        ("[0-9]*", 6),
        (r"\d{8}", 1),
        ("^[0-9]{8}$", 1),
        ("A.C", 2),
        ("[^0]{8}", 1),
        ("(?=A)[A-Z]", 2),
        ("(A", 1),
        ("A)", 2),
        ("[0-9", 1),
        ("[9-0]", 2),
        ("A{3,2}", 2),
        ("A??", 3),
        ("[0-9]{33}", 6),
        ("(A?){32}", 5),
        ("([0-9]{1,20}){1,20}", 14),
        ("(A|A){20}", 6),
        ("((((A?){9}){9}){9}){9}", 12),
        ("A" * (LONGEST_PATTERN + 1), LONGEST_PATTERN + 1),
    ],
)
def test_signs_that_are_not_allowed_and_too_many_ways_are_refused_where_they_stand(pattern: str, at: int) -> None:
    with pytest.raises(PatternRefused) as refused:
        measure(pattern)

    assert refused.value.at == at


_ATOMS = st.sampled_from(["0", "A", "-", "[0-9]", "[A-HJ]", "[3-9A-C]"])
_REPEATS = st.sampled_from(["", "?", "{2}", "{1,3}", "{0,2}"])
_PATTERNS = st.recursive(
    st.tuples(_ATOMS, _REPEATS).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(st.lists(inner, min_size=1, max_size=3).map("|".join), _REPEATS).map(
            lambda part: f"({part[0]}){part[1]}"
        ),
    ),
    max_leaves=8,
)


@given(_PATTERNS, st.data())
def test_a_measure_holds_for_everything_that_matches_and_bounds_what_does_not(
    pattern: str, data: st.DataObject
) -> None:
    try:
        measured = measure(pattern)
    except PatternRefused:
        return
    assert measured.most <= LONGEST_NUMBER
    assert measured.ways <= MOST_WAYS

    number = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))

    assert measured.least <= len(number) <= measured.most
    assert re.fullmatch(pattern, number + "!" * 200, re.ASCII) is None  # and that it ends


@given(st.text(max_size=120))
def test_any_text_is_measured_or_refused_and_never_anything_else(text: str) -> None:
    try:
        measure(text)
    except PatternRefused:
        return
    assert re.compile(text)
