"""A counter where customers pay from their accounts."""

from __future__ import annotations

ACCOUNT = "6217000712000000012"
OTHER = "6217000712000000020"
HAS_FEN = 200_000
