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
WATER = "water"
VILLAGE = "village"
GAS = "gas"
HEATING = "heating"
MOBILE = "mobile"
BILLERS = {ELECTRICITY: "1101", WATER: "1201", VILLAGE: "1202", GAS: "1301", HEATING: "1401", MOBILE: "1501"}
"""The billers the sandbox plays, with the codes core's accounts and the desk's catalogue know them by."""
PINPAD = "pinpad"
CONTROL = "control"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """`secrets` are the signing keys by counterpart, and say which ones run: core, and any of BILLERS and `guests`.

    `guests` are billers somebody brings: a catalogue file by the biller's code, which is its counterpart's name too.
    `ports` are the public ports wished for, 0 or absent for a free one. `opening_date` is core's accounting date and
    the month the arrears lead up to when the ledgers are first made; None takes today's. `biller_code` names the
    electricity company in core's accounts (IN-1101, ST-1101).
    """

    folder: Path
    secrets: Mapping[str, bytes]
    guests: Mapping[str, Path] = field(default_factory=dict)
    channel_id: str = "TD01"
    biller_code: str = BILLERS[ELECTRICITY]
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
    """The signing keys from a JSON file {"core": hex, "electricity": hex, ...} that only its owner may read.

    Raises BadSetup.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise BadSetup("error.sandbox.secrets", path=str(path), reason="readable by others")
        table = json.loads(path.read_text(encoding="utf-8"))
        secrets = {str(name): bytes.fromhex(secret) for name, secret in table.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadSetup("error.sandbox.secrets", path=str(path), reason=str(error)) from None
    if CORE not in secrets:
        raise BadSetup("error.sandbox.secrets", path=str(path), reason=f"no {CORE}")
    return secrets
