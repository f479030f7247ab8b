"""The bank's round seals, drawn as vectors: sharp at any size and never a picture of a real seal.

A receipt carries 现金收讫 (cash received) or 转讫 (transferred) with the accounting date; a processing slip carries
业务受理专用章 (taken in for processing). Neither is ever put on the other paper. They are specimens drawn by this
program, as the paper says.
"""

from __future__ import annotations

from datetime import date

from receipts import ornaments
from receipts.labels import both, zh
from receipts.page import MM, MUTED, RED, Page, Style

RADIUS = 13.2
"""Millimetres."""

_TILT = 6.0
_OPACITY = 0.88
_RING_MOST = 26
"""The most characters that stay legible around the ring."""
_RING_SPAN = 210.0
_RING_STEP = 18.0


def settled(page: Page, x: float, y: float, *, key: str, ring: str, day: date, number: str) -> None:
    """The words of `key` (现金收讫, 转讫) around x, y: `ring` is bank and branch, `day` the accounting date, `number`
    the teller's."""
    with page.turned(x, y, _TILT, opacity=_OPACITY):
        _rings(page, x, y)
        _ring_text(page, x, y, ring)
        page.paint(ornaments.star(1.0), x=x, y=y - 0.36 * RADIUS, scale=0.15 * RADIUS, colour=RED)
        for edge in (-0.13, 0.21):
            page.line(x - 0.62 * RADIUS, y + edge * RADIUS, x + 0.62 * RADIUS, y + edge * RADIUS, RED, 0.6)
        _centred(page, x, y + 0.115 * RADIUS, f"{day:%Y.%m.%d}", 0.205)
        _centred(page, x, y + 0.51 * RADIUS, zh(key), 0.265)
        _centred(page, x, y + 0.72 * RADIUS, f"（{number}）", 0.135)
    _caption(page, x, y)


def taken_in(page: Page, x: float, y: float, *, ring: str, number: str) -> None:
    """业务受理专用章 around x, y: `ring` is bank and branch, `number` the branch number."""
    with page.turned(x, y, _TILT, opacity=_OPACITY):
        _rings(page, x, y)
        _ring_text(page, x, y, ring)
        page.paint(ornaments.star(1.0), x=x, y=y - 0.10 * RADIUS, scale=0.30 * RADIUS, colour=RED)
        _centred(page, x, y + 0.47 * RADIUS, zh("seal.taken_in"), 0.185)
        _centred(page, x, y + 0.68 * RADIUS, f"（{number}）", 0.135)
    _caption(page, x, y)


def ring_of(bank: str, branch: str) -> str:
    """Bank and branch as one ring of characters; a branch already named after its bank is not named twice."""
    return branch if branch.startswith(bank) else bank + branch


def _rings(page: Page, x: float, y: float) -> None:
    for radius, thickness in ((0.97, 0.055), (0.90, 0.014)):
        page.paint(ornaments.circle(radius, thickness), x=x, y=y, scale=RADIUS, colour=RED)


def _ring_text(page: Page, x: float, y: float, text: str) -> None:
    shown = text if len(text) <= _RING_MOST else text[: _RING_MOST - 1] + "…"
    step = min(_RING_STEP, _RING_SPAN / max(len(shown) - 1, 1))
    share = min(0.20, 0.0122 * step)
    style = _style(share)
    for index, char in enumerate(shown):
        with page.turned(x, y, step * ((len(shown) - 1) / 2 - index)):
            page.text(x, y - (0.86 - share) * RADIUS, char, style)


def _centred(page: Page, x: float, y: float, text: str, share: float) -> None:
    page.whole(x, y, text, _style(share), width=1.3 * RADIUS, floor=3.5)


def _style(share: float) -> Style:
    """Characters `share` of the radius high."""
    return Style(round(share * RADIUS * MM, 2), RED, bold=True, align="centre")


def _caption(page: Page, x: float, y: float) -> None:
    page.text(x, y + RADIUS + 2.2, both("seal.specimen"), Style(4.6, MUTED, align="centre"))
