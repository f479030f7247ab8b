"""Temporary passwords: chosen at random, to be read from a screen once and typed once."""

from __future__ import annotations

import secrets

_FIRST = "bdfghkmnprstvz"
_SECOND = "aeiou"
_WORDS = 3
_FIGURES = "23456789"


def temporary_password() -> str:
    """Such as "mako-ripu-desa-47": words that can be read aloud and figures, without 0 and O, 1 and l. 43 bits, which
    ten tries and the first sign-on protect."""
    words = ["".join(secrets.choice(of) for of in (_FIRST, _SECOND, _FIRST, _SECOND)) for _ in range(_WORDS)]
    return "-".join([*words, "".join(secrets.choice(_FIGURES) for _ in range(2))])
