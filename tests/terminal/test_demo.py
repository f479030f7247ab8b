"""The demonstration as a person meets it: one command, a real terminal, a real desk, real counterparts."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tellerdesk.demo.plan import people
from tellerdesk.sandbox.people import sample_consumers
from tests.terminal.terminal import Terminal

PERSON = people()[0]


def test_the_demonstration_takes_a_payment_from_an_empty_folder(tmp_path: Path) -> None:
    terminal = Terminal(
        [sys.executable, "-m", "tellerdesk", "demo", "--folder", str(tmp_path / "demo"), "--lang", "zh_CN"]
    )
    try:
        terminal.sees("柜员号")
        terminal.sees(PERSON.password)
        terminal.type(f"{PERSON.staff_no}\r{PERSON.password}\r")
        terminal.sees("刚才")
        terminal.sees("未开")
        terminal.type("5001\r")
        terminal.sees("清点金额")
        terminal.type("5000")
        terminal.press("f10")
        terminal.sees("尾箱已开启")
        terminal.press("f3")
        terminal.sees("刚才")
        terminal.type("2001\r")
        terminal.sees("先查询")
        terminal.type("1101\r")
        terminal.sees("电费")
        terminal.type(f"{sample_consumers(2_200).owing[0]}\r")
        terminal.sees("客户已点头")
        terminal.press_until("ctrl+s", "收款并缴费")
        terminal.type("9000")
        terminal.press("f10")
        terminal.sees("缴费成功")
        terminal.sees("打印清楚吗")
        assert list((tmp_path / "demo").rglob("*.pdf"))
        terminal.signal(signal.SIGTERM)
        terminal.wait()
        assert b"Traceback" not in terminal.written()
    finally:
        terminal.close()
