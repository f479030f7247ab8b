"""Change in notes, and the form's one request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from screens.bill_form import PaymentForm, billers_meant
from screens.change import DENOMINATIONS_FEN, change_in_notes, notes_said
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, StoreUnavailable
from tests.screens.samples import HEAT, POWER, WATER, bill


@given(some.integers(min_value=0, max_value=999_999_999_999))
def test_suggested_change_adds_up_exactly(fen: int) -> None:
    pieces = change_in_notes(fen)
    assert sum(denomination * count for denomination, count in pieces) == fen
    assert all(denomination in DENOMINATIONS_FEN for denomination, _ in pieces)


def test_there_is_no_two_yuan_note() -> None:
    assert 200 not in DENOMINATIONS_FEN
    assert notes_said(400) == "1×4"
    assert notes_said(1_968) == "10×1 5×1 1×4 0.5×1 0.1×1 0.05×1 0.02×1 0.01×1"


def test_a_negative_change_does_not_exist() -> None:
    with pytest.raises(ValueError, match="-1"):
        change_in_notes(-1)


def test_one_form_sends_one_command_whatever_is_typed_later() -> None:
    form = PaymentForm(bill=bill())
    first = form.command(168_032, 170_000)
    assert form.command(168_032, 999_999) is first


@pytest.mark.parametrize(
    ("error", "nothing_begun"),
    [
        (BadInput("x"), True),
        (Refused("x"), True),
        (NotAllowed("x"), True),
        (Conflict("x"), True),
        (StoreUnavailable("error.payment.not_started"), True),
        (StoreUnavailable("error.payment.outcome_not_kept"), False),
    ],
)
def test_only_an_error_that_proves_nothing_was_begun_frees_the_amount(error: Exception, nothing_begun: bool) -> None:
    form = PaymentForm(bill=bill())
    form.command(168_032, 170_000)
    assert form.failed(error) is nothing_begun  # type: ignore[arg-type]
    assert (form.sent is None) is nothing_begun


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1101", (POWER,)), ("11", (POWER,)), ("电", (POWER,)), ("WATER", (WATER,)), ("1301  供热公司", (HEAT,)),
     ("１２０１", (WATER,)), ("", ()), ("x9", ())],
)  # fmt: skip
def test_a_biller_is_meant_by_code_or_fragment(typed: str, meant: tuple[object, ...]) -> None:
    assert billers_meant(typed, (POWER, WATER, HEAT)) == meant
