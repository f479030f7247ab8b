"""PIN blocks: what the pad makes of a PIN, and core alone can open.

AES-GCM with a key that only pad and core have, a fresh nonce each time, and account and amount as associated data: a
block is good for the debit the customer saw on the pad and for no other.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_FILE = "pin.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12


def load_key(folder: Path) -> bytes:
    """The key that pad and core of this sandbox share; made (0600) where there is none."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        fresh.replace(path)
    return path.read_bytes()


def seal(key: bytes, pin: str, account_no: str, amount_fen: int) -> str:
    """A block, never the same one twice."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return (nonce + AESGCM(key).encrypt(nonce, pin.encode(), _bound_to(account_no, amount_fen))).hex().upper()


def opened(key: bytes, block: str, account_no: str, amount_fen: int) -> str | None:
    """The PIN; None for a block of another account, another amount or another pad."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = bytes.fromhex(block)
        pin = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(account_no, amount_fen))
    except (ValueError, InvalidTag):
        return None
    return pin.decode()


def _bound_to(account_no: str, amount_fen: int) -> bytes:
    return f"{account_no} {amount_fen}".encode()
