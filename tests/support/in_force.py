"""A test's own files put in force on a branch that has adopted others: as if a second person had approved them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from tellerdesk.checked.reading import text_of
from tellerdesk.parameters import versions
from tellerdesk.parameters.drafts import Draft
from tellerdesk.parameters.states import Kind, VersionState
from tellerdesk.parameters.versions import Seals
from tellerdesk.store import keys

DATABASE = "tellerdesk.sqlite3"
LONG_AGO = date(2020, 1, 1)

_NEWEST = "SELECT content_hash FROM parameter_version WHERE kind = ? AND name = ? ORDER BY id DESC LIMIT 1"


def put_in_force(folder: Path, catalogue: Path) -> None:
    """Every file of `catalogue` comes into force in the branch of `folder`, where it is not so already."""
    files = sorted(catalogue.glob("*.toml"))
    put_drafts_in_force(folder, *(Draft(Kind.BILLER, path.stem, text_of(path), str(path)) for path in files))


def put_drafts_in_force(folder: Path, *drafts: Draft) -> None:
    """They come into force in the branch of `folder`, with its key's seal."""
    with closing(sqlite3.connect(folder / DATABASE, timeout=30)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for draft in drafts:
            found = connection.execute(_NEWEST, (draft.kind.value, draft.name)).fetchone()
            if found != (draft.content_hash,):
                _insert(connection, draft, found[0] if found else "", Seals(keys.load(folder / "keys.json").audit))
        connection.commit()


def _insert(connection: sqlite3.Connection, draft: Draft, before_hash: str, seals: Seals) -> None:
    at, state = datetime.now(UTC), VersionState.APPROVED
    proposed = versions.drafted(
        draft, before_hash=before_hash, effective_from=LONG_AGO, by="9001", at=at, reason="a test's own"
    )
    mac = seals.of(replace(proposed, state=state), state)
    row = {
        "kind": draft.kind.value,
        "name": draft.name,
        "content": draft.text,
        "content_hash": draft.content_hash,
        "before_hash": before_hash,
        "effective_from": LONG_AGO.isoformat(),
        "proposed_by": proposed.proposed_by,
        "proposed_at": at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds"),
        "reason": proposed.reason,
        "state": state.value,
        "decided_at": at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds"),
        "mac": mac,
    }
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO parameter_version ({', '.join(row)}) VALUES ({marks})", row)  # noqa: S608
