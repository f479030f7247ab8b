"""Folders the doctor looks at, and what it finds in them."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from receipts.renderer import PdfRenderer
from tellerdesk import config
from tellerdesk.demo.plan import PEOPLE
from tellerdesk.doctor import Terminal, examine
from tellerdesk.doctor.findings import Finding, Verdict

TERMINAL = Terminal(True, "utf-8", 120, 40, "xterm-256color", "truecolor")
SAMPLES = {person.password for person in PEOPLE}


def findings(folder: Path, **changes: Any) -> list[Finding]:
    given = {"terminal": TERMINAL, "lacks": PdfRenderer().lacks, "sample_passwords": SAMPLES} | changes
    return examine(folder, **given)


def ids(found: list[Finding], verdict: Verdict) -> set[str]:
    return {finding.told.id for finding in found if finding.verdict is verdict}


def ill(folder: Path, **changes: Any) -> set[str]:
    """The ids of what somebody has to act on."""
    return ids(findings(folder, **changes), Verdict.WRONG)


def close_to_others(folder: Path) -> None:
    """As the programs make it: under a umask that keeps others out."""
    subprocess.run(["chmod", "-R", "go=", str(folder)], check=True)


def setting(folder: Path, old: str, new: str) -> None:
    path = folder / config.FILE_NAME
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    """Every file with its bytes' hash, but for SQLite's own shared memory and log."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }
