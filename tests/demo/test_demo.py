"""The demonstration as a new user starts it, and the books it judges itself by."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.branches import TestBranch, owed, pay, sign_on
from support.long_form import LONG
from support.waiting import until

from tellerdesk import setup
from tellerdesk.demo.books import compare
from tellerdesk.demo.branch import Branch
from tellerdesk.demo.plan import PEOPLE
from tellerdesk.desk import Desk
from tellerdesk.sandbox.core_bookings import Bookings
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.staff.views import SignedOn
from tests.sandbox.asking import DAY, MADE_AT, booking

DEMO = (sys.executable, "-m", "tellerdesk", "demo", "--lang", "zh_CN")


def demo(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, "--folder", str(folder), *more],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


@pytest.mark.req("B2", "B3", "B4", "B5", "B6", "B7", "B19")
def test_without_a_terminal_it_does_the_job_and_the_books_agree_each_time(tmp_path: Path) -> None:
    runs = [demo(tmp_path / "branch") for _ in range(2 if LONG else 1)]  # used again: other bills, the same till

    for ran, payments in zip(runs, (5, 10), strict=False):
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "四方账目相符。" in ran.stdout
        assert ran.stdout.count("已出单据") == 5
        assert ran.stdout.count("已在另一终端授权") == 3  # a voucher, cash kept for its customer, its pay-out
        lines = compare_lines(ran.stdout)
        refunds = [line for line in lines if line.endswith("  退款")]
        assert len(lines) - len(refunds) == payments
        assert len(refunds) == payments // 5
    papers = sorted((tmp_path / "branch" / "documents").glob("*.pdf"))
    assert len(papers) == 5 * len(runs)
    assert all(path.read_bytes().startswith(b"%PDF") for path in papers)


def test_a_folder_of_an_earlier_version_gets_the_people_and_the_codes_it_lacks(tmp_path: Path) -> None:
    Branch(tmp_path / "branch").close()
    with closing(sqlite3.connect(tmp_path / "branch" / "tellerdesk.sqlite3")) as earlier:
        for (trigger,) in earlier.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            earlier.execute(f"DROP TRIGGER {trigger}")
        earlier.execute("DELETE FROM staff_member WHERE staff_no = '3003'")
        earlier.execute("UPDATE staff_member SET code_sealed = NULL WHERE staff_no = '3001'")
        earlier.execute("UPDATE staff_member SET code_sealed = NULL, state = 'LEFT' WHERE staff_no = '3002'")
        earlier.commit()

    Branch(tmp_path / "branch").close()

    with setup.roster(tmp_path / "branch") as roster:
        known = {person.staff_no: person.has_code for person in roster.views()}
    assert set(known) == {person.staff_no for person in PEOPLE}
    assert [staff_no for staff_no, has_code in known.items() if has_code] == ["3001", "3003"]


def compare_lines(told: str) -> list[str]:
    table = told.split("四方账目（元）")[1].splitlines()
    return [line for line in table if " 0712 07 " in line]


def test_a_fault_that_does_not_exist_is_answered_with_the_ones_that_do(tmp_path: Path) -> None:
    ran = demo(tmp_path / "branch", "--fault", "no-such-thing")

    assert ran.returncode == 1
    assert "biller-timeout" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_second_demonstration_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "branch"):
        ran = demo(tmp_path / "branch")

    assert ran.returncode == 1
    assert "正被另一个演示使用" in ran.stderr


def test_nothing_is_left_running_after_kill_9(tmp_path: Path) -> None:
    with running(tmp_path / "branch") as process:
        sandbox = sandbox_pid(tmp_path / "branch")
        assert alive(sandbox)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

        until(lambda: not alive(sandbox), "the sandbox ends with its parent")


class running:
    """A demonstration that has its counterparts up, ended on the way out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> subprocess.Popen[bytes]:
        code = (
            "import sys, time; from pathlib import Path; from tellerdesk.demo.branch import Branch\n"
            "branch = Branch(Path(sys.argv[1])); print(branch.sandbox.pid, flush=True); time.sleep(100)"
        )
        self._process = subprocess.Popen([sys.executable, "-c", code, str(self._folder)], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        (self._folder / "pid.json").write_text(json.dumps(int(line)))
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def sandbox_pid(folder: Path) -> int:
    return int(json.loads((folder / "pid.json").read_text()))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return state != "Z"


# The books can disagree


@pytest.fixture
def paid(branch: TestBranch, desk: Desk, who: SignedOn) -> Desk:
    pay(desk, who, owed(desk, who))
    return desk


def books_agree(desk: Desk, ledgers: Path) -> bool:
    """Only this branch's payments: the shared counterparts also know those of other tests."""
    return all(line.agrees for line in compare(desk.store, ledgers).lines)


@pytest.fixture
def ledgers(branch: TestBranch, tmp_path: Path) -> Path:
    """A copy of the counterparts' books."""
    copy = tmp_path / "ledgers"
    copy.mkdir()
    for name in ("core.sqlite", "electricity.sqlite"):
        with sqlite3.connect(branch.sandbox.folder / name) as source, sqlite3.connect(copy / name) as target:
            source.backup(target)
    return copy


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE payments SET amount_fen = amount_fen + 1 WHERE channel_serial = ?",
        "UPDATE payments SET state = 'CANCELLED' WHERE channel_serial = ?",
        "DELETE FROM payments WHERE channel_serial = ?",
    ],
)
def test_a_difference_at_the_biller_is_seen(paid: Desk, ledgers: Path, tamper: str) -> None:
    assert books_agree(paid, ledgers)
    serial = compare(paid.store, ledgers).lines[0].serial
    with sqlite3.connect(ledgers / "electricity.sqlite") as ledger:
        assert ledger.execute(tamper, (serial,)).rowcount == 1
    ledger.close()

    assert not books_agree(paid, ledgers)


def test_what_a_booking_moves_on_is_no_difference_and_a_booking_of_nobodys_is_one(paid: Desk, ledgers: Path) -> None:
    before = compare(paid.store, ledgers)
    serial = before.lines[0].serial
    core = CoreLedger(ledgers / "core.sqlite", (), DAY)
    nobodys = f"{serial[:8]}9999{serial[12:]}"
    for of in (serial, nobodys):
        Bookings(core).make(booking(f"{of}-SB-1", "SUSPENSE_FROM_INTERNAL", "IN-1101", "RP-0712", 1), MADE_AT)
    core.close()

    after = compare(paid.store, ledgers)

    assert (after.lines, after.internal_fen) == (before.lines, before.internal_fen)
    assert set(after.flaws) - set(before.flaws) == {f"{nobodys}: not in the journal"}


def test_sign_on_of_the_sample_staff_works(desk: Desk) -> None:
    assert sign_on(desk, 1).name == "王建国"
