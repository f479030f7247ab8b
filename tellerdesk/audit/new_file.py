"""Files people have written from the desk: whole or not at all, theirs alone, never over another one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tellerdesk.audit.outside import sync_folder
from tellerdesk.errors import BadInput

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Gives the name of a temporary file to write (0600), which stands under `path` once the block is left, safe from a
    loss of power; where the block raises there is neither.

    The name is taken at once, by an empty file. Raises BadInput (field "path") where it cannot be written or something
    of that name is there already.
    """
    try:
        os.close(os.open(path, NEW, 0o600))
    except FileExistsError:
        raise BadInput("error.audit.file_there", field="path", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.new")
    try:
        yield temporary
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        for left in (temporary, path):
            left.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _not_written(path, error) from None
        raise


def _not_written(path: Path, error: OSError | ValueError) -> BadInput:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return BadInput("error.audit.file", field="path", path=str(path).replace("\0", "?"), reason=reason)
