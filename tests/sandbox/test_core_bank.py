"""Core books each leg once or never, and can always say which."""

from __future__ import annotations

from datetime import date

import pytest

from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import core
from tellerdesk.sandbox import books, people
from tests.sandbox.asking import INTERNAL, TILL, Counterparts, new_serial, posting, request_body, reversal

SIGNED = core.Authority(voucher_no="PZ20261122001")


@pytest.mark.req("B2")
def test_a_posting_moves_the_amount_once_and_balances(there: Counterparts) -> None:
    leg = f"{new_serial()}-CP-1"
    before = books.core_balances(there.folder)

    told = there.post(posting(leg, 168_032))

    assert told.kind is AnswerKind.ACCEPTED
    assert told.body is not None
    after = books.core_balances(there.folder)
    moved = {no: after[no] - before.get(no, 0) for no in after if after[no] != before.get(no, 0)}
    assert moved == {TILL: -168_032, INTERNAL: 168_032}
    effect = books.core_effects(there.folder)[leg[:22]]
    assert (effect.net_fen, effect.postings[0].core_serial) == (168_032, told.body.core_serial)
    assert books.core_flaws(there.folder) == []
    assert there.inquire_posting(leg).result == "POSTED"


def test_the_same_leg_again_gives_the_same_reply_and_moves_nothing(there: Counterparts) -> None:
    message = posting(f"{new_serial()}-CP-1")

    first, again = there.post(message), there.post(message)

    assert first == again
    assert len(books.core_effects(there.folder)[message.channel_serial].postings) == 1


@pytest.mark.parametrize("changed", [{"amount_fen": 1}, {"credit_account": "ST-1101"}, {"summary": "另一笔"}])
def test_the_same_leg_with_another_body_is_a_conflict_and_does_nothing(
    there: Counterparts, changed: dict[str, object]
) -> None:
    message = posting(f"{new_serial()}-CP-1")
    there.post(message)

    told = there.post(message.model_copy(update=changed))

    assert (told.kind, told.code) == (AnswerKind.UNKNOWN, "http-409")
    assert books.core_effects(there.folder)[message.channel_serial].net_fen == 168_032


def test_a_leg_id_is_good_for_one_kind_of_leg(there: Counterparts) -> None:
    leg = f"{new_serial()}-CP-1"
    there.post(posting(leg))

    assert there.reverse(reversal(leg, leg)).code == "http-409"
    assert there.inquire_posting(leg).result == "POSTED"


def customer(status: str) -> str:
    samples = people.sample_consumers()
    return {"NORMAL": samples.accounts, "FROZEN": samples.frozen_accounts, "CLOSED": samples.closed_accounts}[status][0]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"debit_account": customer("FROZEN")}, "ACCOUNT_FROZEN"),
        ({"debit_account": customer("CLOSED")}, "ACCOUNT_CLOSED"),
        (
            {"debit_account": customer("NORMAL"), "amount_fen": 999_999_999_999, "authority": SIGNED},
            "INSUFFICIENT_FUNDS",
        ),
        ({"debit_account": "6217000712999999999"}, "ACCOUNT_NOT_FOUND"),
        ({"debit_account": "TC-712-07"}, "ACCOUNT_NOT_FOUND"),
        ({"credit_account": "IN-9999"}, "ACCOUNT_NOT_FOUND"),
        ({"credit_account": TILL}, "SAME_ACCOUNT"),
        ({"currency": "USD"}, "CURRENCY"),
    ],
)
def test_a_refused_posting_moves_nothing_and_stays_refused(
    there: Counterparts, changed: dict[str, object], code: str
) -> None:
    message = posting(f"{new_serial()}-CP-1", **changed)

    first, again = there.post(message), there.post(message)

    assert (first.kind, first.code) == (AnswerKind.REJECTED, code)
    assert again == first
    assert code in core.CORE_REFUSALS
    assert message.channel_serial not in books.core_effects(there.folder)
    status = there.core.call(core.INQUIRE, request_id="i", path={"leg_id": message.leg_id})
    assert (status.kind, status.code) == (AnswerKind.REJECTED, code)


def test_a_customer_can_spend_what_is_there_to_the_last_fen(there: Counterparts) -> None:
    account = people.sample_consumers().accounts[1]
    fen = books.core_balances(there.folder)[account]

    def spend(amount_fen: int) -> Answer[core.PostingReply]:
        return there.post(posting(f"{new_serial()}-CP-1", amount_fen, debit_account=account, authority=SIGNED))

    assert spend(fen + 1).code == "INSUFFICIENT_FUNDS"
    assert spend(fen).kind is AnswerKind.ACCEPTED
    assert books.core_balances(there.folder)[account] == 0


def test_any_till_of_any_branch_has_a_cash_account(there: Counterparts) -> None:
    message = posting(f"{new_serial()}-CP-1", debit_account="TC-0938-41", branch_no="0938", till_no="41")

    assert there.post(message).kind is AnswerKind.ACCEPTED
    assert books.core_balances(there.folder)["TC-0938-41"] == -168_032


@pytest.mark.req("B7")
def test_a_reversal_brings_both_accounts_back_once(there: Counterparts) -> None:
    serial = new_serial()
    before = books.core_balances(there.folder)
    there.post(posting(f"{serial}-CP-1"))

    first = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"))
    again = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"))
    other = there.reverse(reversal(f"{serial}-CR-2", f"{serial}-CP-1"))

    assert first.body is not None
    assert other.body is not None
    assert first.body.result == "REVERSED"
    assert again == first
    assert (other.body.result, other.body.core_serial) == ("ALREADY_REVERSED", first.body.core_serial)
    assert books.core_effects(there.folder)[serial].net_fen == 0
    after = books.core_balances(there.folder)
    assert {no: fen for no, fen in after.items() if fen != before.get(no, 0)} == {}
    assert books.core_flaws(there.folder) == []
    assert there.inquire_posting(f"{serial}-CP-1").result == "REVERSED"


def test_a_reversal_of_nothing_lays_a_tombstone_the_late_posting_cannot_pass(there: Counterparts) -> None:
    serial = new_serial()
    leg = f"{serial}-CP-1"

    told = there.reverse(reversal(f"{serial}-CR-1", leg))
    late = there.post(posting(leg))

    assert told.body is not None
    assert (told.kind, told.body.result) == (AnswerKind.ACCEPTED, "NOT_FOUND")
    assert (late.kind, late.code) == (AnswerKind.REJECTED, "TOMBSTONED")
    assert serial not in books.core_effects(there.folder)
    assert leg in books.tombstones(there.folder, "core")
    assert there.inquire_posting(leg).result == "TOMBSTONED"


def test_a_reversal_of_another_amount_does_nothing(there: Counterparts) -> None:
    serial = new_serial()
    there.post(posting(f"{serial}-CP-1", 500))

    told = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1", 501))

    assert (told.kind, told.code) == (AnswerKind.REJECTED, "AMOUNT_MISMATCH")
    assert books.core_effects(there.folder)[serial].net_fen == 500


def test_a_leg_core_never_saw_is_not_found(there: Counterparts) -> None:
    status = there.inquire_posting(f"{new_serial()}-CP-1")

    assert (status.result, status.amount_fen) == ("NOT_FOUND", None)


def test_no_reversal_reaches_across_the_accounting_date(fresh: Counterparts) -> None:
    serial = new_serial()
    fresh.post(posting(f"{serial}-CP-1"))

    assert fresh.process.control.roll_day() == date(2026, 11, 23)
    told = fresh.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"))
    later = fresh.post(posting(f"{new_serial()}-CP-1"))

    assert (told.kind, told.code) == (AnswerKind.REJECTED, "DATE_ROLLED")
    assert books.core_effects(fresh.folder)[serial].net_fen == 168_032
    assert later.body is not None
    assert later.body.accounting_date == date(2026, 11, 23)
    assert fresh.inquire_posting(f"{serial}-CP-1").accounting_date == date(2026, 11, 22)
    assert fresh.core.last_accounting_date == date(2026, 11, 23)


def test_a_closed_core_refuses_for_certain(fresh: Counterparts) -> None:
    fresh.process.control.service("core", is_open=False)

    assert fresh.post(posting(f"{new_serial()}-CP-1")).code == "CORE_CLOSED"

    fresh.process.control.service("core", is_open=True)
    assert fresh.post(posting(f"{new_serial()}-CP-1")).kind is AnswerKind.ACCEPTED


def test_an_account_is_shown_with_its_holder_masked(there: Counterparts) -> None:
    told = there.core.call(core.ACCOUNT, request_id="a", path={"account_no": people.account_no(0)})
    nobody = there.core.call(core.ACCOUNT, request_id="a", path={"account_no": "6217000712999999999"})

    assert told.body is not None
    assert (told.body.holder, told.body.status, told.body.kind) == ("*晓燕", "NORMAL", "CUSTOMER")
    assert (nobody.kind, nobody.code) == (AnswerKind.REJECTED, "ACCOUNT_NOT_FOUND")


def test_a_message_for_another_channel_is_not_taken(there: Counterparts) -> None:
    message = posting(f"{new_serial()}-CP-1", channel_id="TD02")

    assert there.core.call(core.POST, request_id="x", body=request_body(message)).code == "http-400"
    assert message.channel_serial not in books.core_effects(there.folder)
