"""The audit of the counterparts' books finds what is wrong with them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tellerdesk.links.contracts.core import Authority, ReversalReply
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.config import CORE, ledger_file
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.ledger import LegConflict
from tellerdesk.sandbox.profiles import accounts_of
from tests.sandbox.asking import DAY, MADE_AT, new_serial, posting, reversal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Books with a posting that stands, one that was reversed, and one from a customer's account that was, too."""
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    ledger.post(posting(f"{new_serial()}-CP-1"), MADE_AT)
    serial = new_serial()
    ledger.post(posting(f"{serial}-CP-1"), MADE_AT)
    ledger.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"), MADE_AT)
    serial = new_serial()
    account_no, signed = people.sample_consumers().accounts[0], Authority(voucher_no="PZ20261122001")
    ledger.post(posting(f"{serial}-CP-1", debit_account=account_no, authority=signed), MADE_AT)
    ledger.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"), MADE_AT)
    ledger.close()
    return tmp_path


def test_whole_books_have_no_flaw(folder: Path) -> None:
    assert books.core_flaws(folder) == []
    assert [effect.net_fen for effect in books.core_effects(folder).values()] == [168_032, 0, 0]
    by_kind = books.core_balances_by_kind(folder)
    assert sum(by_kind.values()) == sum(books.core_balances(folder).values()) == 0
    assert (by_kind["TILL"], by_kind["INTERNAL"]) == (-168_032, 168_032)


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE entries SET debit_fen = debit_fen + 1 WHERE rowid = (SELECT MAX(rowid) FROM entries)",
        "DELETE FROM entries WHERE rowid = (SELECT MAX(rowid) FROM entries)",
        "UPDATE postings SET amount_fen = -1 WHERE kind = 'REVERSAL'",
        "UPDATE postings SET credit_account = 'ST-1101' WHERE kind = 'REVERSAL'",
        "UPDATE postings SET reverses = NULL WHERE kind = 'REVERSAL'",
        "DELETE FROM authorities",
        "UPDATE postings SET leg_id = (SELECT MAX(leg_id) FROM postings WHERE kind = 'POSTING') WHERE kind = 'POSTING'",
    ],
)
def test_each_kind_of_flaw_is_found(folder: Path, crime: str) -> None:
    connection = sqlite3.connect(ledger_file(folder, CORE), isolation_level=None)
    connection.execute(crime)
    connection.close()

    assert books.core_flaws(folder)


def test_reading_the_books_cannot_change_them(folder: Path) -> None:
    with books._open(folder, CORE) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM entries")


def test_a_booking_that_fails_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    serial = new_serial()
    ledger.post(posting(f"{serial}-CP-1"), MADE_AT)

    def fail(_fields: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("tellerdesk.sandbox.core_ledger.ReversalReply.model_validate", fail)
        with pytest.raises(RuntimeError):
            ledger.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"), MADE_AT)
    with pytest.raises(LegConflict):
        ledger.post(posting(f"{serial}-CP-1", 1), MADE_AT)

    assert books.core_effects(tmp_path)[serial].net_fen == 168_032
    raw = ledger.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"), MADE_AT)
    assert ReversalReply.model_validate_json(raw).result == "REVERSED"
    ledger.close()
