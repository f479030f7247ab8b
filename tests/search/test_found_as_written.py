"""What the bills room writes is found: at once by name and account, and from before there was a search to find it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, insert, select
from support.counter import Counter
from support.four_eyes import ACCOUNT, VOUCHER, by_account

from tellerdesk.bills.views import PaymentView
from tellerdesk.journal import finding
from tellerdesk.search import accounts, asked
from tellerdesk.search.commands import JournalSearch
from tellerdesk.search.finder import Finder
from tellerdesk.search.matching import Matcher
from tellerdesk.search.models import ToIndex
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

TO_INDEX = table_of(ToIndex)


@pytest.fixture
def counter(store: Store, keys: Keys) -> Counter:
    made = Counter(store, keys)
    made.open_till()
    return made


def found(counter: Counter, search: JournalSearch) -> list[str]:
    finder = Finder(Matcher(Vault(counter.keys)), {})
    with counter.store.read() as session:
        read = asked.read(search, "", counter.clock.now())
        return [row.serial for row in finder.page(session.connection(), read, None, 50).rows]


def paid(counter: Counter) -> PaymentView:
    return counter.payments.pay(
        counter.who, counter.command(counter.quote(), **by_account(counter, voucher_no=VOUCHER))
    )


def test_a_payment_is_found_by_its_name_account_and_counterparts_numbers(counter: Counter) -> None:
    by_cash = counter.payments.pay(counter.who, counter.command(counter.quote("07550031884620")))
    view = paid(counter)
    assert set(found(counter, JournalSearch(customer_name="晓燕"))) == {view.serial, by_cash.serial}
    assert found(counter, JournalSearch(account_no=f"{ACCOUNT[:4]} {ACCOUNT[4:]}")) == [view.serial]
    assert found(counter, JournalSearch(account_no=ACCOUNT[:-1])) == []
    for number in (view.core_serial, view.biller_serial, view.legs[0].leg_id):
        assert number
        assert found(counter, JournalSearch(serial=number)) == [view.serial]


def test_a_name_is_kept_once_however_often_it_pays(counter: Counter) -> None:
    counter.payments.pay(counter.who, counter.command(counter.quote("07550031884620")))
    counter.payments.pay(counter.who, counter.command(counter.quote("07550031884639")))
    kept = counter.read(select(finding.PAIR.c.pair, finding.PAIR.c.name).order_by(finding.PAIR.c.pair))
    assert sorted(kept) == [("晓燕", "王晓燕"), ("王晓", "王晓燕")]


def test_payments_from_before_accounts_were_searched_get_their_index_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "AT_ONCE", 1)
    first = paid(counter)
    with counter.store.write("test") as unit:
        unit.connection.execute(delete(finding.ACCOUNT))
        unit.connection.execute(insert(TO_INDEX), [{"serial": first.serial}])
        unit.commit()
    assert found(counter, JournalSearch(account_no=ACCOUNT)) == []

    indexing = accounts.Accounts(counter.store, Vault(counter.keys), counter.subject)
    indexing.index_all()
    indexing.index_all()

    assert found(counter, JournalSearch(account_no=ACCOUNT)) == [first.serial]
    assert counter.read(select(func.count()).select_from(TO_INDEX)) == [(0,)]
