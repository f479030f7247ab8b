"""A real process is told to end, hung up on, or killed, in the middle of a message: nothing stays behind, and the next
one finishes the work."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tellerdesk.demo.branch import Branch
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tests.environment.processes import PATIENCE_S, lost_payment, recovered, session_of, until


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """One for all signals; each test has a bill of its own."""
    with Branch(tmp_path_factory.mktemp("signals") / "branch") as branch:
        yield branch


def not_hardened() -> None:
    """Whoever runs the tests may have SIGHUP ignored (nohup does), and a child inherits that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def recovering(branch: Branch) -> Iterator[subprocess.Popen[bytes]]:
    """`tellerdesk recover --loop` in the middle of asking a biller that does not answer."""
    control = branch.sandbox.control
    control.rule("BILLER_INQUIRE", Processed.NO, AnswerWay.TIMEOUT)
    asked = control.counters()["seen"].get("BILLER_INQUIRE", 0)
    command = [sys.executable, "-m", "tellerdesk", "recover", "--loop", "--folder", str(branch.folder)]
    process = subprocess.Popen(
        command,
        start_new_session=True,
        preexec_fn=not_hardened,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: control.counters()["seen"].get("BILLER_INQUIRE", 0) > asked, "the question")
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_recovery_process_ended_in_the_middle_of_a_question_leaves_the_journal_right(
    branch: Branch, number: signal.Signals
) -> None:
    serial = lost_payment(branch)
    with recovering(branch) as process:
        process.send_signal(number)
        code = process.wait(PATIENCE_S)

        assert session_of(process.pid) == []
        assert code == (0 if number is signal.SIGTERM else -number)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()

    branch.sandbox.control.clear()
    books = recovered(branch.folder)
    assert books.agree
    assert books.lines[-1].serial == serial
    assert books.lines[-1].word is Word.PAID
