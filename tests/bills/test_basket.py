"""Several bills of one customer: each its own payment, one count of cash, one figure handed over."""

from __future__ import annotations

import dataclasses
import secrets
import threading
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import func, select
from support.counter import AskedFrom, Counter, ruled, teller
from support.four_eyes import FourEyes
from support.long_form import LONG
from support.scripted import RIGHT_BLOCK, TIMEOUT, ScriptedLink, refused

from tellerdesk.audit.models import AuditRow
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.basket_book import BASKET, LINE
from tellerdesk.bills.basket_commands import BasketBill, GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import AccountAuthority, GoOn, Identity, Method, Person
from tellerdesk.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.steps import no_hook
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

NUMBERS = ("07550031884639", "07550031884647", "07550031884654")
FEN = (84_400, 12_050, 30_000)
TOTAL = sum(FEN)
ACCOUNT = "6217000712000000012"
PAYER = Identity(Person("王晓燕", "11010519491231002X"))


@pytest.fixture
def counter(sqlite_store: Store, keys: Keys, clock: SetClock) -> Counter:
    """For what is decided above the store."""
    counter = Counter(sqlite_store, keys, clock)
    counter.open_till()
    return counter


@pytest.fixture
def both(store: Store, keys: Keys, clock: SetClock) -> Counter:
    """On both databases, where rows, locks or the order of commits decide."""
    both = Counter(store, keys, clock)
    both.open_till()
    return both


def basket(
    counter: Counter, fens: tuple[int, ...] = FEN, numbers: tuple[str, ...] = NUMBERS, **changes: Any
) -> PayBasket:
    """A bill of each customer's number, and 20 yuan more than they cost on the counter."""
    bills = tuple(
        BasketBill(secrets.token_hex(16), counter.quote(number, fen=fen).quote_id, fen)
        for number, fen in zip(numbers, fens, strict=True)
    )
    given: dict[str, Any] = {"basket_id": secrets.token_hex(16), "bills": bills, "tendered_fen": sum(fens) + 2_000}
    return PayBasket(**(given | changes))


def words(view: BasketView) -> list[Word | None]:
    return [None if line.payment is None else line.payment.word for line in view.lines]


def balance(counter: Counter) -> int:
    return sum(fen if kind == "CASH_IN" else -fen for kind, fen in counter.till_rows())


def refuse_second(counter: Counter) -> None:
    """The biller takes the first and the third bill, and refuses the second."""
    honest = ScriptedLink.honest

    def first(link: ScriptedLink, _id: str, request: dict[str, Any], places: Any) -> Any:
        return honest(link, "BILLER_PAY", request, places)

    counter.biller.script = {"BILLER_PAY": [first, refused("E17", "closed")]}


# The good course


def test_each_bill_is_a_payment_of_its_own_and_the_whole_is_counted_once(both: Counter) -> None:
    command = basket(both)

    view = both.baskets.pay(both.who, command)

    assert words(view) == [Word.PAID] * 3
    payments = [line.payment for line in view.lines if line.payment is not None]
    assert [(each.amount_fen, each.tendered_fen, each.change_fen) for each in payments] == [
        (fen, fen, 0) for fen in FEN
    ]
    assert len({each.serial for each in payments}) == 3
    assert both.till_rows() == [("CASH_IN", fen) for fen in FEN]
    assert (view.total_fen, view.tendered_fen, view.cash.to_hand_over_fen) == (TOTAL, TOTAL + 2_000, 2_000)
    assert sorted(both.core.effects.values()) == sorted(both.biller.effects.values()) == sorted(FEN)


def test_a_bill_in_a_basket_is_three_commits_and_the_basket_none_of_its_own(counter: Counter) -> None:
    counter.payments.pay(counter.who, counter.command(counter.quote("07550031884699")))  # the day is known from here on
    command = basket(counter)
    seen: list[str] = []
    counter.store.hook = seen.append

    counter.baskets.pay(counter.who, command)

    assert [step for step in seen if step.startswith("commit.") and step.endswith(":after")] == [
        "commit.payment.intent:after",
        "commit.bill_payment.CORE_SENDING.accepted:after",
        "commit.bill_payment.BILLER_SENDING.accepted:after",
    ] * 3


def test_pressed_again_nothing_is_paid_again(counter: Counter) -> None:
    command = basket(counter)
    first = counter.baskets.pay(counter.who, command)

    again = counter.baskets.pay(counter.who, command)

    assert again == first
    assert len(counter.till_rows()) == 3
    assert counter.read(select(func.count()).select_from(BASKET)) == [(1,)]


def test_pressed_by_many_threads_each_bill_is_paid_once(both: Counter) -> None:
    command = basket(both)
    seen: list[BasketView] = []
    threads = [threading.Thread(target=lambda: seen.append(both.baskets.pay(both.who, command))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(seen) == 4
    assert words(both.baskets.basket(both.who, command.basket_id)) == [Word.PAID] * 3
    assert sorted(both.till_rows()) == sorted(("CASH_IN", fen) for fen in FEN)


def test_the_same_basket_with_other_contents_is_an_error(counter: Counter) -> None:
    command = basket(counter)
    counter.baskets.pay(counter.who, command)

    with pytest.raises(Conflict, match="other_contents"):
        counter.baskets.pay(counter.who, dataclasses.replace(command, tendered_fen=TOTAL + 5_000))


def test_a_request_of_a_payment_made_before_does_not_slip_into_a_basket(both: Counter) -> None:
    single = both.command(both.quote("07550031884699"))
    both.payments.pay(both.who, single)
    command = basket(both)
    stolen = dataclasses.replace(command.bills[1], request_id=single.request_id)

    with pytest.raises(Conflict, match="other_contents"):
        both.baskets.pay(both.who, dataclasses.replace(command, bills=(command.bills[0], stolen)))

    assert len(both.till_rows()) == 1


def test_what_is_submitted_names_its_basket_in_the_audit(counter: Counter) -> None:
    command = basket(counter)
    view = counter.baskets.pay(counter.who, command)
    counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 2_000))

    told = [(row.action, row.subject, row.details) for row in counter.read(select(table_of(AuditRow)))]
    submitted = [details for action, _, details in told if action == "payment.submitted"]
    assert len(submitted) == len(view.lines)
    assert all(command.basket_id in details for details in submitted)
    assert [subject for action, subject, _ in told if action == "basket.handed_over"] == [command.basket_id]


# One that fails stops and hides no other


def test_a_refused_bill_in_the_middle_stops_no_other_and_is_one_part_of_what_goes_back(both: Counter) -> None:
    command = basket(both)
    refuse_second(both)

    view = both.baskets.pay(both.who, command)

    assert words(view) == [Word.PAID, Word.REVERSED, Word.PAID]
    assert (view.cash.change_fen, view.cash.due_fen, view.cash.untaken_fen) == (2_000, FEN[1], 0)
    assert view.cash.to_hand_over_fen == 2_000 + FEN[1]


def test_a_bill_in_doubt_in_the_middle_stops_no_other_and_its_cash_stays(counter: Counter) -> None:
    command = basket(counter)

    def first(link: ScriptedLink, _id: str, request: dict[str, Any], places: Any) -> Any:
        return link.honest("BILLER_PAY", request, places)

    counter.biller.script = {"BILLER_PAY": [first, TIMEOUT], "BILLER_INQUIRE": [TIMEOUT] * 9}
    view = counter.baskets.pay(counter.who, command)

    assert words(view) == [Word.PAID, Word.PROCESSING, Word.PAID]
    assert view.cash.to_hand_over_fen == 2_000
    handed = counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 2_000))
    assert words(handed) == [Word.PAID, Word.PROCESSING, Word.PAID]
    counter.biller.script = {}
    counter.sweep_until_done()
    after = counter.baskets.basket(counter.who, command.basket_id)
    in_doubt = after.lines[1].payment
    assert in_doubt is not None
    assert in_doubt.word is Word.REVERSED
    assert in_doubt.cash_return is CashReturn.DUE  # it goes back by itself: the basket was handed over before
    assert (after.handed_fen, after.cash.to_hand_over_fen) == (2_000, 0)


def test_one_biller_that_is_down_costs_the_others_nothing(counter: Counter) -> None:
    command = basket(counter)
    down = counter.quote("0591000123", fen=FEN[1], biller_code="1201")  # nobody can reach this one
    unreachable = dataclasses.replace(command.bills[1], quote_id=down.quote_id)

    view = counter.baskets.pay(
        counter.who, dataclasses.replace(command, bills=(command.bills[0], unreachable, command.bills[2]))
    )

    assert words(view) == [Word.PAID, Word.REVERSED, Word.PAID]
    assert view.cash.to_hand_over_fen == 2_000 + FEN[1]
    assert sorted(counter.core.effects.values()) == sorted((FEN[0], FEN[2]))


def test_a_bill_another_desk_is_at_is_not_begun_and_says_so(counter: Counter) -> None:
    taken = counter.payments.pay(counter.who, counter.command(counter.quote(NUMBERS[1], fen=FEN[1])))
    command = basket(counter)

    view = counter.baskets.pay(counter.who, command)

    assert words(view) == [Word.PAID, None, Word.PAID]
    refusal = view.lines[1].refusal
    assert refusal is not None
    assert refusal.id == "error.payment.already_paid"
    assert view.cash.untaken_fen == FEN[1]
    assert taken.word is Word.PAID
    assert sorted(counter.till_rows()) == sorted(("CASH_IN", fen) for fen in FEN)


def test_where_no_bill_can_be_begun_nothing_is_kept_and_all_the_cash_goes_back(counter: Counter) -> None:
    for number, fen in zip(NUMBERS, FEN, strict=True):
        counter.payments.pay(counter.who, counter.command(counter.quote(number, fen=fen)))
    command = basket(counter)

    view = counter.baskets.pay(counter.who, command)

    assert words(view) == [None, None, None]
    assert all(line.refusal is not None for line in view.lines)
    assert not view.kept
    assert view.cash.to_hand_over_fen == command.tendered_fen
    assert counter.read(select(BASKET.c.basket_id)) == []


def test_the_first_that_stands_brings_the_basket_with_it(both: Counter) -> None:
    both.payments.pay(both.who, both.command(both.quote(NUMBERS[0], fen=FEN[0])))
    command = basket(both)

    view = both.baskets.pay(both.who, command)

    assert words(view) == [None, Word.PAID, Word.PAID]
    assert view.kept
    assert both.read(select(LINE.c.place, LINE.c.amount_fen).order_by(LINE.c.place)) == list(enumerate(FEN))


def test_one_paid_lately_is_not_begun_until_the_teller_knows(counter: Counter) -> None:
    counter.amend = ruled(AmountRule.PART_OLDEST_FIRST)
    counter.__post_init__()
    counter.payments.pay(counter.who, counter.command(counter.quote(NUMBERS[1], fen=FEN[1])))
    command = basket(counter)

    view = counter.baskets.pay(counter.who, command)
    assert words(view) == [Word.PAID, None, Word.PAID]
    assert view.lines[1].refusal is not None
    assert view.lines[1].refusal.id == "error.payment.paid_before"

    known = counter.baskets.go_on(counter.who, GoOnWithBasket(command.basket_id, knows_paid_before=True))
    assert words(known) == [Word.PAID] * 3
    assert known.cash.to_hand_over_fen == 2_000


def test_a_store_that_stops_answering_leaves_those_behind_it_unbegun(
    sqlite_store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    counter.open_till()
    command = basket(counter)
    intents = 0

    def hook(step: str) -> None:
        nonlocal intents
        if step == "commit.payment.intent:before":
            intents += 1
            if intents == 2:
                raise StoreUnavailable("error.store.locked", seconds=30)

    counter.store.hook = hook
    view = counter.baskets.pay(counter.who, command)

    assert words(view) == [Word.PAID, None, None]
    assert intents == 2
    assert [line.refusal and line.refusal.id for line in view.lines] == [None, "error.payment.not_started.locked", None]
    counter.store.hook = no_hook
    assert words(counter.baskets.pay(counter.who, command)) == [Word.PAID] * 3


# Handing over


def test_handing_over_pays_every_failed_bill_back_in_one_commit_and_once(both: Counter) -> None:
    command = basket(both)
    refuse_second(both)
    both.baskets.pay(both.who, command)
    seen: list[str] = []
    both.store.hook = seen.append
    figure = HandOver(command.basket_id, 2_000 + FEN[1])

    view = both.baskets.hand_over(both.who, figure)
    again = both.baskets.hand_over(both.who, figure)

    assert [step for step in seen if step.startswith("commit.")] == [
        "commit.basket.handed_over:before",
        "commit.basket.handed_over:after",
    ]
    assert view == again
    assert (view.handed_fen, view.cash.to_hand_over_fen) == (2_000 + FEN[1], 0)
    assert balance(both) == FEN[0] + FEN[2]
    assert both.till_rows().count(("CASH_OUT", FEN[1])) == 1


def test_two_who_hand_over_at_once_pay_once(both: Counter) -> None:
    command = basket(both)
    refuse_second(both)
    both.baskets.pay(both.who, command)
    figure = HandOver(command.basket_id, 2_000 + FEN[1])
    threads = [threading.Thread(target=lambda: both.baskets.hand_over(both.who, figure)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert both.till_rows().count(("CASH_OUT", FEN[1])) == 1
    assert balance(both) == FEN[0] + FEN[2]


def test_a_figure_that_is_another_by_now_is_not_booked(both: Counter) -> None:
    command = basket(both)
    refuse_second(both)
    both.baskets.pay(both.who, command)

    with pytest.raises(Refused, match=r"basket\.changed"):
        both.baskets.hand_over(both.who, HandOver(command.basket_id, 2_000))

    view = both.baskets.basket(both.who, command.basket_id)
    assert view.handed_fen is None
    assert ("CASH_OUT", FEN[1]) not in both.till_rows()


def test_after_handing_over_nothing_more_is_begun(both: Counter) -> None:
    both.amend = ruled(AmountRule.PART_OLDEST_FIRST)
    both.__post_init__()
    both.payments.pay(both.who, both.command(both.quote(NUMBERS[1], fen=FEN[1])))
    command = basket(both)
    view = both.baskets.pay(both.who, command)
    both.baskets.hand_over(both.who, HandOver(command.basket_id, view.cash.to_hand_over_fen))
    rows = both.till_rows()
    knowing = tuple(dataclasses.replace(bill, knows_paid_before=True) for bill in command.bills)

    late = both.baskets.pay(both.who, dataclasses.replace(command, bills=knowing))
    with pytest.raises(Refused, match=r"basket\.ended"):
        both.baskets.go_on(both.who, GoOnWithBasket(command.basket_id, knows_paid_before=True))

    assert words(view) == words(late) == [Word.PAID, None, Word.PAID]
    assert late.lines[1].refusal is not None
    assert late.lines[1].refusal.id == "error.basket.ended"
    assert both.till_rows() == rows


def test_another_till_neither_hands_over_nor_goes_on(counter: Counter) -> None:
    command = basket(counter)
    counter.baskets.pay(counter.who, command)
    other = teller("1002", till_no="08")

    with pytest.raises(NotAllowed, match="other_till"):
        counter.baskets.hand_over(other, HandOver(command.basket_id, 2_000))
    with pytest.raises(NotAllowed, match="other_till"):
        counter.baskets.go_on(other, GoOnWithBasket(command.basket_id))
    with pytest.raises(NotAllowed, match="other_teller"):
        counter.baskets.go_on(teller("1002"), GoOnWithBasket(command.basket_id))


# Limits and approvals


def test_large_cash_counts_the_sum_of_a_basket(counter: Counter) -> None:
    command = basket(counter, (400_000, 400_000, 200_000))

    with pytest.raises(Refused, match="identity_needed"):
        counter.baskets.pay(counter.who, command)
    assert counter.till_rows() == []

    view = counter.baskets.pay(counter.who, dataclasses.replace(command, identity=PAYER))
    assert words(view) == [Word.PAID] * 3


def test_going_on_with_large_cash_asks_for_the_identity_again(counter: Counter) -> None:
    command = basket(counter, (400_000, 400_000, 200_000), identity=PAYER)

    def hook(step: str) -> None:
        if step == "commit.bill_payment.BILLER_SENDING.accepted:after":
            raise Died

    counter.store.hook = hook
    with pytest.raises(Died):
        counter.baskets.pay(counter.who, command)
    counter.store.hook = no_hook

    with pytest.raises(Refused, match="identity_needed"):
        counter.baskets.go_on(counter.who, GoOnWithBasket(command.basket_id))
    view = counter.baskets.go_on(counter.who, GoOnWithBasket(command.basket_id, identity=PAYER))
    assert words(view) == [Word.PAID] * 3


def test_the_rules_are_asked_about_the_sum_for_each_bill(counter: Counter) -> None:
    rules = AskedFrom()
    counter.rules = rules
    counter.baskets.pay(counter.who, basket(counter))

    assert [facts.amount_fen for facts in rules.facts] == [TOTAL] * 3


class OnlySecond(AskedFrom):
    """A rule that wants the second payment it is asked about approved."""

    def evaluate(self, facts: Any) -> Any:
        self.least_fen = 0 if len(self.facts) == 1 else 10**12
        return super().evaluate(facts)


def test_a_bill_that_needs_an_approval_is_asked_for_and_the_rest_goes_on(
    sqlite_store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    counter.rules = OnlySecond()
    eyes = FourEyes(counter)
    command = basket(counter)

    view = counter.baskets.pay(counter.who, command)

    assert words(view) == [Word.PAID, Word.AWAITING, Word.PAID]
    assert (view.cash.waiting_fen, view.cash.to_hand_over_fen) == (FEN[1], 2_000)
    with pytest.raises(Refused, match=r"basket\.waiting"):
        counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 2_000))
    waiting = view.lines[1].payment
    assert waiting is not None
    eyes.approve(waiting.approval_id)
    assert counter.payments.go_on(counter.who, GoOn(waiting.serial)).word is Word.PAID
    assert counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 2_000)).handed_fen == 2_000


def test_one_given_up_while_it_waits_gives_its_cash_back_without_a_till_row(
    sqlite_store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    counter.rules = OnlySecond()
    eyes = FourEyes(counter)
    command = basket(counter)
    [waiting] = counter.baskets.pay(counter.who, command).of(Word.AWAITING)
    eyes.reject(waiting.approval_id)

    view = counter.baskets.basket(counter.who, command.basket_id)

    assert words(view) == [Word.PAID, Word.FAILED, Word.PAID]
    assert (view.cash.untaken_fen, view.cash.due_fen) == (FEN[1], 0)
    counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 2_000 + FEN[1]))
    assert balance(counter) == FEN[0] + FEN[2]


# From an account


def test_an_account_is_debited_for_each_bill_under_a_consent_of_its_own(counter: Counter) -> None:
    counter.core.balances = {ACCOUNT: 100_000}
    command = basket(counter, method=Method.ACCOUNT, tendered_fen=0)
    bills = tuple(dataclasses.replace(bill, account=AccountAuthority(ACCOUNT, RIGHT_BLOCK)) for bill in command.bills)

    view = counter.baskets.pay(counter.who, dataclasses.replace(command, bills=bills))

    assert words(view) == [Word.PAID, Word.PAID, Word.FAILED]  # the account holds too little for the third
    assert view.cash.to_hand_over_fen == 0
    assert counter.core.balances[ACCOUNT] == 100_000 - FEN[0] - FEN[1]
    assert counter.till_rows() == []
    assert counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 0)).handed_fen == 0


def test_one_account_pays_a_basket(counter: Counter) -> None:
    command = basket(counter, method=Method.ACCOUNT, tendered_fen=0)
    accounts = (ACCOUNT, "6217000712000000020", ACCOUNT)
    bills = tuple(
        dataclasses.replace(bill, account=AccountAuthority(number, RIGHT_BLOCK))
        for bill, number in zip(command.bills, accounts, strict=True)
    )

    with pytest.raises(Refused, match="one_account"):
        counter.baskets.pay(counter.who, dataclasses.replace(command, bills=bills))
    assert counter.core.calls == []


# What cannot be a basket


def test_too_little_cash_begins_nothing(counter: Counter) -> None:
    with pytest.raises(Refused, match="tendered_short"):
        counter.baskets.pay(counter.who, basket(counter, tendered_fen=TOTAL - 1))
    assert counter.core.calls == counter.till_rows() == []


def test_the_same_bill_twice_is_seen_before_anything_begins(counter: Counter) -> None:
    with pytest.raises(Refused, match=r"basket\.twice"):
        counter.baskets.pay(counter.who, basket(counter, numbers=(NUMBERS[0], NUMBERS[1], NUMBERS[0])))
    assert counter.core.calls == counter.till_rows() == []


def test_without_an_open_till_nothing_begins(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(sqlite_store, keys, clock)
    with pytest.raises(Refused, match="not_open"):
        counter.baskets.pay(counter.who, basket(counter))


# Two desks


def test_two_desks_with_overlapping_baskets_pay_each_bill_once(store: Store, keys: Keys, clock: SetClock) -> None:
    one = Counter(store, keys, clock)
    two = Counter(store, keys, clock, core=one.core, biller=one.biller, who=teller("1002", till_no="08"))
    for counter in (one, two):
        counter.open_till()
    mine, theirs = basket(one), basket(two, FEN[::-1], NUMBERS[::-1])
    seen: dict[str, BasketView] = {}
    threads = [
        threading.Thread(target=lambda: seen.update(one=one.baskets.pay(one.who, mine))),
        threading.Thread(target=lambda: seen.update(two=two.baskets.pay(two.who, theirs))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    paid = [payment.consumer_no for view in seen.values() for payment in view.of(Word.PAID)]
    assert sorted(paid) == sorted(NUMBERS)
    assert sorted(one.core.effects.values()) == sorted(one.biller.effects.values()) == sorted(FEN)
    for view in seen.values():
        stands = sum(payment.amount_fen for payment in view.of(Word.PAID))
        assert view.cash.to_hand_over_fen == view.tendered_fen - stands


# Deaths


class Died(BaseException):
    """The process is gone: nobody catches this."""


COMMITS = 9
"""Three bills, three commits each."""


DEATHS = [
    (database, at, side)
    for database in ("sqlite", "postgresql")
    for at in range(1, COMMITS + 1)
    for side in ("before", "after")
    if LONG or (at + (side == "after")) % 2 == (database == "sqlite")
]
"""Each side of each commit on the one database or the other; on both in the long form."""


@pytest.mark.parametrize(("database", "at", "side"), DEATHS)
def test_a_desk_that_dies_at_any_commit_leaves_a_basket_the_next_one_can_read_and_finish(
    request: pytest.FixtureRequest, keys: Keys, clock: SetClock, database: str, at: int, side: str
) -> None:
    store: Store = request.getfixturevalue({"sqlite": "sqlite_store", "postgresql": "postgres_store"}[database])
    counter = Counter(store, keys, clock)
    counter.open_till()
    command = basket(counter)
    passed = 0

    def hook(step: str) -> None:
        nonlocal passed
        if step.startswith("commit.") and step.endswith(f":{side}"):
            passed += 1
            if passed == at:
                raise Died

    store.hook = hook
    with pytest.raises(Died):
        counter.baskets.pay(counter.who, command)
    store.hook = no_hook
    later = Counter(store, keys, clock, core=counter.core, biller=counter.biller)
    begun = later.read(select(func.count()).select_from(ENTRY))[0][0]
    later.sweep_until_done()

    assert later.read(select(func.count()).select_from(ENTRY))[0][0] == begun  # recovery begins nothing
    open_now = later.baskets.left_open(later.who)
    if begun == 0:
        assert open_now == ()
        return
    [found] = open_now
    assert [word is not None for word in words(found)] == [place < begun for place in range(3)]

    done = later.baskets.go_on(later.who, GoOnWithBasket(command.basket_id))
    later.sweep_until_done()
    assert None not in words(done)
    stands = sum(payment.amount_fen for payment in done.of(Word.PAID))
    assert done.cash.to_hand_over_fen == done.tendered_fen - stands
    handed = later.baskets.hand_over(later.who, HandOver(command.basket_id, done.cash.to_hand_over_fen))
    assert handed.handed_fen == done.tendered_fen - stands
    assert balance(later) == stands == sum(later.core.effects.values()) == sum(later.biller.effects.values())
    assert later.baskets.left_open(later.who) == ()


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_desk_that_dies_while_handing_over_has_paid_all_of_it_back_or_nothing(both: Counter, side: str) -> None:
    command = basket(both)
    refuse_second(both)
    view = both.baskets.pay(both.who, command)
    figure = HandOver(command.basket_id, view.cash.to_hand_over_fen)

    def hook(step: str) -> None:
        if step == f"commit.basket.handed_over:{side}":
            raise Died

    both.store.hook = hook
    with pytest.raises(Died):
        both.baskets.hand_over(both.who, figure)
    both.store.hook = no_hook

    seen = both.baskets.basket(both.who, command.basket_id)
    assert (seen.handed_fen is None) == (side == "before")
    assert (("CASH_OUT", FEN[1]) in both.till_rows()) == (side == "after")
    assert both.baskets.hand_over(both.who, figure).handed_fen == figure.amount_fen
    assert balance(both) == FEN[0] + FEN[2]


def dies_after(counter: Counter, command: PayBasket, commits: int) -> None:
    """The desk dies right after that many commits of a basket."""
    passed = 0

    def hook(step: str) -> None:
        nonlocal passed
        if step.startswith("commit.") and step.endswith(":after"):
            passed += 1
            if passed == commits:
                raise Died

    counter.store.hook = hook
    with pytest.raises(Died):
        counter.baskets.pay(counter.who, command)
    counter.store.hook = no_hook


BY_PIN = AccountAuthority(ACCOUNT, RIGHT_BLOCK)


def from_account(command: PayBasket, account: AccountAuthority = BY_PIN) -> PayBasket:
    bills = tuple(dataclasses.replace(bill, account=account) for bill in command.bills)
    return dataclasses.replace(command, bills=bills, method=Method.ACCOUNT, tendered_fen=0)


def consents(view: BasketView, account: AccountAuthority = BY_PIN) -> dict[str, Any]:
    return {line.request_id: account for line in view.not_begun}


@pytest.mark.parametrize("at", [1, 6])
def test_a_desk_that_died_over_an_account_leaves_a_basket_the_customer_agrees_to_anew(both: Counter, at: int) -> None:
    both.core.balances = {ACCOUNT: TOTAL}
    command = from_account(basket(both))
    dies_after(both, command, at)
    later = Counter(both.store, both.keys, both.clock, core=both.core, biller=both.biller)
    later.sweep_until_done()
    [found] = later.baskets.left_open(later.who)
    assert len(found.not_begun) == 2 - (at - 1) // 3, "recovery begins nothing"

    with pytest.raises(Refused, match=r"basket\.account_anew"):
        later.baskets.go_on(later.who, GoOnWithBasket(command.basket_id))
    voucher = AccountAuthority(ACCOUNT, voucher_no="PZ20261122001")
    done = later.baskets.go_on(later.who, GoOnWithBasket(command.basket_id, accounts=consents(found, voucher)))

    stands = sum(payment.amount_fen for payment in done.of(Word.PAID))
    assert None not in words(done)
    assert TOTAL - later.core.balances[ACCOUNT] == stands == sum(later.biller.effects.values())
    assert later.till_rows() == []
    assert later.baskets.hand_over(later.who, HandOver(command.basket_id, 0)).handed_fen == 0
    assert later.baskets.left_open(later.who) == ()


def test_what_is_left_is_debited_to_no_other_account(counter: Counter) -> None:
    other = AccountAuthority("6217000712000000020", RIGHT_BLOCK)
    counter.core.balances = {ACCOUNT: TOTAL, other.account_no: TOTAL}
    command = from_account(basket(counter))
    dies_after(counter, command, 3)
    [found] = counter.baskets.left_open(counter.who)

    with pytest.raises(Refused, match=r"basket\.other_account"):
        counter.baskets.go_on(counter.who, GoOnWithBasket(command.basket_id, accounts=consents(found, other)))

    assert counter.core.balances[other.account_no] == TOTAL


def test_a_rest_nobody_agrees_to_any_more_is_let_go(counter: Counter) -> None:
    counter.core.balances = {ACCOUNT: TOTAL}
    command = from_account(basket(counter))
    dies_after(counter, command, 3)

    assert counter.baskets.hand_over(counter.who, HandOver(command.basket_id, 0)).handed_fen == 0

    [line, *_] = counter.baskets.basket(counter.who, command.basket_id).not_begun
    with pytest.raises(Refused, match=r"basket\.ended"):
        counter.baskets.go_on(
            counter.who, GoOnWithBasket(command.basket_id, accounts={line.request_id: AccountAuthority(ACCOUNT)})
        )
    assert counter.core.balances[ACCOUNT] == TOTAL - FEN[0]


# Another day, another till


def test_a_basket_is_offered_until_it_is_handed_over_whatever_the_day_and_the_till(
    both: Counter, clock: SetClock
) -> None:
    command = basket(both)
    both.baskets.pay(both.who, command)
    clock.advance(3 * 86_400)
    elsewhere = teller(till_no="09")

    [found] = both.baskets.left_open(elsewhere)
    with pytest.raises(NotAllowed, match="other_till"):
        both.baskets.go_on(elsewhere, GoOnWithBasket(command.basket_id))
    both.baskets.hand_over(elsewhere, HandOver(command.basket_id, found.cash.to_hand_over_fen))

    assert both.baskets.left_open(elsewhere) == ()
    assert balance(both) == TOTAL


def test_cash_of_a_failed_bill_goes_out_of_the_till_it_went_into(counter: Counter) -> None:
    command = basket(counter)
    refuse_second(counter)
    counter.baskets.pay(counter.who, command)

    with pytest.raises(NotAllowed, match="other_till"):
        counter.baskets.hand_over(teller(till_no="09"), HandOver(command.basket_id, 2_000 + FEN[1]))

    [found] = counter.baskets.left_open(counter.who)
    assert (found.handed_fen, balance(counter)) == (None, TOTAL)
