"""The last wall between a hostile string and the terminal."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tellerdesk.text import REPLACEMENT, is_plain


@lru_cache(4096)
def _plain(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if is_plain(char) else REPLACEMENT * cell_len(char) for char in text)


class PlainWall(LineFilter):
    """Nothing but plainly printable characters leaves for the terminal as text, whatever a widget was handed.

    Text and Content keep markup out, yet escape sequences, C1 bytes and direction overrides pass through both. This
    stands behind every widget. A character without width vanishes, one with width becomes U+FFFD, so no column moves.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (Textual's signature)
        return [segment if segment.control else Segment(_plain(segment.text), segment.style) for segment in segments]
