"""The audit as a file: JSON lines with their seals, so that who has the key can check them anywhere."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from tellerdesk.audit.chain import canonical
from tellerdesk.audit.outside import sync_folder
from tellerdesk.audit.seals import last_seal
from tellerdesk.audit.search import count, every
from tellerdesk.audit.views import AuditSearch
from tellerdesk.errors import BadInput

FORMAT = "tellerdesk-audit-1"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the number of rows, and the SHA-256 of the file in hex."""

    rows: int
    sha256: str


def asked(search: AuditSearch) -> dict[str, str | int]:
    """What was looked for, without what was left open."""
    given = {
        "person": search.person[:64],
        "action": search.action[:64],
        "subject": search.subject[:64],
        "since": search.since.isoformat() if search.since else "",
        "until": search.until.isoformat() if search.until else "",
        "before_id": search.before_id or "",
    }
    return {name: value for name, value in given.items() if value}


def write(
    connection: Connection,
    search: AuditSearch,
    path: Path,
    *,
    by: str,
    at: datetime,
    before_it_stands: Callable[[Exported], None],
) -> int:
    """Writes the rows that match, oldest first, 0600 and safe from a loss of power; gives their number.

    The name is taken at once, by an empty file; what stands under it later is whole, and `before_it_stands` was called
    before: where that raises there is no file. Raises BadInput (field "path") where it cannot be written or something
    of that name is there already.
    """
    try:
        os.close(os.open(path, _NEW, 0o600))
    except FileExistsError:
        raise BadInput("error.audit.file_there", field="path", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.new")
    try:
        done = _write(connection, search, temporary, by, at)
        before_it_stands(done)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        for left in (temporary, path):
            left.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _not_written(path, error) from None
        raise
    return done.rows


def _write(connection: Connection, search: AuditSearch, path: Path, by: str, at: datetime) -> Exported:
    rows, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(path, _NEW, 0o600), "wb") as file:
        for rows, line in enumerate(_lines(connection, search, by, at)):  # noqa: B007 (the first is the header)
            file.write(line)
            digest.update(line)
        file.flush()
        os.fsync(file.fileno())
    return Exported(rows, digest.hexdigest())


def _not_written(path: Path, error: OSError | ValueError) -> BadInput:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return BadInput("error.audit.file", field="path", path=str(path).replace("\0", "?"), reason=reason)


def _lines(connection: Connection, search: AuditSearch, by: str, at: datetime) -> Iterator[bytes]:
    """A header, then a line for each row."""
    seal = last_seal(connection)
    yield _line(
        {
            "format": FORMAT,
            "exported_at": _told(at),
            "by": by,
            "search": asked(search),
            "rows": count(connection, search),
            "last_seal": None if seal is None else {"id": seal.id, "at": _told(seal.at), "mac": seal.mac.hex()},
        }
    )
    for row, previous_mac, mac in every(connection, search):
        yield _line({**asdict(row), "at": _told(row.at), "previous_mac": previous_mac.hex(), "mac": mac.hex()})


def _line(contents: dict[str, object]) -> bytes:
    return canonical(contents).encode() + b"\n"


def _told(at: datetime) -> str:
    """As it is sealed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
