"""A program on a real pseudo-terminal: keys in, bytes and a screen out."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "enter": "\r",
    "f3": "\x1bOR",
    "f6": "\x1b[17~",
    "f10": "\x1b[21~",
    "ctrl+l": "\x0c",
    "ctrl+o": "\x0f",
    "ctrl+s": "\x13",
    "ctrl+y": "\x19",
}
PATIENCE_S = 40.0


class Terminal:
    """Starts `command` on a terminal of its own, as a session of its own, and keeps everything it wrote."""

    def __init__(
        self, command: list[str], *, columns: int = 80, rows: int = 24, env: dict[str, str] | None = None
    ) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "zh_CN.UTF-8",
                   "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", **(env or {})}  # fmt: skip
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environ, cwd=ROOT, close_fds=True,
            start_new_session=True, preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)
        self.raw = bytearray()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self._hung_up = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self.master, 65_536)
            except OSError:
                return
            if not chunk:
                return
            with self._lock:
                self.raw += chunk
                self._stream.feed(chunk)

    # -- what a person does

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self.master, KEYS[key].encode())

    def hang_up(self) -> None:
        """The terminal goes away, as a window that is closed or a line that is cut."""
        self._hung_up = True
        os.close(self.master)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    # -- what a person sees

    def text(self) -> str:
        with self._lock:
            rows, columns, cells = self.screen.lines, self.screen.columns, self.screen.buffer
            # A wide character stands in its first cell, its second is empty.
            lines = ("".join(cells[row][column].data for column in range(columns)) for row in range(rows))
            return "\n".join(line.rstrip() for line in lines)

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text(), text)

    def until(self, holds: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"never seen: {what}\n{self.text()}")
            time.sleep(0.02)

    def press_until(self, key: str, text: str) -> None:
        """Presses `key` as a person does, and once more only when nothing has come of it for a while."""
        pressed = float("-inf")

        def seen() -> bool:
            nonlocal pressed
            if text not in self.text() and time.monotonic() - pressed > 1.0:
                self.press(key)
                pressed = time.monotonic()
            return text in self.text()

        self.until(seen, text)

    def wait(self, most_s: float = PATIENCE_S) -> int:
        """The exit code, once it ends."""
        return self.process.wait(most_s)

    def written(self) -> bytes:
        with self._lock:
            return bytes(self.raw)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if not self._hung_up:
            os.close(self.master)
        self._reader.join(5)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
