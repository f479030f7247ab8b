"""What the log tells, and what it keeps to itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tellerdesk import logs


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield logs.to_file(tmp_path)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
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
