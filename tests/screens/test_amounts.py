"""What may be paid, as the field says it: never anything else than what the desk takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from screens.amounts import amount_first, amount_wrong
from tellerdesk.billers.catalogue import Amount, read_all
from tellerdesk.billers.states import AmountRule
from tellerdesk.errors import Refused
from tellerdesk.i18n import LANGUAGES, words
from tests.screens.samples import POWER, bill, biller

FEN = some.integers(min_value=1, max_value=200_000)


@given(rule=some.sampled_from(AmountRule), due=some.integers(0, 200_000), fen=FEN, least=FEN, span=FEN, step=FEN)
def test_the_field_takes_exactly_what_the_catalogue_takes(
    rule: AmountRule, due: int, fen: int, least: int, span: int, step: int
) -> None:
    amount = Amount.model_construct(
        rule=rule, min_fen=least, max_fen=least + span, step_fen=step
    )  # beyond what a file may say
    known = read_all(None)[POWER.code].model_copy(update={"amount": amount})
    shown = bill(biller(amount_rule=rule, least_fen=least, most_fen=least + span, step_fen=step), total_fen=due)

    try:
        known.check_amount(due, fen)
        taken = True
    except Refused:
        taken = False

    wrong = amount_wrong(shown, fen)
    assert (wrong is None) is taken
    if wrong is not None:
        assert all(wrong(words(language)).plain for language in LANGUAGES)


def test_nothing_is_never_an_amount() -> None:
    for rule in AmountRule:
        assert amount_wrong(bill(biller(amount_rule=rule), total_fen=0 if rule is AmountRule.FREE else 100), 0)


def test_what_is_owed_stands_in_the_field_and_a_free_amount_does_not() -> None:
    assert amount_first(bill(biller(amount_rule=AmountRule.EXACT_OR_MORE))) == "1,680.32"
    assert amount_first(bill(biller(amount_rule=AmountRule.PART_OLDEST_FIRST))) == "1,680.32"
    assert amount_first(bill(biller(amount_rule=AmountRule.FREE))) == ""
