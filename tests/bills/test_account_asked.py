"""Core asked whose account it is, and the PIN keyed on the pad."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter
from support.scripted import RIGHT_BLOCK, TIMEOUT, ScriptedPad, refused

from tellerdesk.bills.commands import (
    AskAccount,
    ReadPin,
)
from tellerdesk.errors import (
    BadInput,
    CounterpartUnavailable,
    Refused,
)
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts.core import AccountReply
from tellerdesk.links.pinpad import PinReading, PinResult
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.bills.account_desk import ACCOUNT, HAS_FEN, OTHER


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock, pad=ScriptedPad())
    counter.core.balances = {ACCOUNT: HAS_FEN, OTHER: HAS_FEN}
    return counter


# Asking core whose account it is


def test_core_says_whose_account_it_is(counter: Counter) -> None:
    view = counter.accounts.ask(AskAccount("6217 0007 1200 0000 012", counter.quote().quote_id))

    assert (view.account_no, view.masked_no) == (ACCOUNT, "621700*********0012")
    assert (view.holder, view.other_holder) == ("*晓燕", False)


@pytest.mark.parametrize(
    ("name", "other"), [("王晓燕", False), ("李晓燕", False), ("王建国", True), ("欧阳晓燕", False)]
)
def test_somebody_elses_bill_is_told_as_far_as_core_tells_names(counter: Counter, name: str, other: bool) -> None:
    bill = counter.quote(customer_name=name)

    assert counter.accounts.ask(AskAccount(ACCOUNT, bill.quote_id)).other_holder is other
    assert counter.accounts.ask(AskAccount(ACCOUNT)).other_holder is False


def account_reply(**changes: Any) -> Answer[Any]:
    told = {"account_no": ACCOUNT, "kind": "CUSTOMER", "holder": "王晓燕", "status": "NORMAL", "code": ""}
    return Answer(AnswerKind.ACCEPTED, AccountReply(result="FOUND", **(told | changes)))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refused("ACCOUNT_NOT_FOUND"), "error.account.not_found"),
        (refused("ACCOUNT_FROZEN"), "error.account.frozen"),
        (refused("ACCOUNT_CLOSED"), "error.account.closed"),
        (refused("CORE_CLOSED", "日终"), "error.account.refused"),
        (account_reply(status="FROZEN"), "error.account.frozen"),
        (account_reply(status="CLOSED"), "error.account.closed"),
        (account_reply(status="DORMANT"), "error.account.refused"),
        (account_reply(kind="INTERNAL"), "error.account.not_found"),
    ],
)
def test_an_account_that_cannot_be_debited_is_told_with_its_reason(
    counter: Counter, answer: Answer[Any], message: str
) -> None:
    counter.core.script["CORE_ACCOUNT"] = [answer]

    with pytest.raises(Refused) as caught:
        counter.accounts.ask(AskAccount(ACCOUNT))

    assert caught.value.message_id == message


def test_a_name_core_does_not_mask_is_masked_here(counter: Counter) -> None:
    counter.core.script["CORE_ACCOUNT"] = [account_reply()]

    assert counter.accounts.ask(AskAccount(ACCOUNT)).holder == "*晓燕"


def test_core_without_an_answer_is_no_account(counter: Counter) -> None:
    counter.core.script["CORE_ACCOUNT"] = [TIMEOUT]

    with pytest.raises(CounterpartUnavailable, match=r"account\.no_answer"):
        counter.accounts.ask(AskAccount(ACCOUNT))


@pytest.mark.parametrize("typed", ["", "12345", "62170007120000000AB", ACCOUNT[:-1] + "3"])
def test_a_number_that_cannot_be_an_account_is_not_asked_about(counter: Counter, typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        counter.accounts.ask(AskAccount(typed))

    assert caught.value.field == "account_no"
    assert counter.core.calls == []


# The pad


def test_the_pad_shows_account_and_amount_and_gives_a_block(counter: Counter) -> None:
    assert counter.accounts.read_pin(ReadPin("6217 0007 1200 0000 012", 84_400)) == RIGHT_BLOCK
    assert counter.pad is not None
    assert counter.pad.shown == [(ACCOUNT, 84_400)]


@pytest.mark.parametrize("result", [PinResult.CANCELLED, PinResult.TIMEOUT, PinResult.GONE])
def test_no_pin_is_a_sentence_of_its_own(counter: Counter, result: PinResult) -> None:
    assert counter.pad is not None
    counter.pad.reading = PinReading(result, reason="not-connected")

    with pytest.raises(Refused) as caught:
        counter.accounts.read_pin(ReadPin(ACCOUNT, 84_400))

    assert caught.value.message_id == f"error.pin.{result.lower()}"


def test_a_workstation_without_a_pad_says_so(store: Store, keys: Keys, clock: SetClock) -> None:
    with pytest.raises(Refused, match=r"error\.pin\.no_pad"):
        Counter(store, keys, clock).accounts.read_pin(ReadPin(ACCOUNT, 84_400))
