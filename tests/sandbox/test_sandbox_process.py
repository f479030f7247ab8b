"""The sandbox starts in time, keeps its books, hears on loopback alone, and never outlives its parent."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tellerdesk.errors import BadSetup, CounterpartUnavailable, Refused
from tellerdesk.links.answers import AnswerKind
from tellerdesk.sandbox import books
from tellerdesk.sandbox.config import read_secrets
from tellerdesk.sandbox.process import LOG_FILE, SECRETS_FILE, SandboxProcess
from tests.sandbox.asking import DAY, Counterparts, new_secrets, new_serial, payment, posting

PARENT = """
import os, sys, pathlib
from tellerdesk.sandbox.process import SandboxProcess
process = SandboxProcess(pathlib.Path(sys.argv[1]), {"core": b"c" * 32, "electricity": b"e" * 32})
forked = os.fork() if sys.argv[2] == "fork" else 0
if sys.argv[2] != "fork" or forked:
    print(process.pid, forked, flush=True)
sys.stdin.read()
"""


def ends(pid_fd: int, within_s: float) -> bool:
    """Waits for a process by its descriptor: readable once it has ended."""
    readable, _, _ = select.select([pid_fd], [], [], within_s)
    return bool(readable)


@pytest.mark.parametrize("way", ["alone", "fork"])
def test_a_killed_parent_leaves_no_sandbox_behind(tmp_path: Path, way: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), way], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    sandbox, forked = (int(word) for word in parent.stdout.readline().split())
    watched = os.pidfd_open(sandbox)
    try:
        assert not ends(watched, 0)
        parent.kill()
        parent.wait()
        # The fork is still alive and must not hold the lifeline.
        assert not forked or psutil.pid_exists(forked)
        assert ends(watched, 5)
    finally:
        os.close(watched)
        parent.stdin.close()
        parent.stdout.close()
        if forked:
            os.kill(forked, signal.SIGKILL)


def test_it_keeps_its_books_and_its_ports(tmp_path: Path) -> None:
    keys = new_secrets()
    with SandboxProcess(tmp_path, keys, opening_date=DAY) as process:
        there = Counterparts(process, keys)
        bill, serial = there.bill(), new_serial()
        assert there.post(posting(f"{serial}-CP-1")).kind is AnswerKind.ACCEPTED
        assert there.pay(payment(f"{serial}-BP-1", bill)).kind is AnswerKind.ACCEPTED
        process.control.roll_day()
        ports = process.ports
    with SandboxProcess(tmp_path, keys, ports=ports) as again:
        there = Counterparts(again, keys)
        assert again.ports == ports
        assert there.inquire_posting(f"{serial}-CP-1").result == "POSTED"
        assert there.query(bill.consumer_no).code == "NOTHING_OWED"
        assert again.control.state()["accounting_date"] == "2026-11-23"

    assert books.core_effects(tmp_path)[serial].net_fen == 168_032


def test_a_sandbox_killed_under_load_has_whole_books(tmp_path: Path) -> None:
    keys = new_secrets()
    with SandboxProcess(tmp_path, keys, opening_date=DAY) as process:
        there = Counterparts(process, keys)
        posted = [there.post(posting(f"{new_serial()}-CP-1")) for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)

    assert {told.kind for told in posted} == {AnswerKind.ACCEPTED}
    assert len(books.core_effects(tmp_path)) == 20
    assert books.core_flaws(tmp_path) == []
    assert sum(books.core_balances(tmp_path).values()) == 0


def test_it_ends_in_order_when_asked_to(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path, new_secrets(), opening_date=DAY) as process:
        watched = os.pidfd_open(process.pid)
        os.kill(process.pid, signal.SIGTERM)
        assert ends(watched, 5)
        os.close(watched)
        process.wait()
        process.stop()
        process.stop()

    assert not process.is_running
    assert process._process.returncode == 0
    assert (tmp_path / LOG_FILE).read_text() == ""
    with pytest.raises(CounterpartUnavailable):
        process.control.state()


def test_it_listens_on_loopback_alone(there: Counterparts) -> None:
    listening = [
        connection.laddr
        for connection in psutil.Process(there.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]

    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert set(there.process.ports.values()) <= {address.port for address in listening}


def test_its_secrets_stand_in_a_file_for_its_owner_and_nowhere_else(there: Counterparts) -> None:
    path = there.folder / SECRETS_FILE
    shown = [*psutil.Process(there.process.pid).cmdline(), *psutil.Process(there.process.pid).environ().values()]

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_secrets(path) == there.secrets
    assert not [text for text in shown for secret in there.secrets.values() if secret.hex() in text]
    for file in there.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_a_secrets_file_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"core": "00", "electricity": "00"}))
    path.chmod(0o640)

    with pytest.raises(BadSetup):
        read_secrets(path)


def test_a_port_that_is_taken_is_told_and_leaves_no_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadSetup) as told:
        SandboxProcess(tmp_path, new_secrets(), ports={"core": taken.getsockname()[1]})

    assert "address already in use" in str(told.value)
    assert [child for child in psutil.Process().children() if str(tmp_path) in " ".join(child.cmdline())] == []


def test_the_switches_say_no_to_what_they_do_not_know(there: Counterparts) -> None:
    control = there.process.control
    for wrong in (
        lambda: control.fault("no-such-fault"),
        lambda: control.down("no-such-counterpart"),
        lambda: control.capabilities("core", dedupe=False),
        lambda: control.roll_day(DAY),
        lambda: control.cut_off("core"),
        lambda: control.put_into_file("no-such-counterpart"),
        lambda: control.issue_invoice("electricity", "2026112207120799999999-BP-1"),
        lambda: control.use_balance("electricity", there.debtor(), 1),
    ):
        with pytest.raises(Refused):
            wrong()
