"""The file of seals outside the data folder: one line of JSON for each seal, only ever added to."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tellerdesk.audit.chain import canonical
from tellerdesk.errors import BadSetup

_TAIL = 64 * 1024
"""Bytes looked at first for the last line; a branch's line has some thousand."""


@dataclass(frozen=True, slots=True)
class Seal:
    """All chains at one moment. `at` is aware UTC, `heads` canonical JSON {person: [number, seal in hex]}."""

    id: int
    at: datetime
    rows: int
    heads: str
    previous_mac: bytes
    mac: bytes

    def ends(self) -> dict[str, tuple[int, bytes]]:
        """For each person the number and the seal of the last row."""
        return {person: (int(seq), bytes.fromhex(mac)) for person, (seq, mac) in json.loads(self.heads).items()}

    def line(self) -> bytes:
        """As it stands outside, with the end of the line."""
        told = {
            "id": self.id,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "rows": self.rows,
            "heads": json.loads(self.heads),
            "previous_mac": self.previous_mac.hex(),
            "mac": self.mac.hex(),
        }
        return canonical(told).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, counted from 1; `seal` is None where it is none."""

    number: int
    seal: Seal | None


class OutsideFile:
    """Read by anybody who has it; written by one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Line]:
        """Every line; none where there is no file. What a loss of power tore is left out: a line that was completed
        below, or that is the last. Raises BadSetup where the file cannot be read."""
        try:
            pieces = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(error) from None
        found: list[Line] = []
        for number, piece in enumerate(pieces, start=1):
            if not piece:
                continue
            seal = _seal_of(piece)
            last = number == len(pieces)
            if seal is None and (last or not found or pieces[number].startswith(piece.rstrip(b"\0"))):
                continue  # before the first line that counts nothing is known that could be missed
            found.append(Line(number, seal))
        return found

    def first(self) -> Seal | None:
        """The seal of the oldest line: since when this file testifies. Raises BadSetup where it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return next((seal for line in file if (seal := _seal_of(line.rstrip(b"\n"))) is not None), None)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from None

    def last(self) -> Seal | None:
        """The seal of the newest line. Raises BadSetup where the file cannot be read."""
        try:
            with self.path.open("rb") as file:
                return _last_in(file.fileno())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from None

    def add(self, missing: Callable[[Seal | None], Sequence[Seal]]) -> int:
        """Appends what `missing` gives for the last seal that stands here (None in a new file), safe from a loss of
        power; gives their number. Makes the folder 0700 and the file 0600. Raises BadSetup where it cannot be
        written, and what `missing` raises."""
        try:
            with self._locked() as handle:
                seals = missing(_last_in(handle))
                if seals:
                    size = os.fstat(handle).st_size
                    torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                    _write(handle, (b"\n" if torn else b"") + b"".join(seal.line() for seal in seals))
                    os.fsync(handle)
                return len(seals)
        except OSError as error:
            raise self._unusable(error) from None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if new:
                sync_folder(folder)
            yield handle
        finally:
            os.close(handle)

    def _unusable(self, error: OSError) -> BadSetup:
        return BadSetup("error.audit.seals_file", path=str(self.path), reason=error.strerror or type(error).__name__)


def sync_folder(folder: Path) -> None:
    """So that a new name in it survives a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last_in(handle: int) -> Seal | None:
    size = os.fstat(handle).st_size
    length = _TAIL
    while True:
        start = max(0, size - length)
        pieces = os.pread(handle, size - start, start).split(b"\n")
        if start:
            pieces = pieces[1:]  # it may have begun before
        for piece in reversed(pieces):
            if (seal := _seal_of(piece)) is not None:
                return seal
        if not start:
            return None
        length *= 4


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _seal_of(line: bytes) -> Seal | None:
    """None where the line is not exactly one a seal is written as."""
    try:
        told = json.loads(line)
        seal = Seal(
            id=int(told["id"]),
            at=datetime.fromisoformat(told["at"]),
            rows=int(told["rows"]),
            heads=canonical(told["heads"]),
            previous_mac=bytes.fromhex(told["previous_mac"]),
            mac=bytes.fromhex(told["mac"]),
        )
        seal.ends()
        return seal if seal.line() == line + b"\n" else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
