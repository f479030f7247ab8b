"""A sandbox process as its parent holds it. Standard library only: the desk's door and the tests use it.

The child ends when the parent's end of its standard input closes, whatever closed it. A forked child of the parent
must not keep that end open: it is closed in every fork.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType

from tellerdesk.errors import BadSetup
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, HOST
from tellerdesk.sandbox.switches import Switches

LOG_FILE = "sandbox.log"
SECRETS_FILE = "sandbox-secrets.json"


class SandboxProcess:
    """A running sandbox: `ports` and `urls` by name (its counterparts', "pinpad", "control"), `control` to switch
    things."""

    def __init__(
        self,
        folder: Path,
        secrets: Mapping[str, bytes],
        *,
        guests: Mapping[str, Path] | None = None,
        channel_id: str = "TD01",
        biller_code: str = BILLERS[ELECTRICITY],
        ports: Mapping[str, int] | None = None,
        opening_date: date | None = None,
        late_s: float = 1.5,
        deadline_s: float = 20,
    ) -> None:
        """Starts it and waits until everything answers.

        `secrets` are the signing keys {"core": ..., "electricity": ...} and say which counterparts run: core, and any
        of BILLERS and `guests`; they reach the child in a file only its owner may read. `guests` are billers somebody
        brings: a catalogue file by the biller's code, which is its counterpart's name too. `biller_code` is the
        electricity company's in core's accounts. `ports` asks for the ports of an earlier run. Raises BadSetup where
        it does not start in time.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        command = [sys.executable, "-m", "tellerdesk.sandbox", "--stdin-is-lifeline"]
        command += ["--folder", str(folder), "--secrets", str(_write_secrets(folder, secrets))]
        command += ["--channel-id", channel_id, "--biller-code", biller_code, "--late-s", str(late_s)]
        if opening_date is not None:
            command += ["--opening-date", opening_date.isoformat()]
        for name, port in (ports or {}).items():
            command += ["--port", f"{name}={port}"]
        for code, file in (guests or {}).items():
            command += ["--guest", f"{code}={file}"]
        with os.fdopen(os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own program, our own arguments
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                start_new_session=True,  # a Ctrl+C at the desk's terminal is not meant for the counterparts
            )
        self._owner = os.getpid()
        _running.add(self)
        try:
            self.ports = self._ready(deadline_s)
        except BaseException:
            self.stop()
            raise
        self.urls = {name: f"http://{HOST}:{port}" for name, port in self.ports.items()}
        self.control = Switches(self.urls["control"])

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> None:
        """Until it ends, by itself or by `stop`."""
        self._process.wait()

    def stop(self, deadline_s: float = 5) -> None:
        """Closes the lifeline and waits for the end; kills what does not end in time. May be called twice."""
        if os.getpid() != self._owner:
            return
        self._let_go()
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ready(self, deadline_s: float) -> dict[str, int]:
        spoken = self._process.stdout
        line = b""
        last = time.monotonic() + deadline_s
        while spoken is not None and not line.endswith(b"\n"):
            readable, _, _ = select.select([spoken], [], [], max(last - time.monotonic(), 0))
            piece = os.read(spoken.fileno(), 4096) if readable else b""
            if not piece:
                raise BadSetup("error.sandbox.not_started", reason=self._last_words(timed_out=not readable))
            line += piece
        ports: dict[str, int] = json.loads(line)["ports"]
        return ports

    def _last_words(self, *, timed_out: bool) -> str:
        if timed_out:
            return "timeout"
        log = (self.folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return log[-1][:200] if log else "ended"

    def _let_go(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


def _write_secrets(folder: Path, secrets: Mapping[str, bytes]) -> Path:
    path = folder / SECRETS_FILE
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({name: secret.hex() for name, secret in secrets.items()}, file)
    fresh.replace(path)
    return path


_running: weakref.WeakSet[SandboxProcess] = weakref.WeakSet()


def _forked() -> None:
    for process in list(_running):
        process._let_go()


os.register_at_fork(after_in_child=_forked)
