"""What went wrong and was not foreseen: kept for the log, told to the teller in one sentence without its insides."""

from __future__ import annotations

import logging
import traceback
import zlib

from tellerdesk.errors import TellerDeskError

_log = logging.getLogger("tellerdesk.screens")


class Fault(TellerDeskError):
    """An unforeseen exception, under the reference the log has it by."""

    code = "fault"


def reference_of(error: BaseException) -> str:
    """A short name for where and what, the same for the same defect. Holds nothing of the values involved."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{zlib.crc32('|'.join([type(error).__name__, *places]).encode()):08x}"


def fault_of(error: BaseException) -> Fault:
    """Logs the kind of `error` and the places it passed, never its message or any local, and names it by reference."""
    reference = reference_of(error)
    places = " < ".join(
        f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)[-6:])
    )
    _log.error("fault %s %s at %s", reference, type(error).__name__, places)
    return Fault("fault.unexpected", reference=reference)
