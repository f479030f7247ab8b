"""The audit as a file: JSON lines with their seals, so that who has the key can check them anywhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from tellerdesk.audit.chain import canonical
from tellerdesk.audit.new_file import NEW, new_file
from tellerdesk.audit.seals import last_seal
from tellerdesk.audit.search import count, every
from tellerdesk.audit.views import AuditSearch

FORMAT = "tellerdesk-audit-1"


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
    with new_file(path) as temporary:
        done = _write(connection, search, temporary, by, at)
        before_it_stands(done)
    return done.rows


def _write(connection: Connection, search: AuditSearch, path: Path, by: str, at: datetime) -> Exported:
    rows, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
        for rows, line in enumerate(_lines(connection, search, by, at)):  # noqa: B007 (the first is the header)
            file.write(line)
            digest.update(line)
        file.flush()
        os.fsync(file.fileno())
    return Exported(rows, digest.hexdigest())


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
