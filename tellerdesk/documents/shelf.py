"""The folder documents lie in: a file is there whole or not at all, for its owner's eyes only."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tellerdesk.errors import DocumentFailed
from tellerdesk.steps import StepHook, no_hook

NOT_A_FILE = "not-a-file"

_PART = re.compile(r"\.(?P<name>.+)\.(?P<pid>[0-9]+)\.[0-9a-f]{16}\.part")


class Shelf:
    """Files by names of our own making. Nothing here follows a symbolic link; every failure is a DocumentFailed."""

    def __init__(self, folder: Path, hook: StepHook = no_hook) -> None:
        self._folder = folder
        self._hook = hook

    def path(self, name: str) -> Path:
        return self._folder / name

    def sha256(self, name: str) -> str | None:
        """The hash (hex) of a file's bytes, None where there is none, NOT_A_FILE for anything but a plain file."""
        try:
            with self._opened() as folder:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
                try:
                    if not stat.S_ISREG(os.fstat(handle).st_mode):
                        return NOT_A_FILE
                    with os.fdopen(handle, "rb", closefd=False) as file:
                        return hashlib.file_digest(file, "sha256").hexdigest()
                finally:
                    os.close(handle)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return NOT_A_FILE
            raise _not_saved(error) from error

    def put(self, name: str, content: bytes) -> None:
        """Puts a file in place, over whatever has that name, and returns once it would survive a loss of power.

        It is written under another name first and then renamed: no half file ever has the name.
        """
        self._hook("file.document:before")
        part = f".{name}.{os.getpid()}.{secrets.token_hex(8)}.part"
        try:
            with self._opened() as folder:
                try:
                    _write(part, content, folder)
                    os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
                except BaseException:
                    with suppress(OSError):
                        os.unlink(part, dir_fd=folder)
                    raise
                os.fsync(folder)
        except OSError as error:
            raise _not_saved(error) from error
        self._hook("file.document:after")

    def sweep(self, name: str) -> None:
        """Removes what processes of this machine left that died before the rename."""
        with suppress(OSError), self._opened() as folder:
            for part in os.listdir(folder):  # noqa: PTH208 (by handle)
                match = _PART.fullmatch(part)
                if match and match["name"] == name and not _lives(int(match["pid"])):
                    os.unlink(part, dir_fd=folder)

    def set_aside(self, name: str, as_name: str) -> None:
        """Renames whatever is there, as it is, over any earlier one of that name."""
        try:
            with self._opened() as folder:
                os.rename(name, as_name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
        except OSError as error:
            raise _not_saved(error) from error

    @contextmanager
    def _opened(self) -> Iterator[int]:
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield handle
        finally:
            os.close(handle)


def _write(name: str, content: bytes, folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _not_saved(error: OSError) -> DocumentFailed:
    return DocumentFailed("error.document.save", reason=error.strerror or type(error).__name__)
