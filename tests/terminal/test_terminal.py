"""The screens on a real terminal: what leaves for it, and what happens when it, or the process, is told to go."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.screens.stand_in import PASSWORD
from tests.terminal.terminal import ROOT, Terminal

OWN_GRAMMAR = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\]22;[a-z-]*\x07|[78=>]|\(B)")
"""What Textual itself writes: CSI sequences and the pointer's shape."""

Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the stand-in program; ends it after the test."""
    running: list[Terminal] = []

    def begin(*what: str) -> Terminal:
        program = str(ROOT / "tests" / "terminal" / "stand_in_desk.py")
        running.append(Terminal([sys.executable, program, str(tmp_path), *what]))
        return running[-1]

    yield begin
    for terminal in running:
        terminal.close()


def _sign_on(terminal: Terminal) -> None:
    terminal.sees("柜员号")
    terminal.type("1001\r")
    terminal.type(f"{PASSWORD}\r")
    terminal.sees("刚才")


def _paying(terminal: Terminal, folder: Path) -> None:
    """To a payment that is under way."""
    _sign_on(terminal)
    terminal.type("2001\r")
    terminal.sees("先查询")
    terminal.type("1101\r")
    terminal.sees("电费")
    terminal.type("07550031884620\r")
    terminal.sees("客户已点头")
    terminal.press_until("ctrl+s", "收款并缴费")
    terminal.type("1700")
    terminal.sees("19.68")
    terminal.press("f10")
    terminal.until(lambda: (folder / "begun").exists(), "the payment has begun")


def test_no_sequence_of_a_counterpart_reaches_the_terminal(start: Start, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    terminal = start("hostile")
    _sign_on(terminal)
    terminal.sees("OWNED")
    terminal.press("f6")
    terminal.type("\r")
    terminal.sees("交易详情")
    terminal.press("f3")
    terminal.sees("刚才")
    terminal.type("2001\r")
    terminal.sees("先查询")
    terminal.type("1101\r")
    terminal.type("1\r")
    terminal.sees("客户已点头")
    terminal.press_until("ctrl+s", "收款并缴费")
    terminal.type("1700")
    terminal.press("f10")
    terminal.sees("缴费成功")
    terminal.signal(signal.SIGTERM)
    terminal.wait()
    raw = terminal.written()
    assert b"\x1b]0;" not in raw
    assert b"\x1b]52" not in raw
    assert "\u202e".encode() not in raw
    assert "\x9b".encode() not in raw
    assert b"OWNED" in raw, "the text itself is shown, as text"
    rest = OWN_GRAMMAR.sub(b"", raw)
    assert b"\x1b" not in rest, rest[rest.index(b"\x1b") :][:40]
    assert not {byte for byte in rest.decode() if ord(byte) < 32} - set("\r\n")


def test_sigterm_waits_for_the_payment_with_a_sentence_and_tells_its_outcome(start: Start, tmp_path: Path) -> None:
    terminal = start()
    _paying(terminal, tmp_path)
    terminal.signal(signal.SIGTERM)
    terminal.sees("1 笔交易正在等对方回答")
    assert terminal.process.poll() is None
    (tmp_path / "go").touch()
    assert terminal.wait() == 128 + signal.SIGTERM
    terminal.sees("缴费成功")
    terminal.sees("20261122 0712 07 00000212")
    assert (tmp_path / "paid").exists()


def test_leaving_is_bounded_and_says_that_the_outcome_is_not_known(start: Start, tmp_path: Path) -> None:
    terminal = start("drain=0.5")
    _paying(terminal, tmp_path)
    terminal.signal(signal.SIGTERM)
    assert terminal.wait(15) == 128 + signal.SIGTERM
    terminal.sees("还没有等到结果")
    assert not (tmp_path / "paid").exists()


@pytest.mark.parametrize("how", ["closed", "signal"])
def test_a_terminal_that_goes_away_lets_the_payment_finish(start: Start, tmp_path: Path, how: str) -> None:
    terminal = start()
    _paying(terminal, tmp_path)
    if how == "closed":
        terminal.hang_up()
    else:
        terminal.signal(signal.SIGHUP)
    (tmp_path / "go").touch()
    terminal.wait(30)
    assert (tmp_path / "paid").exists()


def test_screens_that_fall_over_show_a_sentence_and_no_insides(start: Start) -> None:
    terminal = start("crash")
    _sign_on(terminal)
    terminal.press("ctrl+y")
    assert terminal.wait() == 1
    terminal.sees("界面程序出错")
    text = terminal.written().decode()
    assert "SECRETPIN" not in text
    assert "Traceback" not in text


def test_ctrl_c_is_a_key_and_ends_nothing(start: Start) -> None:
    terminal = start()
    _sign_on(terminal)
    terminal.type("\x03\x03")
    terminal.signal(signal.SIGINT)
    terminal.type("2001")
    terminal.sees("→ 2001")
    assert terminal.process.poll() is None


def test_every_f_key_can_be_done_without(start: Start, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    terminal = start()
    _sign_on(terminal)
    terminal.type("2001\r")
    terminal.sees("先查询")
    terminal.type("1101\r")
    terminal.sees("电费")
    terminal.type("07550031884620\r")
    terminal.sees("客户已点头")
    terminal.press_until("ctrl+s", "收款并缴费")
    terminal.type("1700\x13")
    terminal.sees("缴费成功")
    terminal.press("ctrl+l")
    terminal.sees("Paid")
    terminal.press("ctrl+o")
    terminal.sees("The desk is locked")
