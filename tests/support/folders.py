"""Folders for tests that write a great deal."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

ENOUGH_BYTES = 1 << 30


def quick_folder() -> Path:
    """A new folder in memory where the machine has room for it: what is lost with the power is not tried here. Whoever
    asks removes it."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of its own in it)
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH_BYTES
    return Path(tempfile.mkdtemp(prefix="tellerdesk-", dir=memory if roomy else None))
