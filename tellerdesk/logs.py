"""Logs: one JSON object a line, in the workstation's folder. They tell what happened by serial, code and place, and
never a name, a number of a customer or the text of a foreign exception.

The programs of a workstation (desk, recovery, doctor) share one file. Each line is one append, so that lines never mix;
only moving a full file aside is done by one process at a time, and nobody ever waits for that.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

MOST_BYTES = 10 * 1024 * 1024
KEPT = 5
"""Older files kept beside the newest one."""


class SharedFile(logging.Handler):
    """Appends to a file any number of processes append to. At `most_bytes` it becomes file.1, file.1 becomes file.2 and
    so on; `kept` of them stay. A line that cannot be written (a full disk) is dropped: a log stops nobody's work."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> None:
        super().__init__()
        self._path = path
        self._most_bytes = most_bytes
        self._kept = kept
        self._file = self._opened()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._append((self.format(record) + "\n").encode("utf-8", "backslashreplace"))
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Says nothing: the terminal is the teller's, and what could not be written may quote a customer."""

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = (
            -1
        )  # the interpreter closes handlers once more at its end: the number may be another file's by then
        super().close()

    def _append(self, line: bytes) -> None:
        if self._file < 0:
            return
        if self._moved_aside():
            self._open_anew()
        if os.fstat(self._file).st_size + len(line) > self._most_bytes and self._move_aside():
            self._open_anew()
        os.write(self._file, line)

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._path, flags, 0o600)

    def _open_anew(self) -> None:
        opened = self._opened()
        os.close(self._file)
        self._file = opened

    def _moved_aside(self) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return True

    def _move_aside(self) -> bool:
        """False where another process is at it: this one goes on writing, and finds the new file with its next line."""
        lock = os.open(self._path.with_name(".rotating"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._moved_aside():  # nobody did it between our look and our lock
                for number in range(self._kept, 0, -1):
                    older = self._numbered(number - 1) if number > 1 else self._path
                    with suppress(FileNotFoundError):
                        older.replace(self._numbered(number))
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def to_file(folder: Path, *, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> Path:
    """Sends every log line of this process to logs/tellerdesk.log in `folder`, and none to the terminal, nor the
    traceback of a thread that dies; returns the file. May be called again."""
    path = folder / "logs" / "tellerdesk.log"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _process,
        places_alone,
    ]
    handler = SharedFile(path, most_bytes, kept)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, SharedFile):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "httpcore", "alembic", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    threading.excepthook = _thread_died
    return path


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """Python's own hook prints the error's text on the teller's terminal."""
    name = died.thread.name if died.thread is not None else ""
    structlog.get_logger("tellerdesk.threads").error("thread died", thread=name, exc_info=died.exc_value)


def _process(logger: Any, name: str, event: EventDict) -> EventDict:  # noqa: ARG001 (structlog's signature)
    event["process"] = os.getpid()
    return event


def places_alone(logger: Any, name: str, event: EventDict) -> EventDict:  # noqa: ARG001 (structlog's signature)
    """An exception as its kind and the places it passed: its message may quote a customer."""
    raised = event.pop("exc_info", None)
    if raised is True:
        import sys

        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = [
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]
        ]
    return event
