"""The machine and the folder: settings, keys, who may read what, disk, terminal, paper, program."""

from __future__ import annotations

import errno
import importlib.metadata
import os
import re
import shutil
import stat
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tellerdesk import config
from tellerdesk.doctor.findings import Finding, Group, Ill, NotExamined, Verdict, look
from tellerdesk.errors import BadSetup
from tellerdesk.i18n import Message
from tellerdesk.store import keys

LEAST_FREE = 200 * 1024 * 1024
"""Bytes below which the disk counts as nearly full."""
LEAST_COLUMNS, LEAST_ROWS = 80, 24
LEAST_PYTHON = (3, 11)
RARE_NAME = "王㛃"
"""A name whose second character many typefaces lack."""
PROGRAM = Path(__file__).parents[2]
"""Where the program's own constraints.txt lies, in a checkout."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the desk would be shown. `kind` is TERM, `encoding` that of what is written to it."""

    is_terminal: bool
    encoding: str
    columns: int
    rows: int
    kind: str
    colours: str

    @classmethod
    def here(cls) -> Terminal:
        """The terminal of this process, if it has one."""
        size = shutil.get_terminal_size()
        return cls(
            is_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
            encoding=sys.stdout.encoding or "",
            columns=size.columns,
            rows=size.lines,
            kind=os.environ.get("TERM", ""),
            colours="NO_COLOR" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", ""),
        )

    @property
    def writes_chinese(self) -> bool:
        return self.encoding.lower().replace("-", "") == "utf8"


def settings(folder: Path) -> list[Finding]:
    """One finding where all is well, else one for each key that is unknown, missing or wrong."""
    what = "door.doctor.settings"
    first = look(Group.WORKSTATION, what, lambda: _loaded(folder))
    if first.told.id != "error.setup.wrong_value":
        return [first]
    return [Finding(Group.WORKSTATION, what, Verdict.WRONG, told) for told in _flaws(folder)]


def _loaded(folder: Path) -> Message:
    return Message("door.doctor.settings.well", {"path": str(folder), "billers": len(config.load(folder).billers)})


def _flaws(folder: Path) -> Iterator[Message]:
    from pydantic import ValidationError

    from tellerdesk.settings import Settings

    table = tomllib.loads((folder / config.FILE_NAME).read_text(encoding="utf-8"))
    try:
        Settings(folder=folder, **table)
    except ValidationError as error:
        for flaw in error.errors():
            key = ".".join(str(part) for part in flaw["loc"])
            if flaw["type"] == "extra_forbidden":
                yield Message("door.doctor.settings.unknown", {"key": key})
            elif flaw["type"] == "missing":
                yield Message("door.doctor.settings.missing", {"key": key})
            else:
                yield Message("door.doctor.settings.value", {"key": key, "reason": flaw["msg"]})


def key_file(folder: Path) -> Message:
    """Every link's key is there. Raises BadSetup."""
    settings = config.load(folder)
    ring = keys.load(folder / settings.store.key_file)
    for code in ("core", *settings.billers):
        ring.link(code)
    return Message("door.doctor.keys.well", {"count": 1 + len(settings.billers)})


def modes(folder: Path) -> Message:
    """Nobody but the owner may read the folder, or anything in it that tells of customers or opens something."""
    open_to_others = [path for path in _private(folder) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    if open_to_others:
        named = ", ".join(str(path.relative_to(folder)) for path in open_to_others[:5])
        raise Ill("door.doctor.modes.open", paths=named, count=len(open_to_others), folder=str(folder))
    return Message("door.doctor.modes.well")


def _private(folder: Path) -> Iterator[Path]:
    yield folder
    for name in (config.FILE_NAME, "documents", "logs"):
        if (folder / name).exists():
            yield folder / name
    for pattern in ("*.json", "*.sqlite3*", "logs/*", "documents/*"):
        yield from folder.glob(pattern)


def disk(folder: Path) -> Message:
    """There is room, and it can be written to."""
    free = shutil.disk_usage(folder).free
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise Ill("door.doctor.disk.unwritable", reason=errno.errorcode.get(error.errno or 0, "")) from None
    if free < LEAST_FREE:
        raise Ill("door.doctor.disk.little", free=free // 1024**2)
    return Message("door.doctor.disk.well", {"free": free // 1024**2})


def screen(terminal: Terminal) -> Message:
    """Wide and high enough, and able to draw."""
    if not terminal.is_terminal:
        raise NotExamined("door.doctor.terminal.none")
    if terminal.kind in ("", "dumb"):
        raise Ill("door.doctor.terminal.dumb", kind=terminal.kind)
    size: dict[str, str | int] = {"columns": terminal.columns, "rows": terminal.rows}
    if terminal.columns < LEAST_COLUMNS or terminal.rows < LEAST_ROWS:
        raise Ill("door.doctor.terminal.small", **size, least_columns=LEAST_COLUMNS, least_rows=LEAST_ROWS)
    return Message("door.doctor.terminal.well", {**size, "kind": terminal.kind, "colours": terminal.colours or "-"})


def locale(terminal: Terminal) -> Message:
    """Chinese can be written."""
    if not terminal.writes_chinese:
        raise Ill("door.doctor.locale.other", encoding=terminal.encoding or "-")
    return Message("door.doctor.locale.well", {"encoding": terminal.encoding})


def paper(lacks: Callable[[str], str]) -> Message:
    """The typeface loads and has rare names. Raises DocumentFailed, Ill."""
    if missing := lacks(RARE_NAME):
        raise Ill("door.doctor.paper.lacks", characters=" ".join(f"U+{ord(char):04X}" for char in missing))
    return Message("door.doctor.paper.well", {"name": RARE_NAME})


def python() -> Message:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < LEAST_PYTHON:
        raise Ill("door.doctor.python.old", found=found, least=".".join(str(part) for part in LEAST_PYTHON))
    return Message("door.doctor.python.well", {"found": found})


def packages(folder: Path) -> Message:
    """Those installed are those the program was tested with, where a list of them is at hand."""
    for path in (folder / "constraints.txt", PROGRAM / "constraints.txt"):
        if path.is_file():
            break
    else:
        raise NotExamined("door.doctor.packages.no_list")
    wanted = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    if not wanted:
        raise BadSetup("error.setup.unreadable", path=str(path), reason="==")
    installed = {name: _version(name) for name in wanted}
    other = [f"{name} {found}" for name, found in installed.items() if found not in ("", wanted[name])]
    if other:
        raise Ill("door.doctor.packages.other", names=", ".join(other[:5]), count=len(other), path=str(path))
    return Message("door.doctor.packages.well", {"count": sum(1 for found in installed.values() if found)})


def _version(name: str) -> str:
    """Empty where the package is not installed: it may belong to a part that is not needed here."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
