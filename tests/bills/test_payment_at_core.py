"""What a payment makes of a core that is silent, refuses, forgets or cannot be reached: on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter, teller
from support.scripted import TIMEOUT, UNSENT, ScriptedLink, refused, then_lost

from tellerdesk.bills import states
from tellerdesk.bills.commands import RetryReversal
from tellerdesk.bills.payment_flow import Limits
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.bills.paying_desk import one_way, serials


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock)
    counter.open_till()
    return counter


def test_a_silent_core_that_posted_is_carried_on_while_the_teller_waits(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.rows_taken(view.serial) == ["T1+T4", "T7", "T8", "T10"]


def test_a_core_that_answers_after_the_window_is_reversed_and_the_biller_never_told(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, limits=Limits(inline_window_s=60))
    counter.open_till()

    def slowly(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
        clock.advance(61)
        return link.honest("CORE_INQUIRE", request, places)

    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [slowly]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    assert counter.biller.calls == []
    assert view.core_serial != ""


def test_recovery_never_tells_the_biller_of_a_posting_it_found(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [TIMEOUT]}
    stop_after_one_question(counter)

    counter.sweep_until_done()

    [serial] = serials(counter)
    assert counter.payments.payment(serial).word is Word.REVERSED
    assert counter.biller.calls == []
    assert counter.core.effects == {}


def stop_after_one_question(counter: Counter) -> None:
    """The desk is told to end while core is silent: it asks once and leaves the rest to recovery."""
    counter.runner.stop()
    counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.runner._stopping.clear()


def test_a_posting_core_never_got_is_barred_there(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [TIMEOUT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    assert counter.core.barred == {f"{view.serial}-CP-1"}
    assert counter.biller.calls == []
    one_way(counter, Word.REVERSED)


def test_core_silent_to_every_question_is_reversed_blind_after_n_of_them(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [TIMEOUT] * 3}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert counter.rows_taken(view.serial) == ["T1+T4", "T7", "T7q", "T7q", "T9q", "T16"]
    one_way(counter, Word.REVERSED)


def test_a_refusal_learned_by_asking_is_a_failure_not_a_reversal(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [TIMEOUT], "CORE_INQUIRE": [refused("INSUFFICIENT_FUNDS")]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.cash_return) == (Word.FAILED, CashReturn.DUE)


def test_core_that_cannot_be_reached_fails_the_payment_after_a_second_try(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [UNSENT, UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.advice.id) == (Word.FAILED, "advice.core_rejected.no_answer")
    assert len({request_id for _, request_id in counter.core.calls}) == 1, "the same id is sent again"


def test_a_message_that_did_not_leave_is_sent_again_with_the_same_id(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.core.bodies[0] == counter.core.bodies[1], "resent byte for byte"


def test_a_biller_that_cannot_be_reached_has_core_reversed(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [UNSENT, UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    one_way(counter, Word.REVERSED)


@pytest.mark.parametrize("lost", [TIMEOUT, then_lost], ids=["never arrived", "answer lost"])
def test_an_unanswered_reversal_is_resent_with_the_same_id_until_it_is_answered(counter: Counter, lost: Any) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [lost, TIMEOUT, TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    assert (view.word, view.cash_return) == (Word.PROCESSING, CashReturn.NONE)

    counter.sweep_until_done()

    after = counter.payments.payment(view.serial)
    assert (after.word, after.cash_return) == (Word.REVERSED, CashReturn.DUE)
    reversals = {request_id for name, request_id in counter.core.calls if name == "CORE_REVERSE"}
    assert reversals == {f"{view.serial}-CR-1"}
    one_way(counter, Word.REVERSED)


def test_a_reversal_nobody_answers_is_given_to_a_person_who_may_have_it_resent(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, limits=Limits(reversal_tries=3))
    counter.open_till()
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [TIMEOUT] * 3}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.sweep_until_done()
    assert counter.payments.payment(view.serial).state == states.REVERSE_FAILED

    after = counter.payments.retry_reversal(teller("3001"), RetryReversal(view.serial))

    assert after.word is Word.REVERSED
    reversals = {request_id for name, request_id in counter.core.calls if name == "CORE_REVERSE"}
    assert reversals == {f"{view.serial}-CR-1"}, "no definite answer, no new id"


def test_a_refused_reversal_waits_for_a_person_and_is_retried_under_a_new_id(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [refused("ACCOUNT_FROZEN")]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    assert (view.state, view.word) == (states.REVERSE_FAILED, Word.PROCESSING)

    after = counter.payments.retry_reversal(teller("3001"), RetryReversal(view.serial))

    assert after.word is Word.REVERSED
    assert counter.core.calls[-1] == ("CORE_REVERSE", f"{view.serial}-CR-2")


def test_core_forgetting_a_posting_it_confirmed_is_a_case_for_a_person(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}

    def forgotten(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        link.effects.clear()
        return link.honest("CORE_REVERSE", request, places)

    counter.core.script = {"CORE_REVERSE": [forgotten]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.state == states.REVERSE_FAILED
    assert counter.rows_taken(view.serial)[-1] == "T16d"


@pytest.mark.parametrize(
    ("link", "reply"),
    [
        (
            "core",
            core_contract.PostingReply(
                result="POSTED",
                leg_id="2026112207120700000001-CP-1",
                amount_fen=1,
                core_serial="C9",
                accounting_date=date(2026, 11, 22),
                code="",
                message="",
            ),
        ),
        (
            "biller",
            biller_contract.PayReply(
                result="PAID",
                leg_id="2026112207120700000001-BP-1",
                amount_fen=1,
                biller_serial="B9",
                code="",
                message="",
            ),
        ),
    ],
)
def test_a_yes_to_another_amount_is_not_a_yes(counter: Counter, link: str, reply: Any) -> None:
    counterpart, name = (counter.core, "CORE_POST") if link == "core" else (counter.biller, "BILLER_PAY")
    counterpart.script[name] = [Answer(AnswerKind.ACCEPTED, reply)]

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED, "unknown, asked, not found, barred, undone"
    one_way(counter, Word.REVERSED)
