"""3001: who finds what, what is shown of it, and what is kept of whoever looked closer."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput, NotAllowed, Refused
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.search import filters, finder
from tellerdesk.search.commands import Cursor, ForgetFilter, JournalSearch, Reveal, SaveFilter, VoucherDay
from tellerdesk.search.states import SearchAction, Sort
from tellerdesk.search.views import DecisionView, Totals
from tests.search.conftest import House

EVERYTHING = JournalSearch()


def serials(house: House, staff_no: str, search: JournalSearch = EVERYTHING) -> set[str]:
    return {row.serial for row in house.room.page(house.sign_on(staff_no), search).rows}


@pytest.mark.parametrize("staff_no", ["1001", "3001"])
def test_tellers_and_supervisors_find_their_own_branchs_entries_only(house: House, staff_no: str) -> None:
    own = house.journal.add()
    other = house.journal.add(branch_no="0713", serial="2026112207130700009999")
    who = house.sign_on(staff_no)
    assert serials(house, staff_no) == {own.serial}
    assert house.room.page(who, JournalSearch(serial=other.serial)).rows == ()
    assert house.room.totals(who, JournalSearch()) == Totals(1, own.amount_fen, False)
    for ask in (
        lambda: house.room.page(who, JournalSearch(branch_no="0713")),
        lambda: house.room.totals(who, JournalSearch(branch_no="0713")),
        lambda: house.room.branches(who),
    ):
        with pytest.raises(NotAllowed):
            ask()
    for look in (
        lambda: house.room.story(who, other.serial),
        lambda: house.room.reveal(who, Reveal(other.serial, "核对客户资料")),
    ):
        with pytest.raises(Refused, match=r"error\.search\.no_entry"):
            look()


@pytest.mark.parametrize("staff_no", ["6001", "8001"])
def test_reconciliation_and_audit_find_every_branchs_entries(house: House, staff_no: str) -> None:
    own = house.journal.add()
    other = house.journal.add(branch_no="0713", serial="2026112207130700009999")
    assert serials(house, staff_no) == {own.serial, other.serial}
    assert serials(house, staff_no, JournalSearch(branch_no="0713")) == {other.serial}
    assert house.room.story(house.sign_on(staff_no), other.serial).row.branch_no == "0713"


def test_a_row_shows_what_it_is_and_masks_whose_it_is(house: House) -> None:
    made = house.journal.add(core_serial="C1", counterpart_serial="DL1")
    (row,) = house.room.page(house.sign_on(), JournalSearch()).rows
    assert (row.serial, row.code, row.biller, row.biller_code) == (
        made.serial,
        "2001",
        Bilingual("供电局", "Power"),
        "1101",
    )
    assert (row.customer_name, row.consumer_no) == ("*晓燕", "07550031884639")
    assert (row.word, row.state, row.cash_return, row.method) == (Word.PAID, "SUCCESS", CashReturn.NONE, Method.CASH)
    assert (row.core_serial, row.counterpart_serial, row.made_at) == ("C1", "DL1", made.made_at)


def test_a_personal_number_shows_its_last_digits_and_is_found_whole(house: House) -> None:
    made = house.journal.add(biller="1601", consumer_no="13800138000")
    (row,) = house.room.page(house.sign_on(), JournalSearch(consumer_no="138 0013 8000")).rows
    assert (row.serial, row.consumer_no) == (made.serial, "****8000")
    assert serials(house, "1001", JournalSearch(consumer_no="13800138001")) == set()
    assert serials(house, "1001", JournalSearch(consumer_no="8000")) == set()


def test_a_biller_nobody_knows_any_more_shows_its_code(house: House) -> None:
    house.journal.add(biller="1301")
    (row,) = house.room.page(house.sign_on(), JournalSearch()).rows
    assert row.biller == Bilingual("1301", "1301")


def test_what_nobody_bounds_is_bounded_to_thirty_days_and_says_so(house: House) -> None:
    now = house.journal.clock.now()
    newest = house.journal.add()
    first = house.journal.add(made_at=now - timedelta(days=29), serial="2026102407120700000001")
    before = house.journal.add(made_at=now - timedelta(days=30), serial="2026102307120700000001")
    page = house.room.page(house.sign_on(), JournalSearch())
    assert {row.serial for row in page.rows} == {newest.serial, first.serial}
    assert (page.since, page.until) == (date(2026, 10, 24), None)
    for search in (
        JournalSearch(serial=before.serial),
        JournalSearch(last_days=31),
        JournalSearch(until=date(2026, 10, 23)),
    ):
        assert before.serial in serials(house, "1001", search)
    whole = house.room.page(house.sign_on(), JournalSearch(consumer_no=before.consumer_no))
    assert (len(whole.rows), whole.since) == (3, None)


def test_a_day_is_the_branchs_day(house: House) -> None:
    day = date(2026, 11, 21)
    last = house.journal.clock.now().replace(day=21, hour=15, minute=59, second=59, microsecond=999_999)
    made = house.journal.add(made_at=last, serial="2026112107120700000001")
    house.journal.add(made_at=last + timedelta(microseconds=1), serial="2026112207120700000077")
    assert serials(house, "1001", JournalSearch(since=day, until=day)) == {made.serial}


def test_what_cannot_be_searched_is_said_at_its_field(house: House) -> None:
    who = house.sign_on()
    for search, field in (
        (JournalSearch(customer_name="王"), "customer_name"),
        (JournalSearch(customer_name="王\x1b[2J"), "customer_name"),
        (JournalSearch(serial="1" * 65), "serial"),
        (JournalSearch(consumer_no="\0"), "consumer_no"),
        (JournalSearch(teller_no="\0"), "teller_no"),
        (JournalSearch(state="\ud800"), "state"),
        (JournalSearch(amount_from_fen=2, amount_to_fen=1), "amount_to_fen"),
        (JournalSearch(amount_from_fen=-1), "amount_from_fen"),
        (JournalSearch(amount_to_fen=10**15), "amount_to_fen"),
        (JournalSearch(since=date(2026, 11, 22), until=date(2026, 11, 21)), "until"),
        (JournalSearch(last_days=-1), "last_days"),
    ):
        for ask in (house.room.page, house.room.totals):
            with pytest.raises(BadInput) as refused:
                ask(who, search)
            assert refused.value.field == field


def test_the_first_and_the_last_of_all_days_bound_nothing(house: House) -> None:
    made = house.journal.add()
    for asked in ({"since": date.min}, {"until": date.max}, {"last_days": 10**7}):
        assert serials(house, "1001", JournalSearch(**asked)) == {made.serial}


def test_beyond_what_is_counted_the_figures_are_lower_bounds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "COUNTED", 3)
    for _ in range(3):
        house.journal.add()
    who = house.sign_on()
    assert house.room.totals(who, JournalSearch()) == Totals(3, 3 * 8_440, False)
    assert len(house.room.page(who, JournalSearch(sort=Sort.AMOUNT)).rows) == 3
    house.journal.add()
    totals = house.room.totals(who, JournalSearch())
    assert (totals.count, totals.at_least) == (3, True)
    assert totals.sum_fen <= 4 * 8_440
    assert len(house.room.page(who, JournalSearch()).rows) == 4
    with pytest.raises(Refused, match=r"error\.search\.too_many_to_sort"):
        house.room.page(who, JournalSearch(sort=Sort.AMOUNT))


def test_a_place_in_another_order_is_refused(house: House) -> None:
    house.journal.add()
    with pytest.raises(BadInput, match=r"error\.search\.cursor"):
        house.room.page(house.sign_on(), JournalSearch(), Cursor(5, 1))


def test_pages_stand_still_while_new_entries_come_in(house: House) -> None:
    old = [house.journal.add(made_at=house.journal.clock.now() - timedelta(hours=n + 1)).serial for n in range(4)]
    who = house.sign_on()
    first = house.room.page(who, JournalSearch(), size=2)
    house.journal.add()
    second = house.room.page(who, JournalSearch(), first.next, size=2)
    assert [row.serial for row in (*first.rows, *second.rows)] == old
    assert second.next is None


def test_a_story_tells_everything_about_an_entry(house: House) -> None:
    made = house.journal.add(core_serial="C1", approvers=frozenset({"3001", "3002"}))
    refund = house.journal.add(flow="bill_refund", state="DUE", about=made.serial)
    who = house.sign_on()
    story = house.room.story(who, made.serial)
    assert story.row.serial == made.serial
    assert story.advice == Message("advice.stands", {"serial": made.serial}), "nobody hands out change a second time"
    assert {leg.leg_id for leg in story.legs} | {paper.number for paper in story.papers} <= made.numbers
    decided = made.made_at + timedelta(minutes=5)
    assert story.decisions == tuple(DecisionView("payment", "APPROVED", number, decided) for number in ("3001", "3002"))
    assert (story.about, story.entries_about) == ("", (refund.serial,))
    of_refund = house.room.story(who, refund.serial)
    assert (of_refund.about, of_refund.entries_about, of_refund.advice) == (made.serial, (), None)
    assert of_refund.row.code == "2005"


def test_a_receipt_several_payments_share_is_found_by_its_number_and_told_of_each(house: House) -> None:
    first, second, alone = (house.journal.add(core_serial=f"C{number}") for number in range(3))
    number = "20261122-0712-900001"
    house.journal.shares(number, first, second)
    who = house.sign_on()

    found = house.room.page(who, JournalSearch(serial=number), size=10)
    written_together = house.room.page(who, JournalSearch(serial=number.replace("-", "")), size=10)

    assert {row.serial for row in found.rows} == {first.serial, second.serial}
    assert written_together == found
    for each, shares in ((first, True), (second, True), (alone, False)):
        told = [(paper.number, paper.kind) for paper in house.room.story(who, each.serial).papers]
        assert told.count((number, "COMBINED_RECEIPT")) == shares
    vouchers = house.room.voucher_page(who, VoucherDay(first.day, code="2001")).rows
    on_it = [voucher.row.serial for voucher in vouchers for paper in voucher.papers if paper == number]
    assert sorted(on_it) == sorted([first.serial, second.serial])


def test_whose_entry_it_is_is_shown_for_a_reason_that_is_kept(house: House) -> None:
    made = house.journal.add(biller="1601", consumer_no="13800138000")
    who = house.sign_on()
    for reason in ("", "  ", "看看"):
        with pytest.raises(BadInput, match=r"error\.search\.reason"):
            house.room.reveal(who, Reveal(made.serial, reason))
    assert house.audited(SearchAction.REVEALED) == []
    revealed = house.room.reveal(who, Reveal(made.serial, "客户来电核对 13800138000"))
    assert (revealed.consumer_no, revealed.customer_name) == ("13800138000", "王晓燕")
    assert "王晓燕" not in repr(revealed)
    ((person, subject, details),) = house.audited(SearchAction.REVEALED)
    assert (person, subject) == ("1001", made.serial)
    assert json.loads(details) == {"reason": "客户来电核对 *******8000"}


def test_searches_are_kept_by_their_person_and_name(house: House) -> None:
    who, other = house.sign_on(), house.sign_on("3001")
    today = JournalSearch(last_days=1)
    full = JournalSearch(
        since=date(2026, 1, 1),
        until=date(2026, 2, 1),
        last_days=3,
        flow="bill_refund",
        biller_code="1101",
        consumer_no="1",
        customer_name="王晓燕",
        account_no="6217",
        teller_no="1001",
        approver_no="3001",
        words=(Word.PAID, Word.REFUNDED),
        state="SUCCESS",
        cash_due=True,
        amount_from_fen=1,
        amount_to_fen=2,
        serial="C1",
        method=Method.CASH,
        branch_no="0712",
        sort=Sort.AMOUNT,
        ascending=True,
    )
    house.room.save_filter(who, SaveFilter("今天", today))
    kept = house.room.save_filter(who, SaveFilter(" 全部 ", full))
    assert [(one.name, one.search) for one in kept] == [("今天", today), ("全部", full)]
    assert house.room.filters(other) == ()
    house.room.forget_filter(other, ForgetFilter("全部"))
    replaced = house.room.save_filter(who, SaveFilter("全部", EVERYTHING))
    assert [(one.name, one.search) for one in replaced] == [
        ("今天", JournalSearch(last_days=1)),
        ("全部", JournalSearch()),
    ]
    assert [one.name for one in house.room.forget_filter(who, ForgetFilter("今天"))] == ["全部"]
    with pytest.raises(BadInput):
        house.room.save_filter(who, SaveFilter(" ", JournalSearch()))
    with pytest.raises(BadInput):
        house.room.save_filter(who, SaveFilter("一个字", JournalSearch(customer_name="王")))


def test_nobody_keeps_more_searches_than_can_be_listed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MOST", 3)
    who = house.sign_on()
    for number in range(3):
        house.room.save_filter(who, SaveFilter(f"{number}", JournalSearch()))
    with pytest.raises(Refused, match=r"error\.search\.filters_full"):
        house.room.save_filter(who, SaveFilter("一个多的", JournalSearch()))
    assert len(house.room.save_filter(who, SaveFilter("0", JournalSearch(last_days=1)))) == 3
