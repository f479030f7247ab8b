"""What the parameters room tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tellerdesk.parameters.states import Kind, VersionState


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version. `number` names it in approvals; hashes are SHA-256 in hex."""

    number: int
    kind: Kind
    name: str
    content_hash: str
    before_hash: str
    effective_from: date
    state: VersionState
    proposed_by: str
    proposed_at: datetime
    reason: str
    approval_id: str = ""


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One thing under change control: what is in force (None: a biller that is not known yet), what was approved for a
    later day or waits for approval, and the lines in which the file on disk differs from what is in force (as a unified
    diff; empty where it does not)."""

    kind: Kind
    name: str
    in_force: VersionView | None
    coming: tuple[VersionView, ...]
    differs: tuple[str, ...] = ()
