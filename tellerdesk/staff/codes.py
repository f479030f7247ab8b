"""One-time codes of six figures (TOTP, RFC 6238: SHA-1, 30 seconds), as authenticators show them."""

from __future__ import annotations

import hmac
from urllib.parse import quote

import pyotp

SEALED = "staff_member.code_sealed"
"""What the vault is told of a sealed secret, as "table.column"."""

STEP_S = 30
DRIFT_STEPS = 1
"""How many steps a person's clock may be before or behind."""


def new_secret() -> str:
    """A fresh secret: 160 bits in base32."""
    return pyotp.random_base32()


def uri(secret: str, staff_no: str, bank: str) -> str:
    """What an authenticator scans. The bank stands in it once: said twice, as the format allows, it would make a code
    that no terminal of 80x24 has room for."""
    return f"otpauth://totp/{quote(staff_no)}?secret={secret}&issuer={quote(bank)}"


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The step `code` belongs to, None where it is none of those around `now_ms`, milliseconds since 1970. Whoever asks
    keeps the step and never takes one that is not later: pyotp does not stop a second use."""
    now = now_ms // (STEP_S * 1000)
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), code.encode()):
            found = step
    return found


def code_at(secret: str, now_ms: int) -> str:
    """The code an authenticator shows at this moment."""
    return str(pyotp.TOTP(secret).generate_otp(now_ms // (STEP_S * 1000)))
