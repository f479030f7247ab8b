"""The blocks a sheet is built from: labelled values in rows, tables and frames, whatever they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from receipts import ornaments
from receipts.labels import both, en, zh
from receipts.page import (
    GOLD,
    HEIGHT,
    LEFT,
    MM,
    MUTED,
    NAVY,
    NUMBER_FLOOR,
    RED,
    RIGHT,
    TINT,
    WHITE,
    WIDTH,
    Page,
    Style,
)
from tellerdesk.money import format_fen, rmb_upper

ABSENT = "—"
"""What stands where there is nothing (yet) to say."""
LABEL_WIDTH = 21.0
PAD = 1.9
BAND_HEIGHT = 2.4

_LABEL_ZH = Style(6.5, MUTED)
_LABEL_EN = Style(5.1, MUTED)
_SIDE_ZH = Style(7.6, NAVY, bold=True)
_VALUE = Style(8.6)
_VALUE_BOLD = Style(8.4, bold=True)
_IN_WORDS = Style(12.2, bold=True, spacing=0.3)
_IN_FIGURES = Style(15.5, RED, bold=True, align="right")


@dataclass(frozen=True, slots=True)
class Cell:
    """A label key with its value. `weight` is the cell's share of its row.

    Words shrink and end in an ellipsis where they must. A number is never cut: where it does not fit, `otherwise` is
    said instead, and without an `otherwise` the sheet is refused.
    """

    key: str
    value: str
    weight: float = 1.0
    number: bool = True
    value_en: str = ""
    otherwise: str = ""


def yuan(fen: int) -> str:
    """¥ tight before the digits, so that nothing can be written between them."""
    return "¥" + format_fen(fen)


def background(page: Page) -> None:
    """The guilloche and the bands at top and bottom."""
    page.paint(ornaments.rosette(226, 106), x=WIDTH / 2, y=76, scale=1 / MM, colour=(0.885, 0.918, 0.942))
    page.box(0, 0, WIDTH, BAND_HEIGHT, fill=NAVY)
    page.box(0, BAND_HEIGHT, WIDTH, 0.7, fill=GOLD)
    page.box(0, HEIGHT - BAND_HEIGHT, WIDTH, BAND_HEIGHT, fill=NAVY)


def headline(page: Page, y: float, cells: Sequence[Cell]) -> None:
    """A row of labelled values without a frame."""
    _row(page, LEFT, RIGHT, y, cells, lead=0.0, label_at=3.1, value_at=7.3)


def strip(page: Page, y: float, height: float, cells: Sequence[Cell]) -> None:
    """A row of labelled values, separated by lines; labels on top."""
    edges = _row(page, LEFT, RIGHT, y, cells, lead=PAD, label_at=0.36 * height, value_at=0.82 * height)
    for edge in edges[1:]:
        page.line(edge, y, edge, y + height)


def party(page: Page, x: float, y: float, width: float, row: float, *, side: str, cells: Sequence[Cell]) -> None:
    """Who pays or who is paid: a dark tab with the side's name and one row of `row` mm for each of `cells`."""
    tab = 7.0
    height = row * len(cells)
    page.box(x, y, tab, height, fill=NAVY)
    name = zh(side)
    for index, char in enumerate(name):
        char_y = y + height / 2 + (index - (len(name) - 1) / 2) * 4.1 + 0.4
        page.text(x + tab / 2, char_y, char, Style(8.8, WHITE, bold=True, align="centre"))
    page.text(x + tab / 2, y + height - 1.5, en(side), Style(4.8, WHITE, align="centre"))
    value_x = x + tab + LABEL_WIDTH
    page.box(x + tab, y, LABEL_WIDTH, height, fill=TINT)
    for index, cell in enumerate(cells):
        top = y + index * row
        if index:
            page.line(x + tab, top, x + width, top)
        side_label(page, x + tab, top, row, cell.key)
        room = width - tab - LABEL_WIDTH - 2 * PAD
        base = _VALUE_BOLD if index == 0 else _VALUE
        value(page, value_x + PAD, top + row / 2 + 1.15, cell, base, room)
    page.line(value_x, y, value_x, y + height)


def side_label(page: Page, x: float, y: float, height: float, key: str) -> None:
    """A label left of its value: Chinese over English."""
    middle = y + height / 2
    page.text(x + PAD, middle - 0.1, zh(key), _SIDE_ZH)
    page.text(x + PAD, middle + 2.55, en(key), _LABEL_EN)


def total(page: Page, y: float, height: float, amount_fen: int, *, key: str) -> None:
    """The amount in words, so that it cannot be altered, and in figures."""
    words = LEFT + 28
    figures = RIGHT - 57
    page.box(LEFT, y, words - LEFT, height, fill=TINT)
    page.text(LEFT + PAD, y + height * 0.46, zh(key), Style(9.2, NAVY, bold=True))
    page.text(LEFT + PAD, y + height * 0.76, en(key), Style(5.4, MUTED))
    for edge in (words, figures):
        page.line(edge, y, edge, y + height)
    label(page, words + PAD, y + 0.3 * height, "paper.in_words")
    label(page, figures + PAD, y + 0.3 * height, "paper.in_figures")
    page.whole(words + PAD, y + 0.79 * height, rmb_upper(amount_fen), _IN_WORDS, width=figures - words - 2 * PAD)
    page.whole(RIGHT - 2.4, y + 0.79 * height, yuan(amount_fen), _IN_FIGURES, width=52)


def frame(page: Page, y: float, bottom: float, rules: Sequence[float]) -> None:
    """The table's outline and its main horizontal rules."""
    for rule in rules:
        page.line(LEFT, rule, RIGHT, rule, NAVY, 0.7)
    page.box(LEFT, y, RIGHT - LEFT, bottom - y, stroke=NAVY, thickness=1)


def watermark(page: Page) -> None:
    """培训 TRAINING across the sheet: paper of a training is never taken for a receipt."""
    with page.turned(WIDTH / 2, HEIGHT / 2, 24, opacity=0.10):
        page.text(WIDTH / 2, HEIGHT / 2 + 8, both("paper.training"), Style(66, RED, bold=True, align="centre"))


def bilingual(page: Page, x: float, y: float, chinese: str, english: str, style: Style, width: float) -> None:
    """Chinese at the size of `style`, English small behind it where there is room for both."""
    small = Style(round(style.size * 0.7, 2), MUTED)
    gap = 1.2
    needed = style.width(chinese) + gap + small.width(english)
    if not english or needed > 1.35 * width:
        page.fitted(x, y, chinese, style, width=width)
        return
    shrink = min(1.0, width / needed)
    large = style.sized(round(style.size * shrink, 2))
    page.text(x, y, chinese, large)
    page.text(x + large.width(chinese) + gap * shrink, y, english, small.sized(round(small.size * shrink, 2)))


def _row(
    page: Page,
    x: float,
    x_end: float,
    y: float,
    cells: Sequence[Cell],
    *,
    lead: float,
    label_at: float,
    value_at: float,
) -> list[float]:
    unit = (x_end - x) / sum(cell.weight for cell in cells)
    edges = []
    for cell in cells:
        edges.append(x)
        width = cell.weight * unit
        label(page, x + lead, y + label_at, cell.key)
        value(page, x + lead, y + value_at, cell, _VALUE_BOLD, width - lead - 1.6)
        x += width
    return edges


def label(page: Page, x: float, y: float, key: str) -> float:
    """Chinese and, smaller, English in one line. Returns where it ends."""
    chinese, english = zh(key), en(key)
    english_x = x + _LABEL_ZH.width(chinese) + 0.9
    page.text(x, y, chinese, _LABEL_ZH)
    page.text(english_x, y, english, _LABEL_EN)
    return english_x + _LABEL_EN.width(english)


def value(page: Page, x: float, y: float, cell: Cell, style: Style, width: float) -> None:
    """The value of `cell` in `width` mm, or a dash where it has none."""
    if not cell.value:
        page.text(x, y, ABSENT, style)
    elif not cell.number:
        bilingual(page, x, y, cell.value, cell.value_en, style, width)
    elif cell.otherwise and not style.fits(cell.value, width, NUMBER_FLOOR):
        page.fitted(x, y, cell.otherwise, style, width=width)
    else:
        page.whole(x, y, cell.value, style, width=width)
