"""Logs: one JSON object a line, in the workstation's folder. They tell what happened by serial, code and place, and
never a name, a number of a customer or the text of a foreign exception."""

from __future__ import annotations

import logging
import logging.handlers
import traceback
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

MOST_BYTES = 10 * 1024 * 1024
KEPT = 5
"""Older files kept beside the newest one."""


def to_file(folder: Path) -> Path:
    """Sends every log line of this process to logs/tellerdesk.log in `folder`, and none to the terminal; returns the
    file. May be called again."""
    path = folder / "logs" / "tellerdesk.log"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places_alone,
    ]
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8")
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
        if isinstance(old, logging.handlers.RotatingFileHandler):
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
    return path


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
