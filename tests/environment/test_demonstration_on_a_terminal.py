"""The demonstration as a stranger starts it, on a real terminal that is closed or in a process that is told to end, in
the middle of a payment: no process stays behind, and the books agree after the next start."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.long_form import LONG

from tellerdesk.demo.branch import Branch, sandbox_ports
from tellerdesk.demo.plan import BILLER, PEOPLE
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.config import ELECTRICITY
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.people import sample_consumers
from tellerdesk.sandbox.switches import Switches
from tests.environment.processes import recovered, session_of, until
from tests.terminal.terminal import Terminal

ENDINGS = ["the terminal is closed", "SIGKILL", *(["SIGTERM"] if LONG else [])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "demonstration"


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "tellerdesk", "demo", "--lang", "zh_CN", "--folder", str(folder)]
    running = Terminal(command)
    yield running
    running.close()


def to_a_payment_under_way(terminal: Terminal, folder: Path) -> Switches:
    """Core has posted, and the biller has taken the payment and is silent."""
    teller = PEOPLE[0]
    terminal.sees("柜员号")
    terminal.type(f"{teller.staff_no}\r{teller.password}\r")
    terminal.sees("刚才")
    terminal.type("5001\r")
    terminal.sees("元")
    terminal.type("5000")
    terminal.press("f10")
    terminal.sees("尾箱已开启")
    terminal.press("f3")
    terminal.sees("刚才")
    terminal.type("2001\r")
    terminal.sees("先查询")
    terminal.type(f"{BILLER}\r")
    terminal.sees("电费")
    terminal.type(f"{sample_consumers().owing[0]}\r")
    terminal.sees("客户已点头")
    terminal.press_until("ctrl+s", "收款并缴费")
    terminal.type("9000")
    control = Switches(f"http://127.0.0.1:{sandbox_ports(folder)['control']}")
    control.rule("BILLER_PAY", Processed.YES, AnswerWay.TIMEOUT)
    terminal.press("f10")
    until(lambda: control.counters()["delivered"].get("BILLER_PAY"), "the biller is paid")
    return control


def left_behind(folder: Path) -> list[str]:
    """Every process that still has to do with this folder."""
    told = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            told.append(" ".join(words))
    return told


@pytest.mark.parametrize("how", ENDINGS)
def test_a_demonstration_that_ends_in_the_middle_of_a_payment_leaves_nothing_behind(
    terminal: Terminal, folder: Path, how: str
) -> None:
    control = to_a_payment_under_way(terminal, folder)
    assert len(left_behind(folder)) == 2, "the desk and its counterparts"
    if how == "the terminal is closed":
        terminal.hang_up()
    else:
        terminal.signal(signal.Signals[how])
    if how != "SIGKILL":
        control.down(ELECTRICITY)  # the silence ends: the line is cut
    terminal.wait()

    assert session_of(terminal.process.pid) == []
    until(lambda: left_behind(folder) == [], "the end of the counterparts")
    with Branch(folder) as again:
        books = recovered(again.folder)
    assert books.agree
    assert [line.word for line in books.lines] == [Word.PAID]
