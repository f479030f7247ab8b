"""Writes the contracts as OpenAPI documents: python -m tellerdesk.sandbox.contracts_docs [FOLDER].

One document serves all billers: they speak the same contract.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from tellerdesk.clock import SystemClock
from tellerdesk.sandbox.biller_app import biller_app
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.config import CORE, ELECTRICITY, ledger_file
from tellerdesk.sandbox.core_bank import core_app
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.pin_pad import Customers, pin_pad_app
from tellerdesk.sandbox.profiles import PROFILES

FOLDER = Path(__file__).parents[2] / "docs" / "contracts"


def documents() -> dict[str, str]:
    """The documents' text by file name."""
    with tempfile.TemporaryDirectory() as name:
        folder, clock, day = Path(name), SystemClock(), date(2026, 11, 22)
        books = CoreLedger(ledger_file(folder, CORE), (), day)
        any_biller = replace(PROFILES[ELECTRICITY], title="Biller")
        bills = BillerLedger(ledger_file(folder, ELECTRICITY), any_biller, day)
        apps = {
            "core.json": core_app(books, clock),
            "biller.json": biller_app(bills, clock),
            "pinpad.json": pin_pad_app(b"", Customers()),
        }
        texts = {file: _text(app.openapi()) for file, app in apps.items()}
        books.close()
        bills.close()
    return texts


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in documents().items():
        (folder / file).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / file}\n")


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
