"""Thousands of searches find exactly what a plain filter over the same entries finds, in the same order, both ways."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import SetClock
from support.long_form import LONG

from tellerdesk.bills.commands import Method
from tellerdesk.clock import branch_time
from tellerdesk.journal.states import Word
from tellerdesk.search import asked, matching
from tellerdesk.search.commands import Cursor, JournalSearch
from tellerdesk.search.finder import Finder
from tellerdesk.search.matching import Matcher
from tellerdesk.search.states import STATES, Sort
from tellerdesk.search.views import JournalPage, Totals
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.search.written import APPROVERS, BILLERS, BRANCHES, NAMES, TELLERS, Journal, Plain

ENTRIES = 160
SEARCHES, MIXES = (20_000, 5_000) if LONG else (2_000, 50)
"""On each database. A mix of conditions that was asked before is a statement that was built before."""

SEED = 20261122


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def held(search: JournalSearch, today: date, refunded: Mapping[str, Word]) -> Callable[[Plain], bool]:
    """What a person would say: does an entry match?"""
    since, until = search.since, search.until
    if since is None and until is None:
        names_one = search.serial or search.consumer_no or search.account_no
        days = search.last_days or (0 if names_one else 30)
        since = today - timedelta(days=days - 1) if days else None
    low, high = search.amount_from_fen, search.amount_to_fen
    consumer_no = search.consumer_no.replace(" ", "")
    every: tuple[tuple[Any, Callable[[Plain], Any]], ...] = (
        (since, lambda one: one.day >= since),
        (until, lambda one: one.day <= until),
        (search.flow, lambda one: one.flow == search.flow),
        (search.biller_code, lambda one: one.biller == search.biller_code),
        (consumer_no, lambda one: one.consumer_no == consumer_no),
        (search.customer_name, lambda one: folded(search.customer_name) in folded(one.customer_name)),
        (search.account_no, lambda one: one.account_no == search.account_no),
        (search.teller_no, lambda one: one.teller_no == search.teller_no),
        (search.approver_no, lambda one: search.approver_no in one.approvers),
        (search.words, lambda one: one.word in search.words),
        (
            Word.PAID in search.words,
            lambda one: one.serial not in refunded or refunded[one.serial] in search.words,
        ),
        (search.state, lambda one: one.state == search.state),
        (search.cash_due, lambda one: one.cash_return == "DUE"),
        (low is not None, lambda one: one.amount_fen >= low),
        (high is not None, lambda one: one.amount_fen <= high),
        (search.serial, lambda one: search.serial in one.every_number),
        (search.method, lambda one: one.method == search.method),
        (search.branch_no, lambda one: one.branch_no == search.branch_no),
    )
    asked_of = [holds for wanted, holds in every if wanted]
    return lambda one: all(holds(one) for holds in asked_of)


def key_of(search: JournalSearch) -> Callable[[Plain], Any]:
    by = {Sort.TIME: "made_at", Sort.AMOUNT: "amount_fen", Sort.BILLER: "biller", Sort.TELLER: "teller_no"}[search.sort]
    return lambda one: (getattr(one, by), one.id)


def part_of(chance: random.Random, text: str) -> str:
    begin = chance.randrange(max(len(text) - 1, 1))
    return text[begin : begin + chance.randrange(2, 5)].strip()


def searches(chance: random.Random, entries: list[Plain], today: date) -> Iterator[JournalSearch]:
    """Any mix, each condition from what an entry has or from what none has."""
    mixes = [Mix(chance) for _ in range(MIXES)]
    while True:
        mix = chance.choice(mixes)
        ways = ways_of(chance, chance.choice(entries), chance.choice(entries), today)
        search = JournalSearch(last_days=90) if mix.long_ago else JournalSearch()
        for way in mix.ways:
            search = replace(search, **ways[way])
        if search.words:
            search = replace(search, words=mix.words)
        if search.since and search.until and search.since > search.until:
            search = replace(search, since=search.until, until=search.since)
        yield replace(search, sort=mix.sort, ascending=mix.ascending)


class Mix:
    """Which conditions stand together; what they ask for differs from search to search."""

    def __init__(self, chance: random.Random) -> None:
        self.ways = chance.sample(range(WAYS), chance.choice([1, 1, 2, 2, 3, 4]))
        self.words = tuple(chance.sample(list(Word), chance.randrange(1, 4)))
        self.long_ago = chance.random() < 0.7
        self.sort = chance.choice([Sort.TIME, Sort.TIME, Sort.TIME, *Sort])
        self.ascending = chance.random() < 0.3


WAYS = 21


def ways_of(chance: random.Random, one: Plain, other: Plain, today: date) -> list[dict[str, Any]]:
    day = today - timedelta(days=chance.randrange(65))
    name = part_of(chance, one.customer_name)
    amounts = sorted([one.amount_fen, other.amount_fen])
    hostile = ["100%", "50_", "_5", "\\\\", "%乙", "_乙", "甲\\", "欧阳", "zhang", "abc", "(集"]
    return [
        {"since": day},
        {"until": day},
        {"since": day, "until": min(day + timedelta(days=chance.randrange(20)), today)},
        {"since": one.day, "until": one.day},
        {"last_days": chance.randrange(1, 70)},
        {"flow": chance.choice(sorted(STATES))},
        {"biller_code": chance.choice([*BILLERS, "9999"])},
        {"consumer_no": f"{one.consumer_no[:4]} {one.consumer_no[4:]}"},
        {"customer_name": name if len(name) > 1 else "%%"},
        {"customer_name": chance.choice(hostile)},
        {"account_no": one.account_no},
        {"teller_no": chance.choice(TELLERS)},
        {"approver_no": chance.choice([*APPROVERS, "9999"])},
        {"words": (Word.PAID,)},
        {"state": one.state},
        {"cash_due": True},
        {"amount_from_fen": amounts[0]},
        {"amount_from_fen": amounts[0], "amount_to_fen": amounts[1]},
        {"serial": chance.choice([*sorted(one.every_number), "%", "0" * 22])},
        {"method": chance.choice(list(Method))},
        {"branch_no": chance.choice(BRANCHES)},
    ]


class Asking:
    """Asks the engine as the room does."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.finder = Finder(Matcher(journal.vault), {})

    def read(self, search: JournalSearch) -> asked.Asked:
        return asked.read(search, search.branch_no, self.journal.clock.now())

    def there_and_back(self, connection: Any, search: JournalSearch, size: int) -> tuple[list[str], list[str]]:
        """The serials of all pages on the way to the end, and those on the way back to the beginning."""
        read = self.read(search)
        page = self.finder.page(connection, read, None, size)
        assert page.previous is None
        forth = [page]
        while forth[-1].next is not None:
            forth.append(self._page(connection, read, forth[-1].next, size))
        back = [forth[-1]]
        while back[-1].previous is not None:
            back.append(self._page(connection, read, back[-1].previous, size))
        return told(forth), told(reversed(back))

    def _page(self, connection: Any, read: asked.Asked, cursor: Cursor, size: int) -> JournalPage:
        page = self.finder.page(connection, read, cursor, size)
        assert 0 < len(page.rows) <= size
        return page


def told(pages: Any) -> list[str]:
    return [row.serial for page in pages for row in page.rows]


@pytest.fixture
def journal(store: Store, keys: Keys, clock: SetClock) -> Journal:
    made = Journal(store, keys, clock)
    made.fill(random.Random(SEED), ENTRIES)
    return made


@pytest.mark.timeout(7_200 if LONG else 120)
@pytest.mark.req("B11")
def test_every_search_finds_what_a_plain_filter_finds(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, asking = random.Random(SEED), Asking(journal)
    today = branch_time(journal.clock.now()).date()
    made = searches(chance, journal.entries, today)
    found_some, of_fields = 0, set()
    with journal.store.read() as session:
        connection = session.connection()
        for _ in range(SEARCHES):
            search = next(made)
            monkeypatch.setattr(matching, "MOST_NAMES", chance.choice([1, 3_000]))  # rare names, and common ones
            expected = sorted(filter(held(search, today, journal.refunded), journal.entries), key=key_of(search))
            if not search.ascending:
                expected.reverse()
            serials = [one.serial for one in expected]
            if chance.random() < 0.9:
                page = asking.finder.page(connection, asking.read(search), None, 100)
                assert told([page]) == serials[:100], search
                assert (page.previous, page.next is not None) == (None, len(serials) > 100)
            else:
                size = chance.randrange(1, 6) if len(serials) < 12 else chance.randrange(20, 100)
                assert asking.there_and_back(connection, search, size) == (serials, serials), search
            sum_fen = sum(one.amount_fen for one in expected)
            assert asking.finder.totals(connection, asking.read(search)) == Totals(len(serials), sum_fen, False), search
            if expected:
                found_some += 1
                of_fields |= {one.name for one in fields(search) if getattr(search, one.name)}
    assert found_some > SEARCHES // 3
    assert of_fields == {one.name for one in fields(JournalSearch)}, "a condition no search found anything by"


@pytest.mark.parametrize(
    ("state", "word"),
    [("CONSENT_UNKNOWN", Word.PROCESSING), ("DUE", Word.REFUND_DUE), ("PAID_OUT", Word.REFUNDED), ("NOT_AGREED", None)],
)
def test_a_payment_that_is_refunded_is_called_what_its_refund_is(
    store: Store, keys: Keys, clock: SetClock, state: str, word: Word | None
) -> None:
    journal = Journal(store, keys, clock)
    payment = journal.add()
    refund = journal.add(flow="bill_refund", state=state, about=payment.serial)
    asking = Asking(journal)
    with store.read() as session:
        connection = session.connection()

        def found(*words: Word) -> dict[str, Word]:
            page = asking.finder.page(connection, asking.read(JournalSearch(words=words)), None, 50)
            return {row.serial: row.word for row in page.rows}

        called = word or Word.PAID
        assert found()[payment.serial] is called
        assert (payment.serial in found(Word.PAID)) is (word is None)
        assert found(Word.PAID, called)[payment.serial] is called
        if word is not None:
            assert found(word) == {refund.serial: word}


@pytest.mark.parametrize("most_names", [0, 3_000], ids=["common", "rare"])
def test_every_name_is_found_by_every_part_of_it_and_by_no_other(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, most_names: int
) -> None:
    monkeypatch.setattr(matching, "MOST_NAMES", most_names)
    asking = Asking(journal)
    with journal.store.read() as session:
        connection = session.connection()
        parts = {name[at : at + long] for name in NAMES for long in (2, 3) for at in range(len(name) - long + 1)}
        parts |= {"%%", "__", "?*", "王%", "%燕", "王_燕", "晓燕%"}
        for part in sorted(one for one in parts if one == one.strip() and len(folded(one)) > 1):
            search = JournalSearch(customer_name=part, last_days=90)
            forth = told([asking.finder.page(connection, asking.read(search), None, 200)])
            assert set(forth) == {one.serial for one in journal.entries if folded(part) in folded(one.customer_name)}, (
                part
            )


def test_no_two_flows_call_a_state_of_one_name_differently() -> None:
    """A search for a word asks for states alone, and takes an entry for unfinished by its state."""
    meanings: dict[str, set[tuple[Word, bool]]] = {}
    for known in STATES.values():
        for name, state in known.items():
            meanings.setdefault(name, set()).add((state.word, state.terminal))
    assert {name: what for name, what in meanings.items() if len(what) > 1} == {}
