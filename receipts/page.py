"""One sheet of A5 landscape, 210 x 148 mm, and the few things one can draw on it.

Positions are millimetres from the top left corner; a text's y is its baseline. Text is drawn as it is: nothing is ever
parsed as markup, so no link, image or script can enter through a string. The bytes of a sheet depend on its arguments
and on what was drawn, and on nothing else: no clock, no environment, no earlier sheet.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import md5
from typing import Literal

from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from receipts.fonts import REGULAR, Typeface, require, typefaces
from receipts.ornaments import QUARTER_CIRCLE
from tellerdesk.clock import branch_time
from tellerdesk.errors import DocumentFailed

WIDTH = 210.0
HEIGHT = 148.0
MARGIN = 10.0
LEFT = MARGIN
RIGHT = WIDTH - MARGIN
MM = 72 / 25.4
"""Points in a millimetre."""

Colour = tuple[float, float, float]
Align = Literal["left", "centre", "right"]


def _rgb(code: str) -> Colour:
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


INK = _rgb("17202B")
NAVY = _rgb("12395B")
GOLD = _rgb("B8924A")
MUTED = _rgb("5C6875")
LINE = _rgb("A9B8C5")
TINT = _rgb("F1F5F8")
PALE_RED = _rgb("FDF3F4")
RED = _rgb("C8102E")
WHITE = (1.0, 1.0, 1.0)

ELLIPSIS = "…"
WORD_FLOOR = 5.5
"""Points: the smallest size of words, which are cut rather than set smaller."""
NUMBER_FLOOR = 4.5
"""Points: the smallest size of numbers and amounts, which are never cut."""
_STEP = 0.25
"""Points by which a text shrinks at a time, so that neighbours do not differ by hairs."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: size and spacing between characters in points."""

    size: float
    colour: Colour = INK
    bold: bool = False
    spacing: float = 0.0
    align: Align = "left"

    def sized(self, size: float) -> Style:
        return self if size == self.size else replace(self, size=size)

    @property
    def typeface(self) -> Typeface:
        return typefaces().bold if self.bold else typefaces().regular

    def width(self, text: str) -> float:
        """Millimetres."""
        return (self.typeface.width(text, self.size) + self.spacing * max(len(text) - 1, 0)) / MM

    def fitting(self, text: str, width: float, floor: float) -> Style:
        """This style, or the largest smaller one in which `text` is `width` mm wide, but never below `floor` points."""
        if self.width(text) <= width:
            return self
        # Spacing does not shrink with the size, so it goes first.
        unit = self.typeface.width(text, 1.0) / MM
        size = self.size
        while size > floor and unit * size > width:
            size -= _STEP
        return replace(self, spacing=0.0, size=max(size, floor))

    def fits(self, text: str, width: float, floor: float) -> bool:
        """True where `text` can be set in `width` mm without going below `floor` points."""
        return self.fitting(text, width, floor).width(text) <= width


class Page:
    """An empty sheet. `made_at` becomes the file's creation date; `identity` tells files with other contents apart."""

    def __init__(self, *, title: str, author: str, subject: str, made_at: datetime, identity: bytes) -> None:
        typefaces()
        self._bytes = io.BytesIO()
        self._canvas = Canvas(
            self._bytes,
            pagesize=(WIDTH * MM, HEIGHT * MM),
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            lang="zh-CN",
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("tellerdesk")
        self._document = self._canvas._doc
        self._document._timeStamp = _Stamp(made_at)
        self._document.signature = md5(identity, usedforsecurity=False)
        self._add = self._canvas.addLiteral

    def to_pdf(self) -> bytes:
        """The finished file. The page cannot be drawn on afterwards."""
        self._canvas.showPage()
        # ReportLab writes an empty transition dictionary, which no standard for archiving allows.
        self._document.idToObject["Page1"].Trans = None
        self._canvas.save()
        return self._bytes.getvalue()

    def text(self, x: float, y: float, text: str, style: Style) -> None:
        """Draws `text` in one line. Raises DocumentFailed for a character without a glyph."""
        require(text, style.typeface)
        if style.align != "left":
            width = style.width(text)
            x -= width / 2 if style.align == "centre" else width
        # ReportLab's own text calls format every number in Python and cost a third of the sheet.
        operators = [f"BT {_fill(style.colour)} {x * MM:.2f} {(HEIGHT - y) * MM:.2f} Td"]
        if style.spacing:
            operators.append(f"{style.spacing:.2f} Tc")
        font = getFont(style.typeface.name)
        for subset, codes in font.splitString(text, self._document):
            name = font.getSubsetInternalName(subset, self._document)
            operators.append(f"{name} {style.size:.2f} Tf <{codes.hex()}> Tj")
        operators.append("0 Tc ET" if style.spacing else "ET")
        self._add(" ".join(operators))

    def fitted(self, x: float, y: float, text: str, style: Style, *, width: float, floor: float = WORD_FLOOR) -> None:
        """Words (names, addresses) in `width` mm: shrunk down to `floor` points, then cut with an ellipsis."""
        shrunk = style.fitting(text, width, floor)
        self.text(x, y, _cut(text, shrunk, width), shrunk)

    def whole(self, x: float, y: float, text: str, style: Style, *, width: float, floor: float = NUMBER_FLOOR) -> None:
        """Amounts and numbers in `width` mm: shrunk down to `floor` points and never cut.

        Raises DocumentFailed where that is not enough: part of a number is another number.
        """
        shrunk = style.fitting(text, width, floor)
        if shrunk.width(text) > width:
            raise DocumentFailed("error.document.render", reason=f"too long: {text[:6]}{ELLIPSIS} ({len(text)})")
        self.text(x, y, text, shrunk)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        stroke: Colour | None = None,
        thickness: float = 0.4,
        radius: float = 0.0,
    ) -> None:
        """A rectangle from its top left corner; `thickness` of the outline in points, `radius` of the corners in mm."""
        corner = (x, HEIGHT - y - height, width, height)
        path = _round_rectangle(*corner, radius) if radius else _points(*corner) + " re"
        paint = {(True, False): "f", (False, True): "S", (True, True): "B"}[fill is not None, stroke is not None]
        colours = [_fill(fill)] if fill else []
        if stroke:
            colours.append(f"{_stroke(stroke)} {thickness:.2f} w")
        self._add(" ".join([*colours, path, paint]))

    def line(self, x: float, y: float, x_end: float, y_end: float, colour: Colour = LINE, thick: float = 0.4) -> None:
        """`thick` in points."""
        ends = f"{_points(x, HEIGHT - y)} m {_points(x_end, HEIGHT - y_end)} l S"
        self._add(f"{_stroke(colour)} {thick:.2f} w {ends}")

    def paint(self, operators: str, *, x: float, y: float, scale: float = 1.0, colour: Colour = INK) -> None:
        """Ready-made path operators (see `ornaments`) filled and stroked in `colour`: their origin at x, y, their unit
        `scale` mm, their y axis pointing up."""
        unit = scale * MM
        place = f"{unit:.4f} 0 0 {unit:.4f} {_points(x, HEIGHT - y)} cm"
        self._add(f"q {_fill(colour)} {_stroke(colour)} {place} {operators} Q")

    @contextmanager
    def turned(self, x: float, y: float, degrees: float, *, opacity: float = 1.0) -> Iterator[None]:
        """What is drawn inside is turned counter-clockwise around x, y."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        across, up = x * MM, (HEIGHT - y) * MM
        shift = f"{across - cos * across + sin * up:.3f} {up - sin * across - cos * up:.3f}"
        self._canvas.saveState()
        if opacity < 1:
            self._canvas.setFillAlpha(opacity)
            self._canvas.setStrokeAlpha(opacity)
        self._add(f"{cos:.6f} {sin:.6f} {-sin:.6f} {cos:.6f} {shift} cm")
        yield
        self._canvas.restoreState()


def _points(*millimetres: float) -> str:
    return " ".join([f"{value * MM:.2f}" for value in millimetres])


@cache
def _fill(colour: Colour) -> str:
    return f"{colour[0]:.4f} {colour[1]:.4f} {colour[2]:.4f} rg"


@cache
def _stroke(colour: Colour) -> str:
    return f"{colour[0]:.4f} {colour[1]:.4f} {colour[2]:.4f} RG"


def _round_rectangle(x: float, y: float, width: float, height: float, radius: float) -> str:
    left, right, low, high = x, x + width, y, y + height
    bend = radius * (1 - QUARTER_CIRCLE)
    return " ".join(
        (
            f"{_points(left + radius, low)} m {_points(right - radius, low)} l",
            f"{_points(right - bend, low, right, low + bend, right, low + radius)} c",
            f"{_points(right, high - radius)} l",
            f"{_points(right, high - bend, right - bend, high, right - radius, high)} c",
            f"{_points(left + radius, high)} l",
            f"{_points(left + bend, high, left, high - bend, left, high - radius)} c",
            f"{_points(left, low + radius)} l",
            f"{_points(left, low + bend, left + bend, low, left + radius, low)} c h",
        )
    )


def _cut(text: str, style: Style, width: float) -> str:
    if style.width(text) <= width:
        return text
    room = width - style.width(ELLIPSIS)
    kept = 0
    used = 0.0
    for char in text:
        used += style.width(char)
        if used > room:
            break
        kept += 1
    # A character shown by its number, ‹U+20BB7›, goes whole or not at all.
    opened = text.rfind("‹", 0, kept)
    if opened > text.rfind("›", 0, kept) and text.startswith("‹U+", opened):
        kept = opened
    return text[:kept] + ELLIPSIS


class _Stamp:
    """An instant as ReportLab writes it to a file's creation date: branch time, eight hours ahead of UTC."""

    def __init__(self, instant: datetime) -> None:
        self.t = instant.timestamp()
        self.lt = branch_time(instant).timetuple()
        self.YMDhms = tuple(self.lt)[:6]
        self.dhh = 8
        self.dmm = 0
