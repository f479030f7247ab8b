"""Personal data at rest: sealed text with a blind index for equality and the last four characters in clear.

Sealed: one version byte, a 12-byte nonce, AES-256-GCM. The associated data is "table.column" and the row's immutable
public id, so that a sealed value cannot be moved to another row or column.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from tellerdesk.errors import TamperFound
from tellerdesk.store.keys import Keys

_VERSION = b"\x01"


class Vault:
    """Seals and opens with one key file's keys."""

    def __init__(self, keys: Keys) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(keys.data)
        self._index_key = keys.index

    def seal(self, text: str, *, column: str, row: str) -> bytes:
        """`column` as "table.column", `row` the row's public id."""
        nonce = os.urandom(12)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), f"{column}\n{row}".encode())

    def open(self, sealed: bytes, *, column: str, row: str) -> str:
        """Raises TamperFound where the bytes are not what was sealed for this very column and row."""
        from cryptography.exceptions import InvalidTag

        if sealed[:1] != _VERSION:
            raise TamperFound("error.tamper.sealed", place=column, row=row)
        try:
            text = self._cipher.decrypt(sealed[1:13], sealed[13:], f"{column}\n{row}".encode())
        except (InvalidTag, ValueError):
            raise TamperFound("error.tamper.sealed", place=column, row=row) from None
        return text.decode()

    def blind(self, text: str, *, column: str) -> bytes:
        """16 bytes that are equal for equal normalised texts of one column, and tell nothing else."""
        return hmac.digest(self._index_key, f"{column}\n{text}".encode(), hashlib.sha256)[:16]


def last_four(text: str) -> str:
    """What may stand in clear beside a sealed value: at most its last four characters, and at most half of it."""
    return text[-min(4, len(text) // 2) :] if len(text) > 1 else ""
