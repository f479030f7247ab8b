"""A bill paid from the customer's account: with consent or not at all, and never a coin in the till."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.counter import Counter
from support.scripted import RIGHT_BLOCK, TIMEOUT, UNSENT, ScriptedLink, ScriptedPad, refused, then_lost

from tellerdesk.bills import states
from tellerdesk.bills.commands import (
    AccountAuthority,
    ConfirmCashReturned,
    Method,
    PayBill,
    RetryReversal,
)
from tellerdesk.bills.payment_flow import PAYMENT, Limits
from tellerdesk.bills.quotes import KeptBill
from tellerdesk.errors import (
    BadInput,
    Conflict,
    IllegalTransition,
    Refused,
    StoreUnavailable,
)
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.answers import Answer
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tests.bills.account_desk import ACCOUNT, HAS_FEN, OTHER


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock, pad=ScriptedPad())
    counter.core.balances = {ACCOUNT: HAS_FEN, OTHER: HAS_FEN}
    return counter


def by_account(counter: Counter, bill: KeptBill, account: AccountAuthority | None = None, **changes: Any) -> PayBill:
    account = account or AccountAuthority(ACCOUNT, pin_block=RIGHT_BLOCK)
    return counter.command(bill, method=Method.ACCOUNT, account=account, tendered_fen=0, **changes)


def nothing_moved(counter: Counter) -> None:
    assert counter.core.balances == {ACCOUNT: HAS_FEN, OTHER: HAS_FEN}
    assert counter.core.effects == counter.biller.effects == {}
    assert counter.till_rows() == []


@pytest.mark.req("B1", "B4", "B5")
@pytest.mark.parametrize(
    "account",
    [
        AccountAuthority(ACCOUNT, pin_block=RIGHT_BLOCK),
        AccountAuthority("6217 0007 1200 0000 012", voucher_no="pz20261122001"),
    ],
    ids=["pin", "voucher"],
)
def test_core_debits_the_customer_and_no_cash_moves(counter: Counter, account: AccountAuthority) -> None:
    view = counter.payments.pay(counter.who, by_account(counter, counter.quote(), account))

    assert view.word is Word.PAID
    assert counter.core.balances[ACCOUNT] == HAS_FEN - 84_400
    assert list(counter.biller.effects.values()) == [84_400]
    assert counter.till_rows() == []
    assert (view.tendered_fen, view.change_fen, view.cash_return) == (0, 0, CashReturn.NONE)
    assert view.account_no == "621700*********0012"
    assert view.advice.id == "advice.paid.account"


def test_what_names_the_account_is_stored_sealed(counter: Counter) -> None:
    counter.payments.pay(counter.who, by_account(counter, counter.quote()))
    voucher = AccountAuthority(OTHER, voucher_no="PZ20261122001")
    counter.payments.pay(counter.who, by_account(counter, counter.quote("07550031884736"), voucher))

    stored = [bytes(cell) for row in counter.read(select(PAYMENT.c.account_sealed)) for cell in row]
    stored += [bytes(row[0]) for row in counter.read(select(LEG.c.request))]
    rest = "".join(str(row) for table in (ENTRY, LEG, PAYMENT) for row in counter.read(select(table)))
    for clear in (ACCOUNT, OTHER, "PZ20261122001", RIGHT_BLOCK):
        assert clear.encode() not in b"".join(stored)
        assert clear not in rest
    opened = counter.payments._vault.open(stored[0], column="bills_payment.account_sealed", row=serial(counter))
    assert RIGHT_BLOCK not in opened, "a PIN block stands in the posting's body alone"


def serial(counter: Counter) -> str:
    return str(counter.read(select(ENTRY.c.serial).order_by(ENTRY.c.id))[0][0])


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("INSUFFICIENT_FUNDS", "advice.core_rejected.insufficient_funds"),
        ("WRONG_PIN", "advice.core_rejected.wrong_pin"),
        ("PIN_LOCKED", "advice.core_rejected.pin_locked"),
        ("NO_AUTHORITY", "advice.core_rejected.no_authority"),
        ("ACCOUNT_FROZEN", "advice.core_rejected.account"),
    ],
)
@pytest.mark.parametrize("asked", [False, True], ids=["told", "found out"])
def test_a_refusal_by_core_moves_nothing_and_says_why(counter: Counter, code: str, advice: str, asked: bool) -> None:
    script = {"CORE_POST": [TIMEOUT], "CORE_INQUIRE": [refused(code)]} if asked else {"CORE_POST": [refused(code)]}
    counter.core.script = dict(script)

    view = counter.payments.pay(counter.who, by_account(counter, counter.quote()))

    assert (view.word, view.cash_return, view.advice.id) == (Word.FAILED, CashReturn.NONE, advice)
    nothing_moved(counter)
    assert counter.payments.pay(counter.who, by_account(counter, counter.quote())).word is Word.PAID


def test_a_wrong_pin_is_a_definite_no(counter: Counter) -> None:
    wrong = AccountAuthority(ACCOUNT, pin_block="0" * 32)

    view = counter.payments.pay(counter.who, by_account(counter, counter.quote(), wrong))

    assert (view.word, view.advice.id) == (Word.FAILED, "advice.core_rejected.wrong_pin")
    assert counter.rows_taken(view.serial) == ["T1+T4", "T6"]
    nothing_moved(counter)


def test_more_than_the_account_holds_is_refused_by_core(counter: Counter) -> None:
    view = counter.payments.pay(counter.who, by_account(counter, counter.quote(fen=HAS_FEN + 1)))

    assert (view.word, view.advice.id) == (Word.FAILED, "advice.core_rejected.insufficient_funds")
    nothing_moved(counter)


@pytest.mark.req("B7")
@pytest.mark.parametrize(
    ("answers", "advice"),
    [
        ([refused("CLOSED", "营业时间已过")], "advice.reversed.account"),
        ([UNSENT, UNSENT], "advice.reversed.no_answer.account"),
        ([TIMEOUT], "advice.reversed.no_answer.account"),
    ],
)
def test_a_payment_that_did_not_stand_is_credited_back_and_no_cash_is_due(
    counter: Counter, answers: list[Any], advice: str
) -> None:
    counter.biller.script = {"BILLER_PAY": list(answers)}

    view = counter.payments.pay(counter.who, by_account(counter, counter.quote()))

    assert (view.word, view.cash_return, view.advice.id) == (Word.REVERSED, CashReturn.NONE, advice)
    nothing_moved(counter)
    counter.open_till()
    with pytest.raises(IllegalTransition):
        counter.payments.confirm_cash_returned(counter.who, ConfirmCashReturned(view.serial))
    assert counter.till_rows() == []


def test_core_out_of_reach_says_that_nothing_was_debited(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [UNSENT, UNSENT]}

    view = counter.payments.pay(counter.who, by_account(counter, counter.quote()))

    assert (view.word, view.advice.id) == (Word.FAILED, "advice.core_rejected.no_answer.account")
    nothing_moved(counter)


def test_doubt_is_told_in_words_of_an_account(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock, limits=Limits(inquiries=50, reversal_tries=2))
    counter.core.balances = {ACCOUNT: HAS_FEN}
    seen = {}

    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    seen["biller"] = counter.payments.pay(counter.who, by_account(counter, counter.quote(fen=100)))
    counter.sweep_until_done()
    seen["later"] = counter.payments.payment(seen["biller"].serial)
    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [TIMEOUT] * 4}
    seen["core"] = counter.payments.pay(counter.who, by_account(counter, counter.quote("07550031884736", fen=100)))
    counter.sweep_until_done()
    assert counter.payments.payment(seen["core"].serial).word is Word.REVERSED
    counter.core.script = {"CORE_REVERSE": [TIMEOUT] * 2}
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    seen["given up"] = counter.payments.pay(counter.who, by_account(counter, counter.quote("07550031884833", fen=100)))

    assert {name: view.advice.id for name, view in seen.items()} == {
        "biller": "advice.biller_unknown.account",
        "later": "advice.paid_later.account",
        "core": "advice.core_unknown.account",
        "given up": "advice.reverse_failed.account",
    }
    assert all(view.word is Word.PROCESSING for name, view in seen.items() if name != "later")
    assert counter.core.balances[ACCOUNT] == HAS_FEN - 200
    after = counter.payments.retry_reversal(counter.who, RetryReversal(seen["given up"].serial))
    assert (after.word, counter.core.balances[ACCOUNT]) == (Word.REVERSED, HAS_FEN - 100)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_for_an_account_hands_out_cash(counter: Counter, language: str) -> None:
    """Every place in every sentence is filled, and none names change or cash that was counted."""
    say = words(language)
    view = counter.payments.pay(counter.who, by_account(counter, counter.quote()))
    from tellerdesk.bills import shown

    for message_id in (*shown._BY_ACCOUNT.values(), *shown._CORE_SAID.values()):
        sentence = say(message_id, **view.advice.args)
        assert sentence != message_id
        assert "{" not in sentence
        template = say(message_id, **dict.fromkeys(view.advice.args, "#"))
        assert say(message_id, **(view.advice.args | {"tendered": "#9", "change": "#9"})).count("#9") == 0, template


# One request, one account


def test_the_same_request_with_another_account_is_an_error(counter: Counter) -> None:
    command = by_account(counter, counter.quote())
    first = counter.payments.pay(counter.who, command)
    other = AccountAuthority(OTHER, pin_block=RIGHT_BLOCK)
    voucher = AccountAuthority(ACCOUNT, voucher_no="PZ20261122001")

    for account in (other, voucher):
        with pytest.raises(Conflict, match="other_contents"):
            counter.payments.pay(counter.who, dataclasses.replace(command, account=account))
    cash = dataclasses.replace(command, method=Method.CASH, account=None, tendered_fen=84_400)
    with pytest.raises(Conflict, match="other_contents"):
        counter.payments.pay(counter.who, cash)

    again = AccountAuthority("6217-0007-1200-0000-012", pin_block="A" * 32)
    keyed_twice = dataclasses.replace(command, account=again)
    assert counter.payments.pay(counter.who, keyed_twice).serial == first.serial
    assert counter.core.balances == {ACCOUNT: HAS_FEN - 84_400, OTHER: HAS_FEN}


@pytest.mark.parametrize(
    ("account", "error", "message"),
    [
        (None, Refused, "no_authority"),
        (AccountAuthority(ACCOUNT), Refused, "no_authority"),
        (AccountAuthority(ACCOUNT, RIGHT_BLOCK, "PZ20261122001"), Refused, "no_authority"),
        (AccountAuthority(ACCOUNT, "123456"), Refused, "no_authority"),
        (AccountAuthority(ACCOUNT, voucher_no="PZ1"), BadInput, "voucher"),
        (AccountAuthority(ACCOUNT[:-1] + "3", RIGHT_BLOCK), BadInput, "checksum"),
        (AccountAuthority("TC-0712-07", RIGHT_BLOCK), BadInput, "format"),
    ],
)
def test_without_one_consent_in_order_nothing_begins(
    counter: Counter, account: AccountAuthority | None, error: Any, message: str
) -> None:
    command = dataclasses.replace(by_account(counter, counter.quote()), account=account)

    with pytest.raises(error, match=message):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == counter.read(select(ENTRY)) == []


def test_an_account_already_debited_for_this_bill_is_not_debited_again(counter: Counter) -> None:
    counter.payments.pay(counter.who, by_account(counter, counter.quote()))

    with pytest.raises(Conflict) as caught:
        counter.payments.pay(counter.who, by_account(counter, counter.quote(), AccountAuthority(OTHER, RIGHT_BLOCK)))

    assert caught.value.message_id == "error.payment.already_paid.account"
    assert counter.core.balances[OTHER] == HAS_FEN


@pytest.mark.parametrize(
    ("step", "reason", "message"),
    [
        ("commit.payment.intent:before", "error.store.full", "error.payment.not_started.full.account"),
        ("commit.payment.intent:before", "error.store.locked", "error.payment.not_started.locked.account"),
        ("commit.payment.intent:before", "error.store.gone", "error.payment.not_started.account"),
        ("commit.payment.intent:before", UNSURE, "error.payment.not_started.account"),
        (
            "commit.bill_payment.CORE_SENDING.accepted:before",
            "error.store.gone",
            "error.payment.outcome_not_kept.account",
        ),
    ],
)
def test_a_store_that_fails_says_what_that_means_for_the_account(
    counter: Counter, step: str, reason: str, message: str
) -> None:
    command = by_account(counter, counter.quote())

    def fails(passed: str) -> None:
        if passed == step:
            counter.store.hook = no_hook
            raise StoreUnavailable(reason)

    counter.store.hook = fails
    with pytest.raises(StoreUnavailable) as caught:
        counter.payments.pay(counter.who, command)

    assert caught.value.message_id == message
    begun = "outcome_not_kept" in message
    assert counter.core.balances[ACCOUNT] == (HAS_FEN - 84_400 if begun else HAS_FEN)


def test_cash_and_an_account_are_not_mixed(counter: Counter) -> None:
    command = dataclasses.replace(by_account(counter, counter.quote()), tendered_fen=84_400)

    with pytest.raises(Refused, match="cash_with_account"):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == []


def test_a_desk_that_died_with_the_account_debited_has_it_credited_back(counter: Counter) -> None:
    command = by_account(counter, counter.quote())

    def dies(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        link.honest("CORE_POST", request, places)
        raise KeyboardInterrupt

    counter.core.script["CORE_POST"] = [dies]
    with pytest.raises(KeyboardInterrupt):
        counter.payments.pay(counter.who, command)
    assert counter.core.balances[ACCOUNT] == HAS_FEN - 84_400

    counter.sweep_until_done()

    view = counter.payments.payment(serial(counter))
    assert (view.state, view.cash_return) == (states.REVERSED, CashReturn.NONE)
    nothing_moved(counter)
