"""One text for what is asked: the same whatever the order of its keys, another one for anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellerdesk.approvals.binding import canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab键", max_size=2), inner, max_size=3),
    max_leaves=8,
)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return tuple(map(reordered, value)) if isinstance(value, list) else value


@settings(max_examples=50)
@given(VALUES)
def test_nothing_is_lost_and_the_order_of_keys_means_nothing(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(reordered(value)) == canonical(value)


@settings(max_examples=50)
@given(VALUES, VALUES)
def test_two_values_that_differ_have_different_texts(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(one) == canonical(other)) == same


def test_an_instant_has_one_text_in_every_zone() -> None:
    instant = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    told = canonical(instant)
    assert told == canonical(instant.astimezone(timezone(timedelta(hours=8)))) == '"2026-11-22T01:30:00.000000+00:00"'
    assert told != canonical(instant + timedelta(microseconds=1))


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), {1: "one"}, {"a": {None: 1}}, b"bytes", datetime(2026, 1, 1), {1, 2}, [object()]],  # noqa: DTZ001
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_single_text_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"canonical|naive"):
        canonical(value)
