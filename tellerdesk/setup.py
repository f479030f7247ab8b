"""Setting up a workstation's folder: settings, keys, database."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tellerdesk import config
from tellerdesk.errors import BadSetup

if TYPE_CHECKING:
    from tellerdesk.staff.commands import AddStaff
    from tellerdesk.staff.roster import Roster


@dataclass(frozen=True, slots=True)
class Plan:
    """What a settings file is written from. Addresses of counterparts by code; those of billers are the catalogue's."""

    bank_zh: str
    bank_en: str
    branch_no: str
    branch_zh: str
    branch_en: str
    till_no: str
    core_url: str
    biller_urls: Mapping[str, str]
    pinpad_url: str = ""
    """empty: the workstation has no PIN pad"""
    store_url: str = "sqlite:///tellerdesk.sqlite3"
    channel_id: str = "TD01"
    language: str = ""
    training: bool = False
    sample_staff: tuple[config.SamplePerson, ...] = field(default=())


def write_settings(folder: Path, plan: Plan) -> Path:
    """Writes tellerdesk.toml whole, by a temporary file and a rename, so that it is never half there."""
    path = folder / config.FILE_NAME
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(_toml(plan))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return path


def init(folder: Path, plan: Plan) -> None:
    """Makes a workstation's folder: settings, key file (0600), database with its schema.

    Seals of the audit that stand outside from a folder of this name before are set aside: they are of other keys.
    Raises BadSetup where the folder holds a set-up already: nothing is ever overwritten.
    """
    from tellerdesk.desk import seals_file, store_url
    from tellerdesk.store import keys, schema
    from tellerdesk.store.engine import Store

    if (folder / config.FILE_NAME).exists():
        raise BadSetup("error.setup.folder_used", path=str(folder))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "documents").mkdir(exist_ok=True, mode=0o700)
    keys.create(folder / "keys.json", ["core", *plan.biller_urls])
    write_settings(folder, plan)
    settings = config.load(folder)
    _set_aside(seals_file(settings))
    store = Store(store_url(settings))
    try:
        schema.upgrade(store)
    finally:
        store.close()


def _set_aside(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.rename(path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.{secrets.token_hex(2)}"))


@contextmanager
def roster(folder: Path) -> Iterator[Roster]:
    """The list of staff of a set-up folder, for the command line; the database is brought up to date where it is older.
    Raises BadSetup, StoreUnavailable."""
    from tellerdesk.audit.trail import AuditTrail
    from tellerdesk.clock import SystemClock
    from tellerdesk.desk import store_url
    from tellerdesk.staff.passwords import Passwords
    from tellerdesk.staff.roster import Roster
    from tellerdesk.store import keys, schema
    from tellerdesk.store.engine import Store
    from tellerdesk.store.vault import Vault

    settings = config.load(folder)
    clock = SystemClock()
    store = Store(store_url(settings))
    try:
        if not schema.is_current(store):
            schema.upgrade(store)
        key_ring = keys.load(folder / settings.store.key_file)
        yield Roster(store, AuditTrail(key_ring, clock), clock, Passwords(), Vault(key_ring))
    finally:
        store.close()


def add_staff(folder: Path, person: AddStaff, by: str) -> None:
    """Puts a person on the list of a set-up folder. Raises BadInput, Conflict, BadSetup, StoreUnavailable."""
    with roster(folder) as people:
        people.add(person, by)


def _toml(plan: Plan) -> str:
    lines = [
        "# A tellerdesk workstation. Secrets stand in keys.json, never here.",
        f"training = {'true' if plan.training else 'false'}",
    ]
    if plan.language:
        lines.append(f"language = {_quoted(plan.language)}")
    lines += _part("bank", name_zh=plan.bank_zh, name_en=plan.bank_en, channel_id=plan.channel_id)
    lines += _part(
        "desk",
        branch_no=plan.branch_no,
        branch_zh=plan.branch_zh,
        branch_en=plan.branch_en,
        till_no=plan.till_no,
    )
    lines += _part("store", url=plan.store_url, key_file="keys.json")
    lines += _part("core", url=plan.core_url)
    for code, url in plan.biller_urls.items():
        lines += _part(f"billers.{_quoted(code)}", url=url)
    if plan.pinpad_url:
        lines += _part("pinpad", url=plan.pinpad_url)
    for person in plan.sample_staff:
        lines += [
            "",
            "[[sample_staff]]",
            *(
                f"{key} = {_quoted(getattr(person, key))}"
                for key in ("staff_no", "name", "role", "password", "code_secret")
            ),
        ]
    return "\n".join(lines) + "\n"


def _part(head: str, **values: str) -> list[str]:
    return ["", f"[{head}]", *(f"{key} = {_quoted(value)}" for key, value in values.items())]


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
