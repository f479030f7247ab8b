"""Which notes and coins make up the change."""

from __future__ import annotations

DENOMINATIONS_FEN = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 2, 1)
"""What circulates: 100 50 20 10 5 1 yuan, 5 and 1 jiao, and fen where they are kept. No 2-yuan note any more."""


def change_in_notes(fen: int) -> tuple[tuple[int, int], ...]:
    """(denomination in fen, count), the largest first, adding up to exactly `fen` with the fewest pieces.

    Raises ValueError for a negative amount.
    """
    if fen < 0:
        raise ValueError(fen)
    pieces = []
    for denomination in DENOMINATIONS_FEN:
        count, fen = divmod(fen, denomination)
        if count:
            pieces.append((denomination, count))
    return tuple(pieces)


def notes_said(fen: int) -> str:
    """ "10×1 5×1 1×4 0.5×1 0.1×1 0.05×1 0.01×3": the same in every language."""
    return " ".join(f"{_face(denomination)}×{count}" for denomination, count in change_in_notes(fen))


def _face(denomination_fen: int) -> str:
    yuan, cents = divmod(denomination_fen, 100)
    return str(yuan) if yuan else f"0.{cents:02d}".rstrip("0")
