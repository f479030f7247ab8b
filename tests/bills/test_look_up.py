"""What a look-up asks, what it believes, and what it keeps of the answer."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter, ruled

from tellerdesk.billers.catalogue import Hours, MoreAsked
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import LookUp
from tellerdesk.bills.quotes import KeptBill, Quotes
from tellerdesk.bills.views import BillView
from tellerdesk.checked.parts import Said
from tellerdesk.errors import BadInput, Refused
from tellerdesk.links.contracts.biller import BillLine, BillReply, Fact
from tellerdesk.links.strict_json import canonical_json, parse
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

NUMBER = "07550031884639"
SEASON = MoreAsked(
    key="season", label=Said(zh_CN="采暖季", en="Season"), pattern="[0-9]{4}-[0-9]{4}", length=9, example="2026-2027"
)


def reply(**changes: Any) -> BillReply:
    told: dict[str, Any] = {
        "result": "FOUND",
        "consumer_no": NUMBER,
        "name": "王晓燕",
        "address": "科技园路 18 号",
        "lines": (BillLine(period="2026-10", item="电费", amount_fen=84_400),),
        "late_fee_fen": 0,
        "total_fen": 84_400,
        "reference": "DL1",
        "valid_seconds": 900,
        "code": "",
        "message": "",
    }
    return BillReply(**(told | changes))


def owing_nothing(**changes: Any) -> BillReply:
    return reply(lines=(), total_fen=0, **changes)


def asked(store: Store, keys: Keys, clock: SetClock, answer: BillReply, amend: Any, **given: Any) -> BillView:
    counter = Counter(store, keys, clock, amend=amend)
    counter.biller.bill = answer
    return counter.lookup.look_up(counter.who, LookUp("1101", NUMBER, **given))


@pytest.mark.req("B3")
def test_who_may_pay_in_any_amount_need_not_owe_anything(store: Store, keys: Keys, clock: SetClock) -> None:
    amend = ruled(AmountRule.FREE, min_fen=1_000, max_fen=50_000, step_fen=1_000)

    view = asked(store, keys, clock, owing_nothing(balance_fen=3_210), amend)

    assert (view.total_fen, view.lines, view.balance_fen) == (0, (), 3_210)
    assert (view.biller.least_fen, view.biller.most_fen, view.biller.step_fen) == (1_000, 50_000, 1_000)


@pytest.mark.parametrize("rule", [AmountRule.EXACT, AmountRule.EXACT_OR_MORE, AmountRule.PART_OLDEST_FIRST])
def test_anybody_else_who_owes_nothing_has_nothing_to_pay(
    store: Store, keys: Keys, clock: SetClock, rule: AmountRule
) -> None:
    with pytest.raises(Refused, match="nothing_owed"):
        asked(store, keys, clock, owing_nothing(), ruled(rule))


@pytest.mark.req("B1", "B3")
def test_what_a_biller_asks_besides_is_sent_and_what_it_tells_besides_is_kept(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, amend=lambda biller: biller.model_copy(update={"fields": (SEASON,)}))
    counter.biller.bill = reply(facts=(Fact(label="供热面积", value="89.50 m2"),), balance_fen=0)

    view = counter.lookup.look_up(counter.who, LookUp("1101", NUMBER, {"season": " ２０２６-2027 "}))

    sent: Any = parse(counter.biller.bodies[0])
    assert sent["fields"] == {"season": "2026-2027"}
    [shown] = view.biller.fields
    assert (shown.key, shown.label.en, shown.example, shown.required) == ("season", "Season", "2026-2027", True)
    with store.read() as session:
        kept = Quotes(Vault(keys)).get(session.connection(), view.quote_id)
    assert [(fact.label, fact.value) for fact in kept.facts] == [("供热面积", "89.50 m2")]
    assert [(fact.label, fact.value) for fact in view.facts] == [("供热面积", "89.50 m2")]
    assert (kept.balance_fen, kept.fields) == (0, (("season", "2026-2027"),))


@pytest.mark.parametrize("fields", [{}, {"season": "2026"}, {"season": "2026-2027", "area": "1"}])
def test_a_field_that_is_missing_wrong_or_unknown_is_told_before_anybody_is_asked(
    store: Store, keys: Keys, clock: SetClock, fields: dict[str, str]
) -> None:
    counter = Counter(store, keys, clock, amend=lambda biller: biller.model_copy(update={"fields": (SEASON,)}))

    with pytest.raises(BadInput) as caught:
        counter.lookup.look_up(counter.who, LookUp("1101", NUMBER, fields))

    assert caught.value.field == ("area" if "area" in fields else "season")
    assert counter.biller.calls == []


@pytest.mark.req("B1")
def test_outside_its_hours_the_biller_is_not_asked_and_the_hours_are_told(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    hours = Hours(open=time(9, 31), close=time(9, 30))
    counter = Counter(store, keys, clock, amend=ruled(AmountRule.EXACT, hours=hours))
    [shown] = [each for each in counter.lookup.billers() if each.code == "1101"]
    assert (shown.hours, shown.open_now) == ("09:31-09:30", False)

    with pytest.raises(Refused) as caught:
        counter.lookup.look_up(counter.who, LookUp("1101", NUMBER))
    assert caught.value.message_id == "error.bill.closed_now"
    assert caught.value.args_by_name == {"hours": "09:31-09:30"}
    assert counter.biller.calls == []

    clock.advance(60)
    counter.biller.bill = reply()
    assert counter.lookup.look_up(counter.who, LookUp("1101", NUMBER)).biller.open_now


def test_a_look_up_tells_what_was_paid_before(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock, amend=ruled(AmountRule.PART_OLDEST_FIRST))
    counter.open_till()
    counter.biller.bill = reply()
    first = counter.lookup.look_up(counter.who, LookUp("1101", NUMBER))
    assert first.paid_before == ()
    bill = counter.quote()
    paid = counter.payments.pay(counter.who, counter.command(bill, amount_fen=30_000, tendered_fen=30_000))

    [before] = counter.lookup.look_up(counter.who, LookUp("1101", NUMBER)).paid_before

    assert (before.serial, before.amount_fen, before.made_at) == (paid.serial, 30_000, paid.made_at)


def test_quotes_of_an_earlier_program_still_open(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock)
    bill = counter.quote()
    vault = Vault(keys)
    old = {
        "consumer_no": bill.consumer_no,
        "name": bill.customer_name,
        "address": bill.address,
        "lines": [[line.period, line.item, line.amount_fen] for line in bill.lines],
        "late_fee_fen": 0,
        "reference": bill.reference,
    }
    from sqlalchemy import insert

    from tellerdesk.bills.quotes import QUOTE

    row = {
        "quote_id": "e" * 32,
        "biller_code": "1101",
        "branch_no": "0712",
        "staff_no": "1001",
        "total_fen": bill.total_fen,
        "asked_at": bill.asked_at,
        "valid_until": bill.valid_until,
        "bill": vault.seal(canonical_json(old).decode(), column="bills_quote.bill", row="e" * 32),
    }
    with store.write("test.quote") as unit:
        unit.connection.execute(insert(QUOTE), row)
        unit.commit()

    with store.read() as session:
        found: KeptBill = Quotes(vault).get(session.connection(), "e" * 32)

    assert (found.lines, found.balance_fen, found.facts, found.fields) == (bill.lines, None, (), ())
