"""A customer's account is debited with the customer's consent, given on the pad or on paper, and only then."""

from __future__ import annotations

import itertools
import sqlite3
import stat
from pathlib import Path

import pytest

from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import core
from tellerdesk.sandbox import books, people, pin_blocks
from tellerdesk.sandbox.config import CORE, ledger_file
from tellerdesk.sandbox.process import LOG_FILE
from tests.sandbox.asking import Counterparts, new_serial, posting, reversal

SAMPLES = people.sample_consumers(400)
FEN = 12_345

_accounts = itertools.count(10)


def account() -> str:
    """An account with money, another one each time."""
    return SAMPLES.accounts[next(_accounts)]


def by_pin(block: str | None) -> core.Authority:
    return core.Authority(pin_block=block)


def by_voucher(number: str = "PZ20261122001") -> core.Authority:
    return core.Authority(voucher_no=number)


def debit(
    there: Counterparts, account_no: str, authority: core.Authority | None, fen: int = FEN, serial: str = ""
) -> Answer[core.PostingReply]:
    leg = f"{serial or new_serial()}-CP-1"
    return there.post(posting(leg, fen, debit_account=account_no, authority=authority))


def block(there: Counterparts, account_no: str, fen: int = FEN) -> str:
    told = there.read_pin(account_no, fen)
    assert told.result == "ENTERED"
    assert told.pin_block is not None
    return told.pin_block


def test_the_right_pin_debits_the_account_once(there: Counterparts) -> None:
    mine, serial = account(), new_serial()
    before = books.core_balances(there.folder)[mine]
    authority = by_pin(block(there, mine))

    first = debit(there, mine, authority, serial=serial)
    again = debit(there, mine, authority, serial=serial)

    assert first.kind is AnswerKind.ACCEPTED
    assert again == first
    assert first.body is not None
    assert books.core_balances(there.folder)[mine] == before - FEN
    assert books.core_authorities(there.folder)[first.body.core_serial] == ("PIN", "")
    assert books.core_flaws(there.folder) == []


def test_a_signed_vouchers_number_is_kept_with_the_posting(there: Counterparts) -> None:
    told = debit(there, account(), by_voucher("PZ2026112207"))

    assert told.body is not None
    assert books.core_authorities(there.folder)[told.body.core_serial] == ("VOUCHER", "PZ2026112207")


def test_a_reversal_gives_the_customer_the_money_back(there: Counterparts) -> None:
    mine, serial = account(), new_serial()
    before = books.core_balances(there.folder)[mine]
    debit(there, mine, by_voucher(), serial=serial)

    told = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1", FEN))

    assert told.kind is AnswerKind.ACCEPTED
    assert books.core_balances(there.folder)[mine] == before


@pytest.mark.parametrize(
    "authority",
    [
        None,
        core.Authority(),
        core.Authority(pin_block="9F3C0A55E1B2477D9F3C0A55E1B2477D", voucher_no="PZ20261122001"),
        core.Authority(pin_block="9F3C0A55E1B2477D9F3C0A55E1B2477D"),
        core.Authority(pin_block="0" * 128),
    ],
)
def test_without_consent_no_account_is_debited(there: Counterparts, authority: core.Authority | None) -> None:
    mine, serial = account(), new_serial()

    told = debit(there, mine, authority, serial=serial)

    assert (told.kind, told.code) == (AnswerKind.REJECTED, "NO_AUTHORITY")
    assert told.message == "缺少客户授权：须有客户密码或签字凭证"
    assert serial not in books.core_effects(there.folder)


def test_a_till_needs_nobodys_consent(there: Counterparts) -> None:
    told = there.post(posting(f"{new_serial()}-CP-1"))

    assert told.body is not None
    assert told.body.core_serial not in books.core_authorities(there.folder)


def test_a_block_is_good_for_its_account_and_amount_alone_and_for_one_posting(there: Counterparts) -> None:
    mine, other = account(), account()
    given = block(there, mine)

    assert debit(there, other, by_pin(given)).code == "NO_AUTHORITY"
    assert debit(there, mine, by_pin(given), FEN + 1).code == "NO_AUTHORITY"
    assert debit(there, mine, by_pin(given)).kind is AnswerKind.ACCEPTED
    assert debit(there, mine, by_pin(given)).code == "NO_AUTHORITY"


def test_no_block_is_ever_the_same_and_none_shows_the_pin(there: Counterparts) -> None:
    mine = account()
    blocks = {block(there, mine) for _ in range(20)}

    assert len(blocks) == 20
    pin = people.pin(mine).encode()
    assert not [one for one in blocks if pin in bytes.fromhex(one) or pin.hex().upper() in one]


def test_three_wrong_pins_in_a_row_lock_the_pin_but_not_the_paper(there: Counterparts) -> None:
    mine = account()
    there.process.control.customers("wrong", "wrong", "wrong")

    codes = [debit(there, mine, by_pin(block(there, mine))).code for _ in range(4)]

    assert codes == ["WRONG_PIN", "WRONG_PIN", "PIN_LOCKED", "PIN_LOCKED"]
    assert debit(there, mine, by_voucher()).kind is AnswerKind.ACCEPTED


def test_a_right_pin_between_starts_the_count_again_and_a_repeated_message_does_not_count(
    there: Counterparts,
) -> None:
    mine = account()
    there.process.control.customers("wrong", "wrong")
    wrong, serial = by_pin(block(there, mine)), new_serial()
    codes = {debit(there, mine, wrong, serial=serial).code for _ in range(5)}
    assert codes == {"WRONG_PIN"}
    assert debit(there, mine, by_pin(block(there, mine))).code == "WRONG_PIN"

    assert debit(there, mine, by_pin(block(there, mine))).kind is AnswerKind.ACCEPTED

    there.process.control.customers("wrong", "wrong")
    assert [debit(there, mine, by_pin(block(there, mine))).code for _ in range(2)] == ["WRONG_PIN", "WRONG_PIN"]


@pytest.mark.parametrize(
    ("account_no", "fen", "code"),
    [
        (SAMPLES.frozen_accounts[3], FEN, "ACCOUNT_FROZEN"),
        (SAMPLES.closed_accounts[3], FEN, "ACCOUNT_CLOSED"),
        ("6217000712999999999", FEN, "ACCOUNT_NOT_FOUND"),
        (SAMPLES.accounts[3], 999_999_999_999, "INSUFFICIENT_FUNDS"),
    ],
)
def test_the_right_pin_does_not_help_where_the_account_cannot_pay(
    there: Counterparts, account_no: str, fen: int, code: str
) -> None:
    told = debit(there, account_no, by_pin(block(there, account_no, fen)), fen)

    assert (told.kind, told.code) == (AnswerKind.REJECTED, code)
    assert code in core.CORE_REFUSALS


def test_a_customer_may_cancel_or_stay_silent(there: Counterparts) -> None:
    mine = account()
    there.process.control.customers("cancel", "silent")

    told = [there.read_pin(mine, FEN) for _ in range(3)]

    assert [(one.result, one.pin_block is None) for one in told] == [
        ("CANCELLED", True),
        ("TIMEOUT", True),
        ("ENTERED", False),
    ]


def test_clearing_the_faults_sends_the_announced_customers_away(there: Counterparts) -> None:
    control = there.process.control
    control.customers("wrong", "silent")
    assert control.state()["pinpad"] == ["wrong", "silent"]

    control.clear()

    assert control.state()["pinpad"] == []
    assert there.read_pin(account(), FEN).result == "ENTERED"


def test_pins_stand_nowhere_but_in_peoples_heads(there: Counterparts) -> None:
    mine = account()
    given = block(there, mine)
    debit(there, mine, by_pin(given))
    assert stat.S_IMODE((there.folder / pin_blocks.KEY_FILE).stat().st_mode) == 0o600

    with sqlite3.connect(ledger_file(there.folder, CORE)) as ledger:
        ledger.execute("PRAGMA query_only=ON")
        kept = "\n".join(ledger.iterdump())
    ledger.close()

    assert given not in kept
    assert f"'{people.pin(mine)}'" not in kept
    assert (there.folder / LOG_FILE).read_text() == ""


def test_a_block_of_another_pad_cannot_be_opened(tmp_path: Path) -> None:
    key, other = (pin_blocks.load_key(tmp_path / name) for name in ("one", "two"))
    given = pin_blocks.seal(key, "123456", "6217", FEN)

    assert pin_blocks.load_key(tmp_path / "one") == key
    assert pin_blocks.opened(key, given, "6217", FEN) == "123456"
    assert pin_blocks.opened(other, given, "6217", FEN) is None
    assert pin_blocks.opened(key, given[:-1] + ("0" if given[-1] != "0" else "1"), "6217", FEN) is None


def test_pins_differ_and_are_six_digits() -> None:
    pins = [people.pin(people.account_no(index)) for index in range(500)]

    assert all(len(pin) == 6 and pin.isdecimal() for pin in pins)
    assert len(set(pins)) > 490
