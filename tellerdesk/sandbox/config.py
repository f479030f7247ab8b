"""What a sandbox process is told when it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tellerdesk.errors import BadSetup

CORE = "core"
ELECTRICITY = "electricity"
COUNTERPARTS = (CORE, ELECTRICITY)
CONTROL = "control"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """`secrets` are the signing keys by counterpart; `ports` the public ports wished for, 0 or absent for a free one.

    `opening_date` is core's accounting date and the month the arrears lead up to when the ledgers are first made; None
    takes today's. `biller_code` names the electricity company in core's accounts (IN-1101, ST-1101).
    """

    folder: Path
    secrets: Mapping[str, bytes]
    channel_id: str = "TD01"
    biller_code: str = "1101"
    ports: Mapping[str, int] = field(default_factory=dict)
    opening_date: date | None = None
    late_s: float = 1.5
    """How long a "late" request is held back before the counterpart gets it."""

    def ledger(self, counterpart: str) -> Path:
        return ledger_file(self.folder, counterpart)


def ledger_file(folder: Path, counterpart: str) -> Path:
    """Where a counterpart keeps its books."""
    return folder / f"{counterpart}.sqlite"


def read_secrets(path: Path) -> dict[str, bytes]:
    """The signing keys from a JSON file {"core": hex, "electricity": hex} that only its owner may read.

    Raises BadSetup.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise BadSetup("error.sandbox.secrets", path=str(path), reason="readable by others")
        table = json.loads(path.read_text(encoding="utf-8"))
        return {name: bytes.fromhex(table[name]) for name in COUNTERPARTS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSetup("error.sandbox.secrets", path=str(path), reason=str(error)) from None
