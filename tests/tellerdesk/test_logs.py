"""What the log tells, and what it keeps to itself."""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tellerdesk import logs


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, threading.excepthook
    yield logs.to_file(tmp_path)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    threading.excepthook = hook
    structlog.reset_defaults()


def told(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_event_is_one_json_line_whatever_it_holds(log_file: Path) -> None:
    structlog.get_logger("tellerdesk.x").info("lease lost", serial="1\n{}\x1b[2J")
    logging.getLogger("tellerdesk.screens").error("fault %s", "a1b2")

    first, second = told(log_file)
    assert (first["event"], first["serial"], first["level"]) == ("lease lost", "1\n{}\x1b[2J", "info")
    assert (second["event"], second["logger"]) == ("fault a1b2", "tellerdesk.screens")


def test_an_exception_is_logged_by_kind_and_place_never_by_its_message(log_file: Path) -> None:
    try:
        raise ValueError("王晓燕 6217000712")
    except ValueError:
        structlog.get_logger("tellerdesk.recovery").exception("sweep failed")
        logging.getLogger("tellerdesk.other").exception("failed")

    text = log_file.read_text(encoding="utf-8")
    assert "6217000712" not in text
    assert "王晓燕" not in text
    assert [event["error"] for event in told(log_file)] == ["ValueError", "ValueError"]
    assert all("test_logs.py" in str(event["places"]) for event in told(log_file))


def test_nothing_goes_to_the_terminal(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("tellerdesk.x").warning("heard")

    assert capfd.readouterr() == ("", "")
    assert [event["event"] for event in told(log_file)] == ["heard"]


def test_a_thread_that_dies_is_told_to_the_log_alone(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def die() -> None:
        raise ValueError("王晓燕 6217000712")

    thread = threading.Thread(target=die, name="flow-1")
    thread.start()
    thread.join()

    (event,) = told(log_file)
    assert (event["event"], event["thread"], event["error"]) == ("thread died", "flow-1", "ValueError")
    assert "6217000712" not in log_file.read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


# Several processes, one file

WRITER = """
import logging, sys
from pathlib import Path
from tellerdesk import logs
logs.to_file(Path(sys.argv[1]), most_bytes=20_000, kept=int(sys.argv[4]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    logging.getLogger("tellerdesk.writer").info("line %s-%d", sys.argv[2], number)
"""


def written_at_once(folder: Path, writers: int, lines: int, kept: int) -> None:
    """Real processes that begin together and log as fast as they can."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(writer), str(lines), str(kept)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for writer in range(writers)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "")


def test_no_line_is_lost_or_torn_while_processes_log_and_move_files_aside(tmp_path: Path) -> None:
    written_at_once(tmp_path, writers=4, lines=600, kept=100)

    files = sorted((tmp_path / "logs").glob("tellerdesk.log*"))
    events = [str(event["event"]) for path in files for event in told(path)]
    assert len(files) > 5
    assert sorted(events) == sorted(f"line {writer}-{number}" for writer in range(4) for number in range(600))


def test_only_so_many_full_files_are_kept_and_for_the_owner_alone(tmp_path: Path) -> None:
    written_at_once(tmp_path, writers=3, lines=600, kept=2)

    files = sorted((tmp_path / "logs").glob("tellerdesk.log*"))
    assert [path.name for path in files] == ["tellerdesk.log", "tellerdesk.log.1", "tellerdesk.log.2"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_whoever_moves_files_aside_holds_up_nobody(tmp_path: Path) -> None:
    handler = logs.SharedFile(tmp_path / "x.log", most_bytes=10, kept=1)
    with (tmp_path / ".rotating").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for number in range(3):
            handler.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    handler.close()

    assert (tmp_path / "x.log").read_text(encoding="utf-8") == "line 0\nline 1\nline 2\n"


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    handler = logs.SharedFile(folder / "x.log")
    shutil.rmtree(folder)
    handler.emit(logging.makeLogRecord({"msg": "王晓燕"}))
    handler.close()
    handler.emit(logging.makeLogRecord({"msg": "after its end"}))

    assert capfd.readouterr() == ("", "")
