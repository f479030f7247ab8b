"""The key file: made once, 0600, outside the database. Without it the database's sealed columns stay shut."""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from tellerdesk.errors import BadSetup


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`data` seals columns, `index` makes blind indexes, `audit` chains the audit, `verify` makes the codes printed
    on paper, `links` signs messages by counterpart code. 32 bytes each."""

    data: bytes
    index: bytes
    audit: bytes
    verify: bytes
    links: dict[str, bytes]

    def link(self, code: str) -> bytes:
        """Raises BadSetup where the file has no secret for this counterpart."""
        try:
            return self.links[code]
        except KeyError:
            raise BadSetup("error.setup.no_link_key", counterpart=code) from None


def create(path: Path, counterparts: list[str]) -> Keys:
    """Makes a new key file with fresh random keys. Raises BadSetup where one is already there: it is never replaced."""
    table = {
        "version": 1,
        **{name: secrets.token_hex(32) for name in ("data", "index", "audit", "verify")},
        "links": {code: secrets.token_hex(32) for code in counterparts},
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise BadSetup("error.setup.keys_exist", path=str(path)) from None
    except OSError as error:
        raise BadSetup("error.setup.unreadable", path=str(path), reason=error.strerror or "") from None
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(table, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as error:
        path.unlink()  # half a key file would stand in the way of the next try
        raise BadSetup("error.setup.unreadable", path=str(path), reason=error.strerror or "") from None
    return load(path)


def load(path: Path) -> Keys:
    """Raises BadSetup where the file is missing, damaged, or readable by others."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise BadSetup("error.setup.keys_open", path=str(path), mode=f"{mode:04o}")
            table = json.load(file)
        return Keys(
            **{name: _key(table[name]) for name in ("data", "index", "audit", "verify")},
            links={str(code): _key(value) for code, value in table["links"].items()},
        )
    except FileNotFoundError:
        raise BadSetup("error.setup.no_file", path=str(path)) from None
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadSetup("error.setup.unreadable", path=str(path), reason=type(error).__name__) from None


def _sync_folder(folder: Path) -> None:
    """So that the file's name too survives a loss of power: data sealed with lost keys is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != 32:
        raise ValueError("key length")
    return key
