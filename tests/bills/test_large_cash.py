"""Who brings large cash is seen, checked and kept sealed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.counter import Counter
from support.scripted import RIGHT_BLOCK

from tellerdesk.audit.models import AuditRow
from tellerdesk.bills.commands import AccountAuthority, Identity, Method, Person
from tellerdesk.bills.payment_flow import IDENTITY_SEALED, PAYMENT
from tellerdesk.errors import BadInput, Conflict, Refused
from tellerdesk.journal.states import Word
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ID_CARD = "11010519491231002X"
PAYER = Person("王晓燕", ID_CARD)
AGENT = Person("陈志强", "E12345678", "PASSPORT")


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock)
    counter.open_till()
    return counter


def test_just_below_the_limit_nobody_is_asked(counter: Counter) -> None:
    view = counter.payments.pay(counter.who, counter.command(counter.quote(fen=999_999)))

    assert view.word is Word.PAID
    assert counter.read(select(PAYMENT.c.identity_sealed)) == [(None,)]


def test_from_the_limit_on_large_cash_without_identity_is_not_taken(counter: Counter) -> None:
    with pytest.raises(Refused, match="identity_needed"):
        counter.payments.pay(counter.who, counter.command(counter.quote(fen=1_000_000)))

    assert counter.core.calls == counter.till_rows() == []


def test_an_account_is_identity_enough(counter: Counter) -> None:
    counter.core.balances = {"6217000712000000012": 1_000_000}
    account = AccountAuthority("6217000712000000012", RIGHT_BLOCK)
    command = counter.command(counter.quote(fen=1_000_000), method=Method.ACCOUNT, account=account, tendered_fen=0)

    assert counter.payments.pay(counter.who, command).word is Word.PAID


def test_payer_and_agent_are_kept_sealed_and_the_audit_names_their_documents_only(counter: Counter) -> None:
    identity = Identity(Person(" 王晓燕 ", "11010519491231002x"), AGENT)
    command = counter.command(counter.quote(fen=1_000_000), identity=identity)

    view = counter.payments.pay(counter.who, command)

    [(sealed,)] = counter.read(select(PAYMENT.c.identity_sealed))
    opened = counter.payments._vault.open(bytes(sealed), column=IDENTITY_SEALED, row=view.serial)
    assert opened == '{"agent":["陈志强","PASSPORT","E12345678"],"payer":["王晓燕","ID_CARD","11010519491231002X"]}'
    [told] = [row.details for row in counter.read(select(table_of(AuditRow))) if row.subject == view.serial]
    assert "ID_CARD" in told
    assert "PASSPORT" in told
    assert ID_CARD not in told
    assert "E12345678" not in told
    assert ID_CARD.encode() not in bytes(sealed)


def test_the_same_request_with_another_person_is_an_error(counter: Counter) -> None:
    command = counter.command(counter.quote(fen=1_000_000), identity=Identity(PAYER))
    first = counter.payments.pay(counter.who, command)

    with pytest.raises(Conflict, match="other_contents"):
        counter.payments.pay(counter.who, dataclasses.replace(command, identity=Identity(PAYER, AGENT)))

    assert counter.payments.pay(counter.who, command).serial == first.serial


@pytest.mark.parametrize(
    ("identity", "field"),
    [
        (Identity(Person("", ID_CARD)), "payer_name"),
        (Identity(Person("王晓燕", "110105194912310021")), "payer_document_no"),
        (Identity(Person("王晓燕", "")), "payer_document_no"),
        (Identity(Person("王晓燕", ID_CARD, "LIBRARY_CARD")), "payer_kind"),
        (Identity(PAYER, Person("陈志强", "E1", "PASSPORT")), "agent_document_no"),
    ],
)
def test_what_is_no_document_is_told_with_its_field(counter: Counter, identity: Any, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        counter.payments.pay(counter.who, counter.command(counter.quote(fen=1_000_000), identity=identity))

    assert caught.value.field == field
    assert counter.core.calls == []
