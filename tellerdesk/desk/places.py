"""Where what belongs to a desk stands: its store, the audit's seals, the drafts of what is under change control."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tellerdesk.approvals.rules import SHIPPED as SHIPPED_RULES
from tellerdesk.billers.catalogue import SHIPPED as SHIPPED_BILLERS
from tellerdesk.config import FILE_NAME
from tellerdesk.parameters import limits
from tellerdesk.parameters.drafts import Drafts
from tellerdesk.settings import Settings


def store_url(settings: Settings) -> str:
    """The store's address; a SQLite file named relatively lies in the settings' folder."""
    url = settings.store.url
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.removeprefix(prefix).startswith("/"):
        return f"{prefix}{(settings.folder / url.removeprefix(prefix)).resolve()}"
    return url


def seals_file(settings: Settings) -> Path:
    """Where the audit's seals stand outside the data folder: who takes the folder does not take them."""
    if settings.audit.seals:
        return settings.folder / settings.audit.seals
    state = Path(os.environ.get("XDG_STATE_HOME", "") or Path.home() / ".local" / "state")
    place = f"{settings.bank.channel_id}-{settings.desk.branch_no}-{settings.desk.till_no}"
    mark = hashlib.sha256(str(settings.folder.resolve()).encode()).hexdigest()[:8]
    return state / "tellerdesk" / f"{place}-{mark}.seals"


def drafts_of(settings: Settings) -> Drafts:
    """Where the drafts of what is under change control stand: the settings' catalogue, approvals.toml in their folder,
    or those that come with tellerdesk, and the limits of the settings themselves."""
    rules = settings.folder / "approvals.toml"
    return Drafts(
        catalogue=Path(settings.catalogue) if settings.catalogue else SHIPPED_BILLERS,
        rules=rules if rules.is_file() else SHIPPED_RULES,
        limits=limits.written(
            identity_from_fen=settings.large_cash.identity_from_fen, duplicate_days=settings.flows.duplicate_days
        ),
        settings=settings.folder / FILE_NAME,
    )
