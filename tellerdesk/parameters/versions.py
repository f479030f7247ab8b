"""The versions of what is under change control, as the database keeps them: statements, seals, what is in force."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Date, bindparam, func, insert, or_, select, update

from tellerdesk.checked.reading import hash_of
from tellerdesk.errors import Conflict, TamperFound
from tellerdesk.parameters.drafts import Draft, Key
from tellerdesk.parameters.models import ParameterVersion
from tellerdesk.parameters.states import Kind, VersionState
from tellerdesk.parameters.views import VersionView
from tellerdesk.store.base import table_of

VERSION = table_of(ParameterVersion)

# What was adopted counts from then on, whatever day a desk's clock says.
_ADOPTED = VERSION.c.state == VersionState.ADOPTED.value
_APPROVED = VERSION.c.state == VersionState.APPROVED.value
_COME = or_(_ADOPTED, _APPROVED & (VERSION.c.effective_from <= bindparam("day", type_=Date())))
_MARK = select(func.count(), func.max(VERSION.c.id)).where(_COME)  # asked at every payment
_ON = select(VERSION).where(_COME).order_by(VERSION.c.id)


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `number` is its id."""

    number: int
    kind: Kind
    name: str
    content: str
    content_hash: str
    before_hash: str
    effective_from: date
    proposed_by: str
    proposed_at: datetime
    reason: str
    state: VersionState
    mac: bytes | None

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def at(self) -> str:
        """As a sentence names it where a file would be named."""
        return f"{' '.join(filter(None, (self.kind.value, self.name)))} #{self.number}"

    def view(self, approval_id: str = "") -> VersionView:
        return VersionView(
            number=self.number,
            kind=self.kind,
            name=self.name,
            content_hash=self.content_hash,
            before_hash=self.before_hash,
            effective_from=self.effective_from,
            state=self.state,
            proposed_by=self.proposed_by,
            proposed_at=self.proposed_at,
            reason=self.reason,
            approval_id=approval_id,
        )


class Seals:
    """Seals of what was put in force: HMAC-SHA256 with the audit key, 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, version: Version, state: VersionState) -> bytes:
        """The seal of a version that comes to `state`. It covers the content's hash; `check` covers the content."""
        contents = [
            *(version.kind.value, version.name, version.content_hash, version.before_hash),
            *(version.effective_from.isoformat(), version.proposed_by),
            version.proposed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            state.value,
        ]
        return hmac.digest(self._key, b"parameter\n" + json.dumps(contents).encode(), "sha256")

    def check(self, version: Version) -> None:
        """Raises TamperFound naming the version where it is not what was put in force."""
        sealed = version.mac is not None and hmac.compare_digest(self.of(version, version.state), version.mac)
        if not sealed or hash_of(version.content) != version.content_hash:
            raise TamperFound("error.parameters.tampered", version=version.at)


def any_there(connection: Connection) -> bool:
    """Whether the database has any version: whether it was adopted."""
    return connection.execute(select(VERSION.c.id).limit(1)).first() is not None


def lock(connection: Connection) -> None:
    """Whoever proposes or approves waits here for whoever does so at the same time: files are also checked beside each
    other. (SQLite has one writer at a time anyway.)"""
    connection.execute(select(VERSION.c.id).where(_ADOPTED, VERSION.c.kind == Kind.RULES.value).with_for_update())


def mark(connection: Connection, day: date) -> tuple[int, int]:
    """Says cheaply whether anything else is in force than before: versions only ever become more."""
    many, newest = connection.execute(_MARK, {"day": day}).one()
    return many, newest or 0


def on(connection: Connection, day: date) -> dict[Key, Version]:
    """What is in force on a day as far as it was approved by now: the newest of each. Unchecked."""
    rows = connection.execute(_ON, {"day": day}).mappings()
    return {version.key: version for version in map(_version, rows)}


def coming(connection: Connection, day: date) -> list[Version]:
    """What was approved for a later day, or waits for approval, oldest first."""
    later = _APPROVED & (VERSION.c.effective_from > day)
    waits = VERSION.c.state == VersionState.PROPOSED.value
    rows = connection.execute(select(VERSION).where(later | waits).order_by(VERSION.c.id)).mappings()
    return [_version(row) for row in rows]


def one(connection: Connection, number: int) -> Version | None:
    row = connection.execute(select(VERSION).where(VERSION.c.id == number)).mappings().first()
    return None if row is None else _version(row)


def content_of(connection: Connection, number: int) -> str:
    """What a version says."""
    return str(connection.execute(select(VERSION.c.content).where(VERSION.c.id == number)).scalar_one())


def waiting(connection: Connection, key: Key) -> Version | None:
    """The proposal that waits for approval; there is one at most."""
    of = (VERSION.c.kind == key[0].value) & (VERSION.c.name == key[1])
    query = select(VERSION).where(of, VERSION.c.state == VersionState.PROPOSED.value)
    row = connection.execute(query).mappings().first()
    return None if row is None else _version(row)


def write(connection: Connection, version: Version) -> int:
    """A new version; gives its number. IntegrityError where one is adopted or waits already."""
    values = {
        "kind": version.kind.value,
        "name": version.name,
        "content": version.content,
        "content_hash": version.content_hash,
        "before_hash": version.before_hash,
        "effective_from": version.effective_from,
        "proposed_by": version.proposed_by,
        "proposed_at": version.proposed_at,
        "reason": version.reason,
        "state": version.state.value,
        "mac": version.mac,
    }
    return int(connection.execute(insert(VERSION).values(values).returning(VERSION.c.id)).scalar_one())


def settle(connection: Connection, version: Version, state: VersionState, at: datetime, mac: bytes | None) -> None:
    """Ends a proposal. Raises Conflict where it has ended already."""
    guarded = update(VERSION).where(VERSION.c.id == version.number, VERSION.c.state == VersionState.PROPOSED.value)
    if connection.execute(guarded.values(state=state.value, decided_at=at, mac=mac)).rowcount != 1:
        raise Conflict("error.parameters.settled", version=version.at)


def drafted(draft: Draft, *, before_hash: str, effective_from: date, by: str, at: datetime, reason: str) -> Version:
    """A draft as the proposal it would be, without a number yet."""
    return Version(
        number=0,
        kind=draft.kind,
        name=draft.name,
        content=draft.text,
        content_hash=draft.content_hash,
        before_hash=before_hash,
        effective_from=effective_from,
        proposed_by=by,
        proposed_at=at,
        reason=reason,
        state=VersionState.PROPOSED,
        mac=None,
    )


def _version(row: Any) -> Version:
    return Version(
        number=row["id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        content=row["content"],
        content_hash=row["content_hash"],
        before_hash=row["before_hash"],
        effective_from=row["effective_from"],
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        reason=row["reason"],
        state=VersionState(row["state"]),
        mac=row["mac"],
    )
