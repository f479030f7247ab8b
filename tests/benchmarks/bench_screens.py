"""How much slower the teller's terminal is than a bare Textual program, on the same machine in the same run; and how
soon a key is answered while a search runs.

Run it by itself: `python -m tests.benchmarks.bench_screens`.
"""

from __future__ import annotations

import fcntl
import os
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
MARKER = "柜员号"
STARTS = 9
KEYS = 150
LETTERS = "àâäçéèêëîïôöùûü"
"""Typed one after the other: no escape sequence holds their bytes, so their echo cannot be mistaken."""

BARE = f"""
from textual.app import App
from textual.widgets import Input, Static

class Bare(App):
    def compose(self):
        yield Static({MARKER!r})
        yield Input()

Bare().run()
"""

OURS = """
from pathlib import Path
from screens.run import run
from tellerdesk.config import Front
from tellerdesk.i18n import Bilingual

def opener():
    from tests.screens.stand_in import StandIn
    return StandIn()

run(Front(Path('.'), 'zh_CN', Bilingual('示例银行', 'Sample Bank'), Bilingual('支行', 'Branch'), '0712', '07', True,
          240.0, ()), opener)
"""

SEARCHING = """
import time
from pathlib import Path
from screens.run import run
from tellerdesk.config import Front
from tellerdesk.i18n import Bilingual

def opener():
    from tests.screens.stand_in_search import Searching
    desk = Searching(rows=200)
    found = desk.journal.page

    def page(*given):
        while True:  # it never ends: half of the time rows are made, half of it the database is waited for
            begun = time.perf_counter()
            found(*given)
            time.sleep(time.perf_counter() - begun)

    desk.journal.page = page
    return desk

run(Front(Path('.'), 'zh_CN', Bilingual('示例银行', 'Sample Bank'), Bilingual('支行', 'Branch'), '0712', '07', True,
          240.0, ()), opener)
"""
SEARCH_KEYS = 90
SEARCH_MS = 50.0


class Program:
    """A program on a terminal of 80 x 24, timed from outside."""

    def __init__(self, source: str) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", source], stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT
        )
        os.close(slave)

    def seen(self, wanted: bytes, most_s: float = 30.0) -> float:
        """The moment `wanted` has been written; everything before it is thrown away."""
        written = b""
        end = time.perf_counter() + most_s
        while wanted not in written:
            ready, _, _ = select.select([self._master], [], [], max(end - time.perf_counter(), 0))
            if not ready:
                raise TimeoutError(wanted)
            written += os.read(self._master, 65_536)
        return time.perf_counter()

    def drain(self, for_s: float) -> None:
        """Throws away what is written within `for_s` (a cursor may blink for ever)."""
        end = time.perf_counter() + for_s
        while (rest := end - time.perf_counter()) > 0:
            if select.select([self._master], [], [], rest)[0]:
                os.read(self._master, 65_536)

    def echo(self, letter: str) -> float:
        """Seconds from a key to its echo."""
        pressed = time.perf_counter()
        os.write(self._master, letter.encode())
        return self.seen(letter.encode()) - pressed

    def keys(self, keys: str, then: str) -> None:
        """Presses `keys`, and waits until `then` is written."""
        os.write(self._master, keys.encode())
        self.seen(then.encode())
        self.drain(0.5)

    def clear(self) -> None:
        os.write(self._master, b"\x15")
        self.drain(0.1)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


def first_frame(source: str) -> float:
    """Seconds from the start of the process to the frame that has the marker."""
    with Program(source) as program:
        return program.seen(MARKER.encode()) - program.started


def _first_frame_ratio() -> float:
    """The quickest of several starts of each, in turn: what else the machine does only ever adds."""
    first_frame(BARE), first_frame(OURS)  # compiled files and the page cache are warm for both
    pairs = [(first_frame(OURS), first_frame(BARE)) for _ in range(STARTS)]
    return min(ours for ours, _ in pairs) / min(bare for _, bare in pairs)


def _p95(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]


def _echo_ratio() -> float:
    with Program(OURS) as ours, Program(BARE) as bare:
        for program in (ours, bare):
            program.seen(MARKER.encode())
            program.drain(1.5)
        times: dict[Program, list[float]] = {ours: [], bare: []}
        for number in range(KEYS):
            for program in (ours, bare):
                if number % 30 == 0:
                    program.clear()
                times[program].append(program.echo(LETTERS[number % len(LETTERS)]))
        return _p95(times[ours]) / _p95(times[bare])


def _echo_while_searching_ms() -> float:
    """Milliseconds from a key to its echo on 3001, while a search keeps a thread busy."""
    with Program(SEARCHING) as searching:
        searching.seen(MARKER.encode())
        searching.drain(1.5)
        searching.keys("1001\r", "1001")
        searching.keys("training-1001\r", "代缴费")
        searching.keys("3001\r", "正在查询")
        times, letters = [], LETTERS
        for number in range(SEARCH_KEYS):
            at = number % len(LETTERS)
            if at == 0:
                searching.clear()
                letters = letters[::-1]  # never the letter that stood there before: that would not be drawn anew
            times.append(searching.echo(letters[at]))
        return _p95(times) * 1000


def run() -> list[tuple[str, float, float, str]]:
    """Rows of (name, measured ratio, limit, unit)."""
    return [
        ("first frame, against a bare Textual program", _first_frame_ratio(), 1.5, "x"),
        ("key to echo p95, against a bare Input", _echo_ratio(), 2.0, "x"),
        ("key to echo p95 while a search runs", _echo_while_searching_ms(), SEARCH_MS, "ms"),
    ]


if __name__ == "__main__":
    for name, measured, limit, unit in run():
        print(f"{name}: {measured:.2f} {unit} (limit {limit:.2f})")
